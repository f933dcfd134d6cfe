"""What a request counts for in the queue and in a batch, which are bounded by entries and by their bytes."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from uuid import uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from domain.entry import nth_id
from domain.refusals import Busy
from domain.store import intake
from domain.store.appender import Options
from domain.store.intake import ENTRY_BYTES, weight
from domain.store.recorder import ShardRecorder
from domain.store.request import Append, Opaque, OpaqueRow
from tests.database import Store, command, one_receipt, prepared, receipts
from tests.domain.store.gates import SECONDS, held, queued, wait_until
from tests.drafts import closed, draft, refusals
from tests.vaults import open_ledger

BYTES = 60_000


def large(stream: str, count: int = 1) -> Append:
    """A request of large entries."""
    command_id = uuid4()
    entries = [prepared(nth_id(command_id, n), "x" * BYTES) for n in range(count)]
    return command(stream, id=command_id, entries=tuple(entries))


LARGE = weight(large("customer:1"))


def test_a_request_counts_by_its_entries_and_their_bytes() -> None:
    assert weight(command("customer:1")) == 1
    assert weight(command("customer:1", count=3)) == 3
    assert weight(command("customer:1", count=0)) == 1, "a lookup costs too"
    assert LARGE == 1 + BYTES // ENTRY_BYTES
    assert weight(large("customer:1", count=3)) == 3 + 3 * BYTES // ENTRY_BYTES
    stored = [OpaqueRow("a", n, "t", b"x" * BYTES) for n in range(3)]
    assert weight(Opaque(uuid4(), stored)) == 3 + 3 * BYTES // ENTRY_BYTES


def test_a_draft_that_the_append_decides_counts_by_what_it_says(store: Store) -> None:
    with open_ledger(store.url) as ledger:
        unknown = draft("1", closed("A"), policy_refs=tuple(f"{n:0100}" for n in range(50)))
        (append,) = ledger.scribe.appends([unknown])
        assert isinstance(append, Append)
        assert weight(append) == 1 + 5_000 // ENTRY_BYTES
        assert refusals(ledger.record([unknown])) == ["unknown-case"]


def test_what_one_caller_asks_is_cut_by_bytes(store: Store) -> None:
    with store.open(Options(batch_entries=2 * LARGE)) as recorder:
        outcomes = recorder.append([large("customer:1") for _ in range(5)])
        moments = [one_receipt([it]).recorded_at for it in outcomes]
    assert [moments.index(it) for it in moments] == [0, 0, 2, 2, 4]
    assert store.check() == 5


def test_the_queue_and_what_is_taken_from_it_are_bounded_by_bytes(store: Store) -> None:
    bounds = {"batch_entries": 2 * LARGE, "queue_entries": 4 * LARGE, "queue_seconds": 0.01}
    with held(store, "committed", **bounds) as (recorder, gate), ThreadPoolExecutor(5) as pool:
        first = pool.submit(recorder.append, [command("customer:0")])
        assert gate.reached.wait(SECONDS)
        others = [pool.submit(recorder.append, [large(f"customer:{n}")]) for n in range(1, 5)]
        wait_until(lambda: queued(recorder) == 4)
        assert isinstance(recorder.append([command("customer:9")])[0], Busy)
        gate.opened.set()
        assert one_receipt(first.result(SECONDS)).position == 1
        assert len({one_receipt(it.result(SECONDS)).recorded_at for it in others}) == 2
    assert store.check() == 5


def test_a_request_larger_than_every_bound_goes_through_alone(store: Store) -> None:
    with store.open(Options(batch_entries=10, queue_entries=10)) as recorder:
        asked = [command("customer:1"), large("customer:1", count=40), command("customer:1")]
        outcomes = [receipts(it) for it in recorder.append(asked)]
        assert [len(it) for it in outcomes] == [1, 40, 1]
        assert len({it.recorded_at for outcome in outcomes for it in outcome}) == 3
    assert store.check() == 42


def test_stored_events_of_the_librarys_callers_are_weighed_too(recorder: ShardRecorder) -> None:
    events = [StoredEvent("a", n, "t", b"x" * BYTES) for n in range(200)]
    assert recorder.insert_events(events) == list(range(1, 201))


def test_those_who_came_together_are_waited_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "LINGER_SECONDS", SECONDS)
    queue = intake.Intake(100)
    first, second, third = (intake.ThreadCall([command("customer:1")], 1) for _ in range(3))
    queue.put(first, 0)
    queue.put(second, 0)
    assert queue.take(100) == [first, second]
    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(queue.take, 100)
        queue.put(first, 0)
        with pytest.raises(Late):
            taking.result(0.05)
        queue.put(third, 0)
        assert taking.result(SECONDS) == [first, third]
        monkeypatch.setattr(intake, "LINGER_SECONDS", 0.001)
        queue.put(second, 0)
        assert queue.take(100) == [second], "who does not come is not waited for"
        queue.close()
        assert queue.take(100) == []
