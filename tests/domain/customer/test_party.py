"""What facts of the Party family make of a customer."""

from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.customer import bill_channel_on
from domain.events.party import (
    BillPreferenceSet,
    ContactPersonAdded,
    ContactPersonChanged,
    ContactPersonRemoved,
    CustomerClosed,
    CustomerDetailsChanged,
    CustomerMerged,
    CustomerRegistered,
    CustomerSplit,
    GroupJoined,
    GroupLeft,
    NeedRecorded,
    PreferenceRecorded,
    ProvisionalCustomerIdentified,
    ProvisionalCustomerLinked,
    ProvisionalCustomerNoted,
    SupplyPointAdded,
    SupplyPointChanged,
    SupplyPointRemoved,
)
from tests.givens import Fact, after, at, codes, day, on

REGISTERED = CustomerRegistered(kind="person", name="A Name", country="CN")
PERSON = ContactPersonAdded(person="P", name="B Name", role="buyer")
POINT = SupplyPointAdded(supply_point="S", voltage_kv=Decimal(10), meter="M1")
JOINED = GroupJoined(group="G", role="head")
LEFT = GroupLeft(group="G")
CLOSED = CustomerClosed(reason="moved")
PERSON_GONE = ContactPersonRemoved(person="P")
POINT_GONE = SupplyPointRemoved(supply_point="S", reason="moved")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_registration_says_who_the_customer_is_and_changes_say_what_is_different() -> None:
    party = after(REGISTERED, CustomerDetailsChanged(name="C Name", region="north")).party
    assert (party.kind, party.name, party.country, party.region) == ("person", "C Name", "CN", "north")
    assert (party.registered_at, party.closed_at) == (at(1), None)


def test_details_may_be_known_of_a_customer_never_registered() -> None:
    customer = after(CustomerDetailsChanged(kind="organisation"))
    assert (customer.party.kind, customer.party.registered_at, codes(customer)) == ("organisation", None, [])


def test_a_customer_leaves_and_comes_back() -> None:
    gone = after(REGISTERED, CLOSED).party
    assert (gone.closed_at, gone.closed_because) == (at(2), "moved")
    back = after(REGISTERED, CLOSED, CustomerRegistered(kind="household"))
    assert (back.party.registered_at, back.party.closed_at, back.party.closed_because) == (at(1), None, None)
    assert (back.party.kind, codes(back)) == ("household", [])


def test_a_provisional_customer_is_noted_and_identified() -> None:
    customer = after(
        ProvisionalCustomerNoted(channel="phone"),
        ProvisionalCustomerNoted(channel="web"),
        ProvisionalCustomerIdentified(customer="7", evidence="meter"),
    )
    party = customer.party
    assert codes(customer) == []
    assert party.provisional is not None
    assert (party.provisional.noted_at, party.provisional.channel) == (at(1), "phone")
    assert (party.provisional.identified_as, party.provisional.evidence) == ("7", "meter")
    assert party.provisional.identified_at == at(3)


def test_linked_streams_are_listed_in_order() -> None:
    customer = after(
        CustomerMerged(direction="from", other="2"),
        CustomerSplit(direction="into", other="2"),
        ProvisionalCustomerLinked(provisional="p"),
    )
    assert codes(customer) == []
    assert [(it.kind, it.direction, it.other, it.since) for it in customer.party.links] == [
        ("merged", "from", "2", at(1)),
        ("split", "into", "2", at(2)),
        ("provisional", "from", "p", at(3)),
    ]


def test_a_contact_person_is_added_changed_and_removed() -> None:
    customer = after(PERSON, ContactPersonChanged(person="P", level="executive"), PERSON_GONE)
    person = customer.party.persons["P"]
    assert codes(customer) == []
    assert (person.name, person.role, person.level) == ("B Name", "buyer", "executive")
    assert (person.since, person.until) == (at(1), at(3))
    again = after(PERSON, PERSON_GONE, ContactPersonAdded(person="P")).party.persons["P"]
    assert (again.since, again.until, again.name) == (at(3), None, None)


def test_a_supply_point_is_added_changed_and_removed() -> None:
    customer = after(POINT, SupplyPointChanged(supply_point="S", meter="M2"), POINT_GONE)
    point = customer.party.supply_points["S"]
    assert codes(customer) == []
    assert (point.voltage_kv, point.meter, point.since, point.until) == (Decimal(10), "M2", at(1), at(3))


def test_a_group_is_joined_and_left() -> None:
    membership = after(JOINED, LEFT).party.groups["G"]
    assert (membership.role, membership.since, membership.until) == ("head", at(1), at(2))
    assert codes(after(JOINED, LEFT)) == []
    assert after(JOINED, LEFT, GroupJoined(group="G")).party.groups["G"].role == "member"


def test_of_two_preferences_on_a_topic_the_later_holds() -> None:
    customer = after(
        on(5, PreferenceRecorded(topic="language", value="English")),
        on(2, PreferenceRecorded(topic="language", value="Chinese")),
    )
    preference = customer.party.preferences["language"]
    assert (preference.value, preference.since, codes(customer)) == ("English", at(5), [])


def test_a_need_is_kept_as_first_recorded() -> None:
    customer = after(
        NeedRecorded(need="N", kind="capacity", priority="high"), NeedRecorded(need="N", kind="x")
    )
    need = customer.party.needs["N"]
    assert (need.kind, need.priority, need.since) == ("capacity", "high", at(1))
    assert codes(customer) == ["need-already-recorded"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ([REGISTERED, REGISTERED], "already-registered"),
        ([CLOSED, CLOSED], "already-closed"),
        ([ProvisionalCustomerIdentified(customer="7", evidence="meter")] * 2, "already-identified"),
        ([PERSON, PERSON], "person-already-added"),
        ([ContactPersonChanged(person="P")], "unknown-person"),
        ([PERSON_GONE], "unknown-person"),
        ([PERSON, PERSON_GONE, PERSON_GONE], "person-already-removed"),
        ([POINT, POINT], "supply-point-already-added"),
        ([SupplyPointChanged(supply_point="S")], "unknown-supply-point"),
        ([POINT_GONE], "unknown-supply-point"),
        ([POINT, POINT_GONE, POINT_GONE], "supply-point-already-removed"),
        ([JOINED, JOINED], "group-already-joined"),
        ([LEFT], "unknown-group"),
        ([JOINED, LEFT, LEFT], "group-already-left"),
    ],
)
def test_what_does_not_fit_changes_nothing_and_is_kept(facts: list[Fact], code: str) -> None:
    customer = after(*facts)
    assert codes(customer) == [code]
    assert customer.party == after(*facts[:-1]).party


def test_bills_go_as_last_said_from_the_day_it_takes_effect() -> None:
    customer = after(
        on(1, BillPreferenceSet(channel="paper")),
        on(2, BillPreferenceSet(channel="electronic", effective=day(10))),
        on(5, BillPreferenceSet(channel="portal")),
    )
    assert codes(customer) == []
    channels = [bill_channel_on(customer, day(number), UTC) for number in (0, 1, 4, 5, 9, 10, 99)]
    assert channels == [None, "paper", "paper", "portal", "portal", "electronic", "electronic"]


def test_of_two_bill_preferences_from_one_day_the_later_said_holds() -> None:
    customer = after(
        on(1, BillPreferenceSet(channel="portal", effective=day(5))),
        on(2, BillPreferenceSet(channel="paper", effective=day(5))),
    )
    assert bill_channel_on(customer, day(5), UTC) == "paper"


def test_without_a_day_of_its_own_a_preference_counts_from_the_ledgers_day() -> None:
    customer = after(on(1.75, BillPreferenceSet(channel="paper")))
    assert bill_channel_on(customer, day(1), UTC) == "paper"
    assert bill_channel_on(customer, day(1), SHANGHAI) is None
    assert bill_channel_on(customer, day(2), SHANGHAI) == "paper"
