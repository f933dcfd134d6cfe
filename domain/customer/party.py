"""Who the customer is: facts about them, their preferences and needs, and streams linked to theirs."""

from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

from domain.customer.handler import Handler, take_given
from domain.customer.holdings import Membership, Person, SupplyPoint
from domain.entry import Entry
from domain.events.party import (
    BillChannel,
    BillPreferenceSet,
    CustomerClosed,
    CustomerDetailsChanged,
    CustomerKind,
    CustomerMerged,
    CustomerRegistered,
    CustomerSplit,
    NeedRecorded,
    PreferenceRecorded,
    ProvisionalCustomerIdentified,
    ProvisionalCustomerLinked,
    ProvisionalCustomerNoted,
)

if TYPE_CHECKING:
    from domain.customer.customer import Customer

DETAILS: Final = ("kind", "name", "phone", "email", "address", "country", "region", "industry", "segment")


@dataclass(frozen=True, slots=True)
class Preference:
    """What the customer prefers on one topic."""

    entry_id: UUID
    value: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Need:
    """What the customer needs."""

    entry_id: UUID
    kind: str
    priority: str
    since: datetime


@dataclass(frozen=True, slots=True)
class BillPreference:
    """How bills go from `effective` on, else from the ledger's day of `since`."""

    entry_id: UUID
    channel: BillChannel
    since: datetime
    effective: date | None


@dataclass(frozen=True, slots=True)
class Link:
    """What this stream has to do with another: merged, split, or a provisional customer's."""

    entry_id: UUID
    kind: Literal["merged", "split", "provisional"]
    direction: Literal["into", "from"]
    other: str
    since: datetime


@dataclass(slots=True)
class Provisional:
    """Somebody not identified at first; `identified_as` names the customer they turned out to be."""

    noted_at: datetime | None = None
    channel: str | None = None
    identified_as: str | None = None
    evidence: str | None = None
    identified_at: datetime | None = None


@dataclass(slots=True)
class Party:
    """Who the customer is, as far as the entries say."""

    kind: CustomerKind | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    country: str | None = None
    region: str | None = None
    industry: str | None = None
    segment: str | None = None
    registered_at: datetime | None = None
    closed_at: datetime | None = None
    closed_because: str | None = None
    provisional: Provisional | None = None
    persons: dict[str, Person] = field(default_factory=dict)
    supply_points: dict[str, SupplyPoint] = field(default_factory=dict)
    groups: dict[str, Membership] = field(default_factory=dict)
    preferences: dict[str, Preference] = field(default_factory=dict)
    needs: dict[str, Need] = field(default_factory=dict)
    bill_preferences: list[BillPreference] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def bill_channel_on(party: Party, day: date, zone: tzinfo) -> BillChannel | None:
    """Tell how the bills of a day go, None where nothing was said; `zone` is the ledger's."""
    channel: BillChannel | None = None
    since = date.min
    for preference in party.bill_preferences:
        effective = preference.effective or preference.since.astimezone(zone).date()
        # Of two from one day on, the later said holds.
        if since <= effective <= day:
            channel, since = preference.channel, effective
    return channel


def _registered(customer: "Customer", entry: Entry[CustomerRegistered]) -> str | None:
    party = customer.party
    if party.registered_at is not None and party.closed_at is None:
        return "already-registered"
    if party.registered_at is None:
        party.registered_at = entry.occurred_at
    party.closed_at = party.closed_because = None
    take_given(party, entry.data, DETAILS)
    return None


def _details_changed(customer: "Customer", entry: Entry[CustomerDetailsChanged]) -> str | None:
    take_given(customer.party, entry.data, DETAILS)
    return None


def _provisional(party: Party) -> Provisional:
    if party.provisional is None:
        party.provisional = Provisional()
    return party.provisional


def _noted(customer: "Customer", entry: Entry[ProvisionalCustomerNoted]) -> str | None:
    provisional = _provisional(customer.party)
    if provisional.noted_at is None:
        provisional.noted_at, provisional.channel = entry.occurred_at, entry.data.channel
    return None


def _identified(customer: "Customer", entry: Entry[ProvisionalCustomerIdentified]) -> str | None:
    provisional, event = _provisional(customer.party), entry.data
    if provisional.identified_at is not None:
        return "already-identified"
    provisional.identified_as, provisional.evidence = event.customer, event.evidence
    provisional.identified_at = entry.occurred_at
    return None


def _linked(customer: "Customer", entry: Entry[ProvisionalCustomerLinked]) -> str | None:
    link = Link(entry.id, "provisional", "from", entry.data.provisional, entry.occurred_at)
    customer.party.links.append(link)
    return None


def _merged(customer: "Customer", entry: Entry[CustomerMerged]) -> str | None:
    event = entry.data
    customer.party.links.append(Link(entry.id, "merged", event.direction, event.other, entry.occurred_at))
    return None


def _split(customer: "Customer", entry: Entry[CustomerSplit]) -> str | None:
    event = entry.data
    customer.party.links.append(Link(entry.id, "split", event.direction, event.other, entry.occurred_at))
    return None


def _closed(customer: "Customer", entry: Entry[CustomerClosed]) -> str | None:
    party = customer.party
    if party.closed_at is not None:
        return "already-closed"
    party.closed_at, party.closed_because = entry.occurred_at, entry.data.reason
    return None


def _preferred(customer: "Customer", entry: Entry[PreferenceRecorded]) -> str | None:
    event = entry.data
    customer.party.preferences[event.topic] = Preference(entry.id, event.value, entry.occurred_at)
    return None


def _needed(customer: "Customer", entry: Entry[NeedRecorded]) -> str | None:
    needs, event = customer.party.needs, entry.data
    if event.need in needs:
        return "need-already-recorded"
    needs[event.need] = Need(entry.id, event.kind, event.priority, entry.occurred_at)
    return None


def _bill_preference_set(customer: "Customer", entry: Entry[BillPreferenceSet]) -> str | None:
    event = entry.data
    preference = BillPreference(entry.id, event.channel, entry.occurred_at, event.effective)
    customer.party.bill_preferences.append(preference)
    return None


HANDLERS: Final[dict[str, Handler]] = {
    "CustomerRegistered": _registered,
    "CustomerDetailsChanged": _details_changed,
    "ProvisionalCustomerNoted": _noted,
    "ProvisionalCustomerIdentified": _identified,
    "ProvisionalCustomerLinked": _linked,
    "CustomerMerged": _merged,
    "CustomerSplit": _split,
    "CustomerClosed": _closed,
    "PreferenceRecorded": _preferred,
    "NeedRecorded": _needed,
    "BillPreferenceSet": _bill_preference_set,
}
"""Stored type name to handler."""
