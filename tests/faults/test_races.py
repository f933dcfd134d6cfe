"""Races that bit other event stores, each against ours: a writer is held, and others are let loose.

What most of them share: a position is given before it is visible, and a reader passes it for ever.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Self

import psycopg
import pytest
from eventsourcing.persistence import Notification, StoredEvent

from domain.store import reads
from domain.store.appender import Options
from domain.store.connections import Patience
from domain.store.recorder import ShardRecorder
from domain.store.request import Failed
from tests.database import Store, command, one_receipt, receipts
from tests.embedded import wait_for
from tests.faults.proxy import wire
from tests.postgres import Database

SECONDS = 60.0
PATIENT = Patience(lock=0.1, stuck=60.0, away=60.0)

WAITS_FOR_4952 = """
    SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
     WHERE datname = current_database() AND locktype = 'advisory' AND objid = 4952 AND NOT granted
"""
SLOW_TRIGGER = """
    CREATE FUNCTION public.wait_for_slow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.stream = 'customer:slow' THEN PERFORM pg_advisory_xact_lock(4952); END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER slow AFTER INSERT ON daybook.entries FOR EACH ROW EXECUTE FUNCTION public.wait_for_slow();
"""
LOSSY_TRIGGER = """
    CREATE FUNCTION public.lose() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.stream = 'customer:unlucky' THEN RETURN NULL; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER lossy BEFORE INSERT ON daybook.entries FOR EACH ROW EXECUTE FUNCTION public.lose();
"""
LOCK_WAITERS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'
"""


class Tail:
    """A reader that follows the log by position as fast as it can, and never looks back."""

    def __init__(self, recorder: ShardRecorder) -> None:
        self.seen: list[int] = []
        self._recorder = recorder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            with self._recorder.reading() as connection:
                rows = reads.log_page(connection, 0, after=self.seen[-1] if self.seen else 0, limit=7)
            self.seen += [row[0] for row in rows]

    def saw(self, size: int) -> bool:
        """Wait until it comes to the end of a log of this size; tell whether it saw every position."""
        wait_for(lambda: self.seen and self.seen[-1] >= size, "the reader comes to the end")
        return self.seen == list(range(1, size + 1))


@contextmanager
def held_at(store: Store, step: str) -> Iterator[tuple[ShardRecorder, threading.Event, threading.Event]]:
    """A recorder that stops at a step until it is let go."""
    reached, let_go = threading.Event(), threading.Event()

    def hold(name: str) -> None:
        if name == step:
            reached.set()
            assert let_go.wait(SECONDS)

    with store.open(Options(steps=hold, patience=PATIENT)) as recorder:
        try:
            yield recorder, reached, let_go
        finally:
            let_go.set()


def appending(pool: ThreadPoolExecutor, recorder: ShardRecorder, stream: str) -> Future[int]:
    """Append an entry in another thread; the future is its position."""
    return pool.submit(lambda: one_receipt(recorder.append([command(stream)])).position)


def test_marten_4952_a_slow_insert_is_not_passed(store: Store) -> None:
    """JasperFx/marten #4952, #4964, #1629: what had its position early and committed late was skipped."""
    store.run(SLOW_TRIGGER, owner=True)
    with (
        store.open(Options(patience=Patience(lock=60.0))) as slow,
        store.open(Options(patience=PATIENT)) as quick,
        ThreadPoolExecutor(2) as pool,
        Tail(quick) as tail,
        psycopg.connect(store.url, autocommit=True) as blocker,
    ):
        quick.append([command("customer:quick")])
        blocker.execute("SELECT pg_advisory_lock(4952)")
        first = appending(pool, slow, "customer:slow")
        wait_for(lambda: store.run(WAITS_FOR_4952), "it is slow")
        second = appending(pool, quick, "customer:quick")
        wait_for(lambda: store.run(LOCK_WAITERS)[0][0], "the other waits")
        assert not second.done()
        assert tail.saw(1)
        blocker.execute("SELECT pg_advisory_unlock(4952)")
        assert (first.result(SECONDS), second.result(SECONDS)) == (2, 3)
        assert tail.saw(3)
    assert store.check() == 3


@pytest.mark.parametrize("step", ["locked", "decided", "copying", "copied", "committing"])
def test_emmett_336_a_held_writer_holds_the_others(store: Store, step: str) -> None:
    """event-driven-io/emmett #336: processors passed a message whose transaction was still open."""
    with (
        held_at(store, step) as (slow, reached, let_go),
        store.open(Options(patience=PATIENT)) as quick,
        ThreadPoolExecutor(2) as pool,
        Tail(quick) as tail,
    ):
        first = appending(pool, slow, "customer:slow")
        assert reached.wait(SECONDS)
        second = appending(pool, quick, "customer:quick")
        wait_for(lambda: store.run(LOCK_WAITERS)[0][0], "the other waits")
        assert not second.done()
        assert tail.seen == []
        let_go.set()
        assert (first.result(SECONDS), second.result(SECONDS)) == (1, 2)
        assert tail.saw(2)


def test_axon_2231_a_transaction_that_failed_leaves_no_gap(store: Store) -> None:
    """AxonFramework #1241, #2231, #2958: readers wait for positions that failed transactions have burnt."""
    failing = ["locked", "decided", "copying", "copied", "committing"]

    def fail(step: str) -> None:
        if failing and step == failing[0]:
            failing.pop(0)
            raise psycopg.errors.DiskFull("the disk is full")

    with store.open(Options(steps=fail)) as recorder, Tail(recorder) as tail:
        for n in range(10):
            outcomes = recorder.append([command("customer:1", count=2)])
            assert isinstance(outcomes[0], tuple) == (n >= 5)
        assert tail.saw(10)
    assert store.check() == 10


def test_eventuous_553_no_success_is_reported_for_entries_that_were_dropped(store: Store) -> None:
    """Eventuous #553: an append answered with success while the database had ignored the rows."""
    store.run(LOSSY_TRIGGER, owner=True)
    with store.open() as recorder:
        before, lost, after = recorder.append(
            [command("customer:1"), command("customer:unlucky", count=2), command("customer:2")]
        )
        assert isinstance(lost, Failed)
        assert "0 were taken" in lost.message
        assert [one_receipt([it]).position for it in (before, after)] == [1, 2]
    assert store.check() == 2


def test_eventsourcing_9_5_6_a_subscriber_misses_nothing(store: Store) -> None:
    """With database functions it takes no lock: a subscription delivered [2, 3] and missed 1."""
    with (
        held_at(store, "copied") as (slow, reached, let_go),
        store.open(Options(patience=PATIENT)) as quick,
        quick.subscribe(gt=0) as subscription,
        ThreadPoolExecutor(3) as pool,
    ):
        first = pool.submit(slow.insert_events, [StoredEvent("slow", 1, "t", b"")])
        assert reached.wait(SECONDS)
        second = pool.submit(quick.insert_events, [StoredEvent("quick", n, "t", b"") for n in (1, 2)])
        wait_for(lambda: store.run(LOCK_WAITERS)[0][0], "the other waits")
        let_go.set()
        assert (first.result(SECONDS), second.result(SECONDS)) == ([1], [2, 3])
        delivered: list[Notification] = [next(subscription) for _ in range(3)]
        assert [it.id for it in delivered] == [1, 2, 3]


def test_eventsourcing_9_5_6_an_ambiguous_commit_is_no_conflict(store: Store) -> None:
    """It retries after a lost connection, and takes its own event for somebody else's."""
    with wire(store.url) as carried:
        through = Store(Database(carried.url, store.database.owner_url))
        with through.open(Options(patience=PATIENT)) as recorder:
            carried.lose_answers = 1
            assert recorder.insert_events([StoredEvent("a", 1, "t", b"")]) == [1]
            assert carried.lost == 1
            assert recorder.insert_events([StoredEvent("a", 2, "t", b"")]) == [2]


def test_kurrentdb_1949_a_retry_is_known_whatever_version_it_expects(store: Store) -> None:
    """KurrentDB #1949, #1970, #2274: idempotency that depends on the version that was expected."""
    with store.open() as recorder:
        request = command("customer:1", expected_version=0, count=2)
        first = receipts(recorder.append([request])[0])
        recorder.append([command("customer:1") for _ in range(20)])
        assert receipts(recorder.append([request])[0]) == tuple(it._replace(repeated=True) for it in first)


def test_sliceworkz_103_a_long_transaction_elsewhere_hides_nothing(store: Store) -> None:
    """sliceworkz/eventstore #103: a barrier of transaction ids is held up by any writer of the cluster."""
    store.run("CREATE TABLE public.other (a int)", owner=True)
    with psycopg.connect(store.database.owner_url) as elsewhere, store.open() as recorder:
        elsewhere.execute("INSERT INTO public.other VALUES (1)")
        with Tail(recorder) as tail:
            for _ in range(5):
                recorder.append([command("customer:1")])
            assert tail.saw(5)
        elsewhere.rollback()


def test_readers_who_start_anew_from_their_bookmark_see_everything_once(store: Store) -> None:
    """Four committers at full speed, and a reader that is replaced after each page."""
    with ThreadPoolExecutor(5) as pool:

        def write(writer: int) -> None:
            with store.open(Options(patience=PATIENT)) as recorder:
                for n in range(30):
                    recorder.append([command(f"customer:{writer}-{n % 3}", count=1 + n % 3)])

        writers = [pool.submit(write, writer) for writer in range(4)]
        seen: list[int] = []
        while not all(it.done() for it in writers) or len(seen) < store.head()[0]:
            with psycopg.connect(store.url, autocommit=True) as connection:
                page = reads.log_page(connection, 0, after=len(seen), limit=5)
                seen += [row[0] for row in page]
        for it in writers:
            it.result()
    assert seen == list(range(1, 4 * 60 + 1))
    assert store.check() == 240
