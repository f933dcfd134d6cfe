"""What passed between the customer and us: interactions, notices, visits and promises."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from domain.customer.handler import Handler
from domain.entry import Entry
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

if TYPE_CHECKING:
    from domain.customer.customer import Customer


@dataclass(slots=True)
class ChannelUse:
    """How often, and when last, one channel was used."""

    last_at: datetime
    inbound: int = 0
    outbound: int = 0


@dataclass(slots=True)
class Notice:
    """A notice to the customer; `failures` counts attempts that did not reach them."""

    entry_id: UUID
    kind: str
    channel: str
    sent_at: datetime
    about: str | None = None
    due: date | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    failed_because: str | None = None
    failures: int = 0

    @property
    def is_open(self) -> bool:
        """Whether we do not know yet if it arrived."""
        return self.delivered_at is None and self.failed_at is None


@dataclass(slots=True)
class Visit:
    """A visit to the customer, planned, completed or both."""

    entry_id: UUID
    purpose: str
    planned_for: datetime | None = None
    planned_at: datetime | None = None
    completed_at: datetime | None = None
    mode: str | None = None


@dataclass(slots=True)
class Promise:
    """What we promised; a promise that was broken may have been kept after all, later."""

    entry_id: UUID
    what: str
    made_at: datetime
    due: datetime | None = None
    case: str | None = None
    kept_at: datetime | None = None
    broken_at: datetime | None = None
    broken_because: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is neither kept nor broken."""
        return self.kept_at is None and self.broken_at is None


@dataclass(slots=True)
class Contacts:
    """All that passed between the customer and us, as far as the entries say."""

    interactions: int = 0
    last_at: datetime | None = None
    last_inbound_at: datetime | None = None
    last_outbound_at: datetime | None = None
    channels: dict[str, ChannelUse] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)

    def open_promises(self) -> list[str]:
        """Return the names of promises neither kept nor broken."""
        return [name for name, promise in self.promises.items() if promise.is_open]

    def open_notices(self) -> list[str]:
        """Return the names of notices neither delivered nor failed."""
        return [name for name, notice in self.notices.items() if notice.is_open]


def _interaction(customer: "Customer", entry: Entry[InteractionLogged]) -> str | None:
    contacts, event, moment = customer.contacts, entry.data, entry.occurred_at
    contacts.interactions += 1
    contacts.last_at = moment
    use = contacts.channels.get(event.channel)
    if use is None:
        use = contacts.channels[event.channel] = ChannelUse(moment)
    use.last_at = moment
    if event.direction == "inbound":
        contacts.last_inbound_at = moment
        use.inbound += 1
    else:
        contacts.last_outbound_at = moment
        use.outbound += 1
    if event.case is not None and event.case not in customer.cases.cases:
        return "unknown-case"
    return None


def _notice_sent(customer: "Customer", entry: Entry[NoticeSent]) -> str | None:
    notices, event = customer.contacts.notices, entry.data
    if event.notice in notices:
        return "notice-already-sent"
    notices[event.notice] = Notice(
        entry.id, event.kind, event.channel, entry.occurred_at, about=event.about, due=event.due
    )
    return None


def _notice_delivered(customer: "Customer", entry: Entry[NoticeDelivered]) -> str | None:
    notice = customer.contacts.notices.get(entry.data.notice)
    if notice is None:
        return "unknown-notice"
    if notice.delivered_at is not None:
        return "notice-already-delivered"
    notice.delivered_at = entry.occurred_at
    return None


def _notice_failed(customer: "Customer", entry: Entry[NoticeFailed]) -> str | None:
    notice = customer.contacts.notices.get(entry.data.notice)
    if notice is None:
        return "unknown-notice"
    notice.failures += 1
    notice.failed_at, notice.failed_because = entry.occurred_at, entry.data.reason
    return None if notice.delivered_at is None else "notice-failed-after-delivery"


def _visit_planned(customer: "Customer", entry: Entry[VisitPlanned]) -> str | None:
    visits, event = customer.contacts.visits, entry.data
    visit = visits.get(event.visit)
    if visit is None:
        visit = visits[event.visit] = Visit(entry.id, event.purpose)
    visit.planned_for, visit.planned_at = event.planned_for, entry.occurred_at
    return None if visit.completed_at is None else "visit-planned-after-completion"


def _visit_completed(customer: "Customer", entry: Entry[VisitCompleted]) -> str | None:
    visits, event = customer.contacts.visits, entry.data
    visit = visits.get(event.visit)
    if visit is None:
        visit = visits[event.visit] = Visit(entry.id, event.purpose)
    if visit.completed_at is not None:
        return "visit-already-completed"
    visit.completed_at, visit.mode, visit.purpose = entry.occurred_at, event.mode, event.purpose
    return None


def _promise_made(customer: "Customer", entry: Entry[PromiseMade]) -> str | None:
    promises, event = customer.contacts.promises, entry.data
    if event.promise in promises:
        return "promise-already-made"
    promises[event.promise] = Promise(entry.id, event.what, entry.occurred_at, event.due, event.case)
    if event.case is not None and event.case not in customer.cases.cases:
        return "unknown-case"
    return None


def _promise_kept(customer: "Customer", entry: Entry[PromiseKept]) -> str | None:
    promise = customer.contacts.promises.get(entry.data.promise)
    if promise is None:
        return "unknown-promise"
    if promise.kept_at is not None:
        return "promise-already-kept"
    promise.kept_at = entry.occurred_at
    return None


def _promise_broken(customer: "Customer", entry: Entry[PromiseBroken]) -> str | None:
    promise = customer.contacts.promises.get(entry.data.promise)
    if promise is None:
        return "unknown-promise"
    if promise.broken_at is not None:
        return "promise-already-broken"
    promise.broken_at, promise.broken_because = entry.occurred_at, entry.data.reason
    return None if promise.kept_at is None else "promise-broken-after-kept"


HANDLERS: Final[dict[str, Handler]] = {
    "InteractionLogged": _interaction,
    "NoticeSent": _notice_sent,
    "NoticeDelivered": _notice_delivered,
    "NoticeFailed": _notice_failed,
    "VisitPlanned": _visit_planned,
    "VisitCompleted": _visit_completed,
    "PromiseMade": _promise_made,
    "PromiseKept": _promise_kept,
    "PromiseBroken": _promise_broken,
}
"""Stored type name to handler."""
