"""What happens between the checks of an erasure and its end, where it is remembered, and in which shard."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.authority import SCOPES, HoldInForce, Principal
from domain.erasure.eraser import Erased
from domain.erasure.refusals import KeptByLaw, NowhereToRemember
from domain.events.oversight import ErasureRefused
from domain.events.party import CustomerDetailsChanged, GroupJoined
from domain.ledger import Ledger
from domain.notary.outside import FolderOutside
from domain.notary.refusals import CheckpointsMissing, OutsideOutOfReach
from domain.refusals import AlreadySettled
from domain.store.request import TAIL_MAX
from domain.streams import shard_of
from tests.database import Store
from tests.domain.erasure.house import (
    CUSTOMER,
    PERSON_NAME,
    STREAM,
    House,
    eraser,
    last,
    life,
    record,
    requested,
    texts,
)
from tests.domain.erasure.test_eraser import ALL, DEBT, ERASED, nothing_was_done
from tests.drafts import draft
from tests.overseers import FIRST, overseer
from tests.vaults import open_ledger


class TestMeanwhile:
    """Something happens between the checks and the lock."""

    def approve(self, ledger: Ledger, *events: Callable[[], object]) -> Erased:
        """Approve; before each lock, one of these things happens."""
        rest = list(events)

        def step(name: str) -> None:
            if name == "checked" and rest:
                rest.pop(0)()

        return eraser(ledger, step=step).approve(requested(ledger))

    def test_a_debt_that_arises_keeps_it(self, house: House, ledger: Ledger) -> None:
        with pytest.raises(KeptByLaw):
            self.approve(ledger, lambda: record(ledger, draft(CUSTOMER, DEBT)))
        assert nothing_was_done(house)

    def test_a_hold_that_is_placed_keeps_it(self, house: House, ledger: Ledger) -> None:
        with pytest.raises(HoldInForce):
            self.approve(ledger, lambda: overseer(ledger, FIRST).place_hold(STREAM, "H", "lawsuit"))
        assert nothing_was_done(house)

    def test_what_is_said_of_others_is_of_no_concern(self, ledger: Ledger) -> None:
        assert self.approve(ledger, lambda: record(ledger, *life("43"))).keys == 1

    def test_what_is_said_of_them_is_erased_with_the_rest(self, ledger: Ledger) -> None:
        changed = CustomerDetailsChanged(name="Zebedee Quillfeather-Moon")
        assert self.approve(ledger, lambda: record(ledger, draft(CUSTOMER, changed))).keys == 1
        assert set(texts(ledger)) == {ERASED, PERSON_NAME}

    def test_another_who_approves_it_is_told_apart(self, house: House, ledger: Ledger) -> None:
        third = Principal("key:third", "Cid", SCOPES)
        name = requested(ledger)

        def step(at: str) -> None:
            if at == "checked":
                eraser(ledger, third).approve(name)

        with pytest.raises(AlreadySettled):
            eraser(ledger, step=step).approve(name)
        (lines,) = house.lines()
        assert (len(lines), last(ledger).data.principal) == (1, "key:third")

    def test_one_that_another_has_refused_meanwhile_is_not_made(self, house: House, ledger: Ledger) -> None:
        name = requested(ledger)
        refused = ErasureRefused(request=name, basis="r", law="Some Act", principal="key:third")

        def step(at: str) -> None:
            if at == "checked":
                record(ledger, draft(CUSTOMER, refused))

        with pytest.raises(AlreadySettled):
            eraser(ledger, step=step).approve(name)
        assert nothing_was_done(house)

    def test_what_is_recorded_at_every_turn_holds_up_nothing(self, ledger: Ledger) -> None:
        joined = [GroupJoined(group=f"G-{n}", role="member") for n in range(TAIL_MAX * 2)]
        drafts = [draft(CUSTOMER, it) for it in joined]
        assert self.approve(ledger, lambda: record(ledger, *drafts)).keys == 1


class TestPlaces:
    def test_a_place_that_is_out_of_reach_lets_nothing_be_done(
        self, house: House, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = requested(ledger)

        def away(*_: object) -> None:
            raise OutsideOutOfReach("checkpoints", "there", "It is away.")

        with monkeypatch.context() as patch:
            patch.setattr(FolderOutside, "remember_erasure", away)
            with pytest.raises(OutsideOutOfReach):
                eraser(ledger).approve(name)
        assert nothing_was_done(house)
        assert eraser(ledger).approve(name).keys == 1

    def test_a_log_to_which_nothing_can_be_appended_lets_nothing_be_done(self, house: House) -> None:
        with house.open() as ledger:
            name = requested(ledger)
        for outside in house.outsides:
            shutil.rmtree(outside.folder)
        with house.open() as ledger, pytest.raises(CheckpointsMissing):
            eraser(ledger).approve(name)
        assert house.keys() == [True]

    def test_without_a_place_nothing_is_done(self, house: House) -> None:
        with house.open() as ledger:
            name = requested(ledger)
        with open_ledger(house.store.url) as without, pytest.raises(NowhereToRemember):
            eraser(without).approve(name)
        assert nothing_was_done(house)

    def test_every_place_remembers_it(self, store: Store, tmp_path: Path) -> None:
        house = House(store, tmp_path, places=3).establish()
        with house.open() as ledger:
            record(ledger, *life())
            eraser(ledger).approve(requested(ledger))
        lines = house.lines()
        assert [len(it) for it in lines] == [1, 1, 1]
        assert lines[0] == lines[1] == lines[2]


def test_each_shard_has_its_own(sharded_store: Store, tmp_path: Path) -> None:
    house = House(sharded_store, tmp_path).establish()
    shard = shard_of(STREAM, 4)
    with house.open() as ledger:
        record(ledger, *life(), *life("43"))
        eraser(ledger).approve(requested(ledger))
        assert shard != shard_of("customer:43", 4)
        assert set(texts(ledger, "customer:43")) == set(ALL)
    assert {n: len(house.lines(n)[0]) for n in range(4)} == {n: int(n == shard) for n in range(4)}
    assert sharded_store.run("SELECT shard FROM daybook.heads WHERE erasures > 0") == [(shard,)]
