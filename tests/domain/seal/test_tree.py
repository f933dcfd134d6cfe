"""The tree's hashes, and a frontier that equals the whole tree however its leaves came in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seal.refusals import HashesDiffer
from domain.seal.tree import EMPTY_ROOT, Frontier, fold, leaf_hash, node_hash, root_over, split_hashes
from tests.domain.seal.reference import ENTRIES, LEAVES, mth, sums

batches = st.lists(st.integers(0, 300), max_size=6)


@given(batches)
def test_the_root_is_that_of_the_whole_tree_however_the_leaves_came_in(sizes: list[int]) -> None:
    frontier = Frontier()
    for start, end in sums(sizes):
        frontier = frontier.extend(LEAVES[start:end])
        assert frontier.root() == mth(0, end)
        assert (frontier.size, len(frontier.peaks)) == (end, end.bit_count())


@given(st.integers(0, 2_000))
def test_the_peaks_are_the_roots_of_the_perfect_subtrees(size: int) -> None:
    peaks, start = [], 0
    for height in reversed(range(size.bit_length())):
        if size >> height & 1:
            peaks.append(mth(start, start + (1 << height)))
            start += 1 << height
    frontier = Frontier().extend(LEAVES[:size])
    assert frontier.peaks == tuple(peaks)
    assert fold(peaks) == mth(0, size)
    assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier


@given(st.integers(1, 600))
def test_a_climb_names_every_subtree_that_it_completes(start: int) -> None:
    before = Frontier().extend(LEAVES[:start])
    _, rows = before.climb(LEAVES[start : start + 100])
    for height, row in enumerate(rows):
        first, last = start >> height, (start + 100) >> height
        assert list(row) == [mth(at << height, (at + 1) << height) for at in range(first, last)]
    assert (start + 100) >> len(rows) == start >> len(rows)


def test_a_leaf_is_never_a_node() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(ENTRIES[0]) == LEAVES[0]


def test_an_empty_tree_has_the_root_of_no_bytes() -> None:
    assert Frontier().root() == EMPTY_ROOT == mth(0, 0)
    assert Frontier().extend([]) == Frontier()
    assert split_hashes(b"") == ()


def test_a_run_of_hashes_has_the_root_of_the_tree_over_them() -> None:
    assert root_over(b"".join(LEAVES[:256])) == mth(0, 256)


@pytest.mark.parametrize(("size", "given_bytes"), [(3, 32), (3, 65), (0, 32), (4, 0)])
def test_peaks_that_do_not_fit_the_size_are_refused(size: int, given_bytes: int) -> None:
    with pytest.raises(HashesDiffer) as refused:
        Frontier.from_bytes(size, bytes(given_bytes))
    assert refused.value.field == "peaks"
    assert str(size.bit_count()) in refused.value.hint
