"""Roots over parts of a range, against the definition of the tree."""

from hashlib import sha256

import pytest

from domain.seal.growth import Tile
from replay.verify.doubts import Doubt, Doubts
from replay.verify.findings import Findings
from replay.verify.reading import StoredTile
from replay.verify.subtree import RANGE, Subtree
from replay.verify.tiles import check_upper_tile
from replay.verify.verdict import Story
from tests.database import merkle_root
from tests.replay.verify.books import brief

LEAVES = [sha256(b"%d" % n).digest() for n in range(600)]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 513, 600])
def test_roots_are_those_of_the_definition(size: int) -> None:
    assert Subtree(LEAVES).root(size) == merkle_root(LEAVES[:size])
    assert Subtree(LEAVES[:size]).root(size) == merkle_root(LEAVES[:size])


def test_a_tile_may_have_another_root() -> None:
    others = [sha256(leaf).digest() for leaf in LEAVES[256:512]]
    tree = Subtree(LEAVES, instead={1: merkle_root(others)})
    for size in (100, 256, 512, 600):
        assert tree.root(size) == merkle_root([*LEAVES[:256], *others, *LEAVES[512:]][:size])
    assert tree.root(300) is None


def test_nothing_is_known_from_an_unknown_leaf_on() -> None:
    tree = Subtree(LEAVES, unknown=300)
    assert tree.root(300) == merkle_root(LEAVES[:300])
    assert tree.root(301) is None
    assert tree.peaks(600) is None


def test_a_story_joins_ranges_to_the_whole_tree() -> None:
    story = Story()
    roots = [sha256(b"range %d" % n).digest() for n in range(259)]
    tiles = [tile for root in roots for tile in story.add(RANGE, (root,))]
    assert tiles == [Tile(0, 0, b"".join(roots[:256]), merkle_root(roots[:256]))]
    part = Subtree(LEAVES)
    assert story.root(part.root(77)) == merkle_root([*roots, merkle_root(LEAVES[:77])])
    story.add(600, part.peaks(600))
    assert story.whole() == merkle_root([*roots, merkle_root(LEAVES)])


def test_a_story_ends_where_nothing_is_known() -> None:
    story = Story()
    story.add(RANGE, (LEAVES[0],))
    story.add(RANGE, None)
    assert story.add(RANGE, (LEAVES[1],)) == []
    assert story.root(LEAVES[2]) is None
    assert story.whole() is None


TILE = Tile(2, 1, b"".join(LEAVES[:256]), merkle_root(LEAVES[:256]))
OTHER = Tile(2, 1, b"".join(LEAVES[256:512]), merkle_root(LEAVES[256:512]))
SPAN = 1 << 24


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        (StoredTile(1, TILE.root, TILE.hashes), []),
        (StoredTile(1, OTHER.root, OTHER.hashes), []),
        (None, [f"tile-missing tile/2/001 {SPAN + 1}-{2 * SPAN}"]),
        (StoredTile(1, TILE.root, b""), [f"tile-changed tile/2/001 {SPAN + 1}-{2 * SPAN}"]),
        (StoredTile(1, LEAVES[0], TILE.hashes), [f"tile-root tile/2/001 {SPAN + 1}-{2 * SPAN}"]),
        (
            StoredTile(1, TILE.root, TILE.hashes[:64] + bytes(32) + TILE.hashes[96:]),
            [f"tile-changed tile/2/001 {SPAN + 2 * RANGE + 1}-{SPAN + 3 * RANGE}"],
        ),
    ],
)
def test_a_tile_of_a_higher_level_is_held_to_either_story(
    stored: StoredTile | None, found: list[str]
) -> None:
    findings = Findings()
    check_upper_tile(0, stored, [TILE, OTHER], findings)
    assert [brief(it) for it in findings] == found


def test_doubts_that_say_the_same_of_neighbours_are_one() -> None:
    doubts = Doubts()
    for first, shift in ((1, 1), (2, 1), (3, None), (4, 1), (5, -1), (9, -1)):
        doubts.take(Doubt(first, first, "tile/0/000", shift, entries=True))
    assert [(it.first, it.last, it.shift) for it in doubts] == [(1, 4, 1), (5, 5, -1), (9, 9, -1)]
    others = Doubts()
    for first in range(20, 420, 2):
        others.take(Doubt(first, first, "tile/0/000", None, entries=True))
    doubts.merge(others)
    assert len(list(doubts)) == 100
    assert doubts.left_out == 103
