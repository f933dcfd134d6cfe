"""What a stream names: learnt whatever comes, copied without sharing, and asked by `decide`."""

import dataclasses
from inspect import signature

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from domain.authority import NotAllowed
from domain.events import REGISTER, Event
from domain.events.cases import CaseClosed, CaseOpened
from domain.refusals import AlreadyDone, InvalidStream, InvalidValue, NotTrue, Refused, UnknownReference
from domain.rules import DECIDERS, Known, check_stream, decide
from domain.rules.known import LEARNERS
from domain.rules.party import DECIDE as PARTY
from tests.givens import Fact, given, known
from tests.strategies import sequences

OPENED = CaseOpened(case="C", kind="complaint", channel="phone")
NEVER_REFUSED = {
    "BillPreferenceSet",
    "CustomerDetailsChanged",
    "PersonalDataDisclosed",
    "PreferenceRecorded",
    "ProvisionalCustomerNoted",
    "VisitPlanned",
}


def contents(learnt: Known) -> dict[str, object]:
    """All that is known, by family and kind of name, as copies."""
    return {
        name: dataclasses.asdict(getattr(learnt, name))
        for name in ("party", "contact", "cases", "contracts", "money", "oversight")
    }


def refusal_of(learnt: Known, event: Event) -> Refused | None:
    """The refusal of an event, or None where it is decided."""
    try:
        decided = decide(learnt, event)
    except Refused as refusal:
        return refusal
    assert decided == (event,)
    return None


def test_every_type_has_a_rule_or_is_never_refused() -> None:
    assert set(DECIDERS) | NEVER_REFUSED == set(REGISTER)
    assert not set(DECIDERS) & NEVER_REFUSED
    assert set(LEARNERS) <= set(DECIDERS) | NEVER_REFUSED
    assert {REGISTER[name].family for name in PARTY} == {"party"}


def test_a_type_of_which_nothing_is_learnt_leaves_all_as_it_was() -> None:
    learnt = known(OPENED)
    before = contents(learnt)
    closed: Fact = CaseClosed(case="C")
    learnt.learn("SomethingElse", closed)
    assert contents(learnt) == before


def test_rules_are_told_of_no_date() -> None:
    """Neither what learns nor what decides is given an entry, so no order of dates can matter to them."""
    assert list(signature(decide).parameters) == ["known", "event"]
    assert list(signature(Known.learn).parameters) == ["self", "type_name", "event"]


@hypothesis_given(sequences(), st.integers(0, 30))
def test_learning_takes_whatever_comes_and_a_copy_learns_by_itself(events: list[Event], cut: int) -> None:
    learnt = known(*events[:cut])
    copied = learnt.copy()
    assert copied.version == learnt.version
    before = contents(copied)
    for event in events[cut:]:
        learnt.learn(event.TYPE, event)
    assert contents(copied) == before
    after = contents(learnt)
    for event in events[cut:]:
        copied.learn(event.TYPE, event)
    assert contents(learnt) == after == contents(copied) == contents(known(*events))
    assert contents(Known()) == contents(known())


@hypothesis_given(sequences(60))
def test_what_is_decided_can_be_learnt_and_deciding_changes_nothing(events: list[Event]) -> None:
    learnt = Known()
    for event in events:
        before = contents(learnt)
        refusal = refusal_of(learnt, event)
        assert contents(learnt) == before
        if refusal is None:
            learnt.learn(event.TYPE, event)
        else:
            assert isinstance(refusal, UnknownReference | AlreadyDone | NotTrue | NotAllowed | InvalidValue)
            assert refusal.field
            assert refusal.value


def test_the_rules_of_a_customer_hold_in_every_stream_of_a_customer() -> None:
    check_stream("customer:42", "CaseOpened")
    check_stream("customer:a:b", "InvoiceIssued")
    given(OPENED).when(CaseClosed(case="C")).then()


@pytest.mark.parametrize("stream", ["ledger", "outage:7", "customer:", "customer", "Customer:42", ""])
def test_other_streams_take_none_of_the_types(stream: str) -> None:
    with pytest.raises(InvalidStream) as caught:
        check_stream(stream, "CaseOpened")
    assert (caught.value.field, caught.value.value) == ("stream", stream)


def test_no_stream_takes_an_unknown_type() -> None:
    with pytest.raises(InvalidStream):
        check_stream("customer:42", "SomethingElse")
