"""Tiles and the head row are tampered with.

Entries 1 to 512 lie under full tiles, 513 to 576, 577 to 592 and 593 to 600 under a peak each; 591 to 600
are not signed.
"""

from collections.abc import Callable, Sequence

import pytest

from tests.replay.verify.books import Books
from tests.replay.verify.statements import Cases, edit, flip, params, tried

FIRST_TILE = "SELECT root, hashes FROM daybook.tiles AS other WHERE other.index = 0"

TILES: Cases = {
    "a hash": (flip("tiles", "hashes", 6 * 32, "index = 0"), ["tile-changed tile/0/000 7"]),
    "its last bit": (flip("tiles", "hashes", 8191, "index = 0"), ["tile-changed tile/0/000 256"]),
    "a hash of the second": (flip("tiles", "hashes", 0, "index = 1"), ["tile-changed tile/0/001 257"]),
    "its root": (flip("tiles", "root", 0, "index = 0"), ["tile-root tile/0/000 1-256"]),
    "hash and root": (
        [*flip("tiles", "hashes", 0, "index = 0"), *flip("tiles", "root", 0, "index = 0")],
        ["tile-changed tile/0/000 1"],
    ),
    "deleted": (["DELETE FROM daybook.tiles WHERE index = 1"], ["tile-missing tile/0/001 257-512"]),
    "all deleted": (
        ["TRUNCATE daybook.tiles"],
        ["tile-missing tile/0/000 1-256", "tile-missing tile/0/001 257-512"],
    ),
    "swapped": (
        [
            "UPDATE daybook.tiles SET index = 9 WHERE index = 0",
            "UPDATE daybook.tiles SET index = 0 WHERE index = 1",
            "UPDATE daybook.tiles SET index = 1 WHERE index = 9",
        ],
        ["tile-changed tile/0/000 1-256", "tile-changed tile/0/001 257-512"],
    ),
    "doubled in another's place": (
        [f"UPDATE daybook.tiles SET (root, hashes) = ({FIRST_TILE}) WHERE index = 1"],
        ["tile-changed tile/0/001 257-512"],
    ),
    "renumbered": (
        ["UPDATE daybook.tiles SET index = 2 WHERE index = 1"],
        ["tile-beyond tile/0/002", "tile-missing tile/0/001 257-512"],
    ),
    "of another level": (
        ["UPDATE daybook.tiles SET level = 1 WHERE index = 1"],
        ["tile-beyond tile/1/001", "tile-missing tile/0/001 257-512"],
    ),
    "of no level": (
        ["UPDATE daybook.tiles SET level = 7 WHERE index = 1"],
        ["tile-beyond tile/7/001", "tile-missing tile/0/001 257-512"],
    ),
    "one too many": (
        ["INSERT INTO daybook.tiles SELECT 2, shard, level, root, hashes FROM daybook.tiles WHERE index = 1"],
        ["tile-beyond tile/0/002"],
    ),
    "cut short": (
        [
            "ALTER TABLE daybook.tiles DROP CONSTRAINT IF EXISTS tiles_hashes_check",
            "UPDATE daybook.tiles SET hashes = substr(hashes, 1, 8160) WHERE index = 1",
        ],
        ["tile-changed tile/0/001 257-512"],
    ),
    "an entry and its tile": (
        [*edit(7, "12.30", "12.31"), *flip("tiles", "hashes", 6 * 32, "index = 0")],
        ["entry-changed 7", "fingerprint-differs 7", "tile-changed tile/0/000 7"],
    ),
}

HEAD: Cases = {
    "one entry less": (
        ["UPDATE daybook.heads SET size = 599"],
        ["entry-beyond 600", "head-changed peaks", "head-changed root"],
    ),
    "one entry more": (["UPDATE daybook.heads SET size = 601"], ["entry-missing 601"]),
    "far more entries": (
        ["UPDATE daybook.heads SET size = 1000000000000"],
        [
            "entry-missing 601-1000000000000",
            "tile-missing tile/0/002 513-768",
            "tile-missing tile/1/000 1-65536",
        ],
    ),
    "a peak of full tiles": (flip("heads", "peaks", 0), ["head-changed peaks"]),
    "a peak of signed entries": (flip("heads", "peaks", 33), ["head-changed peaks"]),
    "a peak of unsigned entries": (flip("heads", "peaks", 100), ["head-differs 593-600"]),
    "no peaks": (["UPDATE daybook.heads SET peaks = ''"], ["head-changed peaks"]),
    "the root": (flip("heads", "root", 0), ["head-changed root"]),
    "the clock": (["UPDATE daybook.heads SET recorded_at = '2000-01-01'"], ["head-clock"]),
    "deleted": (["DELETE FROM daybook.heads"], ["head-missing"]),
    "doubled": (
        ["INSERT INTO daybook.heads SELECT 1, size, recorded_at, erasures, peaks, root FROM daybook.heads"],
        ["no-such-shard heads"],
    ),
    "emptied": (
        ["UPDATE daybook.heads SET size = 0, peaks = '', root = sha256('')"],
        ["entry-beyond 1-600", "rollback @590 1-590", "tile-beyond tile/0/000", "tile-beyond tile/0/001"],
    ),
}

ALL = {"tiles": TILES, "head": HEAD}


@pytest.mark.parametrize(("done", "found"), params(ALL))
def test_it_is_named_and_nothing_else_is(reused: Books, done: Sequence[str], found: Sequence[str]) -> None:
    reused.tamper(*done)
    told = reused.told()
    assert told == found, "\n".join(told)


def test_all_of_this_was_tried(count: Callable[[str], None]) -> None:
    count(f"tampering with tiles and heads: {tried(ALL)}")
