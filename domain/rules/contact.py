"""Rules of the Contact family: nothing is delivered, kept or broken that was not sent or promised before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

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
from domain.refusals import AlreadySettled, UnknownCase, UnknownPerson, UnknownReference
from domain.rules.part import Part, need, need_new

if TYPE_CHECKING:
    from domain.rules.known import Known


@dataclass(slots=True)
class KnownContacts(Part):
    """Names of the Contact family.

    Notices tell whether they were delivered, visits whether completed, promises what became of them last.
    """

    interactions: set[str] = field(default_factory=set)
    notices: dict[str, bool] = field(default_factory=dict)
    visits: dict[str, bool] = field(default_factory=dict)
    promises: dict[str, str] = field(default_factory=dict)


def _learn_interaction(known: KnownContacts, event: InteractionLogged) -> None:
    known.interactions.add(event.interaction)


def _learn_sent(known: KnownContacts, event: NoticeSent) -> None:
    known.notices.setdefault(event.notice, False)


def _learn_delivered(known: KnownContacts, event: NoticeDelivered) -> None:
    known.notices[event.notice] = True


def _learn_planned(known: KnownContacts, event: VisitPlanned) -> None:
    known.visits.setdefault(event.visit, False)


def _learn_completed(known: KnownContacts, event: VisitCompleted) -> None:
    known.visits[event.visit] = True


def _learn_made(known: KnownContacts, event: PromiseMade) -> None:
    known.promises.setdefault(event.promise, "")


def _learn_kept(known: KnownContacts, event: PromiseKept) -> None:
    known.promises[event.promise] = "kept"


def _learn_broken(known: KnownContacts, event: PromiseBroken) -> None:
    known.promises[event.promise] = "broken"


def _decide_interaction(known: "Known", event: InteractionLogged) -> None:
    need_new(known.contact.interactions, event.interaction, "interaction")
    need(known.party.persons, event.person, "person", UnknownPerson)
    need(known.cases.cases, event.case, "case", UnknownCase)


def _decide_sent(known: "Known", event: NoticeSent) -> None:
    need_new(known.contact.notices, event.notice, "notice")


def _decide_delivered(known: "Known", event: NoticeDelivered) -> None:
    need(known.contact.notices, event.notice, "notice", UnknownReference)
    if known.contact.notices[event.notice]:
        raise AlreadySettled("notice", event.notice)


def _decide_failed(known: "Known", event: NoticeFailed) -> None:
    """A notice may fail more than once before it arrives."""
    need(known.contact.notices, event.notice, "notice", UnknownReference)


def _decide_completed(known: "Known", event: VisitCompleted) -> None:
    if known.contact.visits.get(event.visit):
        raise AlreadySettled("visit", event.visit)


def _decide_made(known: "Known", event: PromiseMade) -> None:
    need_new(known.contact.promises, event.promise, "promise")
    need(known.cases.cases, event.case, "case", UnknownCase)


def _decide_kept(known: "Known", event: PromiseKept) -> None:
    _decide_outcome(known.contact, event.promise, "kept")


def _decide_broken(known: "Known", event: PromiseBroken) -> None:
    _decide_outcome(known.contact, event.promise, "broken")


def _decide_outcome(known: KnownContacts, promise: str, outcome: str) -> None:
    """Refuse the same outcome again; that a broken promise was kept after all is another fact."""
    need(known.promises, promise, "promise", UnknownReference)
    if known.promises[promise] == outcome:
        raise AlreadySettled("promise", promise)


LEARN: Final[dict[str, Callable[[KnownContacts, Any], None]]] = {
    "InteractionLogged": _learn_interaction,
    "NoticeSent": _learn_sent,
    "NoticeDelivered": _learn_delivered,
    "VisitPlanned": _learn_planned,
    "VisitCompleted": _learn_completed,
    "PromiseMade": _learn_made,
    "PromiseKept": _learn_kept,
    "PromiseBroken": _learn_broken,
}
"""Stored type name to what is learnt from it; from the types that are not here nothing is."""

DECIDE: Final[dict[str, Callable[["Known", Any], None]]] = {
    "InteractionLogged": _decide_interaction,
    "NoticeSent": _decide_sent,
    "NoticeDelivered": _decide_delivered,
    "NoticeFailed": _decide_failed,
    "VisitCompleted": _decide_completed,
    "PromiseMade": _decide_made,
    "PromiseKept": _decide_kept,
    "PromiseBroken": _decide_broken,
}
"""Stored type name to what may refuse it; the types that are not here are never refused."""
