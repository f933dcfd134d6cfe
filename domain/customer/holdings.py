"""What the customer holds for a time: contact persons, supply points, places in groups."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID

from domain.customer.handler import Handler, take_given
from domain.entry import Entry
from domain.events.party import (
    ContactPersonAdded,
    ContactPersonChanged,
    ContactPersonRemoved,
    GroupJoined,
    GroupLeft,
    SupplyPointAdded,
    SupplyPointChanged,
    SupplyPointRemoved,
)

if TYPE_CHECKING:
    from domain.customer.customer import Customer

PERSON_DETAILS: Final = ("name", "phone", "email", "role", "level", "consent")
SUPPLY_POINT_DETAILS: Final = ("voltage_kv", "contract_kva", "tariff", "meter", "route", "address")


@dataclass(slots=True)
class Person:
    """Somebody who speaks, or until `until` spoke, for the customer."""

    entry_id: UUID
    since: datetime
    until: datetime | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    role: str | None = None
    level: str | None = None
    consent: bool | None = None


@dataclass(slots=True)
class SupplyPoint:
    """A supply point that the customer holds, or held until `until`."""

    entry_id: UUID
    since: datetime
    until: datetime | None = None
    voltage_kv: Decimal | None = None
    contract_kva: Decimal | None = None
    tariff: str | None = None
    meter: str | None = None
    route: str | None = None
    address: str | None = None


@dataclass(slots=True)
class Membership:
    """The customer's place in a group of customers; over where `until` is set."""

    entry_id: UUID
    role: str
    since: datetime
    until: datetime | None = None


def _person_added(customer: "Customer", entry: Entry[ContactPersonAdded]) -> str | None:
    persons, event = customer.party.persons, entry.data
    known = persons.get(event.person)
    if known is not None and known.until is None:
        return "person-already-added"
    person = persons[event.person] = Person(entry.id, entry.occurred_at)
    take_given(person, event, PERSON_DETAILS)
    return None


def _person_changed(customer: "Customer", entry: Entry[ContactPersonChanged]) -> str | None:
    person = customer.party.persons.get(entry.data.person)
    if person is None:
        return "unknown-person"
    take_given(person, entry.data, PERSON_DETAILS)
    return None


def _person_removed(customer: "Customer", entry: Entry[ContactPersonRemoved]) -> str | None:
    person = customer.party.persons.get(entry.data.person)
    if person is None:
        return "unknown-person"
    if person.until is not None:
        return "person-already-removed"
    person.until = entry.occurred_at
    return None


def _supply_point_added(customer: "Customer", entry: Entry[SupplyPointAdded]) -> str | None:
    points, event = customer.party.supply_points, entry.data
    known = points.get(event.supply_point)
    if known is not None and known.until is None:
        return "supply-point-already-added"
    point = points[event.supply_point] = SupplyPoint(entry.id, entry.occurred_at)
    take_given(point, event, SUPPLY_POINT_DETAILS)
    return None


def _supply_point_changed(customer: "Customer", entry: Entry[SupplyPointChanged]) -> str | None:
    point = customer.party.supply_points.get(entry.data.supply_point)
    if point is None:
        return "unknown-supply-point"
    take_given(point, entry.data, SUPPLY_POINT_DETAILS)
    return None


def _supply_point_removed(customer: "Customer", entry: Entry[SupplyPointRemoved]) -> str | None:
    point = customer.party.supply_points.get(entry.data.supply_point)
    if point is None:
        return "unknown-supply-point"
    if point.until is not None:
        return "supply-point-already-removed"
    point.until = entry.occurred_at
    return None


def _group_joined(customer: "Customer", entry: Entry[GroupJoined]) -> str | None:
    groups, event = customer.party.groups, entry.data
    known = groups.get(event.group)
    if known is not None and known.until is None:
        return "group-already-joined"
    groups[event.group] = Membership(entry.id, event.role, entry.occurred_at)
    return None


def _group_left(customer: "Customer", entry: Entry[GroupLeft]) -> str | None:
    membership = customer.party.groups.get(entry.data.group)
    if membership is None:
        return "unknown-group"
    if membership.until is not None:
        return "group-already-left"
    membership.until = entry.occurred_at
    return None


HANDLERS: Final[dict[str, Handler]] = {
    "ContactPersonAdded": _person_added,
    "ContactPersonChanged": _person_changed,
    "ContactPersonRemoved": _person_removed,
    "SupplyPointAdded": _supply_point_added,
    "SupplyPointChanged": _supply_point_changed,
    "SupplyPointRemoved": _supply_point_removed,
    "GroupJoined": _group_joined,
    "GroupLeft": _group_left,
}
"""Stored type name to handler."""
