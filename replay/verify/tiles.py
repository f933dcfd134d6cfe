"""The hashes of a range's entries held against the tiles that were stored when they were sealed.

Where they differ, either may have been changed. What the entries lead to is one story, what the tiles lead to
another; which of the two was signed is for checkpoints to say, and each difference is a doubt until then.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from domain.seal.growth import Tile
from domain.seal.tiles import TILE_HEIGHT, TILE_WIDTH, TileRef
from domain.seal.tree import root_over, split_hashes
from replay.verify.doubts import Doubt, Doubts
from replay.verify.findings import Finding, Findings, Kind
from replay.verify.reading import StoredTile
from replay.verify.subtree import RANGE, UNKNOWN, Subtree


class Stories(NamedTuple):
    """A range as its entries tell it, and as its tiles do; as a rule the two are one."""

    found: Subtree
    sealed: Subtree


class StoredTiles(NamedTuple):
    """A range's tiles: those of level 0 by number, and that of level 1, which only a whole range has."""

    lower: Mapping[int, StoredTile]
    upper: StoredTile | None


def positions_under(ref: TileRef) -> tuple[int, int]:
    """Return the first and last position of the entries under a full tile."""
    span = 1 << TILE_HEIGHT * (ref.level + 1)
    return ref.number * span + 1, (ref.number + 1) * span


def differing_hashes(shard: int, ref: TileRef, stored: bytes, *stories: bytes) -> Iterable[Finding]:
    """Find the hashes of a stored tile that are in no story of it."""
    told = list(zip(*map(split_hashes, stories), strict=True))
    first, last = positions_under(ref)
    span = (last - first + 1) // TILE_WIDTH
    for number, found in enumerate(split_hashes(stored)):
        if found not in told[number]:
            start = first + number * span
            yield Finding(Kind.TILE_CHANGED, shard, start, start + span - 1, tile=ref.path())


def check_upper_tile(shard: int, stored: StoredTile | None, told: Sequence[Tile], findings: Findings) -> None:
    """Hold a tile above level 0 to what the stories lead to, of which there is at least one."""
    ref = TileRef(told[0].level, told[0].number)
    where = Finding(Kind.TILE_ROOT, shard, *positions_under(ref), tile=ref.path())
    if stored is None:
        findings.add(replace(where, kind=Kind.TILE_MISSING))
    elif not stored.is_whole:
        findings.add(replace(where, kind=Kind.TILE_CHANGED))
    else:
        findings.extend(differing_hashes(shard, ref, stored.hashes, *[tile.hashes for tile in told]))
        if stored.root not in [tile.root for tile in told]:
            findings.add(where)


class Comparison:
    """Compares a range from the entry `start`, counted from 0; the leaf of a missing entry is UNKNOWN."""

    def __init__(
        self, shard: int, start: int, leaves: Sequence[bytes], stored: StoredTiles, findings: Findings
    ) -> None:
        """Take the leaf hashes and the tiles."""
        self.doubts = Doubts()
        self._shard = shard
        self._start = start
        self._stored = stored
        self._findings = findings
        self._leaves = list(leaves)

    def stories(self) -> Stories:
        """Work out what entries and tiles lead to, and find what does not fit."""
        holes = self._fill()
        found = Subtree(self._leaves, unknown=holes[0] if holes else None)
        leaves, instead = list(self._leaves), dict[int, bytes]()
        for number, root in enumerate(found.tiles):
            if self._fits(number, root) or self._is_void(number):
                continue
            sealed, is_likely = self._judge(number, root)
            tile = self._tile(number)
            if sealed == root:  # but for what was found
                continue
            if tile is not None and root_over(tile.hashes) == sealed:
                leaves[number * TILE_WIDTH : (number + 1) * TILE_WIDTH] = split_hashes(tile.hashes)
            else:
                instead[number] = sealed
            self._doubt(number, entries=is_likely)
        if self.doubts:
            holes = [place for place in holes if place // TILE_WIDTH not in instead]
            stories = Stories(found, Subtree(leaves, instead=instead, unknown=holes[0] if holes else None))
        else:
            stories = Stories(found, found)
        self._check_upper(stories)
        return stories

    def _fill(self) -> list[int]:
        """Take the sealed hashes of entries that are missing; return the places that stay unknown."""
        if UNKNOWN not in self._leaves:
            return []
        for place, leaf in enumerate(self._leaves):
            tile = self._tile(place // TILE_WIDTH) if leaf == UNKNOWN else None
            if tile is not None:
                self._leaves[place] = split_hashes(tile.hashes)[place % TILE_WIDTH]
        return [place for place, leaf in enumerate(self._leaves) if leaf == UNKNOWN]

    def _stored_tile(self, number: int) -> StoredTile | None:
        return self._stored.lower.get(self._start // TILE_WIDTH + number)

    def _tile(self, number: int) -> StoredTile | None:
        """Return a tile as it is stored, unless its hashes or root are cut short."""
        tile = self._stored_tile(number)
        return tile if tile is not None and tile.is_whole else None

    @cached_property
    def _above(self) -> Sequence[bytes | None]:
        """The roots of the tiles as the tile above holds them."""
        upper = self._stored.upper
        return split_hashes(upper.hashes) if upper is not None and upper.is_whole else [None] * TILE_WIDTH

    @cached_property
    def _places(self) -> Mapping[bytes, int]:
        """Where in the range each hash was sealed."""
        whole = [(number, tile) for number, tile in self._stored.lower.items() if tile.is_whole]
        return {
            leaf: number * TILE_WIDTH - self._start + place
            for number, tile in whole
            for place, leaf in enumerate(split_hashes(tile.hashes))
        }

    def _fits(self, number: int, root: bytes) -> bool:
        tile = self._tile(number)
        hashes = b"".join(self._leaves[number * TILE_WIDTH : (number + 1) * TILE_WIDTH])
        return (
            tile is not None
            and (tile.root, tile.hashes) == (root, hashes)
            and self._above[number] in (None, root)
        )

    def _is_void(self, number: int) -> bool:
        """Whether neither the tile nor any of its entries is there: to name the entries says it all."""
        leaves = self._leaves[number * TILE_WIDTH : (number + 1) * TILE_WIDTH]
        return self._stored_tile(number) is None and leaves.count(UNKNOWN) == TILE_WIDTH

    def _judge(self, number: int, root: bytes) -> tuple[bytes, bool]:
        """Return which root of a tile was sealed if not this one; find what is stored and is neither.

        Also return whether most of what is stored bears it out, so that most likely the entries were changed.
        """
        tile, above = self._tile(number), self._above[number]
        own = root_over(tile.hashes) if tile is not None else None
        # Of several with one vote each, the one farthest from the entries counts: whoever changed these had
        # to change more to get there.
        votes = [it for it in (above, tile and tile.root, own) if it is not None]
        others = Counter(it for it in votes if it != root).most_common(1)
        sealed, many = others[0] if others else (root, 0)
        ref = self._ref(number)
        if tile is None:
            is_there = self._stored_tile(number) is not None
            self._find(Kind.TILE_CHANGED if is_there else Kind.TILE_MISSING, ref)
        elif own not in (root, sealed):
            leaves = b"".join(self._leaves[number * TILE_WIDTH : (number + 1) * TILE_WIDTH])
            self._findings.extend(differing_hashes(self._shard, ref, tile.hashes, leaves))
        elif tile.root not in (root, sealed):
            self._find(Kind.TILE_ROOT, ref)
        return sealed, sealed == own and many > votes.count(root)

    def _doubt(self, number: int, *, entries: bool) -> None:
        """Note the positions at which entries do not fit the tile, or all if only its root does not."""
        ref, tile = self._ref(number), self._tile(number)
        leaves = self._leaves[number * TILE_WIDTH : (number + 1) * TILE_WIDTH]
        hashes = leaves if tile is None else split_hashes(tile.hashes)
        differing = [n for n, (leaf, other) in enumerate(zip(leaves, hashes, strict=True)) if leaf != other]
        if not differing and tile is not None and tile.root == root_over(b"".join(leaves)):
            above = TileRef(1, self._start // RANGE)
            self.doubts.take(Doubt(*positions_under(ref), above.path(), None, entries))
        elif not differing:
            self.doubts.take(Doubt(*positions_under(ref), ref.path(), None, entries, root_alone=True))
        for n in differing:
            place = number * TILE_WIDTH + n
            sealed_at = self._places.get(leaves[n])
            shift = None if sealed_at is None else sealed_at - place
            position = self._start + place + 1
            self.doubts.take(Doubt(position, position, ref.path(), shift, entries))

    def _check_upper(self, stories: Stories) -> None:
        """Hold the tile above to the tiles of the range."""
        if len(self._leaves) == RANGE and self._leaves.count(UNKNOWN) < RANGE:
            number = self._start // RANGE
            told = [Tile(1, number, b"".join(it.tiles), it.root(RANGE) or UNKNOWN) for it in stories]
            check_upper_tile(self._shard, self._stored.upper, told, self._findings)

    def _ref(self, number: int) -> TileRef:
        return TileRef(0, self._start // TILE_WIDTH + number)

    def _find(self, kind: Kind, ref: TileRef) -> None:
        self._findings.add(Finding(kind, self._shard, *positions_under(ref), tile=ref.path()))
