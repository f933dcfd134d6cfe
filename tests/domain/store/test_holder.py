"""Who holds the head and does nothing is ended after its patience; who makes progress is left alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
import pytest

from domain.store import holder
from domain.store.connections import Patience, connect
from domain.store.holder import HolderWatch
from tests.database import Store
from tests.embedded import wait_for

STUCK = 10.0
WAITS = "SELECT wait_event FROM pg_stat_activity WHERE pid = %s"
COPIED = "SELECT bytes_processed FROM pg_stat_progress_copy WHERE pid = %s"
LINES = b"a line\n" * 20_000


@dataclass(slots=True)
class Watched:
    """A watch over the head of `store`, by a clock that stands where a test puts it."""

    watch: HolderWatch
    log: pytest.LogCaptureFixture
    now: float = 0.0

    def monotonic(self) -> float:
        """The clock."""
        return self.now

    def ends_at(self, moment: float) -> bool:
        """Look at a moment; tell whether the holder was ended then."""
        self.now = moment
        self.log.clear()
        self.watch.look()
        return "is ended" in self.log.text


@pytest.fixture
def watched(store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Watched:
    """A watch that has seen nobody yet."""
    made = Watched(HolderWatch(lambda: connect(store.url), 0, Patience(stuck=STUCK)), caplog)
    monkeypatch.setattr(holder, "time", made)
    return made


@contextmanager
def holding(url: str) -> Iterator[psycopg.Connection]:
    """A session that holds the head, and has yet to do something with it."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT * FROM daybook.heads WHERE shard = 0 FOR UPDATE")
        yield connection
        connection.close()


def test_a_client_that_stays_idle_for_the_whole_patience_is_ended(store: Store, watched: Watched) -> None:
    with holding(store.url) as held:
        assert [watched.ends_at(moment) for moment in (0.0, 5.0, 9.9, 10.0)] == [False, False, False, True]
        with pytest.raises(psycopg.OperationalError):
            held.execute("SELECT 1")


def test_a_client_that_is_idle_at_every_look_but_works_in_between_is_left_alone(
    store: Store, watched: Watched
) -> None:
    with holding(store.url) as held:
        for moment in range(0, 100, 9):
            assert not watched.ends_at(moment)
            held.execute("SELECT 1")
        assert not watched.ends_at(100.0)
        assert not watched.ends_at(109.9)
        assert watched.ends_at(110.0)


def test_sessions_that_take_turns_are_left_alone_each_for_its_own_patience(
    store: Store, watched: Watched
) -> None:
    for moment in range(0, 100, 9):
        with holding(store.url):
            assert not watched.ends_at(moment)
    with holding(store.url):
        assert [watched.ends_at(moment) for moment in (100.0, 109.9, 110.0)] == [False, False, True]


@contextmanager
def copying(store: Store, held: psycopg.Connection) -> Iterator[Callable[[], None]]:
    """A COPY in which the session may be ended; the function copies more lines, and waits for that."""
    pid, cursor = held.info.backend_pid, held.cursor()
    cursor.execute("CREATE TEMPORARY TABLE copied (line text)")
    copied = 0
    with suppress(psycopg.OperationalError), cursor.copy("COPY copied FROM STDIN") as copy:

        def more() -> None:
            nonlocal copied
            copy.write(LINES)
            copied += len(LINES)
            wait_for(lambda: held.pgconn.flush() == 0, "it is sent")
            wait_for(lambda: store.run(COPIED, pid) == [(copied,)], "it is copied")
            wait_for(lambda: store.run(WAITS, pid) == [("ClientRead",)], "it waits for more")

        yield more


def test_a_client_that_copies_slowly_is_left_alone_until_nothing_comes(
    store: Store, watched: Watched
) -> None:
    with holding(store.url) as held, copying(store, held) as copy_more:
        for moment in range(0, 50, 10):
            copy_more()
            assert not watched.ends_at(moment)
        assert [watched.ends_at(moment) for moment in (49.9, 50.0)] == [False, True]


def test_a_session_that_works_for_long_is_left_alone(store: Store, watched: Watched) -> None:
    """And its patience begins when its work ends."""
    with holding(store.url) as held, psycopg.connect(store.url) as blocker:
        blocker.execute("SELECT pg_advisory_xact_lock(7)")
        held.pgconn.send_query(b"SELECT pg_advisory_lock(7)")
        wait_for(lambda: store.run(WAITS, held.info.backend_pid) == [("advisory",)], "it works")
        assert not any(watched.ends_at(moment) for moment in (0.0, 10.0, 1_000.0))
        blocker.rollback()
        wait_for(lambda: store.run(WAITS, held.info.backend_pid) == [("ClientRead",)], "it is done")
        assert [watched.ends_at(moment) for moment in (2_000.0, 2_009.9, 2_010.0)] == [False, False, True]


def test_a_session_that_one_may_not_see_is_left_alone(store: Store, watched: Watched) -> None:
    with holding(store.database.owner_url):
        assert not any(watched.ends_at(moment) for moment in (0.0, 10.0, 1_000.0))
