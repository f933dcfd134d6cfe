"""Growth: the tiles that fill up are those of the whole tree, whatever the writer remembers."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seal.growth import Edge, Growth, Tile
from domain.seal.refusals import HashesDiffer
from domain.seal.tree import Frontier, root_over
from tests.domain.seal.reference import LEAVES, SAME_LEAF, flipped, mth, same, sums, tile

EMPTY = Growth(Frontier())
batches = st.lists(st.tuples(st.integers(0, 600) | st.just(1), st.booleans()), max_size=6)
"""How many leaves are added, and whether the writer forgot its edges before, as a new one knows none."""


def known(growth: Growth, more: int) -> Growth:
    """Read the edges that are missing, as an append does."""
    for edge in growth.missing(more):
        span = 256**edge.level
        hashes = [mth(at * span, (at + 1) * span) for at in range(edge.first, edge.end)]
        growth = growth.know(edge, b"".join(hashes))
    return growth


@given(batches)
def test_the_tiles_are_those_of_the_whole_tree(steps: list[tuple[int, bool]]) -> None:
    growth, filled = EMPTY, []
    for (start, end), (_, forgets) in zip(sums([size for size, _ in steps]), steps, strict=True):
        if forgets:
            growth = Growth(Frontier.from_bytes(start, growth.frontier.to_bytes()))
        growth, tiles = known(growth, end - start).extend(LEAVES[start:end])
        filled += tiles
    size = growth.frontier.size
    assert growth.frontier.root() == mth(0, size)
    assert filled == [
        Tile(0, number, tile(0, number, size), mth(number * 256, number * 256 + 256))
        for number in range(size // 256)
    ]


def test_what_is_remembered_is_not_asked_for() -> None:
    growth, _ = EMPTY.extend(LEAVES[:300])
    assert growth.missing(1_000_000_000) == []
    cold = Growth(growth.frontier)
    assert cold.missing(211) == []
    assert cold.missing(212) == [Edge(0, 256, 300)]
    assert cold.missing(70_000) == [Edge(0, 256, 300), Edge(1, 0, 1)]


def test_an_unknown_edge_stays_unknown_until_it_is_read() -> None:
    cold = Growth(Frontier().extend(LEAVES[:300]))
    later, tiles = cold.extend(LEAVES[300:400])
    assert tiles == []
    assert (later.edges, later.missing(112)) == ((b"",), [Edge(0, 256, 400)])
    warm, tiles = known(later, 112).extend(LEAVES[400:512])
    assert [it.number for it in tiles] == [1]
    assert warm.missing(256) == []
    with pytest.raises(AssertionError, match="an edge is missing"):
        later.extend(LEAVES[400:600])


def test_one_leaf_can_fill_a_tile_of_every_level() -> None:
    size = 256**3 - 1
    peaks = tuple([same(height) for height in reversed(range(24))])
    cold = Growth(Frontier(size, peaks))
    assert cold.missing(1) == [
        Edge(level, 256 ** (3 - level) - 256, 256 ** (3 - level) - 1) for level in range(3)
    ]
    growth = cold
    for edge in cold.missing(1):
        growth = growth.know(edge, same(8 * edge.level) * 255)
    growth, tiles = growth.extend([SAME_LEAF])
    assert tiles == [
        Tile(level, 256 ** (2 - level) - 1, same(8 * level) * 256, same(8 * level + 8)) for level in range(3)
    ]
    assert growth.frontier == Frontier(256**3, (same(24),))
    assert growth.missing(1) == []


def test_tiles_of_the_second_level_fill_up(count: Callable[[str], None]) -> None:
    growth, found = EMPTY, []
    for _ in range(0, 70_000, 1_000):
        growth, tiles = growth.extend([SAME_LEAF] * 1_000)
        found += tiles
    below = [it for it in found if it.level == 0]
    (above,) = [it for it in found if it.level == 1]
    assert [it.number for it in below] == list(range(273))
    assert above == Tile(1, 0, b"".join([it.root for it in below[:256]]), same(16))
    assert all(root_over(it.hashes) == it.root for it in found)
    count(f"tiles of 70,000 leaves, all levels: {len(found)}")


@given(width=st.integers(1, 255), bit=st.integers(0), shortened=st.booleans())
def test_an_edge_that_was_changed_is_refused(*, width: int, bit: int, shortened: bool) -> None:
    cold = Growth(Frontier().extend(LEAVES[: 256 + width]))
    (edge,) = cold.missing(256)
    hashes = b"".join(LEAVES[256 : 256 + width])
    assert cold.know(edge, hashes).missing(256) == []
    with pytest.raises(HashesDiffer) as refused:
        cold.know(edge, hashes[:-32] if shortened else flipped(hashes, bit))
    assert refused.value.field == f"level 0, hashes 256 to {255 + width}"


def test_an_edge_above_is_checked_against_its_own_peaks() -> None:
    cold = Growth(Frontier().extend(LEAVES[:900]))
    below, above = cold.missing(70_000)
    roots = b"".join([mth(at * 256, at * 256 + 256) for at in range(3)])
    assert (below, above) == (Edge(0, 768, 900), Edge(1, 0, 3))
    assert cold.know(above, roots).missing(70_000) == [below]
    with pytest.raises(HashesDiffer):
        cold.know(above, roots[32:] + roots[:32])


def test_an_append_that_fails_goes_on_from_the_growth_it_had() -> None:
    growth, _ = EMPTY.extend(LEAVES[:200])
    abandoned, tiles = growth.extend(LEAVES[1_000:1_100])
    assert tiles[0].hashes != tile(0, 0, 256)
    assert abandoned.frontier.root() != mth(0, 300)
    again, tiles = growth.extend(LEAVES[200:300])
    assert (tiles[0].hashes, again.frontier.root()) == (tile(0, 0, 256), mth(0, 300))
