"""Signing a log: checkpoints outside and inside, crashes between the two, several places, cosignatures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from domain.notary.keys import KeyFolder
from domain.notary.outside import FolderOutside
from domain.notary.refusals import (
    CheckpointNotOurs,
    CheckpointsMissing,
    OutsideOutOfReach,
    SealKeyWrong,
)
from domain.notary.signing import Sealer
from domain.seal.checkpoint import open_checkpoint
from domain.seal.tree import EMPTY_ROOT, leaf_hash
from domain.store import seals
from tests.database import Store, merkle_root
from tests.domain.notary.office import Office
from tests.domain.notary.test_outside import signed


class Crash(BaseException):
    """The process ends here."""


def crash(*_: Any, **__: Any) -> None:  # noqa: ANN401
    """End the process."""
    raise Crash


@contextmanager
def crashing(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> Iterator[None]:
    """Have what is done inside end the process when it calls a function."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, crash)
        with pytest.raises(Crash):
            yield


class TestFirstKey:
    def test_an_empty_log_is_signed(self, office: Office) -> None:
        (vkey,) = office.vkeys()
        assert vkey.startswith("test/0+")
        latest = office.latest()
        assert (latest.origin, latest.size, latest.root) == ("test/0", 0, EMPTY_ROOT)
        assert office.sizes() == [0]
        assert office.keys.signer(0, vkey).verifier.vkey == vkey

    def test_a_second_time_nothing_is_made(self, office: Office) -> None:
        before = office.vkeys()
        with office.notary() as notary:
            assert notary.establish() == []
        assert (office.vkeys(), office.sizes()) == (before, [0])

    def test_a_log_that_was_never_signed_is_signed_as_it_is(self, bare: Office) -> None:
        bare.grow(300)
        with bare.notary() as notary:
            notary.establish()
        assert bare.store.run("SELECT from_size FROM daybook.seal_keys") == [(300,)]
        assert bare.latest().size == 300

    def test_every_shard_has_its_own(self, sharded_store: Store, bare: Office) -> None:
        bare.store = sharded_store
        with bare.notary() as notary:
            assert notary.establish() == [0, 1, 2, 3]
        names = {vkey.partition("+")[0] for vkey in bare.vkeys()}
        assert names == {f"test/{shard}" for shard in range(4)}

    def test_a_simulated_clock_is_named(self, simulated_store: Store, bare: Office) -> None:
        bare.store = simulated_store
        with bare.notary() as notary:
            notary.establish()
        assert "simulated" in bare.latest().origin

    def test_a_key_that_is_there_is_of_another_ledger(self, bare: Office) -> None:
        made = bare.keys.make_next(0, "test/0")
        bare.keys.replace(0, made.verifier.vkey)
        with bare.notary() as notary, pytest.raises(SealKeyWrong, match="which the database does not name"):
            notary.establish()
        assert (bare.vkeys(), bare.keys.known(0)) == ([], made)

    def test_checkpoints_that_are_there_are_of_another_ledger(self, bare: Office) -> None:
        bare.outside().keep(0, signed(5))
        with bare.notary() as notary, pytest.raises(CheckpointNotOurs, match="It is of another ledger"):
            notary.establish()
        assert (bare.vkeys(), bare.keys.folder.exists()) == ([], False)

    @pytest.mark.parametrize(
        ("owner", "name"), [(seals, "keep_key"), (KeyFolder, "replace"), (Sealer, "publish")]
    )
    def test_a_crash_at_any_step_is_made_up_for(
        self, bare: Office, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
    ) -> None:
        with bare.notary() as notary, crashing(monkeypatch, owner, name):
            notary.establish()
        with bare.notary() as notary:
            notary.establish()
        bare.grow()
        assert bare.publish() == 1
        (vkey,) = bare.vkeys()
        assert {it.name for it in bare.keys.folder.iterdir()} == {"seal-0.key", "seal.lock"}
        assert bare.keys.signer(0, vkey).verifier.vkey == vkey


class TestPublish:
    def test_what_has_grown_is_signed_outside_and_inside(self, office: Office) -> None:
        office.grow(300)
        assert office.publish() == 300
        rows = office.store.run("SELECT state FROM daybook.entries ORDER BY position")
        assert office.latest().root == merkle_root([leaf_hash(state) for (state,) in rows])
        (_, (size, note)) = office.inside()
        assert (size, note.encode()) == (300, office.outside().latest(0))
        assert open_checkpoint(note.encode(), office.verifiers()).checkpoint == office.latest()
        assert [size for size, _ in office.outside().kept(0)] == [0, 300]

    def test_what_has_not_is_not_signed_again(self, office: Office) -> None:
        office.grow(3)
        assert [office.publish() for _ in range(3)] == [3, 3, 3]
        assert office.sizes() == [0, 3]

    def test_a_crash_before_the_outside_leaves_nothing(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        office.grow(3)
        with crashing(monkeypatch, FolderOutside, "keep"):
            office.publish()
        assert (office.latest().size, office.sizes()) == (0, [0])
        assert office.publish() == 3

    @pytest.mark.parametrize("more", [0, 5])
    def test_a_crash_between_outside_and_inside_is_made_up_for(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, more: int
    ) -> None:
        office.grow(3)
        with crashing(monkeypatch, seals, "keep"):
            office.publish()
        note = office.outside().latest(0)
        assert note is not None
        assert (office.latest().size, office.sizes()) == (3, [0])
        if more:
            office.grow(more)
        assert office.publish() == 3 + more
        assert office.inside()[1] == (3, note.decode())
        assert office.sizes() == [0, 3, 8][: 3 if more else 2]
        assert office.sizes() == [size for size, _ in office.outside().kept(0)]


class TestSeveralPlaces:
    @pytest.fixture
    def office(self, bare: Office) -> Office:
        """An office with two places outside."""
        bare.outsides = ("outside", "far")
        with bare.notary() as notary:
            notary.establish()
        bare.grow(3)
        return bare

    def test_each_has_every_checkpoint(self, office: Office) -> None:
        office.publish()
        for name in office.outsides:
            assert [size for size, _ in office.outside(name).kept(0)] == [0, 3]

    def test_one_that_is_away_is_told_and_brought_up_later(self, office: Office) -> None:
        (office.folder / "far").rename(office.folder / "away")
        (office.folder / "far").write_text("")
        with office.notary() as notary:
            published = notary.publish(0)
            (trouble,) = published.troubles
            assert str(office.folder / "far") in str(trouble)
            assert notary.troubles() == {0: str(trouble)}
            assert office.sizes() == [0, 3]
            (office.folder / "far").unlink()
            (office.folder / "away").rename(office.folder / "far")
            assert notary.publish(0).troubles == ()
            assert notary.troubles() == {}
        assert office.latest("far") == office.latest()

    def test_one_that_is_new_gets_the_last_checkpoint(self, office: Office) -> None:
        office.publish()
        office.outsides = (*office.outsides, "new")
        office.publish()
        assert office.latest("new") == office.latest()

    def test_all_that_are_away_keep_the_log_from_being_signed(self, office: Office) -> None:
        for name in office.outsides:
            (office.folder / name).rename(office.folder / f"{name}-away")
            (office.folder / name).write_text("")
        for attempt in (office.publish, office.guard):
            with pytest.raises(OutsideOutOfReach):
                attempt()
        assert office.sizes() == [0]

    def test_the_one_that_knows_most_counts(self, office: Office) -> None:
        early = office.copy("early")
        office.publish()
        (office.folder / "outside").rename(office.folder / "old")
        (early.folder / "outside").rename(office.folder / "outside")
        assert (office.latest().size, office.latest("far").size) == (0, 3)
        office.put_back(early)
        assert office.publish() == 3
        assert office.latest() == office.latest("far")


class TestPlacesLost:
    def test_a_place_that_is_empty_is_not_believed(self, office: Office) -> None:
        office.grow(3)
        office.publish()
        (office.folder / "outside").rename(office.folder / "lost")
        for attempt in (office.publish, office.guard):
            with pytest.raises(CheckpointsMissing) as refusal:
                attempt()
            assert refusal.value.value == office.outside().place(0)
            assert "The database has one over 3 entries" in refusal.value.hint
            assert "daybook seal checkpoint --anew" in refusal.value.hint
        assert not office.outside().folder.exists()

    def test_it_begins_anew_when_told_to(self, office: Office) -> None:
        office.grow(3)
        office.publish()
        (office.folder / "outside").rename(office.folder / "lost")
        office.grow(2)
        assert office.publish(anew=True) == 5
        assert [size for size, _ in office.outside().kept(0)] == [5]
        office.guard()

    def test_an_older_copy_of_it_is_brought_up(self, office: Office) -> None:
        early = office.copy("early")
        early.store.drop()
        office.grow(3)
        office.publish()
        (office.folder / "outside").rename(office.folder / "lost")
        (early.folder / "outside").rename(office.folder / "outside")
        assert office.latest().size == 0
        office.guard()
        assert office.publish() == 3
        assert office.latest().size == 3
        assert office.sizes() == [0, 3]
