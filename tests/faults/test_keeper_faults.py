"""A held server killed, stopped by hand, removed or broken: its keepers bring it back, or say why not."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from domain.store.binaries import Binaries
from domain.store.cluster import Cluster
from domain.store.keeper import STARTING, Keeper
from domain.store.launcher import EmbeddedServer
from domain.store.locks import FileLock
from tests.embedded import wait_for
from tests.faults.servers import kill, pid_of, stopped, supervisor_of


@pytest.fixture
def data() -> Iterator[Path]:
    """Yield a data folder; whatever a test does to its server, in the end it is stopped."""
    with TemporaryDirectory(prefix="daybook-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"
        EmbeddedServer(Path(folder) / "data").stop(force=True)


@pytest.fixture
def server(data: Path) -> Iterator[EmbeddedServer]:
    """Yield a server that this process holds."""
    with EmbeddedServer(data) as started:
        yield started


def answers(server: EmbeddedServer, url: str) -> bool:
    """Whether the server answers under a URL that was asked for when it was first started."""
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_a_killed_server_is_back_at_the_same_place(server: EmbeddedServer) -> None:
    url = server.url
    with Keeper(server) as keeper:
        for _ in range(3):
            killed = pid_of(server.data)
            os.kill(killed, signal.SIGKILL)
            wait_for(lambda: answers(server, url), "the server to answer again")
            wait_for(lambda: keeper.trouble == "", "the keeper to notice")
            assert pid_of(server.data) != killed


def test_of_many_keepers_one_starts_it(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    spawned: list[Cluster] = []
    spawn = Cluster.spawn

    def counted(cluster: Cluster, binaries: Binaries, alive: FileLock) -> None:
        spawned.append(cluster)
        spawn(cluster, binaries, alive)

    monkeypatch.setattr(Cluster, "spawn", counted)
    with ExitStack() as stack:
        servers = [stack.enter_context(EmbeddedServer(server.data)) for _ in range(4)]
        keepers = [stack.enter_context(Keeper(it)) for it in servers]
        for count in (1, 2):
            kill(server)
            wait_for(lambda: answers(server, server.url), "the server to answer again")
            wait_for(lambda: not any(it.trouble for it in keepers), "all keepers to notice")
            assert len(spawned) == count


def test_one_killed_with_its_supervisor_is_started_with_a_new_one(data: Path) -> None:
    with EmbeddedServer(data) as server, Keeper(server):
        os.kill(supervisor_of(data), signal.SIGKILL)
        kill(server)
        wait_for(lambda: answers(server, server.url), "the server to answer again")
        assert supervisor_of(data)
    wait_for(lambda: stopped(data), "the new supervisor to stop it")


def test_while_what_is_left_of_it_lingers_the_keeper_says_so(server: EmbeddedServer) -> None:
    with closing(psycopg.connect(server.owner_url)) as connection, Keeper(server) as keeper:
        lingering = connection.info.backend_pid
        os.kill(lingering, signal.SIGSTOP)
        try:
            os.kill(pid_of(server.data), signal.SIGKILL)
            wait_for(lambda: keeper.trouble == STARTING, "the keeper to notice")
            assert not answers(server, server.url)
        finally:
            os.kill(lingering, signal.SIGCONT)
        wait_for(lambda: answers(server, server.url), "the server to answer again")


def test_one_stopped_by_hand_stays_so_until_somebody_starts_it(server: EmbeddedServer) -> None:
    with Keeper(server) as keeper:
        assert EmbeddedServer(server.data).stop(force=True)
        wait_for(lambda: "stopped by hand" in keeper.trouble, "the keeper to notice")
        assert stopped(server.data)
        with EmbeddedServer(server.data):
            wait_for(lambda: keeper.trouble == "", "the keeper to notice")
        # From now on it is kept again.
        kill(server)
        wait_for(lambda: answers(server, server.url), "the server to answer again")


def test_nothing_is_made_in_place_of_a_removed_data_folder(server: EmbeddedServer) -> None:
    with Keeper(server) as keeper:
        orphan = pid_of(server.data)
        shutil.rmtree(server.data)
        os.kill(orphan, signal.SIGKILL)
        wait_for(lambda: "data folder was removed" in keeper.trouble, "the keeper to notice")
        assert not server.data.exists()


def test_one_that_does_not_start_is_tried_until_it_does(server: EmbeddedServer) -> None:
    settings = server.data / "pgdata" / "postgresql.conf"
    sound = settings.read_bytes()
    with Keeper(server) as keeper:
        settings.write_bytes(sound + b"no_such_setting = 1\n")
        kill(server)
        wait_for(lambda: "does not start again" in keeper.trouble, "two attempts")
        assert str(server.log) in keeper.trouble
        assert "no_such_setting" in server.log.read_text()
        settings.write_bytes(sound)
        wait_for(lambda: answers(server, server.url), "the server to answer again")
        wait_for(lambda: keeper.trouble == "", "the keeper to notice")
