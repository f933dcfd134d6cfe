"""The ledger: what is recorded, what is refused, and what a retry is told."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from domain.entry import nth_id
from domain.events.party import CustomerRegistered
from domain.kept import KeptStreams
from domain.ledger import Ledger, Outcome
from domain.refusals import (
    CaseAlreadyClosed,
    DatabaseGone,
    InvalidStream,
    NoSuchCustomer,
    NoSuchEntry,
    NotInitialised,
    Refused,
    TimeInFuture,
    UnknownCase,
    VersionConflict,
)
from domain.store.request import TAIL_MAX
from tests.database import Store
from tests.drafts import closed, draft, opened, payment, receipt, refusals, reversed_payment
from tests.postgres import fresh_database, server
from tests.vaults import open_ledger

MANY = 40


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with the database's clock and one shard."""
    with open_ledger(store.url) as opened_ledger:
        yield opened_ledger


def test_what_is_recorded_is_read_back(ledger: Ledger) -> None:
    it = draft("1", CustomerRegistered(kind="household", region="north"))
    told = receipt(ledger.record([it])[0])
    entry = ledger.entry(it.id)
    assert (
        (entry.data, entry.position, entry.version)
        == (it.event, told.position, told.version)
        == (it.event, 1, 1)
    )
    assert entry.recorded_at == told.recorded_at
    assert ledger.entry_bytes(it.id).startswith(b'{"actor":{"id":"clerk-1"')
    assert ledger.customer("1").customer.party.kind == "household"
    assert ledger.log() == ledger.stream("customer:1") == [entry]


def test_each_draft_has_a_fate_of_its_own(ledger: Ledger) -> None:
    future = datetime.now(UTC) + timedelta(hours=1)
    outcomes = ledger.record(
        [
            draft("1", opened("A")),
            draft("1", closed("B")),
            draft("1", closed("A"), at=future),
            draft("1", closed("A")),
            draft("1", closed("A")),
            draft("2", payment("P")),
        ]
    )
    assert refusals(outcomes) == [
        None,
        UnknownCase.code,
        TimeInFuture.code,
        None,
        CaseAlreadyClosed.code,
        None,
    ]
    assert [entry.version for entry in ledger.stream("customer:1")] == [1, 2]
    assert ledger.heads()[0].size == 3


def test_a_stream_of_another_kind_takes_no_customers_entries(ledger: Ledger) -> None:
    it = draft("1", payment("P"))
    outcomes = ledger.record([msgspec.structs.replace(it, stream="ledger")])
    assert refusals(outcomes) == [InvalidStream.code]


def test_a_retry_gets_the_first_receipt_even_where_the_rules_would_refuse_it_now(ledger: Ledger) -> None:
    close = draft("1", closed("A"))
    first = ledger.record([draft("1", opened("A")), close])
    again = receipt(ledger.record([close])[0])
    assert again == receipt(first[1])._replace(repeated=True)
    assert refusals(
        ledger.record(
            [draft("1", closed("A"), id=close.id, at=close.occurred_at, source_recorded_at=close.occurred_at)]
        )
    ) == ["id-reused"]


def test_an_expected_version_that_has_passed_is_a_conflict(ledger: Ledger) -> None:
    assert refusals(ledger.record([draft("1", payment("P"), expected_version=0)])) == [None]
    assert refusals(ledger.record([draft("1", payment("Q"), expected_version=0)])) == [VersionConflict.code]


def test_another_ledger_object_decides_on_what_this_one_wrote(store: Store) -> None:
    with open_ledger(store.url) as one, open_ledger(store.url) as other:
        other.record([draft("1", payment("early"))])
        one.record([draft("1", opened("A")), draft("1", closed("A"))])
        assert refusals(other.record([draft("1", closed("A"))])) == [CaseAlreadyClosed.code]
        assert refusals(other.record([draft("1", opened("B")), draft("1", closed("B"))])) == [None, None]
        assert refusals(one.record([draft("1", closed("B"))])) == [CaseAlreadyClosed.code]


def test_of_many_who_close_one_case_exactly_one_succeeds(ledger: Ledger) -> None:
    ledger.record([draft("1", opened("A"))])
    with ThreadPoolExecutor(MANY) as pool:
        outcomes = list(pool.map(lambda _: ledger.record([draft("1", closed("A"))])[0], range(MANY)))
    assert sorted(refusals(outcomes), key=str) == [None, *[CaseAlreadyClosed.code] * (MANY - 1)]


def test_of_many_tasks_who_close_one_case_exactly_one_succeeds(ledger: Ledger) -> None:
    ledger.record([draft("1", opened("A"))])

    async def race() -> list[list[Outcome]]:
        return list(
            await asyncio.gather(*(ledger.record_async([draft("1", closed("A"))]) for _ in range(MANY)))
        )

    outcomes = [outcome for (outcome,) in asyncio.run(race())]
    assert sorted(refusals(outcomes), key=str) == [None, *[CaseAlreadyClosed.code] * (MANY - 1)]


def test_what_a_stream_names_is_forgotten_and_loaded_again(store: Store) -> None:
    with open_ledger(store.url) as ledger:
        ledger.scribe.decisions.streams.streams_max = 2
        ledger.record([draft(str(n), opened("A")) for n in range(5)])
        assert len(ledger.scribe.decisions.streams.kept) == 2
        assert (
            refusals(ledger.record([draft(str(n), opened("A")) for n in range(5)]))
            == ["case-already-opened"] * 5
        )


def test_entries_of_several_shards_are_found_wherever_they_are(sharded_store: Store) -> None:
    with open_ledger(sharded_store.url) as ledger:
        drafts = [draft(str(n), payment("P")) for n in range(20)]
        told = [receipt(outcome) for outcome in ledger.record(drafts)]
        assert {it.shard for it in told} == {0, 1, 2, 3}
        assert sum(head.size for head in ledger.heads()) == 20
        assert [ledger.entry(it.id).stream for it in drafts] == [it.stream for it in drafts]
        assert asyncio.run(ledger.record_async(drafts)) == [(it._replace(repeated=True),) for it in told]
        assert len(ledger.cut().positions) == 4
        assert ledger.customer("7").customer.entries == 1


def test_what_is_not_here_is_said(ledger: Ledger) -> None:
    with pytest.raises(NoSuchCustomer):
        ledger.customer("nobody")
    with pytest.raises(NoSuchEntry):
        ledger.entry(uuid4())
    ledger.record([draft("1", payment("P"))])
    with pytest.raises(NoSuchCustomer):
        ledger.customer("1", as_of=datetime(2000, 1, 1, tzinfo=UTC))


def test_a_database_without_a_ledger_is_said() -> None:
    started = server()
    empty = fresh_database(started.owner_url, "no_ledger_here")
    with pytest.raises(NotInitialised):
        open_ledger(empty.url)


def test_a_database_that_is_gone_is_said(store: Store) -> None:
    with open_ledger(store.url) as ledger:
        ledger.record([draft("1", payment("P"))])
        store.drop()
        with pytest.raises(DatabaseGone) as refused:
            ledger.entry(uuid4())
        assert refused.value.retry


def test_the_librarys_own_doors_read_the_same_entries(ledger: Ledger) -> None:
    it = draft("1", payment("P"))
    ledger.record([it])
    (stored,) = ledger.recorder.select_events("customer:1")
    assert stored.state == ledger.entry_bytes(it.id)
    (read,) = ledger.events.get("customer:1")
    assert read.data == it.event  # type: ignore[attr-defined]
    assert [note.id for note in ledger.notification_log.select(1, 10)] == [1]
    with pytest.raises(TypeError, match=r"Ledger\.record"):
        ledger.events.put([ledger.entry(it.id)])  # type: ignore[list-item]


def test_a_commands_entries_bear_ids_that_follow_from_its_own() -> None:
    command = uuid4()
    assert nth_id(command, 0) == command
    assert len({nth_id(command, n) for n in range(10)}) == 10
    assert nth_id(command, 3) == nth_id(command, 3)


def test_a_decision_that_counts_on_a_duplicate_is_made_again(store: Store) -> None:
    """The version alone would not tell: another's closing stands where the duplicate was to be."""
    with open_ledger(store.url) as mine, open_ledger(store.url) as other:
        open_a, paid = draft("1", opened("A")), draft("1", payment("P"))
        mine.record([open_a, paid])
        batch = mine.scribe.appends([draft("1", payment("P2"), id=paid.id), draft("1", closed("A"))])
        assert refusals(other.record([draft("1", closed("A"))])) == [None]
        sound = [it for it in batch if not isinstance(it, Refused)]
        outcomes = mine.recorders[0].append(sound)
        assert refusals(outcomes) == ["id-reused", CaseAlreadyClosed.code]


def test_what_is_kept_of_a_stream_follows_what_was_written(ledger: Ledger) -> None:
    for n in range(100):
        assert refusals(ledger.record([draft("1", payment(f"P{n}")), draft("1", payment(f"P{n}"))])) == [
            None,
            "payment-already-exists",
        ]
    kept = ledger.scribe.decisions.streams.kept["customer:1"]
    assert (kept.version, kept.current().version) == (100, 100)
    assert len(kept.current().money.payments) == 100


def test_what_follows_a_decision_made_again_is_decided_again(store: Store) -> None:
    """Another's entry fills exactly the gap that a refused draft leaves, so that versions match again."""
    with open_ledger(store.url) as mine, open_ledger(store.url) as other:
        mine.record([draft("1", payment("p1"))])
        assert refusals(other.record([draft("1", reversed_payment("p1"))])) == [None]
        outcomes = mine.record(
            [
                draft("1", opened("c1"), expected_version=1),
                draft("1", payment("p2")),
                draft("1", reversed_payment("p1")),
                draft("1", closed("c1")),
            ]
        )
        assert refusals(outcomes) == ["version-conflict", None, "payment-already-reversed", "unknown-case"]


def test_streams_that_are_not_kept_are_loaded_outside_the_append(store: Store) -> None:
    long, many = TAIL_MAX + 10, 30
    with open_ledger(store.url) as ledger:
        for stream in range(many):
            ledger.record([draft(str(stream), payment(f"P{n}")) for n in range(long)])
    with open_ledger(store.url) as cold:
        drafts = [
            draft(str(stream), payment(name)) for stream in range(many) for name in ("P1", "new", "new")
        ]
        expected = ["payment-already-exists", None, "payment-already-exists"] * many
        assert refusals(cold.record(drafts)) == expected
        assert len(cold.scribe.decisions.streams.kept) == many
    with open_ledger(store.url) as cold:
        cold.scribe.decisions.streams.entries_max = 1
        again = [draft("3", payment("P2")), draft("4", payment("other"))]
        assert refusals(asyncio.run(cold.record_async(again))) == ["payment-already-exists", None]


def test_two_writers_of_one_stream_keep_up_with_each_other(store: Store) -> None:
    with open_ledger(store.url) as one, open_ledger(store.url) as other:
        for n in range(20):
            assert refusals(one.record([draft("1", payment(f"a{n}"))])) == [None]
            assert refusals(other.record([draft("1", payment(f"b{n}"))])) == [None]
        assert {it.scribe.decisions.streams.kept["customer:1"].version for it in (one, other)} <= {39, 40}
        assert refusals(one.record([draft("1", payment("b19"))])) == ["payment-already-exists"]


def test_many_drafts_are_recorded_in_order(ledger: Ledger) -> None:
    drafts = [draft("1", payment(f"P{n}")) for n in range(2_500)]
    told = [receipt(outcome) for outcome in ledger.record(drafts)]
    assert [it.version for it in told] == list(range(1, 2_501))


def test_what_is_kept_after_any_batches_is_what_the_log_says(ledger: Ledger) -> None:
    """Several drafts a stream, some refused, some repeated: what is kept equals what is read anew."""
    paid = [draft(str(n % 3), payment(f"P{n}")) for n in range(60)]
    for start in range(0, 60, 7):
        batch = [it for it in paid[start : start + 7] for _ in range(1 + start % 2)]
        ledger.record(
            [*batch, draft("0", closed("never")), draft("1", opened(f"C{start}")), draft("0", opened("C"))]
        )
    fresh = KeptStreams()
    fresh.load(ledger.load_streams([f"customer:{n}" for n in range(3)]), 3)
    kept = ledger.scribe.decisions.streams.kept
    for stream, anew in fresh.kept.items():
        assert kept[stream].version == anew.version
        now, then = kept[stream].current(), anew.current()
        assert (now.money, now.cases) == (then.money, then.cases)
