"""Proofs made from tiles: that an entry is in a tree, and that a tree begins with an earlier one.

A proof is planned first, from sizes alone. Its plan names the tiles that it reads, so that all of them can be
fetched at once; with these at hand it is built.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from domain.seal.refusals import HashesDiffer
from domain.seal.tiles import TILE_HEIGHT, TILE_WIDTH, TileRef, tile_width
from domain.seal.tree import HASH_BYTES, fold, root_over
from domain.seal.verify import check_index, check_sizes

TileSource = Callable[[int, int], bytes]
"""Gives a tile's hashes by level and number; of an unfinished one, at least those in the tree asked about."""


class Range(NamedTuple):
    """Entries, counted from 0, from `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a proof in a tree of this size consists of: each of its hashes is the root over one range."""

    size: int
    ranges: tuple[Range, ...]

    def tiles(self) -> tuple[TileRef, ...]:
        """Name the tiles that building it reads, each once, as wide as they are in a tree of this size."""
        read = sorted({(it.level, it.tile) for part in self.ranges for it in _nodes(part)})
        return tuple([TileRef(level, tile, tile_width(level, tile, self.size)) for level, tile in read])

    def build(self, source: TileSource) -> tuple[bytes, ...]:
        """Work out the hashes of the proof; HashesDiffer where a tile is too short."""
        return tuple([fold([_root(node, source) for node in _nodes(part)]) for part in self.ranges])


def inclusion(index: int, size: int) -> Plan:
    """Plan the proof that the entry at an index, counted from 0, is in a tree of this size.

    Source: RFC 6962, section 2.1.1.
    """
    check_index(index, size)
    ranges = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append(Range(middle, end))
            end = middle
        else:
            ranges.append(Range(start, middle))
            start = middle
    return Plan(size, tuple(reversed(ranges)))


def consistency(earlier: int, size: int) -> Plan:
    """Plan the proof that a tree of this size begins with the tree of an earlier size.

    Source: RFC 6962, section 2.1.2.
    """
    check_sizes(earlier, size)
    ranges = []
    start, end = 0, size
    while end != earlier:
        middle = start + _split(end - start)
        if earlier <= middle:
            ranges.append(Range(middle, end))
            end = middle
        else:
            ranges.append(Range(start, middle))
            start = middle
    if start:
        # Whoever checks knows the earlier root, but no root over its last part alone.
        ranges.append(Range(start, end))
    return Plan(size, tuple(reversed(ranges)))


def tree_root(size: int) -> Plan:
    """Plan the root of a tree of this size: the one hash that is built."""
    return Plan(size, (Range(0, size),))


class _Node(NamedTuple):
    """A perfect subtree, as neighbouring hashes in one tile."""

    level: int
    tile: int
    first: int
    width: int


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)


def _nodes(part: Range) -> Iterator[_Node]:
    """Cut a range into perfect subtrees, largest first; its start is a multiple of each one's size."""
    start, end = part
    while start < end:
        height = (end - start).bit_length() - 1
        level, over = divmod(height, TILE_HEIGHT)
        first = start >> (TILE_HEIGHT * level)
        yield _Node(level, first // TILE_WIDTH, first % TILE_WIDTH, 1 << over)
        start += 1 << height


def _root(node: _Node, source: TileSource) -> bytes:
    """Work out the root of a perfect subtree from its tile."""
    level, tile, first, width = node
    hashes = source(level, tile)[first * HASH_BYTES : (first + width) * HASH_BYTES]
    if len(hashes) != width * HASH_BYTES:
        raise HashesDiffer(f"level {level}, tile {tile}", None, f"Its hash {first + width - 1} is missing.")
    return root_over(hashes)
