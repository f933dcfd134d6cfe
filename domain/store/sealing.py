"""The seal inside the append: entries become leaves, the tree grows over them, full tiles are stored.

A tile is looked at again only when it fills up; `daybook verify` looks at everything.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from domain.seal.growth import Edge, Growth, Tile
from domain.seal.refusals import HashesDiffer
from domain.seal.tree import Frontier, leaf_hash
from domain.store.connections import Connection
from domain.store.request import TreeDamaged
from domain.store.sql import queries

TILE_TYPES: Final = ("int8", "int2", "int2", "bytea", "bytea")


class Sealing:
    """The tree of one shard, as one connection appends to it: what `start` began, `committed` makes the tree.

    Between them nothing is kept but leaves, so an append that fails leaves the tree as it was.
    """

    def __init__(self, connection: Connection, shard: int) -> None:
        """Know nothing of the tree yet."""
        self._connection = connection
        self._shard = shard
        self._growth = Growth(Frontier())
        self._grown = Growth(Frontier())
        self._leaves: list[bytes] = []
        self._sql = queries("append")

    def start(self, size: int, peaks: bytes) -> None:
        """Begin an append to a tree that the head describes; another process may have grown it meanwhile."""
        frontier = self._growth.frontier
        if frontier.size != size or frontier.to_bytes() != peaks:
            with _refusing():
                self._growth = Growth(Frontier.from_bytes(size, peaks))
        self._leaves.clear()

    def add(self, states: Iterable[bytes]) -> None:
        """Hash the canonical bytes of entries, in their order."""
        self._leaves += map(leaf_hash, states)

    def grow(self) -> Frontier:
        """Grow the tree over what was added, and store the tiles that are full now."""
        growth = self._growth
        for edge in growth.missing(len(self._leaves)):
            with _refusing():
                growth = growth.know(edge, self._hashes(edge))
        self._grown, tiles = growth.extend(self._leaves)
        if tiles:
            self._store(tiles)
        return self._grown.frontier

    def committed(self) -> None:
        """Keep the tree as it was grown."""
        self._growth = self._grown
        self._leaves.clear()

    def _hashes(self, edge: Edge) -> bytes:
        """Read the hashes of an unfinished tile: of entries at level 0, above it of the tiles below."""
        query = "tile_roots" if edge.level else "states_between"
        asked = {"shard": self._shard, "level": edge.level - 1, "first": edge.first, "end": edge.end}
        with self._connection.cursor(binary=True) as cursor:
            found = [value for (value,) in cursor.execute(self._sql[query], asked, prepare=True)]
        return b"".join(found if edge.level else map(leaf_hash, found))

    def _store(self, tiles: Sequence[Tile]) -> None:
        with self._connection.cursor().copy(self._sql["copy_tiles"]) as copy:
            copy.set_types(TILE_TYPES)
            for level, index, hashes, root in tiles:
                copy.write_row((index, self._shard, level, root, hashes))


@contextmanager
def _refusing() -> Iterator[None]:
    """Refuse the whole append where the tree is damaged: it is no fault of what was to be recorded."""
    try:
        yield
    except HashesDiffer as fault:
        raise TreeDamaged(fault.field, fault.value, fault.hint) from fault
