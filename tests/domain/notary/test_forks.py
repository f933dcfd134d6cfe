"""Logs that are not what was signed: put back, forked, changed, swapped; and checkpoints that were forged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.notary.notary import Notary
from domain.notary.refusals import CheckpointNotOurs, LogForked, LogNotSound, SealKeyUnusable
from domain.seal.keys import Signer
from domain.seal.note import parse_note
from tests.database import Store, new_ledger
from tests.domain.notary.office import Office
from tests.domain.notary.test_outside import signed


def refused(office: Office, kind: type[LogNotSound] = LogForked) -> LogNotSound:
    """Both the signature and the append are refused; returns why. Nothing was written anywhere."""
    before = (office.outside().latest(0), office.sizes())
    for attempt in (office.publish, office.guard):
        with pytest.raises(kind) as refusal:
            attempt()
    assert (office.outside().latest(0), office.sizes()) == before
    return refusal.value


@pytest.fixture
def grown(office: Office) -> Office:
    """A log whose first 300 entries are signed."""
    office.grow(300)
    office.publish()
    return office


class TestPutBack:
    @pytest.mark.parametrize("more", [1, 7])
    def test_an_older_database_is_told_by_its_size(self, grown: Office, more: int) -> None:
        backup = grown.copy("backup")
        grown.grow(more)
        grown.publish()
        grown.put_back(backup)
        said = refused(grown)
        assert (said.field, said.value) == ("size", 300)
        assert f"The database has 300 entries, the checkpoint kept in {grown.outside().place(0)}" in said.hint
        assert f"is over {300 + more}: the database is older" in said.hint
        assert "Put back the newest one" in said.hint

    @pytest.mark.parametrize("more", [7, 8, 300])
    def test_one_that_was_written_on_is_a_fork(self, grown: Office, more: int) -> None:
        backup = grown.copy("backup")
        grown.grow(7)
        grown.publish()
        grown.put_back(backup)
        grown.grow(more)
        said = refused(grown)
        assert said.field == "root"
        assert f"The database has {300 + more} entries, and its first 307 are not those" in said.hint
        assert grown.outside().place(0) in said.hint
        assert "`daybook verify` names the position" in said.hint

    def test_one_that_has_all_that_was_signed_goes_on(self, grown: Office) -> None:
        backup = grown.copy("backup")
        grown.grow(7)
        grown.put_back(backup)
        grown.grow(9)
        assert grown.publish() == 309

    def test_one_from_before_a_change_of_keys_is_told_as_older(self, grown: Office) -> None:
        backup = grown.copy("backup")
        with grown.notary() as notary:
            notary.rotate(0)
        grown.grow(7)
        grown.publish()
        grown.put_back(backup)
        assert "the database is older" in refused(grown).hint

    def test_the_newest_one_put_back_again_is_sound(self, grown: Office) -> None:
        early, late = grown.copy("early"), None
        grown.grow(7)
        grown.publish()
        late = grown.copy("late")
        grown.put_back(early)
        refused(grown)
        grown.put_back(late)
        assert grown.publish() == 307

    def test_a_copy_of_everything_that_went_another_way_is_told_where_both_meet(self, grown: Office) -> None:
        other = grown.copy("other")
        grown.grow(2)
        grown.publish()
        other.grow(3)
        other.publish()
        grown.outsides = ("outside", "met")
        (other.folder / "outside").rename(grown.folder / "met")
        assert "The database has 302 entries" in refused(grown).hint
        other.store.drop()


def _peaks(store: Store) -> None:
    store.run("UPDATE daybook.heads SET peaks = set_byte(peaks, 0, get_byte(peaks, 0) # 1)", owner=True)


def _root(store: Store) -> None:
    store.run("UPDATE daybook.heads SET root = set_byte(root, 31, get_byte(root, 31) # 1)", owner=True)


def _peaks_cut(store: Store) -> None:
    store.run("UPDATE daybook.heads SET peaks = substring(peaks FROM 33)", owner=True)


def _tile(store: Store) -> None:
    store.run("ALTER TABLE daybook.tiles DISABLE TRIGGER tiles_never_change", owner=True)
    store.run("UPDATE daybook.tiles SET root = set_byte(root, 0, get_byte(root, 0) # 1)", owner=True)


def _entry(store: Store) -> None:
    store.run("ALTER TABLE daybook.entries DISABLE TRIGGER entries_never_change", owner=True)
    changed = (
        "UPDATE daybook.entries SET state = set_byte(state, 9, get_byte(state, 9) # 1) WHERE position = %s"
    )
    store.run(changed, 300, owner=True)


class TestChanged:
    @pytest.mark.parametrize("change", [_peaks, _root, _peaks_cut, _tile, _entry])
    def test_what_the_next_signature_stands_on_is_looked_at(
        self, grown: Office, change: Callable[[Store], None]
    ) -> None:
        grown.grow(5)
        change(grown.store)
        assert "`daybook verify`" in refused(grown).hint

    def test_an_append_to_changed_peaks_is_never_signed(self, grown: Office) -> None:
        _peaks(grown.store)
        grown.store.run("UPDATE daybook.heads SET root = sha256(peaks)", owner=True)
        grown.grow(5)
        refused(grown)


class TestForged:
    @pytest.fixture
    def key(self, grown: Office) -> Signer:
        """The key in use."""
        found = grown.keys.known(0)
        assert found is not None
        return found

    @pytest.mark.parametrize("size", [3, 300, 301])
    def test_a_checkpoint_of_another_key_outside(self, grown: Office, size: int) -> None:
        Path(grown.outside().place(0)).write_bytes(signed(size))
        said = refused(grown, CheckpointNotOurs)
        assert said.value == grown.outside().place(0)
        assert "It is of another ledger, or forged" in said.hint

    @pytest.mark.parametrize("cut", [0, 1, 40, -1, -20])
    def test_a_checkpoint_cut_short(self, grown: Office, cut: int) -> None:
        place = Path(grown.outside().place(0))
        place.write_bytes(place.read_bytes()[:cut])
        assert refused(grown, CheckpointNotOurs).value == str(place)

    def test_each_byte_of_a_checkpoint_counts(self, grown: Office) -> None:
        place = Path(grown.outside().place(0))
        note = place.read_bytes()
        grown.grow(5)
        with grown.notary() as notary:
            for at in range(len(note)):
                place.write_bytes(note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :])
                with pytest.raises(LogNotSound):
                    notary.check(0)
            place.write_bytes(note)
            notary.check(0)

    def test_a_checkpoint_inside_that_was_forged(self, grown: Office) -> None:
        grown.store.run(
            "INSERT INTO daybook.checkpoints (shard, size, note) VALUES (0, 301, %s)", signed(301).decode()
        )
        assert refused(grown, CheckpointNotOurs).value == "the database itself"

    def test_a_checkpoint_of_our_own_key_over_another_log(self, grown: Office, key: Signer) -> None:
        Path(grown.outside().place(0)).write_bytes(signed(200, key))
        assert "its first 200 are not those" in refused(grown).hint

    def test_an_old_key_signs_nothing_after_it_was_changed(self, grown: Office, key: Signer) -> None:
        with grown.notary() as notary:
            notary.rotate(0)
        grown.grow(5)
        size = grown.publish()
        latest = grown.outside().latest(0)
        assert latest is not None
        text = parse_note(latest).text
        forged = parse_note(latest).__class__(text, (key.sign(text),)).to_bytes()
        Path(grown.outside().place(0)).write_bytes(forged)
        said = refused(grown, CheckpointNotOurs)
        assert f"was not in use at the size {size}" in said.hint


class TestSwapped:
    @pytest.fixture
    def other(self, tmp_path: Path) -> Office:
        """Another ledger of the same name, with an office of its own."""
        (tmp_path / "other").mkdir()
        made = Office(Store(new_ledger()), tmp_path / "other")
        with made.notary() as notary:
            notary.establish()
        made.grow(400)
        made.publish()
        return made

    def test_another_database_under_our_folders(self, grown: Office, other: Office) -> None:
        mine = grown.store
        grown.store = other.store
        assert "its first 300 are not those" in refused(grown).hint
        grown.store = mine
        other.store.drop()

    def test_the_checkpoints_of_another_ledger(self, grown: Office, other: Office) -> None:
        places = [other.outside()]
        notary = Notary(grown.store.url, grown.keys, places)
        with pytest.raises(CheckpointNotOurs):
            notary.guard(0)
        notary.close()
        other.store.drop()

    def test_the_keys_of_another_ledger(self, grown: Office, other: Office) -> None:
        notary = Notary(grown.store.url, other.keys, [grown.outside()])
        with pytest.raises(SealKeyUnusable) as refusal:
            notary.guard(0)
        assert str(other.keys.path(0)) in str(refusal.value)
        notary.close()
        other.store.drop()
