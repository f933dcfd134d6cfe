"""Order across the whole shard: versions 1, 2, 3 ... of every stream, and each id once in a stream.

Both are read page by page from the indexes that hold them in order, and compared by the database, so that
neither side holds all streams in memory.
"""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from replay.verify.findings import Finding, Findings, Kind
from replay.verify.reading import Reader

PAGE: Final = 50_000
FIRST_ID: Final = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Order:
    """One order of one shard, to be verified."""

    shard: int
    of: Literal["versions", "ids"]


@dataclass(frozen=True, slots=True)
class Ordered:
    """What came of it."""

    shard: int
    findings: Findings


def orders_of(shard: int) -> tuple[Order, Order]:
    """Return all orders of a shard."""
    return Order(shard, "versions"), Order(shard, "ids")


def verify_order(reader: Reader, asked: Order) -> Ordered:
    """Find gaps and repetitions."""
    findings = Findings()
    verify = _verify_versions if asked.of == "versions" else _verify_ids
    verify(reader, asked.shard, findings)
    return Ordered(asked.shard, findings)


def _verify_versions(reader: Reader, shard: int, findings: Findings) -> None:
    last: tuple[str, int] | None = None
    while True:
        stream, version = last or ("", 0)
        rows = reader.rows("versions", shard=shard, stream=stream, version=version, limit=PAGE)
        for stream, version, stream_before, version_before, _ in rows:
            if (stream, version) == last and stream_before is None:
                continue  # the last row of the page before
            expected = version_before + 1 if stream == stream_before else 1
            if version != expected:
                position = _position(reader, "position_of_version", shard, stream=stream, version=version)
                findings.add(
                    Finding(
                        Kind.VERSION_GAP,
                        shard,
                        position,
                        position,
                        column=stream,
                        expected=str(expected),
                        found=str(version),
                    )
                )
        reached = (rows[-1][0], rows[-1][1]) if rows else last
        if reached == last:
            return
        last = reached


def _verify_ids(reader: Reader, shard: int, findings: Findings) -> None:
    last: tuple[str, str] | None = None
    while True:
        entry_id, stream = last or (FIRST_ID, "")
        rows = reader.rows("ids", shard=shard, id=entry_id, stream=stream, limit=PAGE)
        for entry_id, stream, is_twice, _ in rows:
            if is_twice:
                position = _position(reader, "position_of_id", shard, id=entry_id, stream=stream)
                findings.add(Finding(Kind.ID_TWICE, shard, position, position, column=stream, found=entry_id))
        reached = (rows[-1][0], rows[-1][1]) if rows else last
        if reached == last:
            return
        last = reached


def _position(reader: Reader, query: str, shard: int, **asked: object) -> int:
    rows = reader.rows(query, shard=shard, **asked)
    position: int = rows[0][0] if rows else 0
    return position
