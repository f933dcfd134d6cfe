"""The server killed at every step of an append: nothing acknowledged is lost, nothing is doubled, no gap."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import psycopg
import pytest
from eventsourcing.persistence import OperationalError
from psycopg_pool.base import AttemptWithBackoff

from domain.refusals import Busy, DatabaseGone, OutcomeUnknown, Refused, Unavailable
from domain.store import datastore
from domain.store.append import Steps
from domain.store.appender import Options
from domain.store.connections import Patience
from domain.store.init import initialise
from domain.store.launcher import EmbeddedServer
from domain.store.recorder import ShardRecorder
from domain.store.request import Append, Outcome
from tests.database import Store, command, receipts, unique_name
from tests.embedded import wait_for
from tests.faults.servers import kill, processes
from tests.faults.writers import ALL_STEPS
from tests.postgres import fresh_database

PATIENT = Patience(lock=0.2, away=60.0)
IMPATIENT = Patience(lock=0.05, away=0.1)
HASTY = Patience(lock=0.05, stuck=0.1, away=0.1, silence=2.0)
SILENT = "said nothing for 2.05 s"


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server that may be killed: not the one that other tests use."""
    with EmbeddedServer(tmp_path_factory.mktemp("mortal") / "data") as server:
        yield server
    EmbeddedServer(server.data).stop(force=True)


@pytest.fixture
def own(mortal: EmbeddedServer) -> Store:
    """A ledger on that server."""
    database = fresh_database(mortal.owner_url, unique_name("mortal"))
    initialise(database.owner_url, name="test", zone="UTC")
    return Store(database)


class Killer:
    """Kills the server when the committer comes to a step for the nth time, and may start it again."""

    def __init__(self, server: EmbeddedServer, step: str, nth: int, *, restart: bool) -> None:
        self._server, self._step, self._left = server, step, nth
        self._restart = restart
        self.killed = threading.Event()

    def __call__(self, step: str) -> None:
        self._left -= step == self._step
        if step == self._step and self._left == 0:
            kill(self._server)
            if self._restart:
                self._server.start()
            self.killed.set()


def until_recorded(recorder: ShardRecorder, request: Append) -> list[Outcome]:
    """Send a request until it is recorded, as a caller does who is told to try again."""
    latest = time.monotonic() + 60
    while True:
        outcomes = recorder.append([request])
        refused = [it for it in outcomes if isinstance(it, Refused)]
        if not refused:
            return outcomes
        assert all(isinstance(it, Unavailable) for it in refused), refused
        assert time.monotonic() < latest
        time.sleep(0.05)


def survive(mortal: EmbeddedServer, own: Store, step: str, nth: int, *, restart: bool) -> None:
    """Append from threads while the server is killed, then compare what was said with what is there."""
    killer = Killer(mortal, step, nth, restart=restart)
    requests = [[command(f"customer:{thread}", count=1 + n % 2) for n in range(10)] for thread in range(4)]
    said: list[tuple[int, int, tuple[int, ...]]] = []

    def caller(recorder: ShardRecorder, thread: int) -> None:
        for n, request in enumerate(requests[thread]):
            (outcome,) = until_recorded(recorder, request)
            said.append((thread, n, tuple(it.position for it in receipts(outcome))))

    patience = PATIENT if restart else IMPATIENT
    with own.open(Options(patience=patience, steps=killer)) as recorder, ThreadPoolExecutor(5) as pool:
        calls = [pool.submit(caller, recorder, thread) for thread in range(4)]
        if not restart:
            assert killer.killed.wait(60)
            mortal.start()
        for call in calls:
            call.result(120)
    assert killer.killed.is_set()
    assert own.check() == 4 * 15
    with own.open() as recorder:
        for thread, n, positions in said:
            (again,) = recorder.append([requests[thread][n]])
            assert tuple(it.position for it in receipts(again)) == positions
            assert all(it.repeated for it in receipts(again))


@pytest.mark.parametrize("step", ["copied", "committing", "committed"])
def test_a_server_killed_at_a_step_and_started_again(mortal: EmbeddedServer, own: Store, step: str) -> None:
    survive(mortal, own, step, 2, restart=True)


def test_a_server_that_stays_away_for_a_while(mortal: EmbeddedServer, own: Store) -> None:
    survive(mortal, own, "committing", 2, restart=False)


@pytest.mark.slow
@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("step", ALL_STEPS)
def test_a_server_killed_at_every_step(
    mortal: EmbeddedServer, own: Store, step: str, nth: int, *, restart: bool
) -> None:
    survive(mortal, own, step, nth, restart=restart)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_a_server_killed_at_any_moment(mortal: EmbeddedServer, own: Store, seed: int) -> None:
    """Not at a step but in between: while the commit is on its way to the disk, too."""
    chance = random.Random(seed)
    seen: list[int] = []

    def caller(recorder: ShardRecorder, thread: int) -> None:
        for _ in range(40):
            request = command(f"customer:{thread}")
            (outcome,) = until_recorded(recorder, request)
            seen.append(receipts(outcome)[0].position)

    with own.open(Options(patience=PATIENT)) as recorder, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(caller, recorder, thread) for thread in range(4)]
        for _ in range(3):
            time.sleep(chance.uniform(0.0, 0.2))
            kill(mortal)
            mortal.start()
        for call in calls:
            call.result(120)
    assert sorted(seen) == list(range(1, 161))
    assert own.check() == 160


def readable(recorder: ShardRecorder) -> bool:
    """Whether the log can be read."""
    try:
        recorder.max_notification_id()
    except OperationalError:
        return False
    return True


def test_a_reader_is_served_soon_after_the_server_was_away_for_long(
    mortal: EmbeddedServer, own: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The pool's pauses grow; this is the one after some minutes.
    monkeypatch.setattr(AttemptWithBackoff, "INITIAL_DELAY", 600.0)
    monkeypatch.setattr(datastore, "RECONNECT_SECONDS", 0.5)
    with own.open() as recorder:
        wait_for(lambda: readable(recorder), "the reader to be served at first")
        recorder.datastore.pool.timeout = 0.2
        kill(mortal)
        # The first reader loses its connection, and the next one has the pool try to grow.
        assert [readable(recorder) for _ in range(2)] == [False, False]
        mortal.start()
        wait_for(lambda: readable(recorder), "the reader to be served")


def test_a_subscriber_and_a_reader_outlive_a_restart(mortal: EmbeddedServer, own: Store) -> None:
    with own.open(Options(patience=PATIENT)) as recorder, recorder.subscribe(gt=0) as subscription:
        recorder.append([command("customer:1")])
        assert next(subscription).id == 1
        kill(mortal)
        mortal.start()
        recorder.append([command("customer:1")])
        assert next(subscription).id == 2
    with psycopg.connect(own.url) as connection:
        assert connection.execute("SELECT size FROM daybook.heads").fetchone() == (2,)


@contextmanager
def freezing(pids: Callable[[], Iterable[int]]) -> Iterator[Callable[[], None]]:
    """Processes of the server that are stopped by the function, and go on at the latest at the end."""
    stopped: list[int] = []

    def freeze() -> None:
        for pid in pids():
            os.kill(pid, signal.SIGSTOP)
            stopped.append(pid)

    try:
        yield freeze
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def at_first(step: str, act: Callable[[], None]) -> Steps:
    """Do something when the committer comes to a step for the first time."""
    left = [step]

    def steps(name: str) -> None:
        if name in left:
            left.clear()
            act()

    return steps


def backend(recorder: ShardRecorder) -> list[int]:
    """The server's process for the committer's session."""
    return [recorder._committer._appender.session().connection.info.backend_pid]


@pytest.mark.parametrize(
    ("step", "told"), [("locked", DatabaseGone), ("copying", DatabaseGone), ("committing", OutcomeUnknown)]
)
def test_a_frozen_backend_keeps_nobody_waiting(own: Store, step: str, told: type[Refused]) -> None:
    requests = [command("customer:1", count=2), command("customer:2")]
    with (
        freezing(lambda: backend(recorder)) as freeze,
        own.open(Options(patience=HASTY, steps=at_first(step, freeze))) as recorder,
    ):
        for outcome in recorder.append(requests):
            assert type(outcome) is told
            assert SILENT in outcome.message
        (waiting,) = recorder.append([command("customer:3")])
        assert isinstance(waiting, Busy), "the frozen one still holds the head"
    with own.open() as recorder:
        for request in requests:
            until_recorded(recorder, request)
    assert own.check() == 3


def test_a_frozen_backend_that_holds_nothing_is_replaced(own: Store) -> None:
    patience = Patience(silence=2.0, lock=0.2)
    with own.open(Options(patience=patience)) as recorder, freezing(lambda: backend(recorder)) as freeze:
        until_recorded(recorder, command("customer:1"))
        freeze()
        assert receipts(recorder.append([command("customer:1")])[0])[0].version == 2
    assert own.check() == 2


def test_a_frozen_server_keeps_nobody_waiting(mortal: EmbeddedServer, own: Store) -> None:
    hasty = Store(replace(own.database, url=f"{own.url}&connect_timeout=2"))
    first, second = command("customer:1"), command("customer:2")
    with (
        freezing(lambda: processes(mortal)) as freeze,
        hasty.open(Options(patience=HASTY, steps=at_first("committing", freeze))) as recorder,
    ):
        assert isinstance(recorder.append([first])[0], OutcomeUnknown)
        assert isinstance(recorder.append([second])[0], DatabaseGone)
    with own.open() as recorder:
        until_recorded(recorder, first)
        assert not receipts(until_recorded(recorder, second)[0])[0].repeated
    assert own.check() == 2
