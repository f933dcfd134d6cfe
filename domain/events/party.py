"""Party: customers, their contact persons, supply points and groups, and customers not yet identified."""

from typing import Literal

from domain.events.personal import (
    CustomerAddress,
    CustomerEmail,
    CustomerLabel,
    CustomerName,
    CustomerPhone,
    CustomerText,
    PersonEmail,
    PersonName,
    PersonPhone,
)
from domain.events.register import Event, event
from domain.values import Code, CountryCode, Day, Identifier, Rate

CustomerKind = Literal["person", "household", "organisation", "public_body"]
BillChannel = Literal["paper", "electronic", "text_message", "portal"]


@event("CustomerRegistered", items=(1, 2, 8, 9))
class CustomerRegistered(Event):
    """A customer is known to the enterprise from now on."""

    kind: CustomerKind
    name: CustomerName | None = None
    phone: CustomerPhone | None = None
    email: CustomerEmail | None = None
    address: CustomerAddress | None = None
    country: CountryCode | None = None
    region: Code | None = None
    industry: Code | None = None
    segment: Code | None = None


@event("CustomerDetailsChanged", items=(5, 12, 13))
class CustomerDetailsChanged(Event):
    """Facts about a customer changed; only the fields given change."""

    kind: CustomerKind | None = None
    name: CustomerName | None = None
    phone: CustomerPhone | None = None
    email: CustomerEmail | None = None
    address: CustomerAddress | None = None
    country: CountryCode | None = None
    region: Code | None = None
    industry: Code | None = None
    segment: Code | None = None


@event("ProvisionalCustomerNoted", items=(8, 9))
class ProvisionalCustomerNoted(Event):
    """Somebody dealt with us whom we could not identify yet."""

    channel: Code
    hint: CustomerText | None = None


@event("ProvisionalCustomerIdentified", items=(3, 8))
class ProvisionalCustomerIdentified(Event):
    """A provisional customer turned out to be a registered one; this stream stays and points to theirs."""

    customer: Identifier
    evidence: Code


@event("ProvisionalCustomerLinked", items=(3, 8))
class ProvisionalCustomerLinked(Event):
    """A provisional customer was identified as this customer; their stream holds what they did before."""

    provisional: Identifier


@event("CustomerMerged", items=(3,))
class CustomerMerged(Event):
    """Two streams turned out to be one customer; one entry on each, neither moves."""

    direction: Literal["into", "from"]
    other: Identifier


@event("CustomerSplit", items=(3,))
class CustomerSplit(Event):
    """One stream turned out to be two customers; one entry on each, earlier answers stay."""

    direction: Literal["into", "from"]
    other: Identifier


@event("CustomerClosed", items=(13,))
class CustomerClosed(Event):
    """The relation ended; later facts are still recorded."""

    reason: Code


@event("ContactPersonAdded", items=(11,))
class ContactPersonAdded(Event):
    """Somebody speaks for the customer."""

    person: Identifier
    name: PersonName | None = None
    phone: PersonPhone | None = None
    email: PersonEmail | None = None
    role: Code | None = None
    level: Literal["executive", "middle", "grassroots"] | None = None
    consent: bool | None = None


@event("ContactPersonChanged", items=(11,))
class ContactPersonChanged(Event):
    """Facts about a contact person changed; only the fields given change."""

    person: Identifier
    name: PersonName | None = None
    phone: PersonPhone | None = None
    email: PersonEmail | None = None
    role: Code | None = None
    level: Literal["executive", "middle", "grassroots"] | None = None
    consent: bool | None = None


@event("ContactPersonRemoved", items=(11,))
class ContactPersonRemoved(Event):
    """Somebody no longer speaks for the customer."""

    person: Identifier
    reason: Code | None = None


@event("SupplyPointAdded", items=(86, 99))
class SupplyPointAdded(Event):
    """The customer holds a supply point from now on."""

    supply_point: Identifier
    voltage_kv: Rate | None = None
    contract_kva: Rate | None = None
    tariff: Code | None = None
    meter: Identifier | None = None
    route: Code | None = None
    address: CustomerAddress | None = None


@event("SupplyPointChanged", items=(86, 99))
class SupplyPointChanged(Event):
    """Facts about a supply point changed; only the fields given change."""

    supply_point: Identifier
    voltage_kv: Rate | None = None
    contract_kva: Rate | None = None
    tariff: Code | None = None
    meter: Identifier | None = None
    route: Code | None = None
    address: CustomerAddress | None = None


@event("SupplyPointRemoved", items=(99,))
class SupplyPointRemoved(Event):
    """The customer no longer holds a supply point."""

    supply_point: Identifier
    reason: Code


@event("GroupJoined", items=(7, 101))
class GroupJoined(Event):
    """The customer belongs to a group of customers from now on."""

    group: Identifier
    role: Literal["head", "member"] = "member"


@event("GroupLeft", items=(7, 101))
class GroupLeft(Event):
    """The customer no longer belongs to a group."""

    group: Identifier


@event("PreferenceRecorded", items=(9, 10))
class PreferenceRecorded(Event):
    """The customer prefers something; a later preference on the topic replaces it."""

    topic: Code
    value: CustomerLabel


@event("NeedRecorded", items=(10, 12, 168))
class NeedRecorded(Event):
    """The customer needs something."""

    need: Identifier
    kind: Code
    priority: Literal["low", "normal", "high"] = "normal"
    description: CustomerText | None = None


@event("BillPreferenceSet", items=(153,))
class BillPreferenceSet(Event):
    """The customer's bills go this way from `effective` on, else from when it happened."""

    channel: BillChannel
    effective: Day | None = None
