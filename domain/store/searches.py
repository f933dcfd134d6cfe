"""Searching a shard for types by ids, and a stretch of its log for entries by what no index holds."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import tuple_row

from domain.store.reads import Connection, Row
from domain.store.sql import queries

Target = tuple[str, UUID]
"""A stream, and the id of an entry in it."""


def types_of(connection: Connection, shard: int, targets: Sequence[Target]) -> dict[Target, str]:
    """Return the types of those entries that are there."""
    asked = [[stream for stream, _ in targets], [entry_id for _, entry_id in targets], shard]
    return {(stream, entry_id): kind for stream, entry_id, kind in _rows(connection, "types", asked)}


def entries_holding(connection: Connection, shard: int, after: int, up_to: int, held: bytes) -> list[Row]:
    """Return the entries after a position, up to another, whose canonical bytes hold some bytes."""
    return _rows(connection, "holding", [shard, after, up_to, held])


def entries_of_types(
    connection: Connection, shard: int, after: int, up_to: int, types: Sequence[str]
) -> list[Row]:
    """Return the entries after a position, up to another, that are of some types."""
    return _rows(connection, "of_types", [shard, after, up_to, list(types)])


def _rows(connection: Connection, query: str, asked: Sequence[object]) -> list[Any]:
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        return cursor.execute(queries("searches")[query], asked, prepare=True).fetchall()
