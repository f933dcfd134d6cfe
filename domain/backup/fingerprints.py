"""Fingerprints worked out anew, for a backup restored without keys: that of the fingerprints is among them.

What is sealed keeps a fingerprint that says nothing any more, as its data subjects count as erased. So does
what was said in an earlier schema version, unless it was said as it was kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from struct import Struct
from typing import Final
from uuid import UUID

from domain.backup.tables import ENTRIES, HEADER
from domain.entry import MOMENT_SHAPE, Prepared, fingerprint
from domain.vault.sealed import decode_entry, is_sealed
from domain.vault.seals import FIELDS

COUNT: Final = Struct("!h")
LENGTH: Final = Struct("!i")
BEFORE_MOMENT: Final = b',"recorded_at":"'
NO_ID: Final = UUID(int=0)
STATE: Final = ENTRIES.columns.index("state")
TYPE: Final = ENTRIES.columns.index("type")
FINGERPRINT: Final = ENTRIES.columns.index("fingerprint")


class Fingerprints:
    """Writes another key's fingerprints into rows of entries, which come in the order of their positions."""

    def __init__(self, key: bytes) -> None:
        """Take the new key."""
        self._key = key
        self._old = self._new = b""

    def renewed(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Return the rows of a file in COPY's binary format, with new fingerprints."""
        yield HEADER
        held, place = b"", len(HEADER)
        for block in blocks:
            held = held + block
            rows = []
            while (row := _row(held, place)) is not None:
                values, place = row
                values[FINGERPRINT] = self._of(values)
                rows.append(_packed(values))
            yield b"".join(rows)
            if place <= len(held):
                held, place = held[place:], 0
        yield held[place:]

    def _of(self, values: Sequence[bytes]) -> bytes:
        """Return an entry's fingerprint: those of a command stand together, and bear that of the first."""
        old = values[FINGERPRINT]
        if not old:
            return old
        if old != self._old:
            state, type_name = values[STATE], values[TYPE].decode()
            kept = _is_sealed(type_name, state)
            self._old, self._new = old, old if kept else fingerprint(self._key, _unspliced(state))
        return self._new


def _is_sealed(type_name: str, state: bytes) -> bool:
    fields = FIELDS.get(type_name, ())
    data = decode_entry(state)["data"] if fields else {}
    return any(is_sealed(data.get(field.name)) for field in fields)


def _unspliced(state: bytes) -> Prepared:
    """Take version and `recorded_at` out of an entry's canonical bytes."""
    start = state.rfind(BEFORE_MOMENT) + len(BEFORE_MOMENT)
    return Prepared(NO_ID, "", state[:start], state[start + len(MOMENT_SHAPE) : state.rfind(b":") + 1])


def _row(data: bytes, place: int) -> tuple[list[bytes], int] | None:
    """Read a row that begins at a place, and where the next one begins; None where it is not all there."""
    if place + COUNT.size > len(data) or COUNT.unpack_from(data, place)[0] != len(ENTRIES.columns):
        return None
    place += COUNT.size
    values = []
    for _ in ENTRIES.columns:
        if place + LENGTH.size > len(data):
            return None
        start = place + LENGTH.size
        # No column of an entry is ever null.
        place = start + LENGTH.unpack_from(data, place)[0]
        values.append(data[start:place])
    return None if place > len(data) else (values, place)


def _packed(values: Sequence[bytes]) -> bytes:
    return COUNT.pack(len(values)) + b"".join([LENGTH.pack(len(value)) + value for value in values])
