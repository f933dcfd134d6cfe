"""What facts of the Case family make of a customer's cases: the whole loop, and the ways out of the house."""

from uuid import UUID

import pytest

from domain.customer.case import Case, Classification
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
from domain.events.party import ContactPersonAdded, SupplyPointAdded
from tests.givens import Fact, after, at, cny, codes, on

OPENED = CaseOpened(case="C", kind="complaint", channel="phone", form="oral")
ACKNOWLEDGED = CaseAcknowledged(case="C", channel="post")
ROUTED = CaseRouted(case="C", department="billing", opinion_due=at(9))
OPINION = DepartmentOpinionReturned(case="C", department="billing")
ANSWERED = CaseAnswered(case="C", outcome="upheld", response="explained", timely=True)
TOLD = CaseOutcomeTold(case="C", channel="phone")
OFFERED = RemedyOffered(case="C", remedy="R", kind="compensation", amount=cny(20))
ACCEPTED = RemedyAccepted(case="C", remedy="R")
DECLINED = RemedyDeclined(case="C", remedy="R")
CLOSED = CaseClosed(case="C")
REOPENED = CaseReopened(case="C", reason="not_solved")
DEADLOCK = DeadlockDeclared(case="C", body="ombudsman")
TAKEN_UP = ExternalCaseOpened(external_case="X", body="regulator", reference="2026/1", answer_due=at(20))
ANSWERED_OUTSIDE = ExternalCaseAnswered(external_case="X")
DECIDED = ExternalCaseDecided(external_case="X", outcome="partly_upheld", award=cny(5))


def case_after(*facts: Fact) -> Case:
    """The case C after these facts, all of which fit."""
    customer = after(*facts)
    assert codes(customer) == []
    return customer.cases.cases["C"]


def test_a_case_is_opened() -> None:
    case = case_after(OPENED)
    assert (case.entry_id, case.kind, case.channel, case.form) == (UUID(int=1), "complaint", "phone", "oral")
    assert (case.status, case.opened_at, case.level) == ("open", at(1), None)
    assert after(OPENED).cases.open_cases() == ["C"]


def test_what_a_case_names_should_be_the_customers_then() -> None:
    case = CaseOpened(case="C", kind="repair", channel="web", person="P", supply_point="S", charge="I")
    person, point = ContactPersonAdded(person="P"), SupplyPointAdded(supply_point="S")
    assert codes(after(person, case)) == ["unknown-supply-point"]
    assert codes(after(point, case)) == ["unknown-person"]
    opened = after(person, point, case).cases.cases["C"]
    assert (opened.person, opened.supply_point, opened.charge) == ("P", "S", "I")


def test_of_two_classes_the_later_holds() -> None:
    first = CaseClassified(case="C", taxonomy="house", category="billing", severity="low")
    second = CaseClassified(case="C", taxonomy="house", category="metering", subcategory="x", issue="y")
    case = case_after(on(1, OPENED), on(3, second), on(2, first))
    assert case.classification == Classification("house", "metering", "x", "y", None)


def test_a_case_is_acknowledged_when_the_customer_first_heard() -> None:
    assert case_after(OPENED, ACKNOWLEDGED, ACKNOWLEDGED).acknowledged_at == at(2)


def test_a_department_owns_a_case_and_owes_its_opinion() -> None:
    case = case_after(OPENED, ROUTED, CaseRouted(case="C", department="metering"))
    assert (case.department, case.routes) == ("metering", 2)
    owed = {name: (it.since, it.due) for name, it in case.opinions_awaited.items()}
    assert owed == {"billing": (at(2), at(9)), "metering": (at(3), None)}
    heard = case_after(OPENED, ROUTED, OPINION)
    assert (heard.opinions, heard.opinions_awaited) == (1, {})


def test_an_opinion_nobody_asked_for_counts_and_is_an_anomaly() -> None:
    customer = after(OPENED, ROUTED, OPINION, OPINION)
    assert (customer.cases.cases["C"].opinions, codes(customer)) == (2, ["opinion-not-awaited"])


def test_an_answer_is_given_and_told() -> None:
    case = case_after(OPENED, ANSWERED, TOLD)
    assert (case.answered_at, case.outcome, case.response, case.timely) == (
        at(2),
        "upheld",
        "explained",
        True,
    )
    assert case.told_at == at(3)


def test_a_second_answer_replaces_what_it_says_and_the_first_is_remembered() -> None:
    case = case_after(OPENED, ANSWERED, CaseAnswered(case="C"))
    assert (case.first_answered_at, case.answered_at) == (at(2), at(3))
    assert (case.outcome, case.response, case.timely) == ("upheld", None, None)


def test_telling_an_answer_that_there_was_not_yet_is_an_anomaly() -> None:
    customer = after(OPENED, TOLD)
    assert (customer.cases.cases["C"].told_at, codes(customer)) == (at(2), ["case-not-answered"])


def test_a_remedy_is_offered_and_the_last_word_on_it_holds() -> None:
    remedy = case_after(OPENED, OFFERED).remedies["R"]
    assert (remedy.kind, remedy.amount, remedy.offered_at) == ("compensation", cny(20), at(2))
    declined = case_after(OPENED, OFFERED, ACCEPTED, DECLINED).remedies["R"]
    assert (declined.accepted_at, declined.declined_at) == (None, at(4))
    accepted = case_after(OPENED, OFFERED, DECLINED, ACCEPTED).remedies["R"]
    assert (accepted.accepted_at, accepted.declined_at) == (at(4), None)


def test_return_visits_are_kept_in_order() -> None:
    first = ReturnVisitMade(case="C", outcome="not_reached")
    second = ReturnVisitMade(case="C", outcome="satisfied", score=9)
    visits = case_after(OPENED, CLOSED, first, second).return_visits
    assert [(it.at, it.outcome, it.score) for it in visits] == [
        (at(3), "not_reached", None),
        (at(4), "satisfied", 9),
    ]


def test_a_case_is_closed_reopened_and_closed_again() -> None:
    closed = case_after(OPENED, ANSWERED, CaseClosed(case="C", outcome="not_upheld"))
    assert (closed.status, closed.closed_at, closed.outcome) == ("closed", at(3), "not_upheld")
    reopened = case_after(OPENED, CLOSED, REOPENED)
    assert (reopened.status, reopened.closed_at, reopened.reopened_at) == ("open", None, [at(3)])
    again = case_after(OPENED, CLOSED, REOPENED, CLOSED, REOPENED, CLOSED)
    assert (again.status, again.closed_at, again.reopened_at) == ("closed", at(6), [at(3), at(5)])
    assert after(OPENED, CLOSED).cases.open_cases() == []


def test_a_case_that_is_closed_is_not_routed_without_an_anomaly() -> None:
    customer = after(OPENED, CLOSED, ROUTED)
    assert (customer.cases.cases["C"].department, codes(customer)) == ("billing", ["case-closed"])


def test_a_case_is_escalated_step_by_step() -> None:
    first = CaseEscalated(case="C", level="manager")
    second = CaseEscalated(case="C", level="regulator", body="energy_office")
    case = case_after(OPENED, first, second)
    assert [(it.at, it.level, it.body) for it in case.escalations] == [
        (at(2), "manager", None),
        (at(3), "regulator", "energy_office"),
    ]
    assert case.level == "regulator"


def test_a_deadlock_and_signposts_are_kept() -> None:
    case = case_after(OPENED, DEADLOCK, SignpostSent(case="C", body="ombudsman", channel="post"))
    assert case.deadlock is not None
    assert (case.deadlock.at, case.deadlock.body) == (at(2), "ombudsman")
    assert [(it.at, it.body) for it in case.signposts] == [(at(3), "ombudsman")]


def test_an_outside_body_takes_a_matter_up_hears_us_and_decides() -> None:
    customer = after(TAKEN_UP, ANSWERED_OUTSIDE, ANSWERED_OUTSIDE, DECIDED)
    external = customer.cases.external["X"]
    assert (external.body, external.reference, external.answer_due) == ("regulator", "2026/1", at(20))
    assert (external.opened_at, external.answered_at, external.decided_at) == (at(1), at(2), at(4))
    assert (external.outcome, external.award, codes(customer)) == ("partly_upheld", cny(5), [])


def test_an_outside_matter_about_a_case_not_opened_then_is_kept_with_an_anomaly() -> None:
    about = ExternalCaseOpened(external_case="X", body="regulator", reference="2026/1", case="C")
    customer = after(about)
    assert (customer.cases.external["X"].case, codes(customer)) == ("C", ["unknown-case"])
    assert codes(after(OPENED, about)) == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ([OPENED, OPENED], "case-already-opened"),
        ([CLOSED], "unknown-case"),
        ([CaseEscalated(case="C", level="manager")], "unknown-case"),
        ([DEADLOCK], "unknown-case"),
        ([SignpostSent(case="C", body="ombudsman", channel="post")], "unknown-case"),
        ([OPENED, CLOSED, CLOSED], "case-already-closed"),
        ([OPENED, REOPENED], "case-not-closed"),
        ([OPENED, OFFERED, OFFERED], "remedy-already-offered"),
        ([OPENED, ACCEPTED], "unknown-remedy"),
        ([OPENED, DECLINED], "unknown-remedy"),
        ([OPENED, OFFERED, ACCEPTED, ACCEPTED], "remedy-already-accepted"),
        ([OPENED, OFFERED, DECLINED, DECLINED], "remedy-already-declined"),
        ([OPENED, DEADLOCK, DEADLOCK], "deadlock-already-declared"),
        ([TAKEN_UP, TAKEN_UP], "external-case-already-opened"),
        ([ANSWERED_OUTSIDE], "unknown-external-case"),
        ([DECIDED], "unknown-external-case"),
        ([TAKEN_UP, DECIDED, DECIDED], "external-case-already-decided"),
    ],
)
def test_what_does_not_fit_changes_nothing_and_is_kept(facts: list[Fact], code: str) -> None:
    customer = after(*facts)
    assert codes(customer) == [code]
    assert customer.cases == after(*facts[:-1]).cases
