"""Cases: complaints, enquiries and the rest, from opening to return visit, and what outside bodies say."""

from typing import Annotated, Literal

from pydantic import Field

from domain.events.personal import CustomerText, PersonText
from domain.events.register import Event, event
from domain.values import Code, Identifier, Moment, PositiveMoney

CaseKind = Literal[
    "complaint",
    "report",
    "consultation",
    "enquiry",
    "repair",
    "opinion",
    "suggestion",
    "praise",
    "application",
    "appeal",
]
Outcome = Literal["upheld", "partly_upheld", "not_upheld", "withdrawn", "informed"]
ReturnVisitScore = Annotated[int, Field(ge=0, le=10)]


@event("CaseOpened", items=(19, 31, 32))
class CaseOpened(Event):
    """The customer brought a matter to us."""

    case: Identifier
    kind: CaseKind
    channel: Code
    form: Literal["oral", "written"] | None = None
    person: Identifier | None = None
    supply_point: Identifier | None = None
    charge: Identifier | None = None
    description: PersonText | None = None


@event("CaseClassified", items=(33, 38))
class CaseClassified(Event):
    """The matter was put into a class of a taxonomy; a later class replaces it."""

    case: Identifier
    taxonomy: Code
    category: Code
    subcategory: Code | None = None
    issue: Code | None = None
    severity: Literal["low", "normal", "high", "critical"] | None = None


@event("CaseAcknowledged", items=(24, 35))
class CaseAcknowledged(Event):
    """We told the customer that the matter reached us."""

    case: Identifier
    channel: Code


@event("CaseRouted", items=(21, 33))
class CaseRouted(Event):
    """The matter went to a department, which owns it from now on."""

    case: Identifier
    department: Code
    opinion_due: Moment | None = None


@event("DepartmentOpinionReturned", items=(34,))
class DepartmentOpinionReturned(Event):
    """A department said what it makes of the matter."""

    case: Identifier
    department: Code
    opinion: CustomerText | None = None


@event("CaseAnswered", items=(35,))
class CaseAnswered(Event):
    """There is an answer to the matter."""

    case: Identifier
    outcome: Outcome | None = None
    response: Code | None = None
    timely: bool | None = None


@event("CaseOutcomeTold", items=(35,))
class CaseOutcomeTold(Event):
    """The customer was told the answer."""

    case: Identifier
    channel: Code


@event("RemedyOffered", items=(41, 47, 48))
class RemedyOffered(Event):
    """We offered to make it good."""

    case: Identifier
    remedy: Identifier
    kind: Literal["repair", "exchange", "compensation", "refund", "apology", "alternative"]
    amount: PositiveMoney | None = None


@event("RemedyAccepted", items=(47,))
class RemedyAccepted(Event):
    """The customer took the remedy."""

    case: Identifier
    remedy: Identifier


@event("RemedyDeclined", items=(47,))
class RemedyDeclined(Event):
    """The customer did not take the remedy."""

    case: Identifier
    remedy: Identifier


@event("ReturnVisitMade", items=(36,))
class ReturnVisitMade(Event):
    """We asked the customer how the matter was handled; the score goes from 0 to 10."""

    case: Identifier
    outcome: Literal["satisfied", "neutral", "dissatisfied", "not_reached"]
    score: ReturnVisitScore | None = None
    remark: CustomerText | None = None


@event("CaseClosed", items=(35, 36))
class CaseClosed(Event):
    """We are done with the matter."""

    case: Identifier
    outcome: Outcome | None = None


@event("CaseReopened", items=(23, 36))
class CaseReopened(Event):
    """The matter is open again."""

    case: Identifier
    reason: Code


@event("CaseEscalated", items=(45,))
class CaseEscalated(Event):
    """The matter went to a higher level, inside or outside."""

    case: Identifier
    level: Code
    body: Code | None = None


@event("DeadlockDeclared", items=(49,))
class DeadlockDeclared(Event):
    """We can do no more, and the customer may turn to the body named."""

    case: Identifier
    body: Code | None = None


@event("SignpostSent", items=(49,))
class SignpostSent(Event):
    """We told the customer which outside body may help."""

    case: Identifier
    body: Code
    channel: Code


@event("ExternalCaseOpened", items=(49, 54))
class ExternalCaseOpened(Event):
    """A regulator or ombudsman took the matter up, under a reference of theirs."""

    external_case: Identifier
    body: Code
    reference: Identifier
    case: Identifier | None = None
    answer_due: Moment | None = None


@event("ExternalCaseAnswered", items=(49, 54))
class ExternalCaseAnswered(Event):
    """We answered the outside body."""

    external_case: Identifier


@event("ExternalCaseDecided", items=(49, 54))
class ExternalCaseDecided(Event):
    """The outside body decided."""

    external_case: Identifier
    outcome: Outcome
    award: PositiveMoney | None = None
