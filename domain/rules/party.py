"""Rules of the Party family: nobody is registered twice; nothing changes or ends that was not named."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from domain.events import Event
from domain.events.party import (
    ContactPersonAdded,
    ContactPersonChanged,
    ContactPersonRemoved,
    CustomerClosed,
    CustomerMerged,
    CustomerRegistered,
    CustomerSplit,
    GroupJoined,
    GroupLeft,
    NeedRecorded,
    ProvisionalCustomerIdentified,
    ProvisionalCustomerLinked,
    SupplyPointAdded,
    SupplyPointChanged,
    SupplyPointRemoved,
)
from domain.refusals import (
    AlreadyEnded,
    AlreadyIdentified,
    AlreadyLinked,
    AlreadyRegistered,
    NameAlreadyTaken,
    Refused,
    UnknownPerson,
    UnknownReference,
    UnknownSupplyPoint,
)
from domain.rules.part import Part, need, need_new

if TYPE_CHECKING:
    from domain.rules.known import Known


@dataclass(slots=True)
class KnownParty(Part):
    """Names of the Party family.

    `marks` may hold registered, closed, identified. Persons, supply points and groups tell whether they are
    held still; links, by the id of the other, how they were linked last.
    """

    marks: set[str] = field(default_factory=set)
    persons: dict[str, bool] = field(default_factory=dict)
    supply_points: dict[str, bool] = field(default_factory=dict)
    groups: dict[str, bool] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)


def _learn_registered(known: KnownParty, _: CustomerRegistered) -> None:
    known.marks.add("registered")
    known.marks.discard("closed")


def _learn_closed(known: KnownParty, _: CustomerClosed) -> None:
    known.marks.add("closed")


def _learn_identified(known: KnownParty, _: ProvisionalCustomerIdentified) -> None:
    known.marks.add("identified")


def _learn_link(known: KnownParty, event: CustomerMerged | CustomerSplit) -> None:
    known.links[event.other] = _link(event)


def _learn_provisional(known: KnownParty, event: ProvisionalCustomerLinked) -> None:
    known.links[event.provisional] = "provisional"


def _learn_need(known: KnownParty, event: NeedRecorded) -> None:
    known.needs.add(event.need)


def _learn_held(part: str, name: str, *, held: bool) -> Callable[[KnownParty, Any], None]:
    def learn(known: KnownParty, event: Event) -> None:
        getattr(known, part)[getattr(event, name)] = held

    return learn


def _link(event: CustomerMerged | CustomerSplit) -> str:
    return f"{event.TYPE} {event.direction}"


def _decide_registered(known: "Known", _: CustomerRegistered) -> None:
    """Let a customer who left come back."""
    marks = known.party.marks
    if "registered" in marks and "closed" not in marks:
        raise AlreadyRegistered("type", "CustomerRegistered")


def _decide_closed(known: "Known", _: CustomerClosed) -> None:
    if "closed" in known.party.marks:
        raise AlreadyEnded("type", "CustomerClosed")


def _decide_identified(known: "Known", event: ProvisionalCustomerIdentified) -> None:
    if "identified" in known.party.marks:
        raise AlreadyIdentified("customer", event.customer)


def _decide_link(known: "Known", event: CustomerMerged | CustomerSplit) -> None:
    if known.party.links.get(event.other) == _link(event):
        raise AlreadyLinked("other", event.other)


def _decide_provisional(known: "Known", event: ProvisionalCustomerLinked) -> None:
    if known.party.links.get(event.provisional) == "provisional":
        raise AlreadyLinked("provisional", event.provisional)


def _decide_need(known: "Known", event: NeedRecorded) -> None:
    need_new(known.party.needs, event.need, "need")


def _decide_person_added(known: "Known", event: ContactPersonAdded) -> None:
    _need_unheld(known.party.persons, event.person, "person")


def _decide_person_changed(known: "Known", event: ContactPersonChanged) -> None:
    need(known.party.persons, event.person, "person", UnknownPerson)


def _decide_person_removed(known: "Known", event: ContactPersonRemoved) -> None:
    _need_held(known.party.persons, event.person, "person", UnknownPerson)


def _decide_supply_point_added(known: "Known", event: SupplyPointAdded) -> None:
    _need_unheld(known.party.supply_points, event.supply_point, "supply_point")


def _decide_supply_point_changed(known: "Known", event: SupplyPointChanged) -> None:
    need(known.party.supply_points, event.supply_point, "supply_point", UnknownSupplyPoint)


def _decide_supply_point_removed(known: "Known", event: SupplyPointRemoved) -> None:
    _need_held(known.party.supply_points, event.supply_point, "supply_point", UnknownSupplyPoint)


def _decide_group_joined(known: "Known", event: GroupJoined) -> None:
    _need_unheld(known.party.groups, event.group, "group")


def _decide_group_left(known: "Known", event: GroupLeft) -> None:
    _need_held(known.party.groups, event.group, "group", UnknownReference)


def _need_unheld(held: dict[str, bool], name: str, field: str) -> None:
    if held.get(name):
        raise NameAlreadyTaken(field, name)


def _need_held(held: dict[str, bool], name: str, field: str, unknown: type[Refused]) -> None:
    need(held, name, field, unknown)
    if not held[name]:
        raise AlreadyEnded(field, name)


LEARN: Final[dict[str, Callable[[KnownParty, Any], None]]] = {
    "CustomerRegistered": _learn_registered,
    "CustomerClosed": _learn_closed,
    "ProvisionalCustomerIdentified": _learn_identified,
    "ProvisionalCustomerLinked": _learn_provisional,
    "CustomerMerged": _learn_link,
    "CustomerSplit": _learn_link,
    "NeedRecorded": _learn_need,
    "ContactPersonAdded": _learn_held("persons", "person", held=True),
    "ContactPersonRemoved": _learn_held("persons", "person", held=False),
    "SupplyPointAdded": _learn_held("supply_points", "supply_point", held=True),
    "SupplyPointRemoved": _learn_held("supply_points", "supply_point", held=False),
    "GroupJoined": _learn_held("groups", "group", held=True),
    "GroupLeft": _learn_held("groups", "group", held=False),
}
"""Stored type name to what is learnt from it; from the types that are not here nothing is."""

DECIDE: Final[dict[str, Callable[["Known", Any], None]]] = {
    "CustomerRegistered": _decide_registered,
    "CustomerClosed": _decide_closed,
    "ProvisionalCustomerIdentified": _decide_identified,
    "ProvisionalCustomerLinked": _decide_provisional,
    "CustomerMerged": _decide_link,
    "CustomerSplit": _decide_link,
    "NeedRecorded": _decide_need,
    "ContactPersonAdded": _decide_person_added,
    "ContactPersonChanged": _decide_person_changed,
    "ContactPersonRemoved": _decide_person_removed,
    "SupplyPointAdded": _decide_supply_point_added,
    "SupplyPointChanged": _decide_supply_point_changed,
    "SupplyPointRemoved": _decide_supply_point_removed,
    "GroupJoined": _decide_group_joined,
    "GroupLeft": _decide_group_left,
}
"""Stored type name to what may refuse it; the types that are not here are never refused."""
