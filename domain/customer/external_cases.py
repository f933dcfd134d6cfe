"""Where a case leaves the house: escalation, deadlock, signposts, cases of regulators and ombudsmen."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from domain.customer.case import Escalation, Signpost
from domain.customer.handler import Handler
from domain.entry import Entry
from domain.events.cases import (
    CaseEscalated,
    DeadlockDeclared,
    ExternalCaseAnswered,
    ExternalCaseDecided,
    ExternalCaseOpened,
    Outcome,
    SignpostSent,
)
from domain.values import Money

if TYPE_CHECKING:
    from domain.customer.customer import Customer


@dataclass(slots=True)
class ExternalCase:
    """A matter that an outside body took up; `case` names ours where there is one."""

    entry_id: UUID
    body: str
    reference: str
    opened_at: datetime
    case: str | None = None
    answer_due: datetime | None = None
    answered_at: datetime | None = None
    decided_at: datetime | None = None
    outcome: Outcome | None = None
    award: Money | None = None


def _escalated(customer: "Customer", entry: Entry[CaseEscalated]) -> str | None:
    event = entry.data
    case = customer.cases.cases.get(event.case)
    if case is None:
        return "unknown-case"
    case.escalations.append(Escalation(entry.id, entry.occurred_at, event.level, event.body))
    return None


def _deadlock(customer: "Customer", entry: Entry[DeadlockDeclared]) -> str | None:
    case = customer.cases.cases.get(entry.data.case)
    if case is None:
        return "unknown-case"
    if case.deadlock is not None:
        return "deadlock-already-declared"
    case.deadlock = Signpost(entry.id, entry.occurred_at, entry.data.body)
    return None


def _signposted(customer: "Customer", entry: Entry[SignpostSent]) -> str | None:
    case = customer.cases.cases.get(entry.data.case)
    if case is None:
        return "unknown-case"
    case.signposts.append(Signpost(entry.id, entry.occurred_at, entry.data.body))
    return None


def _external_opened(customer: "Customer", entry: Entry[ExternalCaseOpened]) -> str | None:
    external, event = customer.cases.external, entry.data
    if event.external_case in external:
        return "external-case-already-opened"
    external[event.external_case] = ExternalCase(
        entry.id, event.body, event.reference, entry.occurred_at, event.case, event.answer_due
    )
    if event.case is not None and event.case not in customer.cases.cases:
        return "unknown-case"
    return None


def _external_answered(customer: "Customer", entry: Entry[ExternalCaseAnswered]) -> str | None:
    external = customer.cases.external.get(entry.data.external_case)
    if external is None:
        return "unknown-external-case"
    if external.answered_at is None:
        external.answered_at = entry.occurred_at
    return None


def _external_decided(customer: "Customer", entry: Entry[ExternalCaseDecided]) -> str | None:
    event = entry.data
    external = customer.cases.external.get(event.external_case)
    if external is None:
        return "unknown-external-case"
    if external.decided_at is not None:
        return "external-case-already-decided"
    external.decided_at, external.outcome, external.award = entry.occurred_at, event.outcome, event.award
    return None


HANDLERS: Final[dict[str, Handler]] = {
    "CaseEscalated": _escalated,
    "DeadlockDeclared": _deadlock,
    "SignpostSent": _signposted,
    "ExternalCaseOpened": _external_opened,
    "ExternalCaseAnswered": _external_answered,
    "ExternalCaseDecided": _external_decided,
}
"""Stored type name to handler."""
