"""The customer's cases, and what their entries do to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from domain.customer.case import AwaitedOpinion, Case, Classification, Remedy, ReturnVisit
from domain.customer.external_cases import ExternalCase
from domain.customer.handler import Handler
from domain.entry import Entry
from domain.events.cases import (
    CaseAcknowledged,
    CaseAnswered,
    CaseClassified,
    CaseClosed,
    CaseOpened,
    CaseOutcomeTold,
    CaseReopened,
    CaseRouted,
    DepartmentOpinionReturned,
    RemedyAccepted,
    RemedyDeclined,
    RemedyOffered,
    ReturnVisitMade,
)

if TYPE_CHECKING:
    from domain.customer.customer import Customer


@dataclass(slots=True)
class Cases:
    """All cases of the customer by name, and those of outside bodies."""

    cases: dict[str, Case] = field(default_factory=dict)
    external: dict[str, ExternalCase] = field(default_factory=dict)

    def open_cases(self) -> list[str]:
        """Return the names of the cases that are open."""
        return [name for name, case in self.cases.items() if case.status == "open"]


def in_case(change: Callable[[Case, Entry[Any]], str | None]) -> Handler:
    """Make a handler of a change to the one case that an entry names."""

    def handle(customer: "Customer", entry: Entry[Any]) -> str | None:
        case = customer.cases.cases.get(entry.data.case)
        return "unknown-case" if case is None else change(case, entry)

    return handle


def _opened(customer: "Customer", entry: Entry[CaseOpened]) -> str | None:
    cases, event = customer.cases.cases, entry.data
    if event.case in cases:
        return "case-already-opened"
    cases[event.case] = Case(
        entry.id,
        event.kind,
        event.channel,
        entry.occurred_at,
        event.form,
        event.person,
        event.supply_point,
        event.charge,
    )
    if event.supply_point is not None and event.supply_point not in customer.party.supply_points:
        return "unknown-supply-point"
    if event.person is not None and event.person not in customer.party.persons:
        return "unknown-person"
    return None


def _classified(case: Case, entry: Entry[CaseClassified]) -> str | None:
    event = entry.data
    case.classification = Classification(
        event.taxonomy, event.category, event.subcategory, event.issue, event.severity
    )
    return None


def _acknowledged(case: Case, entry: Entry[CaseAcknowledged]) -> str | None:
    if case.acknowledged_at is None:
        case.acknowledged_at = entry.occurred_at
    return None


def _routed(case: Case, entry: Entry[CaseRouted]) -> str | None:
    event = entry.data
    case.department = event.department
    case.routes += 1
    case.opinions_awaited[event.department] = AwaitedOpinion(entry.occurred_at, event.opinion_due)
    return None if case.status == "open" else "case-closed"


def _opinion_returned(case: Case, entry: Entry[DepartmentOpinionReturned]) -> str | None:
    case.opinions += 1
    return None if case.opinions_awaited.pop(entry.data.department, None) else "opinion-not-awaited"


def _answered(case: Case, entry: Entry[CaseAnswered]) -> str | None:
    event = entry.data
    case.answered_at = entry.occurred_at
    if case.first_answered_at is None:
        case.first_answered_at = entry.occurred_at
    case.response, case.timely = event.response, event.timely
    if event.outcome is not None:
        case.outcome = event.outcome
    return None


def _told(case: Case, entry: Entry[CaseOutcomeTold]) -> str | None:
    case.told_at = entry.occurred_at
    return None if case.answered_at is not None else "case-not-answered"


def _offered(case: Case, entry: Entry[RemedyOffered]) -> str | None:
    event = entry.data
    if event.remedy in case.remedies:
        return "remedy-already-offered"
    case.remedies[event.remedy] = Remedy(entry.id, event.kind, event.amount, entry.occurred_at)
    return None


def _accepted(case: Case, entry: Entry[RemedyAccepted]) -> str | None:
    remedy = case.remedies.get(entry.data.remedy)
    if remedy is None:
        return "unknown-remedy"
    if remedy.accepted_at is not None:
        return "remedy-already-accepted"
    remedy.accepted_at, remedy.declined_at = entry.occurred_at, None
    return None


def _declined(case: Case, entry: Entry[RemedyDeclined]) -> str | None:
    remedy = case.remedies.get(entry.data.remedy)
    if remedy is None:
        return "unknown-remedy"
    if remedy.declined_at is not None:
        return "remedy-already-declined"
    remedy.declined_at, remedy.accepted_at = entry.occurred_at, None
    return None


def _return_visit(case: Case, entry: Entry[ReturnVisitMade]) -> str | None:
    event = entry.data
    case.return_visits.append(ReturnVisit(entry.id, entry.occurred_at, event.outcome, event.score))
    return None


def _closed(case: Case, entry: Entry[CaseClosed]) -> str | None:
    if case.status == "closed":
        return "case-already-closed"
    case.status, case.closed_at = "closed", entry.occurred_at
    if entry.data.outcome is not None:
        case.outcome = entry.data.outcome
    return None


def _reopened(case: Case, entry: Entry[CaseReopened]) -> str | None:
    if case.status == "open":
        return "case-not-closed"
    case.status, case.closed_at = "open", None
    case.reopened_at.append(entry.occurred_at)
    return None


HANDLERS: Final[dict[str, Handler]] = {
    "CaseOpened": _opened,
    "CaseClassified": in_case(_classified),
    "CaseAcknowledged": in_case(_acknowledged),
    "CaseRouted": in_case(_routed),
    "DepartmentOpinionReturned": in_case(_opinion_returned),
    "CaseAnswered": in_case(_answered),
    "CaseOutcomeTold": in_case(_told),
    "RemedyOffered": in_case(_offered),
    "RemedyAccepted": in_case(_accepted),
    "RemedyDeclined": in_case(_declined),
    "ReturnVisitMade": in_case(_return_visit),
    "CaseClosed": in_case(_closed),
    "CaseReopened": in_case(_reopened),
}
"""Stored type name to handler."""
