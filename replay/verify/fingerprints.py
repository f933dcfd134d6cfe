"""Fingerprints worked out anew from entries' bytes, where these are what the caller gave."""

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from domain.entry import MOMENT_SHAPE, nth_id
from domain.events import REGISTER
from domain.vault.refusals import MalformedSealed
from domain.vault.sealed import PREFIX, Sealed
from replay.verify.form import Envelope
from replay.verify.reading import Page, Reader

BEFORE_RECORDED_AT: Final = b',"recorded_at":"'
"""What `domain.entry.splice` puts the instant after: the last such bytes, as after them no object comes."""

COMMAND_ENTRIES_MAX: Final = 64
LATER_ID: Final = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-5")
"""The beginning of an id that `domain.entry.nth_id` makes: a UUID of version 5."""


def fingerprints(key: bytes, states: Sequence[bytes]) -> list[bytes]:
    """Work out the fingerprints of entries whose bytes are canonical, as `domain.entry.fingerprint` does."""
    # This HMAC can be begun anew for a third less than that of the standard library.
    begin = HMAC(key, SHA256()).copy
    found = []
    for state in states:
        start = state.rfind(BEFORE_RECORDED_AT) + len(BEFORE_RECORDED_AT)
        keyed = begin()
        # The version comes last, after the last colon.
        keyed.update(state[:start] + state[start + len(MOMENT_SHAPE) : state.rfind(b":") + 1])
        found.append(keyed.finalize())
    return found


def is_sealable(type_name: str) -> bool:
    """Whether entries of a type may hold sealed values; of a type that is not known, they may."""
    kind = REGISTER.get(type_name)
    return kind is None or bool(kind.personal)


def sealed_fields(envelope: Envelope[Any]) -> dict[str, str]:
    """Return the fields of an entry that hold sealed values, each with what is wrong with it, if anything."""
    kind = REGISTER.get(envelope.type)
    names = list(envelope.data) if kind is None else [field.name for field in kind.personal]
    held = {name: envelope.data.get(name) for name in names}
    return {
        name: _fault(envelope, name, value)
        for name, value in held.items()
        if isinstance(value, str) and value.startswith(PREFIX)
    }


def is_later_of_command(reader: Reader, shard: int, page: Page, place: int) -> bool:
    """Whether an entry is a command's second or later one: these share the fingerprint of the first."""
    if not LATER_ID.match(page.ids[place]) or _stands_apart(page, place):
        return False
    asked = {"stream": page.streams[place], "version": page.versions[place], "limit": COMMAND_ENTRIES_MAX}
    for n, (entry_id, fingerprint) in enumerate(reader.rows("before", shard=shard, **asked), 1):
        if fingerprint != page.fingerprints[place]:
            return False
        if str(nth_id(UUID(entry_id), n)) == page.ids[place]:
            return True
    return False


def _stands_apart(page: Page, place: int) -> bool:
    """Whether an entry has another fingerprint than the one before it, so that it begins a command."""
    is_neighbour = place > 0 and page.positions[place - 1] == page.positions[place] - 1
    return is_neighbour and page.fingerprints[place - 1] != page.fingerprints[place]


def _fault(envelope: Envelope[Any], name: str, value: str) -> str:
    """Say what is wrong with a sealed value; nothing where it is well formed and stands at its own place."""
    try:
        token = Sealed.parse(value)
    except MalformedSealed as fault:
        return fault.hint
    if token.field != name or str(token.entry_id) != envelope.id:
        return "it was sealed for another entry or field"
    return ""
