"""Connections lost in an append: nobody is told what is not true, and nothing is recorded twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from eventsourcing.persistence import OperationalError, StoredEvent

from domain.refusals import DatabaseGone, OutcomeUnknown, Unavailable
from domain.store.appender import Options
from domain.store.connections import Patience
from domain.store.recorder import ShardRecorder
from tests.database import Store, command, one_receipt, receipts
from tests.embedded import wait_for
from tests.faults.proxy import Wire, wire
from tests.faults.writers import ALL_STEPS
from tests.postgres import Database

LOCK_WAITERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
PATIENT = Patience(lock=0.2, away=60.0)
IMPATIENT = Patience(lock=0.05, away=0.2)


@pytest.fixture
def carried(store: Store) -> Iterator[Wire]:
    """A wire to the ledger of `store`."""
    with wire(store.url) as made:
        yield made


def over(carried: Wire, store: Store) -> Store:
    """The same ledger, reached over the wire."""
    return Store(Database(carried.url, store.database.owner_url))


def test_a_commit_whose_answer_is_lost_is_answered_truly(store: Store, carried: Wire) -> None:
    with over(carried, store).open(Options(patience=PATIENT)) as recorder:
        recorder.append([command("customer:1")])
        carried.lose_answers = 1
        requests = [command("customer:1", count=3), command("customer:2")]
        first, second = recorder.append(requests)
        assert carried.lost == 1
        assert [(it.position, it.repeated) for it in receipts(first)] == [(2, False), (3, False), (4, False)]
        assert one_receipt([second]).position == 5
        assert all(it.repeated for outcome in recorder.append(requests) for it in receipts(outcome))
    assert store.check() == 5


def test_a_commit_that_never_arrived_is_made_again(store: Store, carried: Wire) -> None:
    with over(carried, store).open(Options(patience=PATIENT)) as recorder:
        carried.lose_requests = 2
        receipt = one_receipt(recorder.append([command("customer:1")]))
        assert carried.lost == 2
        assert (receipt.position, receipt.repeated) == (1, False)
    assert store.check() == 1


def test_what_was_recorded_before_stays_a_repetition(store: Store, carried: Wire) -> None:
    old, new = command("customer:1"), command("customer:1")
    with over(carried, store).open(Options(patience=PATIENT)) as recorder:
        recorder.append([old])
        carried.lose_answers = 1
        repeated, fresh = recorder.append([old, new])
        assert carried.lost == 1
        assert one_receipt([repeated]).repeated
        assert not one_receipt([fresh]).repeated
    assert store.check() == 2


def test_a_refusal_stays_one_through_a_lost_answer(store: Store, carried: Wire) -> None:
    """The command that conflicted is not tried on the state that its neighbour made."""
    with over(carried, store).open(Options(patience=PATIENT)) as recorder:
        carried.lose_answers = 1
        good, bad = command("customer:1", expected_version=0), command("customer:1", expected_version=0)
        accepted, refused = recorder.append([good, bad])
        assert one_receipt([accepted]).version == 1
        assert not isinstance(refused, tuple)
        assert refused.code == "version-conflict"
    assert store.check() == 1


def test_when_nobody_can_tell_the_caller_is_told_so(store: Store, carried: Wire) -> None:
    with over(carried, store).open(Options(patience=IMPATIENT)) as recorder:
        recorder.append([command("customer:1")])
        request = command("customer:2")

        def cut(step: str) -> None:
            carried.refuse = step == "committing"

        recorder._committer._appender.session()._step = cut
        carried.lose_answers = 1
        (outcome,) = recorder.append([request])
        assert isinstance(outcome, OutcomeUnknown)
        assert outcome.retry
        carried.refuse = False
        assert one_receipt(recorder.append([request])).repeated
    assert store.check() == 2


def test_when_nothing_was_sent_the_caller_may_be_sure(store: Store, carried: Wire) -> None:
    with over(carried, store).open(Options(patience=IMPATIENT)) as recorder:
        carried.refuse = True
        request = command("customer:2")
        (outcome,) = recorder.append([request])
        assert isinstance(outcome, DatabaseGone)
        assert outcome.retry
        carried.refuse = False
        assert not one_receipt(recorder.append([request])).repeated
    assert store.check() == 1


@pytest.mark.parametrize("lose", ["lose_answers", "lose_requests"])
def test_stored_events_of_a_lost_commit_are_no_conflict(store: Store, carried: Wire, lose: str) -> None:
    """As the library's own recorder has it: a retry after an ambiguous commit, answered as a conflict."""
    events = [StoredEvent("a", 1, "t", b"1"), StoredEvent("b", 1, "t", b"2"), StoredEvent("a", 2, "t", b"3")]
    with over(carried, store).open(Options(patience=PATIENT)) as recorder:
        setattr(carried, lose, 1)
        assert recorder.insert_events(events) == [1, 2, 3]
        assert carried.lost == 1
    assert store.head()[0] == 3


def test_stored_events_of_which_nobody_can_tell_are_no_conflict(store: Store, carried: Wire) -> None:
    with over(carried, store).open(Options(patience=IMPATIENT)) as recorder:
        carried.refuse = True
        with pytest.raises(OperationalError):
            recorder.insert_events([StoredEvent("a", 1, "t", b"1")])


@pytest.mark.parametrize("step", ALL_STEPS[:-1])
def test_a_session_ended_at_any_step_is_replaced(store: Store, step: str) -> None:
    """As an administrator ends it, or a server that shuts down."""
    ended: list[int] = []

    def end(name: str) -> None:
        if name == step and not ended:
            pid = recorder._committer._appender.session().connection.info.backend_pid
            ended.append(pid)
            store.run("SELECT pg_terminate_backend(%s, 60000)", pid)

    with store.open(Options(patience=PATIENT, steps=end)) as recorder:
        requests = [command(f"customer:{n % 3}", count=1 + n % 2) for n in range(20)]
        first = recorder.append(requests)
        assert len(ended) == 1
        assert not any(it.repeated for outcome in first for it in receipts(outcome))
        again = recorder.append(requests)
        assert [receipts(it)[0].position for it in again] == [receipts(it)[0].position for it in first]
    assert store.check() == 30


@pytest.mark.parametrize("step", ALL_STEPS[:5])
def test_an_error_at_any_step_leaves_nothing_half_recorded(store: Store, step: str) -> None:
    def fail(name: str) -> None:
        if name == step and failing:
            raise psycopg.errors.DiskFull("the disk is full")

    failing = [True]
    with store.open(Options(patience=PATIENT, steps=fail)) as recorder:
        requests = [command("customer:1", count=2), command("customer:2")]
        for outcome in recorder.append(requests):
            assert isinstance(outcome, Unavailable)
            assert "disk is full" in outcome.message
        assert store.check() == 0
        failing.clear()
        assert [it.repeated for outcome in recorder.append(requests) for it in receipts(outcome)] == [
            False
        ] * 3
    assert store.check() == 3


def test_a_server_that_became_a_standby_is_left_for_another(store: Store, recorder: ShardRecorder) -> None:
    """After a failover the old session is read-only; a new one finds the server that is not."""
    recorder.append([command("customer:1")])
    session = recorder._committer._appender.session()
    session.connection.execute("SET default_transaction_read_only = on")
    session._sql = {**session._sql, "begin": b"BEGIN READ ONLY"}
    assert one_receipt(recorder.append([command("customer:1")])).version == 2
    assert recorder._committer._appender.session() is not session


@pytest.mark.parametrize(("count", "length"), [(3_000, 400), (190, 2_000)])
def test_a_large_batch_reaches_a_server_that_does_not_listen(store: Store, count: int, length: int) -> None:
    """A server that waits for the lock reads nothing: what is sent in a pipeline piles up on the way."""
    requests = [command(f"customer:{n}:{'x' * length}") for n in range(count)]
    with psycopg.connect(store.url) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("SELECT * FROM daybook.heads WHERE shard = 0 FOR UPDATE")
        with store.open(Options(patience=Patience(lock=60.0))) as recorder:
            call = pool.submit(recorder.append, requests)
            wait_for(lambda: store.run(LOCK_WAITERS)[0][0], "it waits for the lock")
            holder.rollback()
            assert all(isinstance(it, tuple) for it in call.result(60))
    assert store.check() == count
