"""What is not the backup that was written is refused, by name, before anything is made of it."""

import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from domain.backup.checking import open_backup
from domain.backup.manifest import NAME
from domain.backup.refusals import (
    BackupDamaged,
    BackupOfOtherDaybook,
    BackupOutOfReach,
    BackupUnfinished,
    KeysNotOfBackup,
    NoBackup,
)
from domain.backup.restoring import restore
from domain.backup.taking import take
from domain.notary.refusals import LogNotSound
from tests.domain.backup.archive import Archive, has_ledger


@pytest.fixture
def taken(archive: Archive) -> Archive:
    """An archive with a backup of a few entries."""
    archive.home.live("ada")
    archive.take()
    return archive


def paths(archive: Archive) -> list[Path]:
    """All files of the backup but the manifests."""
    return [it for folder in archive.place("first") for it in sorted(folder.rglob("*.gz"))]


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def flip_in_the_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def flip_at_the_end(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 0x80
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [Path.unlink, shorten, lengthen, flip_in_the_middle, flip_at_the_end])
def test_a_damaged_file_is_named(taken: Archive, damage: Callable[[Path], None]) -> None:
    assert len(paths(taken)) == 10
    for path in paths(taken):
        whole = path.read_bytes()
        damage(path)
        with pytest.raises(BackupDamaged) as refused:
            taken.open()
        assert (refused.value.field, refused.value.value) == ("file", str(path))
        path.write_bytes(whole)
    taken.open()


def test_files_may_not_be_swapped(taken: Archive) -> None:
    folder = taken.place("first")[0]
    one, other = folder / "ledger.copy.gz", folder / "principals.copy.gz"
    swapped = one.read_bytes(), other.read_bytes()
    other.write_bytes(swapped[0])
    one.write_bytes(swapped[1])
    with pytest.raises(BackupDamaged):
        taken.open()


@pytest.mark.parametrize("part", [0, 1])
def test_a_manifest_that_is_cut_off_is_damaged(taken: Archive, part: int) -> None:
    path = taken.place("first")[part] / NAME
    whole = path.read_bytes()
    for length in range(0, len(whole) - 2, 97):
        path.write_bytes(whole[:length])
        with pytest.raises(BackupDamaged, match=r"manifest\.json"):
            taken.open()


@pytest.mark.parametrize("part", [0, 1])
def test_without_its_manifest_it_is_unfinished(taken: Archive, part: int) -> None:
    (taken.place("first")[part] / NAME).unlink()
    with pytest.raises(BackupUnfinished):
        taken.open()


def change(folder: Path, **fields: Any) -> None:  # noqa: ANN401  any JSON value
    """Write other things into a manifest."""
    path = folder / NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"files": "all"},
        {"part": "other"},
        {"logs": [{"shard": 0, "size": -1, "root": "00" * 32}]},
        {"logs": [{"shard": 0, "size": 6, "root": "xyz"}]},
        {"made_at": "yesterday"},
    ],
)
def test_a_manifest_that_makes_no_sense_is_damaged(taken: Archive, fields: dict[str, Any]) -> None:
    change(taken.place("first")[0], **fields)
    with pytest.raises(BackupDamaged):
        taken.open()


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../first/ledger.copy.gz", "0/../../x.copy.gz", "x.copy.gz\n"]
)
def test_a_manifest_names_nothing_outside_its_folder(taken: Archive, path: str) -> None:
    folder = taken.place("first")[0]
    files = json.loads((folder / NAME).read_text())["files"]
    change(folder, files=[*files, files[0] | {"path": path}])
    with pytest.raises(BackupDamaged, match=r"manifest\.json"):
        taken.open()


def test_another_format_is_refused(taken: Archive) -> None:
    change(taken.place("first")[0], format=2)
    with pytest.raises(BackupOfOtherDaybook, match="install"):
        taken.open()


def test_keys_of_another_run_are_refused(taken: Archive) -> None:
    taken.take("second")
    with pytest.raises(KeysNotOfBackup):
        open_backup(taken.place("first")[0], taken.place("second")[1])


def test_folders_in_each_others_place_are_refused(taken: Archive) -> None:
    ledger, keys = taken.place("first")
    with pytest.raises(NoBackup, match="keys"):
        open_backup(keys, ledger)
    with pytest.raises(KeysNotOfBackup):
        open_backup(ledger, ledger)


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_where_there_is_nothing_there_is_no_backup(taken: Archive, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoBackup):
        open_backup(tmp_path / name, taken.place("first")[1])
    with pytest.raises(NoBackup):
        open_backup(taken.place("first")[0], tmp_path / name)


def test_a_file_in_the_place_of_the_folder_is_no_backup(taken: Archive, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises((NoBackup, BackupOutOfReach)):
        open_backup(tmp_path / "file")


def test_reading_is_told(taken: Archive) -> None:
    told: list[tuple[int, int]] = []
    backup = open_backup(*taken.place("first"), tell=lambda done, total: told.append((done, total)))
    total = sum(path.stat().st_size for path in paths(taken))
    assert told[-1] == (total, total) == (sum(it.manifest.bytes for it in backup.parts), total)
    assert told == sorted(told)


def forge(folder: Path, name: str, change_rows: Callable[[bytes], bytes]) -> None:
    """Change the rows of a file, and have the manifest say that it was always so."""
    (path,) = folder.rglob(f"{name}*.gz")
    rows = gzip.decompress(path.read_bytes())
    assert change_rows(rows) != rows
    path.write_bytes(gzip.compress(change_rows(rows)))
    files = json.loads((folder / NAME).read_text())["files"]
    for file in files:
        if path == folder / file["path"]:
            file |= {"bytes": path.stat().st_size, "sha256": sha256(path.read_bytes()).hexdigest()}
    change(folder, files=files)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("entries", b'"10.00"', b'"90.00"'),
        ("entries", b"customer:ada", b"customer:bea"),
        ("checkpoints", b"test/0\n6\n", b"test/0\n5\n"),
        ("seal_keys", b"test/0+", b"best/0+"),
        ("ledger", b"test", b"best"),
        ("heads", b"\0\0\0\0\0\0\0\6", b"\0\0\0\0\0\0\0\5"),
    ],
)
def test_a_forger_of_rows_is_found_out(taken: Archive, name: str, old: bytes, new: bytes) -> None:
    forge(taken.place("first")[0], name, lambda rows: rows.replace(old, new))
    store = taken.empty()
    with pytest.raises((BackupDamaged, LogNotSound)):
        restore(store.database.owner_url, taken.open(), [taken.home.outside])
    assert not has_ledger(store)


def test_rows_that_are_none_are_refused(taken: Archive) -> None:
    forge(taken.place("first")[0], "entries", lambda rows: rows[:-9])
    store = taken.empty()
    with pytest.raises(BackupDamaged, match="entries"):
        restore(store.database.owner_url, taken.open(), [taken.home.outside])
    assert not has_ledger(store)


def test_a_backup_without_keys_has_none_to_check(taken: Archive, tmp_path: Path) -> None:
    take(taken.home.store.url, tmp_path / "bare")
    assert open_backup(tmp_path / "bare").keys is None
    with pytest.raises(KeysNotOfBackup):
        open_backup(tmp_path / "bare", taken.place("first")[1])
