"""Fingerprints written anew into COPY's rows, however these are cut into blocks."""

from struct import pack
from uuid import UUID

import pytest

from domain.backup.fingerprints import Fingerprints
from domain.backup.tables import HEADER, TRAILER
from domain.entry import Prepared, fingerprint, splice

KEY, OLD, OTHER_OLD = bytes(32), b"\x01" * 32, b"\x02" * 32
FIRST, SECOND = (
    Prepared(UUID(int=n), "Noted", b'{"data":{"n":%d},"recorded_at":"' % n, b'","type":"Noted","version":')
    for n in range(2)
)
SEALED = Prepared(
    UUID(int=3),
    "CustomerRegistered",
    b'{"data":{"name":"sealed:1:..."},"recorded_at":"',
    b'","version":',
)
MOMENT = b"2026-01-31T09:00:00.000000Z"


def row(entry: Prepared, mark: bytes) -> bytes:
    """A row of the table of entries; only three of its columns matter."""
    values = [splice(entry, MOMENT, 12), *[b"x"] * 6, entry.type.encode(), mark]
    return pack("!h", len(values)) + b"".join([pack("!i", len(it)) + it for it in values])


def file(*marks: bytes) -> bytes:
    """A file of rows: two of one command, another command's, and one that has no fingerprint."""
    entries = (FIRST, SECOND, SECOND, FIRST)
    return HEADER + b"".join(row(*it) for it in zip(entries, marks, strict=True)) + TRAILER


@pytest.mark.parametrize("size", [1, 7, 150, 10_000])
def test_commands_get_the_fingerprint_of_their_first_entry(size: int) -> None:
    given = file(OLD, OLD, OTHER_OLD, b"")
    blocks = [given[start : start + size] for start in range(0, len(given), size)]
    first, second = fingerprint(KEY, FIRST), fingerprint(KEY, SECOND)
    assert b"".join(Fingerprints(KEY).renewed(blocks)) == file(first, first, second, b"")


def test_what_is_sealed_keeps_its_own() -> None:
    given = HEADER + row(SEALED, OLD) + TRAILER
    assert b"".join(Fingerprints(KEY).renewed([given])) == given


def test_a_file_that_ends_too_early_stays_so() -> None:
    given = file(OLD, OLD, OTHER_OLD, b"")[:-40]
    assert len(b"".join(Fingerprints(KEY).renewed([given]))) == len(given)
