"""Reading and writing what the seal keeps in the database: heads, public keys and signed checkpoints."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from domain.store.sql import queries

Connection = psycopg.Connection[Any]


class TreeHead(NamedTuple):
    """The tree over a shard's entries: its size, its root, and its peaks as stored."""

    size: int
    root: bytes
    peaks: bytes


class KeptKey(NamedTuple):
    """A public key of a shard's log, and the size from which on it signs."""

    vkey: str
    from_size: int
    created_at: datetime


class KeptCheckpoint(NamedTuple):
    """A checkpoint as it was signed, and when."""

    size: int
    note: bytes
    signed_at: datetime


def lock(connection: Connection, shard: int) -> None:
    """Wait until no other notary signs for the shard; let go at the end of the transaction."""
    _rows(connection, "lock", [shard])


def tree_head(connection: Connection, shard: int) -> TreeHead:
    """Return a shard's tree."""
    return TreeHead(*_rows(connection, "head", [shard])[0])


def keys(connection: Connection, shard: int) -> list[KeptKey]:
    """Return the public keys of a shard's log, the newest last."""
    return [KeptKey(*row) for row in _rows(connection, "keys", [shard])]


def keep_key(connection: Connection, shard: int, vkey: str, from_size: int) -> None:
    """Add a public key."""
    connection.execute(queries("seals")["keep_key"], [shard, vkey, from_size])


def newest(connection: Connection, shard: int) -> KeptCheckpoint | None:
    """Return a shard's largest checkpoint."""
    return _checkpoint(_rows(connection, "newest", [shard]))


def of_size(connection: Connection, shard: int, size: int) -> KeptCheckpoint | None:
    """Return the checkpoint of a size, with all signatures that were kept of it last."""
    return _checkpoint(_rows(connection, "of_size", [shard, size]))


def keep(connection: Connection, shard: int, size: int, note: bytes) -> None:
    """Add a signed checkpoint."""
    connection.execute(queries("seals")["keep"], [shard, size, note.decode()])


def _checkpoint(rows: Sequence[Any]) -> KeptCheckpoint | None:
    return KeptCheckpoint(rows[0][0], rows[0][1].encode(), rows[0][2]) if rows else None


def _rows(connection: Connection, query: str, asked: Sequence[object]) -> list[Any]:
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        return cursor.execute(queries("seals")[query], asked, prepare=True).fetchall()
