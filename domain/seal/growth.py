"""How a tree grows with its tiles: an append adds leaves, and learns which tiles are full now.

Only full tiles are kept, so the writer remembers the hashes of each level's unfinished tile, its edge, or
reads them again when the tile fills up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.seal.refusals import HashesDiffer
from domain.seal.tiles import TILE_BYTES, TILE_HEIGHT, TILE_WIDTH
from domain.seal.tree import HASH_BYTES, Frontier, split_hashes


class Tile(NamedTuple):
    """A full tile: level, number in the level (from 0), its 256 hashes one after another, and their root."""

    level: int
    number: int
    hashes: bytes
    root: bytes


class Edge(NamedTuple):
    """The hashes of a level's unfinished tile: those from `first` up to, not including, `end` of the level.

    At level 0 they are the leaf hashes of these entries, counted from 0; above, the roots of these tiles of
    the level below.
    """

    level: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree that grows: its frontier, and by level the hashes of the unfinished tile, empty if not known.

    It is a value: an append that fails goes on from the one it had.
    """

    frontier: Frontier
    edges: tuple[bytes, ...] = ()

    def missing(self, more: int) -> list[Edge]:
        """Name what has to be made known before so many leaves are added: edges of tiles that fill up."""
        end, end_then, level = self.frontier.size, self.frontier.size + more, 0
        missing = []
        while end_then >> TILE_HEIGHT > end >> TILE_HEIGHT:
            if not self._knows(level):
                missing.append(Edge(level, end - end % TILE_WIDTH, end))
            end, end_then, level = end >> TILE_HEIGHT, end_then >> TILE_HEIGHT, level + 1
        return missing

    def know(self, edge: Edge, hashes: bytes) -> "Growth":
        """Take an edge that was missing; HashesDiffer where it does not lead to the tree's peaks."""
        found = len(hashes) == (edge.end - edge.first) * HASH_BYTES
        if not found or Frontier().extend(split_hashes(hashes)).peaks != self._peaks(edge.level):
            place = f"level {edge.level}, hashes {edge.first} to {edge.end - 1}"
            raise HashesDiffer(place, None, "Run `daybook verify`: it names the position of what is wrong.")
        edges = [*self.edges, *[b""] * (edge.level + 1 - len(self.edges))]
        edges[edge.level] = hashes
        return Growth(self.frontier, tuple(edges))

    def extend(self, leaves: Sequence[bytes]) -> tuple["Growth", list[Tile]]:
        """Add leaf hashes; return the tree after that, and the tiles that filled up, level by level."""
        frontier, rows = self.frontier.climb(leaves)
        tiles: list[Tile] = []
        edges = list(self.edges)
        for level, row in enumerate(rows[::TILE_HEIGHT]):
            known = self._knows(level)
            hashes = b"".join([self._edge(level), *row])
            above = TILE_HEIGHT * (level + 1)
            roots = rows[above] if above < len(rows) else ()
            assert known or not roots, "an edge is missing: see `missing`"
            start = self.frontier.size >> above
            for number, root in enumerate(roots):
                filled = hashes[number * TILE_BYTES : (number + 1) * TILE_BYTES]
                tiles.append(Tile(level, start + number, filled, root))
            # Levels come in order, so that this replaces a level's edge or adds the next level's.
            edges[level : level + 1] = [hashes[len(roots) * TILE_BYTES :] if known else b""]
        return Growth(frontier, tuple(edges)), tiles

    def _edge(self, level: int) -> bytes:
        return self.edges[level] if level < len(self.edges) else b""

    def _width(self, level: int) -> int:
        return (self.frontier.size >> (TILE_HEIGHT * level)) % TILE_WIDTH

    def _knows(self, level: int) -> bool:
        return len(self._edge(level)) == self._width(level) * HASH_BYTES

    def _peaks(self, level: int) -> tuple[bytes, ...]:
        """Return the peaks that stand over the hashes of a level's unfinished tile alone."""
        size, peaks = self.frontier.size, self.frontier.peaks
        end = len(peaks) - (size % (1 << (TILE_HEIGHT * level))).bit_count()
        return peaks[end - self._width(level).bit_count() : end]
