"""A connection that gives up a server which says nothing, and not one that is slow."""

import math
from collections.abc import Generator
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.waiting import Ready, Wait

from domain.store import silence
from domain.store.connections import Patience, connect
from tests.database import Store


def ten_times() -> Generator[Wait, Ready | int, str]:
    """An operation that has to hear from the server ten times."""
    for _ in range(10):
        while not (yield Wait.R):
            continue
    return "done"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of connections: `now` is where the test puts it."""
    made = SimpleNamespace(now=0.0)
    made.monotonic = lambda: made.now
    monkeypatch.setattr(silence, "time", made)
    return made


def test_a_server_that_is_slow_is_waited_for(store: Store, clock: SimpleNamespace) -> None:
    with connect(store.url, Patience(lock=1.0, silence=9.0)) as connection:
        waiting = connection._while_heard(ten_times())
        next(waiting)
        for _ in range(9):
            clock.now += 9.9
            assert waiting.send(Ready.NONE) == Wait.R
            assert waiting.send(Ready.R) == Wait.R
        with pytest.raises(StopIteration, match="done"):
            waiting.send(Ready.R)
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_says_nothing_is_given_up(store: Store, clock: SimpleNamespace) -> None:
    with connect(store.url, Patience(lock=1.0, silence=9.0)) as connection:
        waiting = connection._while_heard(ten_times())
        next(waiting)
        clock.now = 5.0
        waiting.send(Ready.R)
        clock.now = 14.9
        waiting.send(Ready.NONE)
        clock.now = 15.0
        with pytest.raises(psycopg.OperationalError, match="said nothing for 10 s"):
            waiting.send(Ready.NONE)
        assert connection.closed


def test_without_patience_a_statement_may_take_as_long_as_it_does(store: Store) -> None:
    with connect(store.url) as connection:
        assert connection.silence_seconds == math.inf
