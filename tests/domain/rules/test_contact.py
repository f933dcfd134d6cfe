"""What the rules of the Contact family allow and refuse."""

import pytest

from domain.events import Event
from domain.events.cases import CaseOpened
from domain.events.contact import (
    InteractionLogged,
    NoticeDelivered,
    NoticeFailed,
    NoticeSent,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    VisitCompleted,
    VisitPlanned,
)
from domain.events.party import ContactPersonAdded
from domain.refusals import AlreadySettled, NameAlreadyTaken, UnknownCase, UnknownPerson, UnknownReference
from tests.givens import at, given

CALL = InteractionLogged(interaction="I", direction="inbound", channel="phone", purpose="enquiry")
SENT = NoticeSent(notice="N", kind="bill", channel="post")
DELIVERED = NoticeDelivered(notice="N")
FAILED = NoticeFailed(notice="N", reason="moved")
MADE = PromiseMade(promise="P", what="call back")
KEPT = PromiseKept(promise="P")
BROKEN = PromiseBroken(promise="P", reason="forgotten")
PLANNED = VisitPlanned(visit="V", planned_for=at(3), purpose="survey")
VISITED = VisitCompleted(visit="V", mode="on_site", purpose="survey")


@pytest.mark.parametrize(
    ("event", "field", "name"), [(CALL, "interaction", "I"), (SENT, "notice", "N"), (MADE, "promise", "P")]
)
def test_a_name_is_given_once(event: Event, field: str, name: str) -> None:
    given().when(event).then()
    given(event).when(event).refused(NameAlreadyTaken, field=field, value=name)


def test_an_interaction_names_people_and_cases_that_are_known() -> None:
    about = InteractionLogged(
        interaction="I", direction="inbound", channel="phone", purpose="complaint", person="P", case="C"
    )
    person = ContactPersonAdded(person="P")
    case = CaseOpened(case="C", kind="complaint", channel="phone")
    given(case).when(about).refused(UnknownPerson, field="person", value="P")
    given(person).when(about).refused(UnknownCase, field="case", value="C")
    given(person, case).when(about).then()


def test_a_promise_names_a_case_that_is_known() -> None:
    promise = PromiseMade(promise="P", what="mend it", case="C")
    given().when(promise).refused(UnknownCase, field="case", value="C")


@pytest.mark.parametrize(
    ("event", "field", "name"),
    [(DELIVERED, "notice", "N"), (FAILED, "notice", "N"), (KEPT, "promise", "P"), (BROKEN, "promise", "P")],
)
def test_what_became_of_something_needs_that_thing(event: Event, field: str, name: str) -> None:
    given().when(event).refused(UnknownReference, field=field, value=name)


def test_a_notice_may_fail_often_and_is_delivered_once() -> None:
    given(SENT, FAILED).when(FAILED).then()
    given(SENT, FAILED).when(DELIVERED).then()
    given(SENT, DELIVERED).when(DELIVERED).refused(AlreadySettled, field="notice", value="N")


def test_a_promise_is_not_kept_or_broken_twice_but_a_broken_one_may_be_kept_after_all() -> None:
    given(MADE, KEPT).when(KEPT).refused(AlreadySettled, field="promise", value="P")
    given(MADE, BROKEN).when(BROKEN).refused(AlreadySettled, field="promise", value="P")
    given(MADE, BROKEN).when(KEPT).then()


def test_a_visit_is_completed_once_planned_or_not_and_its_plan_may_change_or_arrive_late() -> None:
    given().when(VISITED).then()
    given(PLANNED).when(VISITED).then()
    given(PLANNED).when(PLANNED).then()
    given(VISITED).when(PLANNED).then()
    given(VISITED, PLANNED).when(VISITED).refused(AlreadySettled, field="visit", value="V")
