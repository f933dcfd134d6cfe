"""The Merkle tree of RFC 6962, section 2.1: its hashes, and the frontier from which it grows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from domain.seal.refusals import HashesDiffer

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry's bytes to the leaf that stands for it."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours to the node above them."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(peaks: Sequence[bytes]) -> bytes:
    """Join the roots of perfect subtrees, largest first, to the root above them all."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


@dataclass(frozen=True, slots=True)
class Frontier:
    """What a tree grows from: its size, and its peaks, the roots of its perfect subtrees, largest first.

    There is one peak for each binary digit 1 of the size.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Read the peaks, 32 bytes each; HashesDiffer where a tree of this size has more or fewer."""
        if len(data) != size.bit_count() * HASH_BYTES:
            hint = f"A tree of {size} entries has {size.bit_count()}."
            raise HashesDiffer("peaks", f"{len(data) / HASH_BYTES:g} hashes", hint)
        return cls(size, split_hashes(data))

    def to_bytes(self) -> bytes:
        """Write the peaks one after another."""
        return b"".join(self.peaks)

    def root(self) -> bytes:
        """Return the hash of the whole tree."""
        return fold(self.peaks)

    def extend(self, leaves: Sequence[bytes]) -> "Frontier":
        """Return the frontier after these leaf hashes were added."""
        return self.climb(leaves)[0]

    def climb(self, leaves: Sequence[bytes]) -> tuple["Frontier", list[Sequence[bytes]]]:
        """Add leaf hashes; also return, for each height from 0 on, the hashes of the subtrees now complete.

        Those of height h follow the first `size >> h`, which were complete before.
        """
        # Height by height rather than leaf by leaf: the hashing is then nearly all of the work.
        sha256 = hashlib.sha256
        before, after = list(self.peaks), []
        rows: list[Sequence[bytes]] = []
        row, start = leaves, self.size
        while row:
            rows.append(row)
            if start & 1:
                row = [before.pop(), *row]
            if len(row) & 1:
                after.append(row[-1])
            nodes = iter(row)
            row = [sha256(b"\x01" + left + right).digest() for left, right in zip(nodes, nodes, strict=False)]
            start >>= 1
        after.reverse()
        return Frontier(self.size + len(leaves), (*before, *after)), rows


def root_over(hashes: bytes) -> bytes:
    """Work out the root over a run of neighbouring hashes, such as those of a tile."""
    return Frontier().extend(split_hashes(hashes)).root()


def split_hashes(data: bytes) -> tuple[bytes, ...]:
    """Cut a run of hashes into hashes."""
    cuts = range(0, len(data) + 1, HASH_BYTES)
    return tuple([data[start:end] for start, end in pairwise(cuts)])
