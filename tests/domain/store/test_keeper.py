"""The keeper of an embedded server: when it looks, what it tells, how often it tries; without a server."""

import threading
from pathlib import Path
from typing import Self

import pytest

from domain.store import keeper
from domain.store.keeper import Keeper
from domain.store.launcher import Answer, EmbeddedServer
from domain.store.launcher_errors import ServerNotRunning
from tests.embedded import wait_for

Step = Answer | Exception


class Scripted(EmbeddedServer):
    """Is dead until it has taken the steps of a script, and lives from then on."""

    def __init__(self, data: Path, *steps: Step) -> None:
        super().__init__(data)
        self.steps = list(steps)
        self.taken = 0
        self.threads: set[int] = set()

    @property
    def lives(self) -> bool:
        return self.taken >= len(self.steps)

    def start(self) -> Self:
        raise AssertionError("a keeper waits for nobody")

    def revive(self) -> Answer:
        self.threads.add(threading.get_ident())
        step = self.steps[min(self.taken, len(self.steps) - 1)]
        self.taken += 1
        if isinstance(step, Exception):
            raise step
        return step


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(keeper, "PAUSE_MOST_SECONDS", 0.004)


def keep(server: Scripted) -> Keeper:
    """Have a keeper take every step, and close it."""
    with Keeper(server) as kept:
        wait_for(lambda: server.taken >= len(server.steps), "every step")
    return kept


def test_a_dead_server_is_started_in_steps_from_one_thread(tmp_path: Path) -> None:
    server = Scripted(tmp_path, Answer.NONE, Answer.STARTING, Answer.STARTING, Answer.READY)
    kept = keep(server)
    assert kept.trouble == ""
    assert len(server.threads) == 1
    assert threading.get_ident() not in server.threads


def test_what_goes_on_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keep(Scripted(tmp_path, Answer.NONE, Answer.STARTING, Answer.STARTING, Answer.READY))
    assert caplog.messages == [keeper.STARTING, "The embedded PostgreSQL answers again."]


def test_failed_starts_are_counted_and_the_log_is_named(tmp_path: Path) -> None:
    kept = keep(Scripted(tmp_path, Answer.NONE, Answer.NONE, Answer.NONE, Answer.STARTING))
    assert kept.trouble == keeper.FAILED.format(failed=2, log=tmp_path / "server.log")


def test_after_failed_starts_the_pauses_grow_to_a_bound(tmp_path: Path) -> None:
    kept = Keeper(Scripted(tmp_path, *[Answer.NONE] * 9))
    assert [kept._look() for _ in range(5)] == [0.001, 0.002, 0.004, 0.004, 0.004]


def test_no_error_ends_it(tmp_path: Path) -> None:
    stopped = ServerNotRunning(hint="It was stopped by hand.")
    server = Scripted(tmp_path, OSError("no space left"), stopped)
    kept = keep(server)
    assert kept.trouble == str(stopped)
    again = keep(Scripted(tmp_path, OSError("no space left"), Answer.STARTING, Answer.READY))
    assert again.trouble == ""


def test_a_living_server_is_not_asked(tmp_path: Path) -> None:
    server = Scripted(tmp_path)
    kept = Keeper(server)
    assert [kept._look() for _ in range(3)] == [0.001] * 3
    assert server.taken == 0


def test_it_is_closed_at_once_however_long_its_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LOOK_SECONDS", 3_600.0)
    with Keeper(Scripted(tmp_path)):
        pass
