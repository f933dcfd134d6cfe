"""Writers in processes of their own: at once on one shard, killed at every step, frozen with the lock."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from domain.refusals import Busy
from domain.store.appender import Options
from domain.store.connections import Patience
from domain.store.recorder import ShardRecorder
from tests.database import Store, command, one_receipt
from tests.embedded import wait_for
from tests.faults.writer import Task
from tests.faults.writers import ALL_STEPS, check_answers, check_retries, read, start

IMPATIENT = Patience(lock=0.05, stuck=0.3)
LAST = 40
WAITS = "SELECT wait_event FROM pg_stat_activity WHERE pid = %s"


def test_two_processes_on_one_shard(store: Store, recorder: ShardRecorder) -> None:
    """They send commands of which some are the same, and interleave; each command is recorded once."""
    writers = [start(Task(store.url, first, last)) for first, last in ((0, 60), (30, 90))]
    answers = [it for writer in writers for it in read(writer)]
    assert len(answers) == 120
    check_answers(store, answers)
    shared = [it for it in answers if 30 <= it.number < 60]
    assert sum(not it.repeated for it in shared) == 30
    check_retries(recorder, store, answers, 90)


def kill_at(store: Store, step: str, nth: int, processes: int = 1) -> None:
    writers = [
        start(Task(store.url, 0, LAST, step=step, nth=nth, signal=signal.SIGKILL)) for _ in range(processes)
    ]
    answers = [it for writer in writers for it in read(writer)]
    codes = {writer.returncode for writer in writers}
    # One of several may find that the others have recorded everything, and never come so far.
    assert -signal.SIGKILL in codes
    assert codes <= ({-signal.SIGKILL} if processes == 1 else {-signal.SIGKILL, 0})
    store.check()
    check_answers(store, answers)
    with store.open(Options(patience=IMPATIENT)) as recorder:
        check_retries(recorder, store, answers, LAST)


@pytest.mark.parametrize("step", ["copying", "committing", "committed"])
def test_a_writer_killed_at_a_step(store: Store, step: str) -> None:
    kill_at(store, step, nth=3)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 3])
@pytest.mark.parametrize("nth", [1, 2, 5])
@pytest.mark.parametrize("step", ALL_STEPS)
def test_writers_killed_at_every_step(store: Store, step: str, nth: int, processes: int) -> None:
    kill_at(store, step, nth, processes)


@pytest.mark.parametrize("step", ["locked", "copying"])
def test_a_frozen_writer_is_passed_and_told_the_truth_when_it_thaws(store: Store, step: str) -> None:
    writer = start(Task(store.url, 0, LAST, threads=1, step=step, signal=signal.SIGSTOP, stuck_seconds=30))
    try:
        os.waitid(os.P_PID, writer.pid, os.WSTOPPED | os.WNOWAIT)
        with store.open(Options(patience=IMPATIENT)) as recorder:
            one_receipt(recorder.append([command("customer:other")]))
    finally:
        writer.send_signal(signal.SIGCONT)
        answers = read(writer)
    assert len(answers) == LAST
    assert not any(it.repeated for it in answers)
    check_answers(store, answers)
    store.check()


@contextmanager
def holder(url: str, *, work: str = "") -> Iterator[psycopg.Connection]:
    """A session that holds the head's lock and does nothing, or works."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT * FROM daybook.heads WHERE shard = 0 FOR UPDATE")
        if work:
            connection.pgconn.send_query(work.encode())
        yield connection


def test_an_idle_holder_of_the_lock_is_ended(store: Store) -> None:
    with holder(store.url) as held, store.open(Options(patience=IMPATIENT)) as recorder:
        assert one_receipt(recorder.append([command("customer:1")])).position == 1
        with pytest.raises(psycopg.OperationalError):
            held.execute("SELECT 1")
        held.close()
    assert store.check() == 1


def test_closing_a_moment_also_passes_an_idle_holder(store: Store) -> None:
    ((moment,),) = store.run("SELECT clock_timestamp()")
    with holder(store.url) as held, store.open(Options(patience=IMPATIENT)) as recorder:
        assert recorder.close_moment(moment) == 0
        held.close()


def test_a_holder_that_works_is_waited_for(store: Store) -> None:
    patience = Patience(lock=0.05, stuck=0.1, away=0.5)
    working = holder(store.url, work="SELECT pg_sleep(60)")
    with working as held, store.open(Options(patience=patience)) as recorder:
        pid = held.info.backend_pid
        wait_for(lambda: store.run(WAITS, pid) == [("PgSleep",)], "it is at work")
        (outcome,) = recorder.append([command("customer:1")])
        assert isinstance(outcome, Busy)
        assert outcome.retry
        held.cancel_safe()
        held.close()
        wait_for(lambda: store.run(WAITS, pid) == [], "it is gone")
        assert one_receipt(recorder.append([command("customer:1")])).position == 1


def test_a_holder_that_may_not_be_ended_is_waited_for(store: Store) -> None:
    """The application may not end the owner's session: the caller is told, and may come again."""
    patience = Patience(lock=0.05, stuck=0.1, away=0.5)
    with holder(store.database.owner_url) as held, store.open(Options(patience=patience)) as recorder:
        (outcome,) = recorder.append([command("customer:1")])
        assert isinstance(outcome, Busy)
        held.rollback()
        assert one_receipt(recorder.append([command("customer:1")])).position == 1


def test_who_logged_in_as_the_owner_may_end_the_owners_session(store: Store) -> None:
    owners = Store(store.database.__class__(store.database.owner_url, store.database.owner_url))
    with holder(store.database.owner_url) as held, owners.open(Options(patience=IMPATIENT)) as recorder:
        assert one_receipt(recorder.append([command("customer:1")])).position == 1
        held.close()


def test_writers_who_take_turns_are_not_taken_for_stuck(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    writers: list[subprocess.Popen[str]] = [start(Task(store.url, first, first + 50)) for first in (0, 50)]
    with store.open(Options(patience=Patience(lock=0.01))) as recorder:
        while any(writer.poll() is None for writer in writers):
            one_receipt(recorder.append([command("customer:mine")]))
    assert sum(len(read(writer)) for writer in writers) == 100
    assert "is ended" not in caplog.text
    store.check()
