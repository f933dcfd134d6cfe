"""Proofs made from tiles and checked without them: right ones hold, and any change to one is refused."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seal.proofs import Plan, consistency, inclusion, tree_root
from domain.seal.refusals import HashesDiffer, NotInTree, NotProved, SaysNothing
from domain.seal.tiles import TileRef
from domain.seal.tree import Frontier
from domain.seal.verify import verify_consistency, verify_inclusion
from tests.domain.seal.reference import (
    LEAVES,
    SAME_LEAF,
    consistency_shape,
    flipped,
    mth,
    path,
    same,
    shape,
    subproof,
    tile,
    tiles,
)

SMALL = 70
sizes = st.integers(1, len(LEAVES))
pairs = sizes.flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))
"""An index, and the size of a tree that has it."""


def included(index: int, size: int, proof: Sequence[bytes], root: bytes, leaf: bytes | None = None) -> bool:
    """Whether the check of an inclusion proof holds."""
    try:
        verify_inclusion(leaf or LEAVES[index], index, size, proof, root)
    except NotProved:
        return False
    return True


def extends(earlier: int, size: int, proof: Sequence[bytes], roots: tuple[bytes, bytes]) -> bool:
    """Whether the check of a consistency proof holds."""
    try:
        verify_consistency(earlier, roots[0], size, roots[1], proof)
    except NotProved:
        return False
    return True


def test_every_proof_of_every_small_tree(count: Callable[[str], None]) -> None:
    proofs = 0
    for size in range(1, SMALL + 1):
        root, source = mth(0, size), tiles(size)
        for index in range(size):
            proof = inclusion(index, size).build(source)
            assert list(proof) == path(index, 0, size)
            assert included(index, size, proof, root)
            grown = consistency(index + 1, size).build(source)
            assert list(grown) == subproof(0, index + 1, 0, size)
            assert extends(index + 1, size, grown, (mth(0, index + 1), root))
            proofs += 2
    count(f"proofs of all trees of up to {SMALL} entries, made and checked: {proofs:,}")


@given(pairs)
def test_proofs_of_larger_trees(pair: tuple[int, int]) -> None:
    index, size = pair
    proof = inclusion(index, size).build(tiles(size))
    assert list(proof) == path(index, 0, size)
    assert included(index, size, proof, mth(0, size))
    grown = consistency(index + 1, size).build(tiles(size))
    assert list(grown) == subproof(0, index + 1, 0, size)
    assert extends(index + 1, size, grown, (mth(0, index + 1), mth(0, size)))


@given(pairs)
def test_a_plan_names_the_tiles_that_are_read_with_their_widths(pair: tuple[int, int]) -> None:
    index, size = pair
    for plan in (inclusion(index, size), consistency(index + 1, size), tree_root(size)):
        read = set()

        def source(level: int, number: int) -> bytes:
            read.add(TileRef(level, number, len(tile(level, number, size)) // 32))  # noqa: B023
            return tile(level, number, size)

        plan.build(source)
        assert plan.tiles() == tuple(sorted(read))


@given(pairs)
def test_a_later_full_tile_serves_an_earlier_tree(pair: tuple[int, int]) -> None:
    index, size = pair
    assert list(inclusion(index, size).build(tiles(len(LEAVES)))) == path(index, 0, size)
    assert tree_root(size).build(tiles(len(LEAVES))) == (mth(0, size),)


def test_the_root_of_an_empty_tree_needs_no_tile() -> None:
    assert tree_root(0).tiles() == ()
    assert tree_root(0).build(tiles(0)) == (mth(0, 0),)


def test_a_tile_that_is_too_short_is_named() -> None:
    with pytest.raises(HashesDiffer) as refused:
        inclusion(3, 300).build(tiles(260))
    assert refused.value.field == "level 0, tile 1"


@given(st.integers(0, 9_999_999))
def test_a_proof_in_a_log_of_ten_million_reads_few_tiles(index: int) -> None:
    size = 10_000_000
    root = Frontier(size, tuple([same(it) for it in reversed(range(24)) if size >> it & 1])).root()

    def source(level: int, _: int) -> bytes:
        return same(8 * level) * 256

    plan = inclusion(index, size)
    assert len(plan.tiles()) <= 2 * 3
    verify_inclusion(SAME_LEAF, index, size, plan.build(source), root)
    if index:
        earlier = tree_root(index).build(source)[0]
        grown = consistency(index, size)
        assert len(grown.tiles()) <= 3 * 3
        verify_consistency(index, earlier, size, root, grown.build(source))


@given(pairs, st.data())
def test_any_bit_changed_in_an_inclusion_proof_is_refused(pair: tuple[int, int], data: st.DataObject) -> None:
    index, size = pair
    proof, root, leaf = path(index, 0, size), mth(0, size), LEAVES[index]
    bit = data.draw(st.integers(0, 255))
    which = data.draw(st.integers(-2, len(proof) - 1))
    if which == -2:
        leaf = flipped(leaf, bit)
    elif which == -1:
        root = flipped(root, bit)
    else:
        proof[which] = flipped(proof[which], bit)
    assert not included(index, size, proof, root, leaf)


@given(pairs, st.data())
def test_any_bit_changed_in_a_consistency_proof_is_refused(
    pair: tuple[int, int], data: st.DataObject
) -> None:
    earlier, size = pair[0] + 1, pair[1]
    proof, roots = subproof(0, earlier, 0, size), (mth(0, earlier), mth(0, size))
    bit = data.draw(st.integers(0, 255))
    which = data.draw(st.integers(-2, len(proof) - 1))
    if which == -2:
        roots = flipped(roots[0], bit), roots[1]
    elif which == -1:
        roots = roots[0], flipped(roots[1], bit)
    else:
        proof[which] = flipped(proof[which], bit)
    assert not extends(earlier, size, proof, roots)


@given(pairs, st.data())
def test_a_proof_of_another_length_is_refused(pair: tuple[int, int], data: st.DataObject) -> None:
    index, size = pair
    roots = mth(0, index + 1), mth(0, size)
    for proof, grown in ((path(index, 0, size), False), (subproof(0, index + 1, 0, size), True)):
        at = data.draw(st.integers(0, len(proof)))
        others = [[*proof[:at], it, *proof[at:]] for it in (LEAVES[0], roots[0], roots[1], *proof[:1])]
        others += [proof[:at], proof[at + 1 :]] if at < len(proof) else []
        for other in others:
            if grown:
                assert not extends(index + 1, size, other, roots)
            else:
                assert not included(index, size, other, roots[1])


@given(pairs, st.integers(0, 3_000), st.integers(0, 3_000))
def test_another_place_is_refused_and_another_size_by_the_shape_of_its_tree(
    pair: tuple[int, int], other_index: int, other_size: int
) -> None:
    index, size = pair
    proof, root = path(index, 0, size), mth(0, size)
    if other_index != index:
        assert not included(other_index, size, proof, root, LEAVES[index])
    fits = index < other_size and shape(index, other_size) == shape(index, size)
    assert included(index, other_size, proof, root) == fits
    earlier = index + 1
    grown, roots = subproof(0, earlier, 0, size), (mth(0, earlier), root)
    fits = earlier <= other_size and (earlier == other_size) == (earlier == size)
    fits = fits and consistency_shape(earlier, other_size) == consistency_shape(earlier, size)
    assert extends(earlier, other_size, grown, roots) == fits


@pytest.mark.parametrize("short", [b"", b"\x00" * 31, b"\x00" * 33])
def test_what_is_no_hash_is_refused(short: bytes) -> None:
    proof, root = path(3, 0, 8), mth(0, 8)
    assert not included(3, 8, [short, *proof[1:]], root)
    assert not included(3, 8, proof, short)
    assert not extends(3, 8, [short, *subproof(0, 3, 0, 8)[1:]], (mth(0, 3), root))
    assert not extends(3, 8, subproof(0, 3, 0, 8), (short, root))
    assert not extends(8, 8, [], (root, short))
    with pytest.raises(NotProved):
        verify_inclusion(short, 0, 1, [], short)


@pytest.mark.parametrize("plan", [lambda: inclusion(5, 5), lambda: inclusion(-1, 5), lambda: inclusion(0, 0)])
def test_an_index_beyond_the_tree_cannot_be_planned(plan: Callable[[], Plan]) -> None:
    with pytest.raises(NotInTree):
        plan()


def test_sizes_that_do_not_follow_cannot_be_planned() -> None:
    with pytest.raises(NotInTree):
        consistency(6, 5)
    with pytest.raises(NotInTree):
        consistency(-1, 5)
    with pytest.raises(SaysNothing):
        consistency(0, 5)
