"""A ledger that nobody touched is found to be sound: of any size, signed anywhere, and while it grows."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.notary.outside import FolderOutside
from domain.refusals import NotInitialised
from replay.verify import Kind, Options, Report, verify
from tests.database import Store, unique_name
from tests.domain.notary.office import Office
from tests.drafts import draft, payment, receipt
from tests.postgres import fresh_database, server
from tests.replay.verify.books import PAIR, SEALED, SIZE, Books, brief, fill
from tests.replay.verify.statements import delete, edit


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Iterator[Office]:
    """A ledger without entries whose empty log is signed."""
    made = Office(store, tmp_path)
    with made.notary() as notary:
        notary.establish()
    yield made
    if made.store is not store:
        made.store.drop()


def told(report: Report) -> list[str]:
    """What was found, briefly."""
    return sorted(brief(it) for it in report.findings)


def test_an_untouched_ledger_is_sound(books: Books) -> None:
    report = books.verify()
    assert told(report) == []
    (shard,) = report.shards
    sealed, later = SIZE // SEALED, SIZE // PAIR
    assert (shard.size, shard.signed) == (SIZE, 590)
    assert (shard.checkpoints_inside, shard.checkpoints_outside) == (5, 5)
    assert (shard.fingerprints, shard.sealed, shard.later) == (SIZE - sealed - later, sealed, later)
    assert books.store.run("SELECT encode(root, 'hex') FROM daybook.heads") == [(shard.root,)]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512, 1025])
def test_a_ledger_of_any_size_is_sound(office: Office, size: int) -> None:
    fill(office.store, 1, size)
    assert office.publish() == size
    report = Books(office).verify()
    assert told(report) == []
    assert (report.size, report.shards[0].signed) == (size, size)


def test_a_ledger_that_was_never_signed_is_told_to_be_so(store: Store) -> None:
    fill(store, 1, 300)
    report = verify(store.url)
    assert told(report) == ["never-signed"]
    assert not report.wrong
    assert report.shards[0].signed == 0


def test_a_simulated_clock_is_no_fault(simulated_store: Store, tmp_path: Path) -> None:
    office = Office(simulated_store, tmp_path)
    with office.notary() as notary:
        notary.establish()
    fill(office.store, 1, 300)
    office.publish()
    assert told(Books(office).verify()) == []


def test_every_shard_is_verified(sharded_store: Store, tmp_path: Path) -> None:
    office = Office(sharded_store, tmp_path)
    with office.notary() as notary:
        notary.establish()
    with office.ledger() as ledger:
        for outcome in ledger.record([draft(f"{n % 40}", payment(f"p-{n}")) for n in range(400)]):
            receipt(outcome)
    books = Books(office)
    report = books.verify()
    assert told(report) == []
    assert [it.shard for it in report.shards] == [0, 1, 2, 3]
    assert report.size == 400
    for table in ("entries", "tiles", "heads", "checkpoints", "seal_keys"):
        for shard, other in ((0, 5), (1, 0), (5, 1)):
            books.tamper(f"UPDATE daybook.{table} SET shard = {other} WHERE shard = {shard}")
    wrong = [it for it in books.verify().findings if it.kind == Kind.WRONG_SHARD]
    assert {it.shard for it in wrong} == {0, 1}
    assert {it.expected for it in wrong} == {"0", "1"}


def test_a_place_that_was_away_for_a_while_is_noted(office: Office) -> None:
    both = replace(office, outsides=("outside", "second"))
    for last, at in ((100, both), (200, office), (300, both)):
        fill(office.store, last - 99, last)
        at.publish()
    places = [FolderOutside(office.folder / name) for name in both.outsides]
    report = verify(office.store.url, Options(outsides=places))
    assert told(report) == ["checkpoint-not-outside @0", "checkpoint-not-outside @200"]
    assert not report.wrong
    assert {it.place for it in report.notes} == {places[1].place(0)}


def test_a_ledger_may_grow_and_be_signed_meanwhile(office: Office) -> None:
    grown, enough = threading.Event(), threading.Event()

    def grow() -> None:
        with office.ledger() as ledger:
            n = 0
            while not enough.is_set():
                n += 1
                outcomes = ledger.record([draft(f"{k}", payment(f"p-{n}-{k}")) for k in range(20)])
                assert all(receipt(outcome) for outcome in outcomes)
                assert ledger.notary is not None
                ledger.notary.publish(0)
                grown.set()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert grown.wait(30)
        reports = [Books(office).verify() for _ in range(10)]
    finally:
        enough.set()
        writer.join()
    assert [it.sentence for report in reports for it in report.wrong] == []
    assert reports[-1].size > reports[0].size > 0


def test_several_processes_find_the_same(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.tamper(*edit(7, "12.30", "12.31"), *delete("position = 550"))
    alone = books.verify()
    monkeypatch.setattr("replay.verify.run._processes", lambda _, jobs: jobs)
    together = books.verify(jobs=2)
    assert together.findings == alone.findings
    assert together.shards == alone.shards
    assert alone.wrong


def test_a_thousand_findings_are_counted_and_a_hundred_kept(books: Books) -> None:
    books.tamper(*delete("position % 2 = 0"))
    report = books.verify()
    kept = [it for it in report.findings if it.kind == "entry-missing"]
    assert len(kept) == 100
    assert report.left_out["entry-missing"] == 200
    assert report.as_json()["left_out"] == report.left_out


def test_progress_is_told(books: Books) -> None:
    seen: list[tuple[int, int]] = []
    verify(books.store.url, Options(progress=lambda done, total: seen.append((done, total))))
    assert seen == [(SIZE, SIZE)]


def test_a_database_without_ledger_is_refused() -> None:
    database = fresh_database(server().owner_url, unique_name("empty"))
    with pytest.raises(NotInitialised):
        verify(database.owner_url)


def test_the_report_is_plain(books: Books) -> None:
    books.tamper(*edit(7, "12.30", "12.31"))
    report = books.verify()
    plain = report.as_json()
    assert plain["sound"] is False
    assert plain["entries"] == SIZE
    first = plain["findings"][0]
    assert (first["kind"], first["shard"], first["first"], first["last"]) == ("entry-changed", 0, 7, 7)
    assert first["sentence"] == "Position 7: what stands here is not what was sealed."
