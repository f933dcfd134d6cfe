"""A range of the log as a subtree: the roots over any number of its first entries.

Ranges of 65,536 entries are perfect subtrees, so that each can be worked out without the others.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from domain.seal.tiles import TILE_HEIGHT, TILE_WIDTH
from domain.seal.tree import Frontier, fold

RANGE_HEIGHT: Final = 2 * TILE_HEIGHT
RANGE: Final = 1 << RANGE_HEIGHT
UNKNOWN: Final = bytes(32)
"""Stands for a hash that nobody knows; roots over it are None."""


class Subtree:
    """The hashes over neighbouring leaves; of some tiles, another root may be taken than that of the leaves.

    From the leaf `unknown` on, counted from 0, nothing is known.
    """

    def __init__(
        self,
        leaves: Sequence[bytes],
        *,
        instead: Mapping[int, bytes] | None = None,
        unknown: int | None = None,
    ) -> None:
        """Hash the leaves; `instead` gives roots of tiles by number, counted from 0."""
        self.size = len(leaves)
        self._instead = dict(instead or {})
        self._known = self.size if unknown is None else unknown
        rows = Frontier().climb(leaves)[1]
        self._rows = rows[:TILE_HEIGHT]
        if len(rows) > TILE_HEIGHT:
            self.tiles = [self._instead.get(n, root) for n, root in enumerate(rows[TILE_HEIGHT])]
            self._rows += Frontier().climb(self.tiles)[1] if self._instead else rows[TILE_HEIGHT:]
        else:
            self.tiles = []

    def peaks(self, size: int) -> tuple[bytes, ...] | None:
        """Return the peaks over the first so many leaves, largest first; None where they are not known."""
        if size > self._known or (size % TILE_WIDTH and size // TILE_WIDTH in self._instead):
            return None
        heights = [height for height in reversed(range(size.bit_length())) if size >> height & 1]
        return tuple([self._rows[height][(size >> height) - 1] for height in heights])

    def root(self, size: int) -> bytes | None:
        """Return the root over the first so many leaves."""
        peaks = self.peaks(size)
        return None if peaks is None else fold(peaks)
