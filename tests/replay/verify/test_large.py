"""Two ranges, so that there is a tile of level 1, and what goes from one range to the next."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.database import Store, new_ledger
from tests.domain.notary.office import Office
from tests.replay.verify.books import Books, copy_of, fill, settle
from tests.replay.verify.statements import Cases, column, delete, edit, flip, move, params, swap, tried

SIZE = 70_000
SIGNED = (1_000, 65_536, 69_900)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("large")]

ONE_TILE = "(level, index) = (0, 9)"
"""The tile over positions 2305 to 2560."""

CASES: Cases = {
    "the last entry of the first range": (
        edit(65_536, "12.30", "12.31"),
        ["entry-changed 65536", "fingerprint-differs 65536"],
    ),
    "the first entry of the second range": (
        edit(65_537, "12.30", "12.31"),
        ["entry-changed 65537", "fingerprint-differs 65537"],
    ),
    "deleted across ranges": (
        delete("position BETWEEN 65530 AND 65540"),
        ["entry-missing 65530-65540", *(f"version-gap customer:{n % 7} {n}" for n in range(65541, 65548))],
    ),
    "swapped across ranges": (
        swap(65_536, 65_537),
        ["clock-falls 65537", "entry-changed 65536-65537"],
    ),
    "a clock that falls across ranges": (
        column("recorded_at", "recorded_at - interval '1 h'", 65_537),
        ["clock-falls 65537", "column-differs recorded_at 65537"],
    ),
    "a hash of level 1": (
        flip("tiles", "hashes", 9 * 32, "level = 1"),
        ["tile-changed tile/1/000 2305-2560"],
    ),
    "the root of level 1": (flip("tiles", "root", 0, "level = 1"), ["tile-root tile/1/000 1-65536"]),
    "no tile of level 1": (
        ["DELETE FROM daybook.tiles WHERE level = 1"],
        ["tile-missing tile/1/000 1-65536"],
    ),
    "a root of level 0": (flip("tiles", "root", 0, ONE_TILE), ["tile-root tile/0/009 2305-2560"]),
    "a hash of level 0": (flip("tiles", "hashes", 0, ONE_TILE), ["tile-changed tile/0/009 2305"]),
    "a tile of level 1 too many": (
        ["INSERT INTO daybook.tiles SELECT 1, shard, level, root, hashes FROM daybook.tiles WHERE level = 1"],
        ["tile-beyond tile/1/001"],
    ),
    "one taken out, and those after it moved up": (
        [*delete("position = 65000"), *move(-1, "position > 65000")],
        [
            "entry-changed 65000-69888",
            "entry-missing 70000",
            "history-changed @69900 65537-69900",
            f"version-gap customer:{65000 % 7} 65006",
        ],
    ),
}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A ledger of 70,000 entries, signed; not to be changed."""
    folder = tmp_path_factory.mktemp("large") / "original"
    folder.mkdir()
    office = Office(Store(new_ledger()), folder)
    with office.notary() as notary:
        notary.establish()
    filled = 0
    for size in SIGNED:
        fill(office.store, filled + 1, size, batch=1_000)
        assert office.publish() == size
        filled = size
    fill(office.store, filled + 1, SIZE)
    settle(office.store)
    yield office
    office.store.drop()


@pytest.fixture
def books(large: Office, tmp_path: Path) -> Iterator[Books]:
    """A copy of it."""
    made = copy_of(large, str(tmp_path / "copy"))
    yield made
    made.store.drop()


def test_it_is_sound(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    report = books.verify()
    assert [it.sentence for it in report.findings] == []
    assert (report.size, report.shards[0].signed) == (SIZE, 69_900)
    monkeypatch.setattr("replay.verify.run._processes", lambda _, jobs: jobs)
    assert books.verify(jobs=2).shards == report.shards


@pytest.mark.parametrize(("done", "found"), params({"large": CASES}))
def test_it_is_named_and_nothing_else_is(books: Books, done: Sequence[str], found: Sequence[str]) -> None:
    books.tamper(*done)
    told = books.told()
    assert told == found, "\n".join(told)


def test_a_tile_worked_out_anew_is_not_what_the_tile_above_holds(books: Books) -> None:
    books.tamper(*edit(2401, "12.30", "12.31"))
    tile = books.tile(9)
    books.tamper(
        f"UPDATE daybook.tiles SET hashes = '\\x{tile.hashes.hex()}', root = '\\x{tile.root.hex()}'"
        f" WHERE {ONE_TILE}"
    )
    assert books.told() == ["entry-changed 2305-2560", "fingerprint-differs 2401"]


def test_all_of_this_was_tried(count: Callable[[str], None]) -> None:
    count(f"tampering with 70,000 entries: {tried({'large': CASES})}")
