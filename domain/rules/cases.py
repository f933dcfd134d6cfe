"""Rules of the Case family: no case is opened twice under one name, or closed twice and not reopened."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from domain.events.cases import (
    CaseClosed,
    CaseOpened,
    CaseReopened,
    ExternalCaseAnswered,
    ExternalCaseDecided,
    ExternalCaseOpened,
    RemedyAccepted,
    RemedyDeclined,
    RemedyOffered,
)
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
from domain.rules.part import Part, need, need_new

if TYPE_CHECKING:
    from domain.rules.known import Known


class OfCase(Protocol):
    """An event of one case."""

    @property
    def case(self) -> str:
        """The case's name."""


@dataclass(slots=True)
class KnownCases(Part):
    """Names of the Case family.

    Cases tell whether they are closed, closings counted against reopenings; external cases whether decided;
    remedies, by case and name, what the customer said last.
    """

    cases: dict[str, bool] = field(default_factory=dict)
    external: dict[str, bool] = field(default_factory=dict)
    remedies: dict[tuple[str, str], str] = field(default_factory=dict)


def _learn_opened(known: KnownCases, event: CaseOpened) -> None:
    known.cases.setdefault(event.case, False)


def _learn_closed(known: KnownCases, event: CaseClosed) -> None:
    known.cases[event.case] = True


def _learn_reopened(known: KnownCases, event: CaseReopened) -> None:
    known.cases[event.case] = False


def _learn_offered(known: KnownCases, event: RemedyOffered) -> None:
    known.remedies.setdefault((event.case, event.remedy), "")


def _learn_accepted(known: KnownCases, event: RemedyAccepted) -> None:
    known.remedies[event.case, event.remedy] = "accepted"


def _learn_declined(known: KnownCases, event: RemedyDeclined) -> None:
    known.remedies[event.case, event.remedy] = "declined"


def _learn_external_opened(known: KnownCases, event: ExternalCaseOpened) -> None:
    known.external.setdefault(event.external_case, False)


def _learn_external_decided(known: KnownCases, event: ExternalCaseDecided) -> None:
    known.external[event.external_case] = True


def _decide_opened(known: "Known", event: CaseOpened) -> None:
    need_new(known.cases.cases, event.case, "case", CaseAlreadyOpened)
    need(known.party.persons, event.person, "person", UnknownPerson)
    need(known.party.supply_points, event.supply_point, "supply_point", UnknownSupplyPoint)
    need(known.money.charges, event.charge, "charge", UnknownCharge)


def _decide_of_case(known: "Known", event: OfCase) -> None:
    need(known.cases.cases, event.case, "case", UnknownCase)


def _decide_closed(known: "Known", event: CaseClosed) -> None:
    _decide_of_case(known, event)
    if known.cases.cases[event.case]:
        raise CaseAlreadyClosed("case", event.case)


def _decide_reopened(known: "Known", event: CaseReopened) -> None:
    _decide_of_case(known, event)
    if not known.cases.cases[event.case]:
        raise CaseNotClosed("case", event.case)


def _decide_offered(known: "Known", event: RemedyOffered) -> None:
    _decide_of_case(known, event)
    if (event.case, event.remedy) in known.cases.remedies:
        raise NameAlreadyTaken("remedy", event.remedy)


def _decide_accepted(known: "Known", event: RemedyAccepted) -> None:
    _decide_answer(known, event, "accepted")


def _decide_declined(known: "Known", event: RemedyDeclined) -> None:
    _decide_answer(known, event, "declined")


def _decide_answer(known: "Known", event: RemedyAccepted | RemedyDeclined, answer: str) -> None:
    """Refuse the same answer again; a customer may change their mind."""
    _decide_of_case(known, event)
    last = known.cases.remedies.get((event.case, event.remedy))
    if last is None:
        raise UnknownReference("remedy", event.remedy)
    if last == answer:
        raise AlreadySettled("remedy", event.remedy)


def _decide_external_opened(known: "Known", event: ExternalCaseOpened) -> None:
    need_new(known.cases.external, event.external_case, "external_case", CaseAlreadyOpened)
    need(known.cases.cases, event.case, "case", UnknownCase)


def _decide_external_answered(known: "Known", event: ExternalCaseAnswered) -> None:
    need(known.cases.external, event.external_case, "external_case", UnknownCase)


def _decide_external_decided(known: "Known", event: ExternalCaseDecided) -> None:
    need(known.cases.external, event.external_case, "external_case", UnknownCase)
    if known.cases.external[event.external_case]:
        raise AlreadySettled("external_case", event.external_case)


LEARN: Final[dict[str, Callable[[KnownCases, Any], None]]] = {
    "CaseOpened": _learn_opened,
    "CaseClosed": _learn_closed,
    "CaseReopened": _learn_reopened,
    "RemedyOffered": _learn_offered,
    "RemedyAccepted": _learn_accepted,
    "RemedyDeclined": _learn_declined,
    "ExternalCaseOpened": _learn_external_opened,
    "ExternalCaseDecided": _learn_external_decided,
}
"""Stored type name to what is learnt from it; from the types that are not here nothing is."""

DECIDE: Final[dict[str, Callable[["Known", Any], None]]] = {
    "CaseOpened": _decide_opened,
    "CaseClosed": _decide_closed,
    "CaseReopened": _decide_reopened,
    "RemedyOffered": _decide_offered,
    "RemedyAccepted": _decide_accepted,
    "RemedyDeclined": _decide_declined,
    "ExternalCaseOpened": _decide_external_opened,
    "ExternalCaseAnswered": _decide_external_answered,
    "ExternalCaseDecided": _decide_external_decided,
    **dict.fromkeys(
        (
            "CaseClassified",
            "CaseAcknowledged",
            "CaseRouted",
            "DepartmentOpinionReturned",
            "CaseAnswered",
            "CaseOutcomeTold",
            "ReturnVisitMade",
            "CaseEscalated",
            "DeadlockDeclared",
            "SignpostSent",
        ),
        _decide_of_case,
    ),
}
"""Stored type name to what may refuse it; the types that are not here are never refused."""
