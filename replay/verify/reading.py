"""Reading what is verified: every statement short, every answer bounded, so that memory stays flat."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import tuple_row
from psycopg.types.numeric import Int8BinaryLoader

from domain.seal.tiles import TILE_BYTES, TileRef
from domain.seal.tree import HASH_BYTES
from domain.store.connections import Connection, Patience, connect_as_application
from domain.store.sql import parse
from domain.values import moment_text

SQL: Final = parse((Path(__file__).parent / "verify.sql").read_text("utf-8"))
PAGE: Final = 1_024
"""How many entries are read at once: of the largest, 64 MiB."""

BEYOND_MAX: Final = 100
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Page(NamedTuple):
    """Neighbouring entries, by column, as they are stored; `recorded_at` in microseconds since 2000."""

    positions: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()
    recorded_at: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    fingerprints: tuple[bytes, ...] = ()
    states: tuple[bytes, ...] = ()

    def only(self, places: Sequence[int]) -> "Page":
        """Return some of the entries."""
        columns: list[Any] = [tuple([column[place] for place in places]) for column in self]
        return Page(*columns)


class StoredTile(NamedTuple):
    """A tile as it is stored; a root or hashes of another length are as good as none."""

    number: int
    root: bytes
    hashes: bytes

    @property
    def is_whole(self) -> bool:
        """Whether both are as long as they should be."""
        return len(self.root) == HASH_BYTES and len(self.hashes) == TILE_BYTES


class StoredCheckpoint(NamedTuple):
    """A checkpoint as it is kept in one place, under a size that should be its own."""

    size: int
    note: bytes


class StoredHead(NamedTuple):
    """A shard's head row, and the first and last position that there is."""

    size: int
    recorded_at: int
    peaks: bytes
    root: bytes


class Extent(NamedTuple):
    """A shard at one moment: its head row, if there is one, and all that lies beyond what it should have.

    `first` and `last` are the positions that there are; `tiles` and `checkpoints` those that a log of this
    size does not have.
    """

    head: StoredHead | None
    size: int
    first: int
    last: int
    tiles: Sequence[TileRef]
    checkpoints: Sequence[StoredCheckpoint]


@dataclass(frozen=True, slots=True)
class Reader:
    """One connection, which reads one shard after another."""

    connection: Connection

    @classmethod
    @contextmanager
    def open(cls, url: str) -> Iterator["Reader"]:
        """Connect as the application."""
        with connect_as_application(url, Patience()) as connection:
            # An instant is compared and written as a number of microseconds, and infinity is one, too.
            connection.adapters.register_loader("timestamptz", Int8BinaryLoader)
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            yield cls(connection)

    def page(self, shard: int, first: int, end: int) -> Page:
        """Return the entries of the positions after `first` up to `end`, in their order."""
        rows = self.rows("page", shard=shard, first=first, end=end)
        columns: list[Any] = list(zip(*rows, strict=True))
        return Page(*columns)

    def tiles(self, shard: int, level: int, first: int, end: int) -> dict[int, StoredTile]:
        """Return the full tiles of a level, from a number up to, not including, another."""
        rows = self.rows("tiles", shard=shard, level=level, first=first, end=end)
        return {row[0]: StoredTile(*row) for row in rows}

    def checkpoints(self, shard: int, first: int, end: int) -> list[StoredCheckpoint]:
        """Return the checkpoints over sizes from `first` to `end`, both included."""
        rows = self.rows("checkpoints", shard=shard, first=first, end=end)
        return list(map(_checkpoint, rows))

    def extent(self, shard: int) -> Extent:
        """Return what a shard has at this moment."""
        with self.connection.transaction():
            ((size, recorded_at, peaks, root, first, last),) = self.rows("head", shard=shard)
            head = None if size is None else StoredHead(size, recorded_at, peaks, root)
            size = last if size is None else size
            asked = {"shard": shard, "size": size, "limit": BEYOND_MAX}
            tiles = [TileRef(*row) for row in self.rows("tiles_beyond", **asked)]
            checkpoints = self.rows("checkpoints_beyond", **asked)
            return Extent(head, size, first, last, tiles, list(map(_checkpoint, checkpoints)))

    def rows(self, query: str, **asked: object) -> list[Any]:
        """Run a query of `verify.sql`."""
        return _run(self.connection, query, asked)


def _run(connection: psycopg.Connection[Any], query: str, asked: Mapping[str, object]) -> list[Any]:
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        return cursor.execute(SQL[query], asked, prepare=True).fetchall()


def _checkpoint(row: tuple[int, str]) -> StoredCheckpoint:
    return StoredCheckpoint(row[0], row[1].encode())


def moment_of(microseconds: int) -> str:
    """Write an instant as entries have it; one that no entry can have as the number that is stored."""
    try:
        moment = EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return f"{microseconds} microseconds after 2000"
    return moment_text(moment)
