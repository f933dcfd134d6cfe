"""A backup is taken while the ledger goes on, whole or not at all, and overwrites nothing."""

import errno
import json
import os
import threading
from itertools import count
from pathlib import Path

import pytest

from domain.backup import tables, taking
from domain.backup.files import NewFile
from domain.backup.manifest import NAME
from domain.backup.refusals import (
    BackupOutOfReach,
    BackupUnfinished,
    EntriesChanged,
    FoldersNotApart,
    FolderTaken,
    NoBackup,
)
from domain.backup.taking import take
from domain.refusals import NotInitialised
from tests.database import Store, command, merkle_root
from tests.domain.backup.archive import Archive
from tests.drafts import draft, payment


def test_what_is_appended_meanwhile_is_not_in_it(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "ENTRIES_A_FILE", 5)
    home = archive.home
    home.live("ada", "bea")
    before, told = home.tree(), []

    def append(done: int, total: int) -> None:
        told.append((done, total))
        home.live(f"late-{done}")
        home.record(draft("ada", payment(f"late-{done}")))

    taken = archive.take(tell=append)
    assert told == [(5, 12), (10, 12), (12, 12)]
    assert [(0, it.size, bytes.fromhex(it.root)) for it in taken.logs] == [it[:3] for it in before]
    _, back = archive.restore()
    assert back.tree() == before
    assert back.store.check() == 12
    assert set(back.names("ada", "bea").values()) == {"Zebedee ada", "Zebedee bea"}
    assert back.found("Zebedee late-5") == []


def test_while_writers_are_busy_each_backup_is_a_beginning_of_the_log(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "ENTRIES_A_FILE", 50)
    told_to_stop, written = threading.Event(), threading.Semaphore(0)

    def write() -> None:
        with archive.home.store.open() as recorder:
            for n in count():
                recorder.append([command(f"customer:{n}-{m}") for m in range(10)])
                written.release()
                if told_to_stop.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for name in ("one", "two", "three"):
            for _ in range(5):
                assert written.acquire(timeout=60)
            archive.take(name)
    finally:
        told_to_stop.set()
        writer.join()
    sizes, hashes = [], leaves(archive.home.store)
    for name in ("one", "two", "three"):
        log = archive.open(name).manifest.logs[0]
        sizes.append(log.size)
        assert bytes.fromhex(log.root) == merkle_root(hashes[: log.size])
    assert sizes == sorted(set(sizes))
    assert sizes[0] >= 50


def leaves(store: Store) -> list[bytes]:
    """The leaf hashes of all entries."""
    rows = store.run("SELECT sha256('\\x00' || state) FROM daybook.entries ORDER BY position")
    return [leaf for (leaf,) in rows]


def test_every_column_of_every_table_is_in_it(store: Store) -> None:
    columns: dict[str, set[str]] = {}
    for table, column in store.run(COLUMNS, owner=True):
        columns.setdefault(table, set()).add(column)
    kept = [it for it in vars(tables).values() if isinstance(it, tables.Table)]
    assert len(kept) == 10
    left_out = {"tiles", "migrations"}  # they follow from the rest
    assert {it.name: set(it.columns) for it in kept if it is not tables.KEYS_TAKEN_OUT} == {
        table: found for table, found in columns.items() if table not in left_out
    }
    assert columns.keys() >= left_out


COLUMNS = """
SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'daybook'
"""


def test_keys_lie_in_their_folder_alone(archive: Archive) -> None:
    archive.home.live("ada")
    archive.take()
    backup = archive.open()
    assert backup.keys is not None
    assert {it.table for it in backup.manifest.files}.isdisjoint({"secrets", "blind_index"})
    (hollow,) = [it for it in backup.manifest.files if it.table == "data_keys"]
    assert "wrapped" not in hollow.columns
    assert {it.table for it in backup.keys.manifest.files} == {"secrets", "data_keys", "blind_index"}


def test_nobody_else_may_read_it(archive: Archive) -> None:
    archive.take()
    for folder in archive.place("first"):
        for path in [folder, *folder.rglob("*")]:
            assert path.stat().st_mode & 0o077 == 0


def test_the_same_ledger_makes_the_same_files(archive: Archive) -> None:
    archive.home.live("ada")
    one, other = archive.take("one"), archive.take("other")
    assert one.id != other.id
    assert [it for it in one.files if it.table != "data_keys"] == [
        it
        for it in other.files
        if it.table != "data_keys"  # says when the keys were taken out
    ]


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("left", ["a backup", "half a backup", "something"])
def test_nothing_is_overwritten(archive: Archive, part: int, left: str) -> None:
    if left != "something":
        archive.take("old")
        if left == "half a backup":
            (archive.place("old")[part] / NAME).unlink()
    else:
        archive.place("old")[part].mkdir(parents=True)
        (archive.place("old")[part] / "letter").write_text("mine")
    folders = [*archive.place("new")]
    folders[part] = archive.place("old")[part]
    before = files(folders[part])
    with pytest.raises(FolderTaken) as refused:
        take(archive.home.store.url, *folders)
    assert refused.value.value == str(folders[part])
    assert files(folders[part]) == before
    assert before


def files(folder: Path) -> dict[Path, bytes]:
    """All files below a folder, and what is in them."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_empty_folder_will_do(archive: Archive) -> None:
    for folder in archive.place("first"):
        folder.mkdir(parents=True)
    archive.take()
    archive.open()


@pytest.mark.parametrize("keys", ["b", "b/keys", ".", "b/../b/keys"])
def test_keys_do_not_lie_within_the_backup_nor_it_within_them(
    archive: Archive, tmp_path: Path, keys: str
) -> None:
    with pytest.raises(FoldersNotApart):
        take(archive.home.store.url, tmp_path / "b", tmp_path / keys)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("after", [5, 10])
def test_half_a_backup_is_seen_as_such(archive: Archive, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    monkeypatch.setattr(taking, "ENTRIES_A_FILE", 5)
    archive.home.live("ada", "bea")

    def interrupt(done: int, _total: int) -> None:
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.take(tell=interrupt)
    with pytest.raises(BackupUnfinished):
        archive.open()
    with pytest.raises(FolderTaken):
        archive.take()


def test_between_its_two_manifests_it_is_unfinished(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, *_: object) -> None:
        written.append(folder)
        (folder / NAME).write_text("{}")
        raise KeyboardInterrupt

    written: list[Path] = []
    monkeypatch.setattr(taking, "write_manifest", fail)
    with pytest.raises(KeyboardInterrupt):
        archive.take()
    assert written == [archive.place("first")[1]]
    with pytest.raises(BackupUnfinished):
        archive.open()


def test_no_ledger_no_backup(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(NotInitialised):
        take(archive.empty().url, tmp_path / "b")
    assert not (tmp_path / "b").exists()
    with pytest.raises(NoBackup):
        archive.open()


def test_a_full_disk_ends_it(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_file: NewFile, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    archive.home.live("ada")
    monkeypatch.setattr(NewFile, "write", fail)
    with pytest.raises(BackupOutOfReach, match="No space left"):
        archive.take()
    with pytest.raises(BackupUnfinished):
        archive.open()


def test_who_is_erased_meanwhile_is_erased_again(archive: Archive) -> None:
    archive.home.live("ada", "bea")
    archive.take(tell=lambda _done, _total: archive.home.erase("ada"))
    restored, back = archive.restore()
    assert restored.logs[0].erased == ("customer:ada",)
    assert back.names("ada", "bea") == {"ada": "[erased]", "bea": "Zebedee bea"}


def test_a_folder_that_cannot_be_made_is_refused(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupOutOfReach):
        take(archive.home.store.url, tmp_path / "file" / "b")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE daybook.entries SET state = set_byte(state, 9, 88) WHERE position = 4",
        "DELETE FROM daybook.entries WHERE position = 4",
        "UPDATE daybook.entries SET position = 99 WHERE position = 4",
        "UPDATE daybook.heads SET root = sha256('x')",
        "UPDATE daybook.heads SET peaks = '\\x00' || substr(peaks, 2)",
    ],
)
def test_a_damaged_ledger_is_noticed(archive: Archive, change: str) -> None:
    """It could not be restored, and is found out while the ledger is still there."""
    archive.home.live("ada")
    for table in ("entries", "heads"):
        archive.home.store.run(f"ALTER TABLE daybook.{table} DISABLE TRIGGER USER", owner=True)
    archive.home.store.run(change, owner=True)
    with pytest.raises(EntriesChanged, match="daybook verify"):
        archive.take()
    with pytest.raises(BackupUnfinished):
        archive.open()


def test_the_manifest_tells_people_what_it_is(archive: Archive) -> None:
    archive.home.live("ada")
    archive.take()
    told = json.loads((archive.place("first")[0] / NAME).read_text())
    assert (told["format"], told["part"], told["ledger"], told["schema"]) == (1, "ledger", "test", 2)
    (log,) = told["logs"]
    assert log["size"] == 6
    assert log["checkpoint"].splitlines()[:2] == ["test/0", "6"]
