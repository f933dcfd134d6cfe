"""Faults of the embedded server: killed, raced for, left behind, lied to by stale files."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from domain.store import launcher
from domain.store.binaries import Binaries
from domain.store.launcher import EmbeddedServer
from domain.store.launcher_errors import ServerBusy, ServerDidNotStart
from domain.store.locks import FileLock
from tests.embedded import User, found, user, wait_for, wheel
from tests.faults.servers import pid_of, stopped, supervisor_of


@pytest.fixture
def data() -> Iterator[Path]:
    """Yield a data folder; whatever a test does to its server, in the end it is stopped.

    Its path is short, so that the socket lies within it.
    """
    with TemporaryDirectory(prefix="daybook-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"
        EmbeddedServer(Path(folder) / "data").stop(force=True)


def write(server: EmbeddedServer, acknowledged: list[int], stop: threading.Event) -> None:
    """Insert rows one by one, each in a commit, and start the server again whenever it goes away."""
    number = 0
    while not stop.is_set():
        try:
            with psycopg.connect(server.owner_url, autocommit=True) as connection:
                while not stop.is_set():
                    connection.execute("INSERT INTO written VALUES (%s) ON CONFLICT DO NOTHING", [number])
                    acknowledged.append(number)
                    number += 1
        except psycopg.OperationalError:
            server.start()


def wait_for_more(acknowledged: list[int]) -> None:
    """Wait until fifty more rows have been acknowledged."""
    enough = len(acknowledged) + 50
    wait_for(lambda: len(acknowledged) >= enough, "fifty more rows")


class TestKilledServer:
    @pytest.mark.parametrize("kind", found(), ids=lambda it: f"postgres-{it.version}")
    def test_loses_nothing_acknowledged_in_a_write_loop(self, data: Path, kind: Binaries) -> None:
        acknowledged: list[int] = []
        stop = threading.Event()
        with EmbeddedServer(data, kind.folder) as server:
            with psycopg.connect(server.owner_url) as connection:
                connection.execute("CREATE TABLE written (number int PRIMARY KEY)")
            writer = threading.Thread(target=write, args=(server, acknowledged, stop))
            writer.start()
            try:
                for _ in range(4):
                    wait_for_more(acknowledged)
                    # These rows may be from a session of the last server that has not yet noticed its death.
                    wait_for(lambda: server.status().pid, "the server to be back")
                    os.kill(pid_of(data), signal.SIGKILL)
                wait_for_more(acknowledged)
            finally:
                stop.set()
                writer.join()
            with psycopg.connect(server.owner_url) as connection:
                kept = {row[0] for row in connection.execute("SELECT number FROM written")}
        assert len(acknowledged) > 200
        assert set(acknowledged) <= kept

    def test_starts_again_at_once(self, data: Path) -> None:
        with EmbeddedServer(data) as server:
            for _ in range(3):
                killed = pid_of(data)
                os.kill(killed, signal.SIGKILL)
                server.start()
                assert pid_of(data) != killed

    def test_waits_for_the_orphans_of_the_last_one(self, data: Path) -> None:
        with EmbeddedServer(data) as server, psycopg.connect(server.owner_url) as connection:
            busy = connection.info.backend_pid
            os.kill(busy, signal.SIGSTOP)
            os.kill(pid_of(data), signal.SIGKILL)
            awakened = threading.Event()

            def awaken() -> None:
                awakened.set()
                os.kill(busy, signal.SIGCONT)

            timer = threading.Timer(1.0, awaken)
            timer.start()
            server.start()
            assert awakened.is_set()
            timer.join()


class TestStaleFiles:
    @pytest.mark.parametrize("stale", ["zombie", "stranger", "gone", "rubbish"])
    def test_that_name_no_server_do_not_matter(self, data: Path, stale: str) -> None:
        with EmbeddedServer(data):
            os.kill(pid_of(data), signal.SIGKILL)
            wait_for(lambda: stopped(data), "the killed server's processes to end")
            lines = (data / "pgdata" / "postmaster.pid").read_text().splitlines()
            child = subprocess.Popen([wheel() / "postgres", "--version"], stdout=subprocess.DEVNULL)
            if stale == "gone":
                child.wait()
            else:
                wait_for(lambda: Path(f"/proc/{child.pid}/stat").read_text().split()[2] == "Z", "a zombie")
            number = {"stranger": os.getpid(), "rubbish": "rubbish"}.get(stale, child.pid)
            for path in (data / "pgdata" / "postmaster.pid", data / "run" / ".s.PGSQL.5432.lock"):
                path.write_text("\n".join([str(number), *lines[1:]]) + "\n")
            with EmbeddedServer(data) as again:
                assert again.status().running
            child.wait()

    def test_of_an_interrupted_initdb_do_not_matter(self, data: Path) -> None:
        one = User(data)
        at_work, done = data / "pgdata.new" / "base", data / "pgdata"
        wait_for(lambda: at_work.exists() or done.exists(), "initdb to be at work")
        one.kill()
        with EmbeddedServer(data) as server:
            assert server.status().running
        assert not (data / "pgdata.new").exists()

    def test_a_removed_data_folder_is_made_anew(self, tmp_path: Path) -> None:
        deep = tmp_path / ("deep" * 20)
        with EmbeddedServer(deep) as server:
            old = pid_of(deep)
            shutil.rmtree(deep)
            with EmbeddedServer(deep) as new:
                assert pid_of(deep) != old
                assert new.url == server.url
                os.kill(old, signal.SIGKILL)
                assert new.status().running
        EmbeddedServer(deep).stop()


class TestKilledUsers:
    def test_the_last_one_takes_the_server_with_it(self, data: Path) -> None:
        first, second = User(data), User(data)
        assert first.ready() == second.ready()
        first.kill()
        assert EmbeddedServer(data).status().running
        second.kill()
        wait_for(lambda: stopped(data), "the server to stop")

    def test_one_that_dies_while_the_server_starts_leaves_none_behind(self, data: Path) -> None:
        with EmbeddedServer(data) as server:
            pass
        server.stop()
        one = User(data)
        wait_for(lambda: not stopped(data), "the server to be on its way")
        one.kill()
        wait_for(lambda: stopped(data), "the server to stop")

    def test_a_killed_supervisor_is_replaced_by_the_next_start(self, data: Path) -> None:
        with user(data) as one:
            pid, _ = one.ready()
            os.kill(supervisor_of(data), signal.SIGKILL)
            with user(data) as two:
                assert two.ready()[0] == pid
                assert supervisor_of(data)
        wait_for(lambda: stopped(data), "the server to stop")


class TestRaces:
    def test_users_that_come_at_once_share_one_server(self, data: Path) -> None:
        users = [User(data) for _ in range(4)]
        try:
            assert len({one.ready() for one in users}) == 1
            assert supervisor_of(data)
        finally:
            for one in users:
                one.leave()

    def test_a_user_that_comes_while_it_stops_gets_a_server(self, data: Path) -> None:
        for _ in range(8):
            with EmbeddedServer(data) as server, psycopg.connect(server.url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_who_waits_too_long_for_another_is_told(
        self, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data.mkdir()
        monkeypatch.setattr(launcher, "LOCK_SECONDS", 0.1)
        other = FileLock(data / "start.lock")
        other.acquire()
        with pytest.raises(ServerBusy):
            EmbeddedServer(data).start()
        other.release()
        monkeypatch.undo()


def test_a_server_that_cannot_start_says_why(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedServer(data) as server:
        pass
    server.stop()
    with (data / "pgdata" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    monkeypatch.setattr(launcher, "time", UntilSaid(server.log, "no_such_setting"))
    with pytest.raises(ServerDidNotStart, match="no_such_setting"):
        server.start()


class UntilSaid:
    """A clock that stands still until a log says a word, and then has run out."""

    def __init__(self, log: Path, word: str) -> None:
        self.log, self.word = log, word

    def monotonic(self) -> float:
        """The clock."""
        return 1e6 if self.word in self.log.read_text() else 0.0

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)
