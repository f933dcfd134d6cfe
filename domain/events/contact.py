"""Contact: interactions, notices, visits and promises."""

from typing import Any, Literal

from domain.events.personal import CustomerText, PersonText
from domain.events.register import Event, event, upcasts
from domain.values import Code, Count, Day, Identifier, Moment


@event("InteractionLogged", schema=2, items=(8, 18, 20, 25, 30))
class InteractionLogged(Event):
    """The customer and the enterprise spoke, wrote or met."""

    interaction: Identifier
    direction: Literal["inbound", "outbound"]
    channel: Code
    purpose: Code
    touchpoint: Code | None = None
    person: Identifier | None = None
    case: Identifier | None = None
    identity_verified: bool | None = None
    duration_s: Count | None = None
    summary: PersonText | None = None


@upcasts("InteractionLogged", 1)
def _minutes_to_seconds(data: dict[str, Any]) -> dict[str, Any]:
    """Schema 1 held whole minutes, which lost short calls."""
    minutes = data.pop("duration_min", None)
    return data if minutes is None else data | {"duration_s": minutes * 60}


@event("NoticeSent", items=(35, 145, 151, 152))
class NoticeSent(Event):
    """We sent the customer a notice: a bill, a reminder, an outage, an answer."""

    notice: Identifier
    kind: Code
    channel: Code
    about: Identifier | None = None
    due: Day | None = None


@event("NoticeDelivered", items=(145,))
class NoticeDelivered(Event):
    """The notice reached the customer; periods that run from delivery start now."""

    notice: Identifier


@event("NoticeFailed", items=(145,))
class NoticeFailed(Event):
    """The notice did not reach the customer."""

    notice: Identifier
    reason: Code


@event("VisitPlanned", items=(93, 94, 113, 118))
class VisitPlanned(Event):
    """A visit to the customer is planned."""

    visit: Identifier
    planned_for: Moment
    purpose: Code


@event("VisitCompleted", items=(93, 94, 113, 114, 115))
class VisitCompleted(Event):
    """The customer was visited, planned or not."""

    visit: Identifier
    mode: Literal["on_site", "phone", "seminar", "video"]
    purpose: Code
    report: CustomerText | None = None


@event("PromiseMade", items=(42, 43))
class PromiseMade(Event):
    """We promised the customer something."""

    promise: Identifier
    what: CustomerText
    due: Moment | None = None
    case: Identifier | None = None


@event("PromiseKept", items=(42, 43))
class PromiseKept(Event):
    """We did what we had promised."""

    promise: Identifier


@event("PromiseBroken", items=(42, 43))
class PromiseBroken(Event):
    """We did not do what we had promised."""

    promise: Identifier
    reason: Code
