"""Drafts, entries and receipts: the envelope around an event, its canonical bytes and its fingerprint.

The canonical bytes of an entry are known but for two places, which only the append can fill: the version and
`recorded_at`. `prepare` writes what stands before, between and after them; `splice` joins the parts.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID, uuid5

import msgspec

from domain.canonical import INTEGER_MAX, encode_sorted
from domain.events.register import REGISTER, STRICT, Event, EventType, event_type
from domain.refusals import TooLarge, UnknownType
from domain.values import Code, Identifier, moment_text

if TYPE_CHECKING:
    from _hashlib import HASH

ENTRY_BYTES_MAX: Final = 65_535
VERSION_AND_BRACE_MAX: Final = len(f"{INTEGER_MAX}}}")
TOO_LARGE_HINT: Final = (
    f"At most {ENTRY_BYTES_MAX:,} bytes in canonical form; keep large texts elsewhere, give their SHA-256."
)
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a staff member, the customer, a system or a partner, by id, and the organisation unit."""

    kind: Literal["staff", "customer", "system", "partner"]
    id: Identifier
    unit: Code | None = None


Actor.__pydantic_config__ = STRICT  # type: ignore[attr-defined]


class Said(NamedTuple):
    """What a caller said in an earlier schema version: which one, and the data in its canonical form."""

    schema: int
    data: bytes


class Draft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a caller asks to have recorded: an event with its envelope, not yet numbered and dated.

    `expected_version` refuses the draft where the stream is at another version. `recorded_at` may be set only
    in a ledger whose clock is simulated. `said` is set where the event was raised from an earlier schema.
    """

    id: UUID
    stream: str
    event: Event
    occurred_at: datetime
    actor: Actor
    source: str
    source_recorded_at: datetime | None = None
    correlation_id: str | None = None
    causation_id: UUID | None = None
    policy_refs: tuple[str, ...] = ()
    expected_version: int | None = None
    recorded_at: datetime | None = None
    said: Said | None = None


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """An entry's id, type and canonical bytes, but for its version and `recorded_at`."""

    id: UUID
    type: str
    before: bytes
    between: bytes


class Receipt(NamedTuple):
    """What a writer gets back for an entry; `repeated` says that it had been recorded before."""

    id: UUID
    stream: str
    version: int
    shard: int
    position: int
    recorded_at: datetime
    repeated: bool


class Entry(msgspec.Struct, Generic[E], frozen=True, kw_only=True):
    """An event as written. `position` and `shard` say where; they are not part of the canonical bytes."""

    id: UUID
    stream: str
    version: int
    type: str
    schema: int
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    source: str
    data: E
    source_recorded_at: datetime | None = None
    correlation_id: str | None = None
    causation_id: UUID | None = None
    policy_refs: tuple[str, ...] = ()
    shard: int = 0
    position: int = 0


def prepare(draft: Draft, event: Event, entry_id: UUID) -> Prepared:
    """Write the canonical bytes of an entry, but for its version and `recorded_at`; refuses an oversize one.

    The size is counted at the greatest version, so that it does not depend on where the entry comes to stand.
    """
    kind = REGISTER[event.TYPE]
    prepared = _write(draft, entry_id, kind.name, kind.schema, kind.encode(event))
    size = len(prepared.before) + len(MOMENT_SHAPE) + len(prepared.between) + VERSION_AND_BRACE_MAX
    if size > ENTRY_BYTES_MAX:
        raise TooLarge("data", f"{size} bytes", TOO_LARGE_HINT)
    return prepared


def as_said(draft: Draft, prepared: Prepared) -> Prepared:
    """Return a draft's own entry as its caller said it: what was prepared, unless its schema was raised.

    Then it is what a release would have written to which the caller's schema version was the current one.
    """
    if draft.said is None:
        return prepared
    return _write(draft, prepared.id, prepared.type, draft.said.schema, msgspec.Raw(draft.said.data))


def _write(
    draft: Draft, entry_id: UUID, type_name: str, schema: int, data: dict[str, Any] | msgspec.Raw
) -> Prepared:
    actor = draft.actor
    before: dict[str, Any] = {"actor": {"id": actor.id, "kind": actor.kind}}
    if actor.unit is not None:
        before["actor"]["unit"] = actor.unit
    if draft.causation_id is not None:
        before["causation_id"] = draft.causation_id
    if draft.correlation_id is not None:
        before["correlation_id"] = draft.correlation_id
    before["data"] = data
    before["id"] = entry_id
    before["occurred_at"] = moment_text(draft.occurred_at)
    if draft.policy_refs:
        before["policy_refs"] = draft.policy_refs
    between: dict[str, Any] = {"schema": schema, "source": draft.source}
    if draft.source_recorded_at is not None:
        between["source_recorded_at"] = moment_text(draft.source_recorded_at)
    between["stream"] = draft.stream
    between["type"] = type_name
    return Prepared(
        entry_id,
        type_name,
        encode_sorted(before)[:-1] + b',"recorded_at":"',
        b'",' + encode_sorted(between)[1:-1] + b',"version":',
    )


MOMENT_SHAPE: Final = "0000-00-00T00:00:00.000000Z"


def splice(prepared: Prepared, recorded_at: bytes, version: int) -> bytes:
    """Join the canonical bytes of an entry, with its version and `recorded_at` (`moment_text` in ASCII)."""
    return b"%b%b%b%d}" % (prepared.before, recorded_at, prepared.between, version)


def fingerprint(key: bytes, said: Prepared, secret: bytes = b"") -> bytes:
    """HMAC-SHA-256 over an entry as its caller said it, so without version and `recorded_at`; 32 bytes.

    `secret` comes from the keys of those of whom it says anything personal. Once these are destroyed nobody
    can try out any more whether a guess at what was said has the fingerprint.
    """
    # Not `hmac.digest`: it gives up the interpreter's lock for so little work, and waits to get it back. Nor
    # a copy of an HMAC, which costs more than hashing; the two hashes that it is made of are cheap to copy.
    inner, outer = _halves(key)
    of_content, of_both = inner.copy(), outer.copy()
    of_content.update(secret + said.before + said.between)
    of_both.update(of_content.digest())
    return of_both.digest()


@cache
def _halves(key: bytes) -> tuple["HASH", "HASH"]:
    """Return the inner and the outer hash of an HMAC, as RFC 2104 begins them: with the padded key."""
    block = hashlib.sha256().block_size
    padded = (hashlib.sha256(key).digest() if len(key) > block else key).ljust(block, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


def nth_id(command_id: UUID, n: int) -> UUID:
    """Return the id of a command's nth entry, counted from 0: the first bears the command's own."""
    return command_id if n == 0 else uuid5(command_id, str(n))


def read_entry(type_name: str, state: bytes, shard: int, position: int) -> Entry[Any]:
    """Read an entry from its canonical bytes, raising an earlier schema version to the current one."""
    reader = _READERS.get(type_name)
    if reader is None:
        reader = _READERS[type_name] = _reader(event_type(type_name))
    entry = reader(state)
    if entry.schema > REGISTER[type_name].schema:
        raise UnknownType("schema", entry.schema, f"A newer Daybook wrote this {type_name}.")
    msgspec.structs.force_setattr(entry, "shard", shard)
    msgspec.structs.force_setattr(entry, "position", position)
    return entry


Reader = Callable[[bytes], Entry[Any]]
_READERS: Final[dict[str, Reader]] = {}


def _reader(kind: EventType) -> Reader:
    """Make the reader of one event type: a single pass where only one schema version exists."""
    current: Reader = msgspec.json.Decoder(Entry[kind.cls]).decode  # type: ignore[name-defined]
    if not kind.upcasters:
        return current
    any_schema = msgspec.json.Decoder(Entry[dict[str, Any]]).decode

    def read(state: bytes) -> Entry[Any]:
        entry = any_schema(state)
        if entry.schema == kind.schema:
            return current(state)
        return msgspec.structs.replace(entry, data=kind.read_old(entry.data, entry.schema))

    return read
