"""What was published and erased after a backup: erasures are done again, and a log never forks."""

from pathlib import Path

import pytest

from domain.backup.refusals import CheckpointsUnknown
from domain.backup.restoring import restore
from domain.erasure.refusals import ErasuresUnreadable
from domain.events.party import CustomerDetailsChanged
from domain.notary.refusals import (
    CheckpointNotOurs,
    CheckpointsMissing,
    LogForked,
    LogNotSound,
    OutsideOutOfReach,
)
from domain.refusals import Refused
from tests.database import Store, command, new_ledger
from tests.domain.backup.archive import Archive, Home, has_ledger
from tests.drafts import draft, payment


@pytest.fixture
def old(archive: Archive) -> Archive:
    """An archive with a backup after which the ledger went on."""
    archive.home.live("ada")
    archive.take("old")
    archive.home.live("bea")
    return archive


class TestOlderBackup:
    def test_it_is_read_and_never_written_on(self, old: Archive) -> None:
        restored, back = old.restore("old")
        (log,) = restored.logs
        assert isinstance(log.ended, LogForked)
        assert "has 6 entries" in log.ended.hint
        assert "over 12" in log.ended.hint
        assert back.names("ada") == {"ada": "Zebedee ada"}
        with back.ledger() as ledger:
            (outcome,) = ledger.record([draft("ada", payment("more"))])
        assert isinstance(outcome, LogForked)
        assert back.store.check() == 6

    def test_it_may_be_older_than_the_key_that_signs_now(self, old: Archive) -> None:
        home = old.home
        with home.notary() as notary:
            notary.rotate(0)
        home.live("cid")
        restored, back = old.restore("old")
        assert isinstance(restored.logs[0].ended, LogNotSound)
        assert set(back.customers("ada")) == {"ada"}
        with back.ledger() as ledger:
            (outcome,) = ledger.record([draft("ada", payment("more"))])
        assert isinstance(outcome, LogNotSound)

    def test_one_that_differs_from_what_was_published_is_refused(self, old: Archive) -> None:
        """A backup of another history: restored once, written on where nobody saw it, backed up again."""
        _, fork = old.restore("old")
        grow(fork.store, 8)
        other = Archive(Home(fork.store, old.home.folder), old.folder)
        other.take("forked")
        old.home.live("cid")
        store = old.empty()
        with pytest.raises(LogForked, match="not those of the checkpoint"):
            restore(store.database.owner_url, other.open("forked"), [old.home.outside])
        assert not has_ledger(store)

    def test_the_newest_backup_goes_on(self, old: Archive) -> None:
        old.take("new")
        restored, back = old.restore("new")
        assert restored.logs[0].ended is None
        back.live("cid")
        assert back.store.check() == 18

    def test_each_shard_stands_for_itself(self, sharded: Archive) -> None:
        names = [f"c{n}" for n in range(12)]
        sharded.home.live(*names)
        sharded.take()
        late = names[0]
        sharded.home.record(draft(late, payment("late")))
        restored, back = sharded.restore()
        ended = [log.shard for log in restored.logs if log.ended is not None]
        assert ended == [sharded.home.shard(late)]
        other = next(name for name in names if back.shard(name) not in ended)
        back.record(draft(other, payment("more")))


def grow(store: Store, entries: int) -> None:
    """Add entries without a notary."""
    with store.open() as recorder:
        recorder.append([command(f"customer:{n}") for n in range(entries)])


class TestPlacesOutside:
    def test_a_log_that_was_signed_needs_them(self, old: Archive) -> None:
        elsewhere = Home(old.home.store, old.folder / "elsewhere").outside
        store = old.empty()
        with pytest.raises(CheckpointsUnknown, match="--without-checkpoints") as unknown:
            restore(store.database.owner_url, old.open("old"), [elsewhere])
        assert str(old.folder / "elsewhere") in unknown.value.message
        assert not has_ledger(store)

    def test_it_is_restored_without_them_where_that_is_said(self, old: Archive) -> None:
        store = old.empty()
        restored = restore(store.database.owner_url, old.open("old"), [])
        assert restored.logs[0].ended is None
        back = Home(store, old.folder / "elsewhere")
        back.folder.mkdir()
        (old.home.folder / "keys").rename(back.folder / "keys")
        with back.ledger() as ledger:
            (outcome,) = ledger.record([draft("ada", payment("more"))])
            assert isinstance(outcome, CheckpointsMissing)
            assert ledger.notary is not None
            ledger.notary.publish(0, anew=True)
            (recorded,) = ledger.record([draft("ada", payment("more"))])
            assert isinstance(recorded, tuple)

    def test_one_out_of_reach_is_waited_for(self, old: Archive) -> None:
        latest = old.home.folder / "outside" / "0" / "checkpoint"
        latest.unlink()
        latest.mkdir()
        refused(old, old.home, OutsideOutOfReach)

    def test_those_of_another_ledger_are_refused(self, old: Archive) -> None:
        another = Store(new_ledger())
        stranger = Home(another, old.folder / "stranger").establish()
        stranger.live(*[f"c{n}" for n in range(4)])
        another.drop()
        refused(old, stranger, CheckpointNotOurs)

    def test_those_of_a_ledger_of_another_name_are_refused(self, old: Archive) -> None:
        latest = old.home.folder / "outside" / "0" / "checkpoint"
        latest.write_bytes(latest.read_bytes().replace(b"test/0", b"best/0"))
        refused(old, old.home, CheckpointNotOurs)

    @pytest.mark.parametrize("name", ["checkpoint", "checkpoints/00000000000000000006"])
    def test_damaged_ones_are_refused(self, old: Archive, name: str) -> None:
        (old.home.folder / "outside" / "0" / name).write_text("test/0\n")
        refused(old, old.home, CheckpointNotOurs)

    def test_a_log_that_was_never_signed_needs_none(self, store: Store, tmp_path: Path) -> None:
        bare = Archive(Home(store, tmp_path / "home"), tmp_path)
        try:
            grow(store, 3)
            bare.take()
            restored, back = bare.restore()
            assert restored.logs[0].ended is None
            back.establish().live("ada")
        finally:
            bare.close()


def refused(archive: Archive, home: Home, refusal: type[Refused]) -> None:
    """Expect that nothing is made of the old backup, with what lies outside of a ledger."""
    store = archive.empty()
    with pytest.raises(refusal):
        restore(store.database.owner_url, archive.open("old"), [home.outside])
    assert not has_ledger(store)


class TestErasures:
    def test_who_was_erased_after_the_backup_stays_erased(self, archive: Archive) -> None:
        home = archive.home
        home.live("ada", "bea")
        archive.take()
        home.erase("ada")
        restored, back = archive.restore()
        assert restored.logs[0].erased == ("customer:ada",)
        assert back.names("ada", "bea") == {"ada": "[erased]", "bea": "Zebedee bea"}
        assert back.found("Zebedee ada") == []
        assert back.found("Zebedee bea") == ["customer:bea"]
        assert ("customer:ada", 1, True) in keys(back.store)
        assert ("customer:bea", 1, False) in keys(back.store)
        assert epochs(back.store) == [(0, 1)]

    def test_who_was_erased_before_it_is_not_erased_twice(self, archive: Archive) -> None:
        home = archive.home
        home.live("ada")
        home.erase("ada")
        home.record(draft("ada", CustomerDetailsChanged(name="Zebedee again")))
        archive.take()
        restored, back = archive.restore()
        assert restored.logs[0].erased == ()
        assert keys(back.store) == keys(home.store)
        assert {("customer:ada", 1, True), ("customer:ada", 2, False)} < set(keys(back.store))
        assert back.found("Zebedee again") == ["customer:ada"]
        assert back.names("ada") == {"ada": "Zebedee again"}
        assert epochs(back.store) == [(0, 1)]

    def test_what_is_told_afterwards_has_a_new_key(self, archive: Archive) -> None:
        archive.home.live("ada")
        archive.take()
        archive.home.erase("ada")
        _, back = archive.restore()
        back.record(draft("ada", CustomerDetailsChanged(name="Zebedee again")))
        assert {("customer:ada", 1, True), ("customer:ada", 2, False)} < set(keys(back.store))
        assert back.names("ada") == {"ada": "Zebedee again"}

    def test_a_database_with_an_older_process_notices(self, archive: Archive) -> None:
        """Its keys were read at an earlier count of erasures than the restored ledger has."""
        archive.home.live("ada", "bea")
        archive.take()
        archive.home.erase("ada")
        archive.home.erase("bea")
        _, back = archive.restore()
        assert epochs(back.store) == [(0, 2)]

    def test_each_shard_has_its_own(self, sharded: Archive) -> None:
        names = [f"c{n}" for n in range(12)]
        sharded.home.live(*names)
        sharded.take()
        gone = names[3:5]
        for name in gone:
            sharded.home.erase(name)
        restored, back = sharded.restore()
        assert sorted(it for log in restored.logs for it in log.erased) == [f"customer:{it}" for it in gone]
        shown = back.names(*names)
        assert {name for name in names if shown[name] == "[erased]"} == set(gone)

    def test_every_place_is_asked(self, archive: Archive) -> None:
        archive.home.live("ada", "bea")
        archive.take()
        second = Home(archive.home.store, archive.folder / "second")
        archive.home.erase("ada")
        second.erase("bea")
        store = archive.empty()
        restored = restore(store.database.owner_url, archive.open(), [archive.home.outside, second.outside])
        assert set(restored.logs[0].erased) == {"customer:ada", "customer:bea"}

    @pytest.mark.parametrize("line", ["{", "[]", '{"subject": "customer:ada"}', '{"generation": 1}', ""])
    def test_a_line_that_cannot_be_read_stops_it(self, archive: Archive, line: str) -> None:
        archive.home.live("ada")
        archive.take("old")
        archive.home.outside.remember_erasure(0, line)
        refused(archive, archive.home, ErasuresUnreadable)


def keys(store: Store) -> list[tuple[str, int, bool]]:
    """The data keys of a ledger: whose, which, and whether nothing is left of them."""
    rows = "SELECT subject, generation, wrapped IS NULL AND kek IS NULL FROM daybook.data_keys ORDER BY 1, 2"
    return [(subject, generation, gone) for subject, generation, gone in store.run(rows)]


def epochs(store: Store) -> list[tuple[int, int]]:
    """How often somebody was erased, by shard."""
    return [(shard, count) for shard, count in store.run("SELECT shard, erasures FROM daybook.heads")]
