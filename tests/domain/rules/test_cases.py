"""What the rules of the Case family allow and refuse."""

import pytest

from domain.events import Event
from domain.events.cases import (
    CaseAcknowledged,
    CaseAnswered,
    CaseClassified,
    CaseClosed,
    CaseEscalated,
    CaseOpened,
    CaseOutcomeTold,
    CaseReopened,
    CaseRouted,
    DeadlockDeclared,
    DepartmentOpinionReturned,
    ExternalCaseAnswered,
    ExternalCaseDecided,
    ExternalCaseOpened,
    RemedyAccepted,
    RemedyDeclined,
    RemedyOffered,
    ReturnVisitMade,
    SignpostSent,
)
from domain.events.money import InvoiceIssued
from domain.events.party import ContactPersonAdded, SupplyPointAdded
from domain.refusals import (
    AlreadySettled,
    CaseAlreadyClosed,
    CaseAlreadyOpened,
    CaseNotClosed,
    NameAlreadyTaken,
    UnknownCase,
    UnknownCharge,
    UnknownPerson,
    UnknownReference,
    UnknownSupplyPoint,
)
from tests.givens import cny, given

OPENED = CaseOpened(case="C", kind="complaint", channel="phone")
CLOSED = CaseClosed(case="C")
REOPENED = CaseReopened(case="C", reason="not_solved")
OFFERED = RemedyOffered(case="C", remedy="R", kind="apology")
ACCEPTED = RemedyAccepted(case="C", remedy="R")
DECLINED = RemedyDeclined(case="C", remedy="R")
TAKEN_UP = ExternalCaseOpened(external_case="X", body="regulator", reference="2026/1")
DECIDED = ExternalCaseDecided(external_case="X", outcome="upheld")
OF_A_CASE = [
    CaseClassified(case="C", taxonomy="house", category="billing"),
    CaseAcknowledged(case="C", channel="phone"),
    CaseRouted(case="C", department="billing"),
    DepartmentOpinionReturned(case="C", department="billing"),
    CaseAnswered(case="C"),
    CaseOutcomeTold(case="C", channel="phone"),
    OFFERED,
    ACCEPTED,
    DECLINED,
    ReturnVisitMade(case="C", outcome="satisfied"),
    CLOSED,
    REOPENED,
    CaseEscalated(case="C", level="director"),
    DeadlockDeclared(case="C"),
    SignpostSent(case="C", body="ombudsman", channel="post"),
]


@pytest.mark.parametrize("event", OF_A_CASE, ids=lambda event: event.TYPE)
def test_nothing_happens_to_an_unknown_case(event: Event) -> None:
    given().when(event).refused(UnknownCase, field="case", value="C")


@pytest.mark.parametrize(
    "event",
    [it for it in OF_A_CASE if it not in (ACCEPTED, DECLINED, CLOSED, REOPENED)],
    ids=lambda it: it.TYPE,
)
def test_whatever_happens_to_a_case_may_become_known_after_its_end(event: Event) -> None:
    given(OPENED, CLOSED).when(event).then()


def test_a_case_is_opened_once_under_one_name() -> None:
    given(OPENED, CLOSED).when(OPENED).refused(CaseAlreadyOpened, field="case", value="C")


def test_a_case_names_what_is_known() -> None:
    case = CaseOpened(case="C", kind="complaint", channel="web", person="P", supply_point="S", charge="I")
    person = ContactPersonAdded(person="P")
    point = SupplyPointAdded(supply_point="S")
    invoice = InvoiceIssued(invoice="I", amount=cny(5))
    given(point, invoice).when(case).refused(UnknownPerson, field="person", value="P")
    given(person, invoice).when(case).refused(UnknownSupplyPoint, field="supply_point", value="S")
    given(person, point).when(case).refused(UnknownCharge, field="charge", value="I")
    given(person, point, invoice).when(case).then()


def test_a_case_is_closed_and_reopened_in_turn() -> None:
    given(OPENED).when(CLOSED).then()
    given(OPENED).when(REOPENED).refused(CaseNotClosed, field="case", value="C")
    given(OPENED, CLOSED).when(CLOSED).refused(CaseAlreadyClosed, field="case", value="C")
    given(OPENED, CLOSED).when(REOPENED).then()
    given(OPENED, CLOSED, REOPENED).when(CLOSED).then()
    given(OPENED, CLOSED, REOPENED).when(REOPENED).refused(CaseNotClosed, field="case", value="C")


def test_a_case_may_be_closed_while_a_remedy_awaits_its_answer() -> None:
    given(OPENED, OFFERED).when(CLOSED).then()


def test_a_remedy_is_offered_once_in_a_case() -> None:
    given(OPENED, OFFERED).when(OFFERED).refused(NameAlreadyTaken, field="remedy", value="R")
    other = CaseOpened(case="D", kind="repair", channel="web")
    given(OPENED, OFFERED, other).when(RemedyOffered(case="D", remedy="R", kind="repair")).then()


def test_a_remedy_is_answered_once_offered_and_the_customer_may_think_again() -> None:
    given(OPENED).when(ACCEPTED).refused(UnknownReference, field="remedy", value="R")
    given(OPENED, OFFERED, ACCEPTED).when(ACCEPTED).refused(AlreadySettled, field="remedy", value="R")
    given(OPENED, OFFERED, DECLINED).when(DECLINED).refused(AlreadySettled, field="remedy", value="R")
    given(OPENED, OFFERED, DECLINED).when(ACCEPTED).then()


def test_an_outside_body_takes_a_matter_up_once_and_decides_once() -> None:
    given().when(TAKEN_UP).then()
    given(TAKEN_UP).when(TAKEN_UP).refused(CaseAlreadyOpened, field="external_case", value="X")
    given(TAKEN_UP).when(ExternalCaseAnswered(external_case="X")).then()
    given(TAKEN_UP).when(DECIDED).then()
    given(TAKEN_UP, DECIDED).when(DECIDED).refused(AlreadySettled, field="external_case", value="X")


def test_an_outside_matter_needs_to_be_known_and_so_does_the_case_it_is_about() -> None:
    given().when(DECIDED).refused(UnknownCase, field="external_case", value="X")
    answered = ExternalCaseAnswered(external_case="X")
    given().when(answered).refused(UnknownCase, field="external_case", value="X")
    about = ExternalCaseOpened(external_case="X", body="regulator", reference="2026/1", case="C")
    given().when(about).refused(UnknownCase, field="case", value="C")
    given(OPENED).when(about).then()
