"""Reading the log: each function one statement of one shard, by a key that begins with it.

Positions have no gaps and follow commit order, so whatever is read up to a position is the same for ever.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from domain.store.sql import queries

Connection = psycopg.Connection[Any]

Row = tuple[int, int, str, bytes, datetime]
"""Position, version, type, canonical bytes, recorded_at."""

NO_BOUND: Final = 2**63 - 1


class Head(NamedTuple):
    """How many entries a shard has, and its clock: every later entry is recorded after that moment."""

    size: int
    recorded_at: datetime


class CutAt(NamedTuple):
    """The last position known at a moment; `closed` if no later entry can be of that moment or before it."""

    position: int
    closed: bool


def stream_entries(
    connection: Connection, shard: int, stream: str, *, after_version: int = 0, up_to: int = NO_BOUND
) -> list[Row]:
    """Return a stream's entries of higher versions than one, up to a position, in order of version."""
    return _rows(connection, "stream", [shard, stream, after_version, up_to])


def streams_entries(
    connection: Connection, shard: int, after_versions: dict[str, int], *, up_to: int = NO_BOUND
) -> dict[str, list[Row]]:
    """Return the same for many streams of a shard, each from a version of its own."""
    found: dict[str, list[Row]] = {stream: [] for stream in after_versions}
    asked = [list(after_versions), list(after_versions.values()), shard, up_to]
    for stream, *row in _rows(connection, "streams", asked):
        found[stream].append(tuple(row))
    return found


def log_page(
    connection: Connection, shard: int, *, after: int = 0, limit: int = 1_000, up_to: int = NO_BOUND
) -> list[Row]:
    """Return a page of a shard's log: the entries after a position, in order of position."""
    return _rows(connection, "log", [shard, after, up_to, limit])


def entry_rows(connection: Connection, shard: int, entry_id: UUID) -> list[Row]:
    """Return the entries of a shard that bear an id: one, unless the id was used in several streams."""
    return _rows(connection, "entry", [shard, entry_id])


def head(connection: Connection, shard: int) -> Head:
    """Return a shard's head."""
    return Head(*_rows(connection, "head", [shard])[0])


def position_at(connection: Connection, shard: int, known_at: datetime) -> CutAt:
    """Return what was known of a shard at a moment; where that is not closed, what is known so far.

    Two statements: a closed moment's position never changes, so nothing can come between them.
    """
    size, recorded_at = head(connection, shard)
    if recorded_at < known_at:
        return CutAt(size, closed=False)
    position: int = _rows(connection, "position_at", [shard, known_at, size])[0][0]
    return CutAt(position, closed=True)


def _rows(connection: Connection, query: str, asked: Sequence[object]) -> list[Any]:
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        return cursor.execute(queries("reads")[query], asked, prepare=True).fetchall()
