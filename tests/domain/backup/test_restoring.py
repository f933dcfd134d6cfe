"""What is restored is what was backed up: entries, states, trees, receipts; and it goes on."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.backup import taking
from domain.backup.checking import open_backup
from domain.backup.refusals import BackupDamaged, LedgerStands
from domain.backup.restoring import Restored, restore
from domain.backup.taking import take
from domain.refusals import Misconfigured, Refused
from domain.store import migrate
from domain.store.migrate import Migration
from replay.verify import Options, verify
from tests.database import Store, command, new_ledger, system_binaries, unique_name
from tests.domain.backup.archive import Archive, Home, has_ledger
from tests.drafts import draft, payment, receipt, refusals
from tests.givens import at
from tests.postgres import fresh_database, server

NAMES = ("ada", "bea", "cid")


def test_a_restored_ledger_is_what_it_was(archive: Archive) -> None:
    home = archive.home
    home.live(*NAMES)
    archive.take()
    restored, back = archive.restore()
    assert back.customers(*NAMES) == home.customers(*NAMES)
    assert back.names(*NAMES) == {name: f"Zebedee {name}" for name in NAMES}
    assert back.found("zebedee BEA") == ["customer:bea"]
    assert back.tree() == home.tree()
    assert back.store.check() == home.store.check() == 18
    assert [(it.size, it.erased, it.ended) for it in restored.logs] == [(18, (), None)]


def test_every_table_is_what_it_was(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "ENTRIES_A_FILE", 100)
    monkeypatch.setattr(taking, "SIZES_A_FILE", 6)
    home = archive.home
    home.live("ada")
    home.record(*[draft(f"c{n % 7}", payment(f"p{n}")) for n in range(300)])
    home.store.run(PRINCIPAL, b"\x07" * 32)
    kinds = Counter(file.table for file in archive.take().files)
    assert (kinds["entries"], kinds["checkpoints"]) == (4, 52)
    _, back = archive.restore()
    before, after = contents(home.store), contents(back.store)
    assert after == before
    assert len(before) == 10
    assert all(before.values()), "a table has nothing to compare"


PRINCIPAL = "INSERT INTO daybook.principals VALUES ('k1', 'desk', %s, '{read,audit}', now(), 'owner', now())"


def contents(store: Store) -> dict[str, list[tuple[str]]]:
    """All rows of every table as texts; the list of migrations says when they were applied, so not that."""
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'daybook' AND tablename <> 'migrations'"
    rows = "SELECT kept::text FROM daybook.{} AS kept ORDER BY 1"
    return {name: store.run(rows.format(name)) for (name,) in store.run(tables, owner=True)}


def test_shards_are_restored_each_with_its_own(sharded: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "ENTRIES_A_FILE", 3)
    names = [f"c{n}" for n in range(12)]
    sharded.home.live(*names)
    sharded.take()
    restored, back = sharded.restore()
    assert [it.size for it in restored.logs] == [head[1] for head in sharded.home.tree()]
    assert all(it.size > 3 for it in restored.logs)
    assert back.tree() == sharded.home.tree()
    assert back.customers(*names) == sharded.home.customers(*names)
    assert sum(back.store.check(shard) for shard in range(4)) == 72
    back.live("another")


def test_a_simulated_clock_is_restored(tmp_path: Path) -> None:
    archive = Archive(Home(Store(new_ledger(clock="simulated"), "simulated"), tmp_path / "home"), tmp_path)
    try:
        archive.home.establish().record(draft("ada", payment("p"), recorded_at=at(3)))
        archive.take()
        restored, back = archive.restore()
        assert restored.facts.simulated
        with back.ledger() as ledger:
            assert ledger.now() == at(3)
    finally:
        archive.close()
        archive.home.store.drop()


def test_a_request_of_before_gets_its_first_receipt(archive: Archive) -> None:
    asked = archive.home.live("ada")
    first = archive.home.record(*asked)
    archive.take()
    _, back = archive.restore()
    assert back.record(*asked) == first
    assert back.store.check() == 6


def test_it_goes_on_and_is_signed_by_the_same_key(archive: Archive) -> None:
    archive.home.live("ada")
    archive.take()
    _, back = archive.restore()
    back.live("bea")
    with back.ledger() as ledger:
        added = receipt(ledger.record([draft("ada", payment("more"))])[0])
        assert ledger.prove(added.id).file.index == 12
    assert back.store.check() == 13


def test_an_empty_ledger_is_restored(archive: Archive) -> None:
    archive.take()
    restored, back = archive.restore()
    assert [it.size for it in restored.logs] == [0]
    back.live("ada")


def test_a_database_that_has_a_ledger_is_left_alone(archive: Archive) -> None:
    archive.home.live("ada")
    archive.take()
    with pytest.raises(LedgerStands):
        restore(archive.home.store.database.owner_url, archive.open(), [archive.home.outside])
    assert archive.home.store.check() == 6


def test_of_two_restores_at_once_one_is_made(archive: Archive) -> None:
    archive.home.live("ada")
    archive.take()
    backup, store = archive.open(), archive.empty()

    def attempt() -> Restored | Refused:
        try:
            return restore(store.database.owner_url, backup, [archive.home.outside])
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(2) as pool:
        outcomes = [it.result() for it in [pool.submit(attempt) for _ in range(2)]]
    assert {type(it) for it in outcomes} == {Restored, LedgerStands}
    assert store.check() == 6


def test_the_application_cannot_restore(archive: Archive) -> None:
    archive.take()
    store = archive.empty()
    with pytest.raises(Misconfigured, match="may create a schema"):
        restore(store.url, archive.open(), [archive.home.outside])
    assert not has_ledger(store)


@pytest.mark.parametrize("steps", [6, 12])
def test_an_interrupted_restore_leaves_nothing(archive: Archive, steps: int) -> None:
    archive.home.live("ada")
    archive.take()
    told = []

    def interrupt(done: int, total: int) -> None:
        told.append((done, total))
        if done == steps:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.restore(tell=interrupt)
    assert told[-1] == (steps, 12)
    assert not has_ledger(archive.made[-1])
    restore(archive.made[-1].database.owner_url, archive.open(), [archive.home.outside])
    assert archive.made[-1].check() == 6


def test_a_backup_of_an_older_schema_is_raised(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.home.live("ada")
    archive.take()
    known = migrate.migrations()
    more = "ALTER TABLE daybook.entries ADD COLUMN more int NOT NULL DEFAULT 7"
    added = Migration(len(known) + 1, "more", {"tables": more.encode()})
    monkeypatch.setattr(migrate, "migrations", lambda: (*known, added))
    _, back = archive.restore()
    assert back.store.run("SELECT DISTINCT more FROM daybook.entries") == [(7,)]
    assert back.store.check() == 6
    assert back.names("ada") == {"ada": "Zebedee ada"}


def test_a_backup_of_a_newer_daybook_is_refused(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.take()
    known = migrate.migrations()
    monkeypatch.setattr(migrate, "migrations", lambda: known[:-1])
    with pytest.raises(Misconfigured, match="Install a newer one"):
        archive.open()


def test_without_keys_entries_are_there_and_persons_are_not(archive: Archive) -> None:
    home = archive.home
    asked = home.live("ada")
    folder = archive.folder / "bare"
    take(home.store.url, folder)
    store = archive.empty()
    restore(store.database.owner_url, open_backup(folder), [home.outside])
    back = Home(store, home.folder)
    assert back.tree() == home.tree()
    assert back.names("ada") == {"ada": "[erased]"}
    assert back.customers("ada") == home.customers("ada")
    assert back.found("Zebedee ada") == []
    with back.ledger() as ledger:
        repeated = [receipt(it).repeated for it in ledger.record(asked)]
        assert repeated == [True] * len(asked)
        other = replace(asked[1], source="another")
        assert refusals(ledger.record([other])) == ["id-reused"]
    report = verify(store.url, Options([home.outside]))
    assert (report.wrong, report.shards[0].fingerprints) == ((), 5)
    back.live("bea")
    assert back.names("bea") == {"bea": "Zebedee bea"}
    assert back.found("Zebedee bea") == ["customer:bea"]


def test_a_ledger_whose_entries_were_lost_on_the_way_is_not_made(archive: Archive) -> None:
    archive.home.live("ada")
    taken = archive.take()
    backup = archive.open()
    short = [it for it in taken.files if it.table != "entries"]
    object.__setattr__(backup.manifest, "files", tuple(short))
    store = archive.empty()
    with pytest.raises(BackupDamaged):
        restore(store.database.owner_url, backup, [archive.home.outside])
    assert not has_ledger(store)


@pytest.mark.skipif(not system_binaries(), reason="needs a PostgreSQL of the system")
@pytest.mark.parametrize("back", [False, True], ids=["to the system's", "and from it"])
def test_any_postgresql_takes_what_another_gives(tmp_path: Path, *, back: bool) -> None:
    binaries = [None, system_binaries()[0]]
    made, taken_in = reversed(binaries) if back else binaries
    store = Store(new_ledger(binaries=made))
    empty = Store(fresh_database(server(taken_in).owner_url, unique_name("other")))
    try:
        with store.open() as recorder:
            recorder.append([command(f"customer:{n}") for n in range(300)])
        take(store.url, tmp_path / "b", tmp_path / "k")
        restore(empty.database.owner_url, open_backup(tmp_path / "b", tmp_path / "k"), [])
        assert empty.check() == 300
    finally:
        empty.drop()
        store.drop()
