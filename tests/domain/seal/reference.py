"""The tree of RFC 6962 written down as its section 2.1 has it, slowly, over leaves that are all different."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256

from domain.seal.proofs import TileSource

ENTRIES = [b"entry %d" % number for number in range(2_000)]
LEAVES = [sha256(b"\x00" + entry).digest() for entry in ENTRIES]

SAME_LEAF = sha256(b"\x00").digest()


def split(size: int) -> int:
    """Return the largest power of two below a size."""
    power = 1
    while 2 * power < size:
        power *= 2
    return power


@cache
def mth(start: int, end: int) -> bytes:
    """MTH(D[start:end])."""
    match end - start:
        case 0:
            return sha256(b"").digest()
        case 1:
            return LEAVES[start]
    middle = start + split(end - start)
    return sha256(b"\x01" + mth(start, middle) + mth(middle, end)).digest()


def path(index: int, start: int, end: int) -> list[bytes]:
    """PATH(index - start, D[start:end])."""
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if index < middle:
        return [*path(index, start, middle), mth(middle, end)]
    return [*path(index, middle, end), mth(start, middle)]


def subproof(start: int, end: int, low: int, high: int, *, known: bool = True) -> list[bytes]:
    """Prove that D[start:end] is in D[low:high]; with a start of 0, SUBPROOF(end, D[low:high], known).

    Other starts: draft-ietf-plants-merkle-tree-certs, section 4.4.
    """
    if (start, end) == (low, high):
        return [] if known else [mth(low, high)]
    middle = low + split(high - low)
    if end <= middle:
        return [*subproof(start, end, low, middle, known=known), mth(middle, high)]
    if middle <= start:
        return [*subproof(start, end, middle, high, known=known), mth(low, middle)]
    return [*subproof(middle, end, middle, high, known=False), mth(low, middle)]


def shape(index: int, size: int) -> list[bool]:
    """On which side the siblings of an entry stand, from the leaf up: True for the left."""
    start, end, sides = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        sides.append(index >= middle)
        start, end = (start, middle) if index < middle else (middle, end)
    return sides[::-1]


def consistency_shape(earlier: int, size: int) -> list[bool]:
    """On which side the subtrees stand that a consistency proof joins to the earlier tree's last part."""
    start, end, sides = 0, size, []
    while end != earlier:
        middle = start + split(end - start)
        sides.append(earlier > middle)
        start, end = (start, middle) if earlier <= middle else (middle, end)
    return [*([start > 0] if start else []), *sides[::-1]]


def tile(level: int, number: int, size: int) -> bytes:
    """Work out a tile of the tree of this size, an unfinished one included."""
    span = 256**level
    first = number * 256
    return b"".join([mth(at * span, (at + 1) * span) for at in range(first, min(first + 256, size // span))])


def tiles(size: int) -> TileSource:
    """Give the tiles of the tree of this size."""
    return lambda level, number: tile(level, number, size)


@cache
def same(height: int) -> bytes:
    """Work out the root of a perfect subtree whose leaves are all `SAME_LEAF`."""
    return sha256(b"\x01" + same(height - 1) * 2).digest() if height else SAME_LEAF


def flipped(data: bytes, bit: int) -> bytes:
    """Return bytes with one bit changed."""
    return (int.from_bytes(data) ^ (1 << bit % (8 * len(data)))).to_bytes(len(data))


def sums(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Return where each of several batches starts and ends."""
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    return list(zip([0, *ends], ends, strict=False))
