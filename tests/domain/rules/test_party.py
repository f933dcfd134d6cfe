"""What the rules of the Party family allow and refuse."""

import pytest

from domain.events import Event
from domain.events.party import (
    BillPreferenceSet,
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
    UnknownPerson,
    UnknownReference,
    UnknownSupplyPoint,
)
from tests.givens import given

REGISTERED = CustomerRegistered(kind="person")
CLOSED = CustomerClosed(reason="moved")
PERSON = ContactPersonAdded(person="P")
PERSON_GONE = ContactPersonRemoved(person="P")
POINT = SupplyPointAdded(supply_point="S")
POINT_GONE = SupplyPointRemoved(supply_point="S", reason="moved")
JOINED = GroupJoined(group="G")
LEFT = GroupLeft(group="G")
MERGED = CustomerMerged(direction="from", other="2")
SPLIT = CustomerSplit(direction="into", other="2")


def test_a_customer_is_registered_once() -> None:
    given(REGISTERED).when(REGISTERED).refused(AlreadyRegistered, field="type", value="CustomerRegistered")


def test_a_customer_who_left_may_come_back() -> None:
    given(REGISTERED, CLOSED).when(REGISTERED).then()
    given(REGISTERED, CLOSED, REGISTERED).when(CLOSED).then()


def test_a_customer_leaves_once_registered_or_not() -> None:
    given().when(CLOSED).then()
    given(CLOSED).when(CLOSED).refused(AlreadyEnded, field="type", value="CustomerClosed")


def test_a_provisional_customer_is_identified_once() -> None:
    identified = ProvisionalCustomerIdentified(customer="7", evidence="meter")
    other = ProvisionalCustomerIdentified(customer="8", evidence="phone")
    given().when(identified).then()
    given(identified).when(other).refused(AlreadyIdentified, field="customer", value="8")


def test_a_provisional_customer_is_linked_once() -> None:
    linked = ProvisionalCustomerLinked(provisional="p1")
    given(linked).when(linked).refused(AlreadyLinked, field="provisional", value="p1")
    given(linked).when(ProvisionalCustomerLinked(provisional="p2")).then()


@pytest.mark.parametrize("link", [MERGED, SPLIT])
def test_streams_are_not_linked_the_same_way_twice_running(link: Event) -> None:
    given(link).when(link).refused(AlreadyLinked, field="other", value="2")


def test_a_merger_may_be_undone_and_done_again() -> None:
    given(MERGED).when(SPLIT).then()
    given(MERGED, SPLIT).when(MERGED).then()


@pytest.mark.parametrize(
    ("added", "removed", "field"),
    [(PERSON, PERSON_GONE, "person"), (POINT, POINT_GONE, "supply_point"), (JOINED, LEFT, "group")],
)
def test_what_is_held_is_taken_up_and_given_up_in_turn(added: Event, removed: Event, field: str) -> None:
    name = getattr(added, field)
    given().when(added).then()
    given(added).when(added).refused(NameAlreadyTaken, field=field, value=name)
    given(added).when(removed).then()
    given(added, removed).when(removed).refused(AlreadyEnded, field=field, value=name)
    given(added, removed).when(added).then()


def test_nobody_changes_or_removes_what_was_never_added() -> None:
    given().when(PERSON_GONE).refused(UnknownPerson, field="person", value="P")
    given().when(ContactPersonChanged(person="P")).refused(UnknownPerson, field="person", value="P")
    given().when(POINT_GONE).refused(UnknownSupplyPoint, field="supply_point", value="S")
    changed = SupplyPointChanged(supply_point="S")
    given().when(changed).refused(UnknownSupplyPoint, field="supply_point", value="S")
    given().when(LEFT).refused(UnknownReference, field="group", value="G")


def test_what_is_no_longer_held_may_still_turn_out_to_have_been_different() -> None:
    given(PERSON, PERSON_GONE).when(ContactPersonChanged(person="P", role="buyer")).then()
    given(POINT, POINT_GONE).when(SupplyPointChanged(supply_point="S", meter="M")).then()


def test_a_need_is_recorded_once() -> None:
    need = NeedRecorded(need="N", kind="capacity")
    given(need).when(need).refused(NameAlreadyTaken, field="need", value="N")
    given(need).when(NeedRecorded(need="N2", kind="capacity")).then()


def test_a_bill_preference_is_never_refused() -> None:
    preference = BillPreferenceSet(channel="paper")
    given(preference).when(preference).then()
