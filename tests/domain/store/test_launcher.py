"""The embedded server: for any user, in any folder, with any binaries, and stopped when nobody uses it."""

import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from domain.store import cluster, engine
from domain.store.binaries import Binaries, find
from domain.store.launcher import EmbeddedServer
from domain.store.launcher_errors import (
    DataFolderNotEmpty,
    ServerInUse,
    ServerNotRunning,
    UnsafeFolder,
)
from tests.embedded import copy_home, found, user, wait_for, wheel

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture(scope="module", params=found(), ids=lambda it: f"postgres-{it.version}")
def kind(request: pytest.FixtureRequest) -> Binaries:
    binaries = request.param
    assert isinstance(binaries, Binaries)
    return binaries


@pytest.fixture(scope="module")
def running(kind: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(tmp_path_factory.mktemp("data"), kind.folder) as server:
        yield server


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder that every user can read, with all that a user of the server needs."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        copy_home(Path(folder) / "home")
        yield Path(folder) / "home"


def asked(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def stopped(server: EmbeddedServer) -> bool:
    return not server.status().running and server.status().pid is None


def capabilities(pid: int) -> set[str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {line.split()[1] for line in lines if line.startswith(("CapInh", "CapPrm", "CapEff", "CapAmb"))}


class TestARunningServer:
    def test_gives_the_application_a_role_without_rights(self, running: EmbeddedServer) -> None:
        assert asked(running.url, "SELECT current_user") == "daybook_app"
        assert asked(running.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert asked(running.url, "SELECT current_database()") == "daybook"

    def test_gives_migrations_the_owner(self, running: EmbeddedServer) -> None:
        assert asked(running.owner_url, "SELECT current_user") == "daybook_owner"
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert asked(running.owner_url, owner) == "daybook_owner"

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("synchronous_commit", "on"),
            ("data_checksums", "on"),
            ("listen_addresses", ""),
            ("server_encoding", "UTF8"),
            ("max_connections", "200"),
        ],
    )
    def test_is_durable_and_private(self, running: EmbeddedServer, setting: str, value: str) -> None:
        assert asked(running.owner_url, f"SELECT current_setting('{setting}')") == value

    def test_sorts_by_code_point(self, running: EmbeddedServer) -> None:
        order = "SELECT string_agg(a, '' ORDER BY a) FROM unnest(ARRAY['b', 'ä', 'A', 'a', 'B']) a"
        assert asked(running.url, order) == "ABabä"

    def test_is_closed_to_other_users(self, running: EmbeddedServer) -> None:
        for name in ("pgdata", "run"):
            assert (running.data / name).stat().st_mode & 0o077 == 0

    def test_is_the_same_for_the_next_user(self, running: EmbeddedServer) -> None:
        pid = running.status().pid
        with EmbeddedServer(running.data) as other:
            assert other.status().pid == pid
            assert other.url == running.url
        assert not stopped(running)

    def test_is_of_the_version_asked_for(self, running: EmbeddedServer, kind: Binaries) -> None:
        assert running.version == kind.major
        assert str(asked(running.url, "SHOW server_version")).startswith(kind.version)

    def test_can_be_attached_to(self, running: EmbeddedServer) -> None:
        other = EmbeddedServer(running.data).attach()
        with pytest.raises(ServerInUse):
            running.stop()
        other.close()
        running.start()

    def test_never_runs_as_root_and_keeps_no_right_of_root(self, running: EmbeddedServer) -> None:
        pid = running.status().pid
        assert pid is not None
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        assert capabilities(pid) == {"0000000000000000"}


class TestStop:
    def test_a_server_that_nobody_uses_stops(self, tmp_path: Path) -> None:
        with EmbeddedServer(tmp_path / "data") as server:
            assert server.status().running
        wait_for(lambda: stopped(server), "the supervisor to stop the server")

    def test_stop_is_refused_while_others_use_it_and_can_be_forced(self, tmp_path: Path) -> None:
        with EmbeddedServer(tmp_path / "data") as server:
            with pytest.raises(ServerInUse) as refusal:
                EmbeddedServer(server.data).stop()
            assert refusal.value.code == "server-in-use"
            assert server.status().running
            assert EmbeddedServer(server.data).stop(force=True)
            assert stopped(server)
            server.start()
            assert server.status().running

    def test_the_only_user_may_stop_it_and_again(self, tmp_path: Path) -> None:
        server = EmbeddedServer(tmp_path / "data").start()
        server.stop()
        assert stopped(server)
        assert server.stop() is False

    def test_nothing_is_made_by_asking(self, tmp_path: Path) -> None:
        server = EmbeddedServer(tmp_path / "data")
        assert stopped(server)
        assert server.stop() is False
        with pytest.raises(ServerNotRunning):
            server.attach()
        assert not server.data.exists()


class TestFolders:
    def test_a_deep_folder_has_its_socket_under_a_short_name(self, tmp_path: Path) -> None:
        with EmbeddedServer(tmp_path / ("deep" * 20) / "data") as server:
            folder = asked(server.owner_url, "SHOW unix_socket_directories")
            assert len(str(folder)) < 80
            assert Path(str(folder)).stat().st_mode & 0o777 == 0o700
            with user(server.data) as other:
                assert other.ready() == (server.status().pid, server.url)
        server.stop()
        wait_for(lambda: not Path(str(folder)).exists(), "the short folder to be removed")

    def test_a_folder_of_any_name(self, tmp_path: Path) -> None:
        with EmbeddedServer(tmp_path / 'it\'s "$(false)", über %s') as server:
            assert asked(server.url, "SELECT 1") == 1

    def test_a_folder_in_anothers_place_is_refused(self, tmp_path: Path) -> None:
        server = EmbeddedServer(tmp_path / ("deep" * 20))
        short = Path(server.url.partition("host=")[2].partition("&")[0].replace("%2F", "/"))
        short.symlink_to(tmp_path)
        try:
            with pytest.raises(UnsafeFolder):
                server.start()
        finally:
            short.unlink()

    def test_a_folder_with_something_else_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("years of work")
        mode = tmp_path.stat().st_mode
        with pytest.raises(DataFolderNotEmpty):
            EmbeddedServer(tmp_path).start()
        assert [it.name for it in tmp_path.iterdir()] == ["thesis.txt"]
        assert tmp_path.stat().st_mode == mode

    @as_root
    def test_below_a_closed_folder_nothing_is_opened(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        with EmbeddedServer(closed / "data") as server:
            assert asked(server.url, "SELECT 1") == 1
            pid = server.status().pid
            assert pid is not None
            assert capabilities(pid) == {"0000000000000000"}
        assert closed.stat().st_mode & 0o777 == 0o700
        assert closed.stat().st_uid == 0

    @as_root
    def test_an_environment_in_a_closed_folder_is_copied_from(self, home: Path) -> None:
        closed = home.parent / "closed"
        closed.mkdir(mode=0o700)
        home.rename(closed / "home")
        data = home.parent / "data"
        try:
            with user(data, closed / "home") as one:
                pid, url = one.ready()
                assert asked(url, "SELECT 1") == 1
                assert Path(f"/proc/{pid}/exe").readlink().is_relative_to(data / "engine")
            assert closed.stat().st_mode & 0o777 == 0o700
            wait_for(lambda: stopped(EmbeddedServer(data)), "the server to stop")
        finally:
            (closed / "home").rename(home)

    @as_root
    def test_where_data_and_environment_are_closed_the_copy_goes_to_the_cache(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        package = wheel().parents[1]
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, closed / folder.name)
        hidden = Binaries(closed / package.name / "pginstall" / "bin", find().version, closed / package.name)
        monkeypatch.setattr(cluster, "find", lambda *_: hidden)
        with tempfile.TemporaryDirectory() as cache:
            Path(cache).chmod(0o755)
            monkeypatch.setattr(engine, "CACHE", Path(cache) / "daybook")
            with EmbeddedServer(closed / "data") as server:
                assert asked(server.url, "SELECT 1") == 1
                run = Path(f"/proc/{server.status().pid}/exe").readlink()
                assert run.is_relative_to(Path(cache) / "daybook" / "engine")
            server.stop()


class TestUsers:
    @as_root
    def test_an_ordinary_user_runs_it_itself(self, home: Path) -> None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        python = shutil.which(f"python{version}", path="/usr/bin:/usr/local/bin")
        if python is None:
            pytest.skip(f"there is no python{version} that an ordinary user can reach")
        nobody = pwd.getpwnam("nobody").pw_uid
        data = home.parent / "of-nobody"
        data.mkdir()
        os.chown(data, nobody, nobody)
        with user(data, home, python, nobody) as one:
            pid, _ = one.ready()
            assert Path(f"/proc/{pid}").stat().st_uid == nobody
            with EmbeddedServer(data) as root:
                assert root.status().pid == pid
                assert asked(root.url, "SELECT 1") == 1
        wait_for(lambda: stopped(EmbeddedServer(data)), "the server to stop")
        with EmbeddedServer(data) as root:
            again = root.status().pid
            assert Path(f"/proc/{again}").stat().st_uid == nobody
        wait_for(lambda: stopped(root), "the server to stop")
        assert {it.stat().st_uid for it in data.iterdir()} == {nobody}
