"""Reads the hashes of a shard's tree: full tiles as stored, unfinished ones from what stands below them."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from domain.seal.proofs import Plan
from domain.seal.tiles import TILE_WIDTH, TileRef
from domain.seal.tree import leaf_hash
from domain.store.sql import queries

Connection = psycopg.Connection[Any]


def hashes(connection: Connection, shard: int, plan: Plan) -> tuple[bytes, ...]:
    """Build a planned proof from the tiles that it reads; HashesDiffer where one of them is too short."""
    wanted = plan.tiles()
    tiles = _full(connection, shard, wanted)
    for ref in wanted:
        place = ref.level, ref.number
        if place not in tiles:
            tiles[place] = _unfinished(connection, shard, ref)
    return plan.build(lambda level, number: tiles[level, number])


def _full(connection: Connection, shard: int, wanted: Sequence[TileRef]) -> dict[tuple[int, int], bytes]:
    """Return the tiles that are full by now, which may be more than were in a smaller tree."""
    levels, numbers = [ref.level for ref in wanted], [ref.number for ref in wanted]
    query = queries("reads")["full_tiles"]
    rows = _rows(connection, query, {"levels": levels, "numbers": numbers, "shard": shard})
    return {(level, number): found for level, number, found in rows}


def _unfinished(connection: Connection, shard: int, ref: TileRef) -> bytes:
    """Work out a tile: from the entries at level 0, above it from the roots of the tiles below."""
    first = ref.number * TILE_WIDTH
    asked = {"shard": shard, "level": ref.level - 1, "first": first, "end": first + ref.width}
    rows = _rows(connection, queries("append")["tile_roots" if ref.level else "states_between"], asked)
    return b"".join([value if ref.level else leaf_hash(value) for (value,) in rows])


def _rows(connection: Connection, query: bytes, asked: Mapping[str, object]) -> list[Any]:
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        return cursor.execute(query, asked, prepare=True).fetchall()
