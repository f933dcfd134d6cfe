"""The form of an entry's bytes: a canonical envelope, read without understanding what the event says."""

import re
from collections.abc import Sequence
from itertools import repeat
from operator import contains
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from domain.canonical import INTEGER_MAX, canonical_bytes, encode_sorted
from domain.entry import MOMENT_SHAPE
from domain.refusals import Refused

D = TypeVar("D")

Integer = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
Positive = Annotated[int, Meta(ge=1, le=INTEGER_MAX)]

NESTED_MAX: Final = 5
Plain: Any = str | bool | Integer
for _ in range(NESTED_MAX):
    Plain = str | bool | Integer | list[Plain] | dict[str, Plain]

KEY_BEYOND_ASCII: Final = re.compile(rb'[\x80-\xff](?:[^"\\]|\\.)*":')
"""What only a key can be: a character beyond ASCII in a string that a colon follows."""

NUL: Final = rb"\u0000"
DIGITS: Final = str.maketrans("0123456789", "0" * 10)
NO_MOMENT: Final = "a moment is not written in UTC with six fraction digits"
REORDERED: Final = "it is spelt or ordered in another way, first at byte {at}"


class Who(Struct, forbid_unknown_fields=True, gc=False):
    """Who did it."""

    id: str
    kind: Literal["staff", "customer", "system", "partner"]
    unit: str | UnsetType = UNSET


class Envelope(Struct, Generic[D], forbid_unknown_fields=True, kw_only=True, gc=False):
    """All that an entry's bytes hold, by the same names."""

    actor: Who
    data: dict[str, D]
    id: str
    occurred_at: str
    recorded_at: str
    schema: Positive
    source: str
    stream: str
    type: str
    version: Positive
    causation_id: str | UnsetType = UNSET
    correlation_id: str | UnsetType = UNSET
    policy_refs: list[str] | UnsetType = UNSET
    source_recorded_at: str | UnsetType = UNSET


_read: Final = msgspec.json.Decoder(Envelope[Plain]).decode
_plain: Final = msgspec.json.Decoder().decode


class NotCanonicalError(Exception):
    """The bytes are not an entry in canonical form; it says why, without any value of the entry."""


def read_envelopes(states: Sequence[bytes]) -> list[Envelope[Any] | NotCanonicalError]:
    """Read the canonical bytes of entries; where one's are not canonical, say why."""
    try:
        envelopes = [_read(state) for state in states]
    except (msgspec.MsgspecError, UnicodeError):
        return [_read_alone(state) for state in states]
    again = [encode_sorted(envelope) for envelope in envelopes]
    if again == list(states) and _have_moments(envelopes) and not _any_odd(states):
        return list(envelopes)
    return [_read_alone(state) for state in states]


def _have_moments(envelopes: Sequence[Envelope[Any]]) -> bool:
    """Whether all moments are in their one canonical form."""
    moments = [it.occurred_at for it in envelopes]
    moments += [it.recorded_at for it in envelopes]
    moments += [it.source_recorded_at for it in envelopes if it.source_recorded_at is not UNSET]
    return "\n".join(moments).translate(DIGITS) == "\n".join([MOMENT_SHAPE] * len(moments))


def _any_odd(states: Sequence[bytes]) -> bool:
    """Whether bytes may hold what is not canonical although it is written again as it was."""
    if all(map(bytes.isascii, states)) and not any(map(contains, states, repeat(b"\\"))):
        return False
    return any(NUL in state or KEY_BEYOND_ASCII.search(state) is not None for state in states)


def _read_alone(state: bytes) -> Envelope[Any] | NotCanonicalError:
    """Read one entry's bytes by the definition of the canonical form, at leisure."""
    try:
        plain = _plain(state)
        again = canonical_bytes(plain)
        if again != state:
            return NotCanonicalError(REORDERED.format(at=_first_difference(again, state)))
        envelope = msgspec.convert(plain, Envelope[Any])
    except Refused as refusal:
        return NotCanonicalError(f"{refusal.code} in {refusal.field or 'it'}")
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        return NotCanonicalError(str(error))
    return envelope if _have_moments([envelope]) else NotCanonicalError(NO_MOMENT)


def _first_difference(one: bytes, other: bytes) -> int:
    """Return the number, from 0, of the first byte that differs."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))
