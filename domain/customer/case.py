"""One case: what its loop has reached, from opening to return visit."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.events.cases import CaseKind, Outcome
from domain.values import Money


@dataclass(frozen=True, slots=True)
class Classification:
    """The class of a case."""

    taxonomy: str
    category: str
    subcategory: str | None
    issue: str | None
    severity: str | None


@dataclass(frozen=True, slots=True)
class AwaitedOpinion:
    """A department has the case, and has not said yet what it makes of it."""

    since: datetime
    due: datetime | None


@dataclass(slots=True)
class Remedy:
    """An offer to make it good; of acceptance and refusal the later one holds."""

    entry_id: UUID
    kind: str
    amount: Money | None
    offered_at: datetime
    accepted_at: datetime | None = None
    declined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReturnVisit:
    """How the customer found the handling, 0 to 10 where a score was given."""

    entry_id: UUID
    at: datetime
    outcome: str
    score: int | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """The case went to a higher level."""

    entry_id: UUID
    at: datetime
    level: str
    body: str | None


@dataclass(frozen=True, slots=True)
class Signpost:
    """The customer was told of an outside body; for a deadlock, `body` may be absent."""

    entry_id: UUID
    at: datetime
    body: str | None


@dataclass(slots=True)
class Case:
    """One matter; `department` owns it, the last outcome holds, a reopened case has no `closed_at`."""

    entry_id: UUID
    kind: CaseKind
    channel: str
    opened_at: datetime
    form: str | None = None
    person: str | None = None
    supply_point: str | None = None
    charge: str | None = None
    status: Literal["open", "closed"] = "open"
    classification: Classification | None = None
    acknowledged_at: datetime | None = None
    department: str | None = None
    routes: int = 0
    opinions: int = 0
    opinions_awaited: dict[str, AwaitedOpinion] = field(default_factory=dict)
    answered_at: datetime | None = None
    first_answered_at: datetime | None = None
    response: str | None = None
    timely: bool | None = None
    outcome: Outcome | None = None
    told_at: datetime | None = None
    remedies: dict[str, Remedy] = field(default_factory=dict)
    return_visits: list[ReturnVisit] = field(default_factory=list)
    closed_at: datetime | None = None
    reopened_at: list[datetime] = field(default_factory=list)
    escalations: list[Escalation] = field(default_factory=list)
    deadlock: Signpost | None = None
    signposts: list[Signpost] = field(default_factory=list)

    @property
    def level(self) -> str | None:
        """The level that it was escalated to last; None where it never was."""
        return self.escalations[-1].level if self.escalations else None
