"""An approval that is cut off at each of its steps: what is true then, and how it comes to an end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.erasure.refusals import KeptByLaw
from domain.events.money import ChargeAssessed
from domain.events.oversight import SubjectErased
from domain.events.party import CustomerDetailsChanged
from domain.ledger import Ledger
from tests.database import Store
from tests.domain.erasure.house import (
    CUSTOMER,
    PERSON_NAME,
    STREAM,
    House,
    eraser,
    life,
    record,
    requested,
    texts,
)
from tests.drafts import draft
from tests.givens import cny
from tests.overseers import FIRST

STEPS = ("checked", "locked", "remembered", "destroying", "destroyed", "recorded")
GOES_FORWARD = STEPS[STEPS.index("remembered") :]
"""Those after which it cannot be refused any more."""

COMMITTED = STEPS[STEPS.index("destroyed") :]


class Crash(BaseException):
    """The process is gone."""


def crashing(at: str) -> Callable[[str], None]:
    def step(name: str) -> None:
        if name == at:
            raise Crash

    return step


def crash(house: House, at: str) -> str:
    """Have an erasure requested, and approved as far as a step; returns the request's name."""
    with house.open() as ledger:
        name = requested(ledger)
        with pytest.raises(Crash):
            eraser(ledger, step=crashing(at)).approve(name)
    return name


def done(ledger: Ledger) -> list[SubjectErased]:
    return [it.data for it in ledger.stream(STREAM) if isinstance(it.data, SubjectErased)]


def check_converged(house: House, ledger: Ledger, name: str) -> None:
    """Check that an erasure was made once, whatever happened."""
    assert [(it.request, it.keys) for it in done(ledger)] == [(name, 1)]
    assert [[it["request"] for it in lines] for lines in house.lines()] == [[name]] * house.places
    assert house.keys()[0] is False
    assert set(texts(ledger)[:5]) == {"[erased]", PERSON_NAME}


@pytest.mark.parametrize("at", STEPS)
def test_what_is_true_when_it_is_cut_off(house: House, at: str) -> None:
    crash(house, at)
    remembered, destroyed = house.lines() != [[]], house.keys() == [False]
    assert (remembered, destroyed) == (at in GOES_FORWARD, at in COMMITTED)
    with house.open() as ledger:
        # Whoever opens it goes forward with what is remembered; nobody is told more than is true.
        assert house.keys() == [not remembered]
        assert (texts(ledger)[0] == "[erased]") == remembered
        assert len(done(ledger)) == (at == "recorded")


@pytest.mark.parametrize("at", STEPS)
def test_whoever_approves_again_goes_on(house: House, at: str) -> None:
    name = crash(house, at)
    with house.open() as ledger:
        assert eraser(ledger).approve(name).keys == 1
        check_converged(house, ledger, name)


@pytest.mark.parametrize("at", STEPS)
def test_the_process_itself_may_go_on(house: House, ledger: Ledger, at: str) -> None:
    """Nobody opens the ledger in between."""
    name = requested(ledger)
    with pytest.raises(Crash):
        eraser(ledger, step=crashing(at)).approve(name)
    assert eraser(ledger).approve(name).keys == 1
    check_converged(house, ledger, name)


@pytest.mark.parametrize("first", STEPS)
def test_it_may_be_cut_off_twice(house: House, first: str) -> None:
    name = crash(house, first)
    for second in STEPS[: STEPS.index("destroyed") + 1]:
        with house.open() as ledger:
            approval = eraser(ledger, step=crashing(second))
            if first == "recorded":
                assert approval.approve(name).receipt.repeated
            else:
                with pytest.raises(Crash):
                    approval.approve(name)
    with house.open() as ledger:
        eraser(ledger).approve(name)
        check_converged(house, ledger, name)


@pytest.mark.parametrize("at", STEPS[:-1])
def test_what_comes_afterwards_keeps_only_what_is_still_to_be_decided(house: House, at: str) -> None:
    name = crash(house, at)
    with house.open() as ledger:
        record(ledger, draft(CUSTOMER, ChargeAssessed(charge="CH", kind="fee", amount=cny(10))))
        if at in GOES_FORWARD:
            eraser(ledger).approve(name)
            check_converged(house, ledger, name)
        else:
            with pytest.raises(KeptByLaw):
                eraser(ledger).approve(name)
            assert (house.keys(), house.lines()) == ([True], [[]])


@pytest.mark.parametrize("at", GOES_FORWARD[:-1])
def test_what_is_said_of_them_afterwards_stays(house: House, at: str) -> None:
    name = crash(house, at)
    with house.open() as ledger:
        record(ledger, draft(CUSTOMER, CustomerDetailsChanged(name="Zebedee Newman")))
    with house.open() as ledger:
        eraser(ledger).approve(name)
        check_converged(house, ledger, name)
        assert house.keys() == [False, True]
        assert texts(ledger)[-1] == "Zebedee Newman"
        assert len(ledger.find("name", "Zebedee Newman")) == 1


def test_one_place_that_remembers_it_is_enough_to_go_forward(store: Store, tmp_path: Path) -> None:
    house = House(store, tmp_path, places=2).establish()
    with house.open() as ledger:
        record(ledger, *life())
    name = crash(house, "remembered")
    (house.outsides[1].folder / "0" / "erasures").unlink()
    with house.open() as ledger:
        assert house.keys() == [False]
        eraser(ledger).approve(name)
        check_converged(house, ledger, name)
        assert house.lines()[0] == house.lines()[1]


def test_a_hold_that_comes_too_late_hides_nothing(house: House) -> None:
    name = crash(house, "destroyed")
    with house.open() as ledger:
        eraser(ledger, FIRST).overseer.place_hold(STREAM, "H", "lawsuit")
        eraser(ledger).approve(name)
        check_converged(house, ledger, name)
