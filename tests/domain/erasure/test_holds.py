"""The legal holds in force: placed and not released, of one customer and of all."""

from pathlib import Path

from domain.approvals import approve, propose_release
from domain.erasure.holds import all_holds, holds_in_force
from domain.events.oversight import HoldPlaced, HoldReleased
from domain.ledger import Ledger
from tests.database import Store
from tests.domain.erasure.house import House, life, record
from tests.givens import history
from tests.overseers import two

PLACED, OTHER = (HoldPlaced(hold=name, basis="lawsuit", principal="key:first") for name in "HI")
RELEASED = HoldReleased(hold="H", principal="key:first")


def test_one_is_in_force_until_it_is_released() -> None:
    assert [it.data for it in holds_in_force(history(PLACED, OTHER))] == [PLACED, OTHER]
    assert [it.data for it in holds_in_force(history(PLACED, OTHER, RELEASED))] == [OTHER]


def test_holds_of_one_name_are_told_apart_by_their_streams() -> None:
    entries = [*history(PLACED), *history(PLACED, stream="customer:2"), *history(RELEASED)]
    assert [it.stream for it in holds_in_force(entries)] == ["customer:2"]


def test_those_of_the_whole_ledger_are_found(sharded_store: Store, tmp_path: Path) -> None:
    house = House(sharded_store, tmp_path).establish()
    with house.open() as ledger:
        names = [str(n) for n in range(8)]
        record(ledger, *(it for name in names for it in life(name)))
        ann, ben = two(ledger)
        for name in names:
            ann.place_hold(f"customer:{name}", "H", "lawsuit")
        approve(ben, str(propose_release(ann, "customer:3", "H").id))
        seen: list[tuple[int, int]] = []
        found = all_holds(ledger, lambda done, total: seen.append((done, total)))
        assert {it.stream for it in found} == {f"customer:{name}" for name in names if name != "3"}
        assert seen[-1] == (43, 43)


def test_an_empty_ledger_has_none(ledger: Ledger) -> None:
    assert all_holds(ledger) == []
