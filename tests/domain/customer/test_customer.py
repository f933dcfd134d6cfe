"""The whole fold: total, in the order of what happened, the same whatever order it arrived in."""

import json
from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import canonical_bytes
from domain.customer import Anomaly, Customer, evolve, fold, initial, state_at
from domain.customer.customer import HANDLERS
from domain.customer.plain import plain
from domain.entry import Entry
from domain.events import REGISTER
from domain.events.cases import CaseClosed, CaseOpened
from domain.events.money import ChargeAssessed, ChargeDisputed, InvoiceIssued
from domain.events.party import CustomerRegistered, SupplyPointAdded
from tests.givens import STREAM, after, at, cny, codes, entry, history, on
from tests.strategies import histories, renumbered

OPENED = CaseOpened(case="C", kind="complaint", channel="phone")
CLOSED = CaseClosed(case="C")


def state(customer: Customer) -> bytes:
    """A state as bytes, so that two can be compared to the last digit."""
    return canonical_bytes(plain(customer))


def naive(entries: Sequence[Entry[Any]], as_of: datetime | None = None) -> Customer:
    """Fold by taking the earliest of what is left, again and again."""
    customer = initial(STREAM)
    left = [
        it
        for it in entries
        if (as_of is None or it.occurred_at <= as_of)
        and (REGISTER[it.type].family == "oversight" or not any(is_void_of(it, other) for other in entries))
    ]
    while left:
        earliest = left[0]
        for candidate in left:
            if (candidate.occurred_at, candidate.version) < (earliest.occurred_at, earliest.version):
                earliest = candidate
        left.remove(earliest)
        evolve(customer, earliest)
    return customer


def is_void_of(entry: Entry[Any], other: Entry[Any]) -> bool:
    """Whether the other entry voids this one."""
    return other.type == "EntryVoided" and other.data.entry == entry.id


def test_every_type_has_its_handler() -> None:
    assert set(HANDLERS) == set(REGISTER)


def test_a_customer_before_anything_happened() -> None:
    customer = fold(STREAM, [])
    assert customer == initial(STREAM)
    assert (customer.entries, customer.version, customer.first_at, customer.last_at) == (0, 0, None, None)


def test_the_fold_follows_what_happened_and_counts_what_it_folded() -> None:
    customer = after(on(9, CLOSED), on(2, OPENED), on(1, CustomerRegistered(kind="person")))
    assert customer.anomalies == []
    assert (customer.entries, customer.version) == (3, 3)
    assert (customer.first_at, customer.last_at) == (at(1), at(9))
    assert customer.cases.cases["C"].closed_at == at(9)


def test_entries_of_one_moment_follow_each_other_as_they_arrived() -> None:
    assert codes(after(on(1, OPENED), on(1, CLOSED))) == []
    assert codes(after(on(1, CLOSED), on(1, OPENED))) == ["unknown-case"]


def test_an_entry_that_does_not_fit_is_kept_with_its_id() -> None:
    entries = history(OPENED, CLOSED, CLOSED)
    assert fold(STREAM, entries).anomalies == [Anomaly(entries[2].id, "case-already-closed")]


def test_an_anomaly_about_money_says_what_it_is_about() -> None:
    anomalies = after(ChargeDisputed(dispute="D", charge="I")).anomalies
    assert [(it.code, it.about) for it in anomalies] == [("unknown-charge", "I")]


def test_an_entry_of_a_type_that_no_fold_knows_is_an_anomaly() -> None:
    strange = msgspec.structs.replace(entry(OPENED), type="NotOfThisTime")
    assert codes(fold(STREAM, [strange])) == ["unknown-type"]


def test_a_bill_for_a_supply_point_not_held_then_is_an_anomaly() -> None:
    invoice = InvoiceIssued(invoice="I", amount=cny(5), supply_point="S")
    charge = ChargeAssessed(charge="J", kind="fee", amount=cny(5), supply_point="S")
    added = SupplyPointAdded(supply_point="S")
    assert codes(after(on(5, added), on(1, invoice), on(2, charge))) == ["unknown-supply-point"] * 2
    customer = after(on(1, added), on(2, invoice), on(3, charge))
    assert codes(customer) == []
    assert set(customer.accounts.by_currency["CNY"].debts) == {"I", "J"}


def test_a_dispute_about_a_case_not_opened_then_is_an_anomaly() -> None:
    invoice = InvoiceIssued(invoice="I", amount=cny(5))
    dispute = ChargeDisputed(dispute="D", charge="I", case="C")
    assert codes(after(invoice, dispute)) == ["unknown-case"]
    assert codes(after(OPENED, invoice, dispute)) == []


def test_the_ledgers_zone_reaches_the_accounts() -> None:
    assert fold(STREAM, [], zone="Asia/Shanghai").accounts.zone == "Asia/Shanghai"
    assert state_at(STREAM, [], at(1), "Asia/Shanghai").accounts.zone == "Asia/Shanghai"


@given(histories(), st.randoms(use_true_random=False))
def test_arrival_order_does_not_change_a_state(entries: list[Entry[Any]], chance: Random) -> None:
    arrived = list(entries)
    chance.shuffle(arrived)
    assert state(fold(STREAM, renumbered(arrived))) == state(fold(STREAM, entries))


@given(histories(distinct=False))
def test_the_fold_is_the_naive_fold(entries: list[Entry[Any]]) -> None:
    assert state(fold(STREAM, reversed(entries))) == state(naive(entries))


@given(histories(distinct=False, size=40))
def test_evolve_takes_whatever_comes_in_whatever_order(entries: list[Entry[Any]]) -> None:
    customer = initial(STREAM)
    for it in entries:
        evolve(customer, it)
    assert customer.entries == customer.version == len(entries)
    assert {it.entry_id for it in customer.anomalies} <= {it.id for it in entries}


@given(histories(), st.floats(0, 41))
def test_a_state_at_a_moment_is_the_fold_of_what_had_happened(entries: list[Entry[Any]], day: float) -> None:
    moment = at(day)
    assert state(state_at(STREAM, entries, moment)) == state(naive(entries, moment))
    assert state(state_at(STREAM, entries)) == state(naive(entries))


@given(histories(), st.integers(0, 30))
def test_a_state_can_be_carried_on_from_where_it_stood(entries: list[Entry[Any]], cut: int) -> None:
    entries = [it for it in entries if it.type != "EntryVoided"]
    entries.sort(key=lambda it: it.occurred_at)
    customer = fold(STREAM, entries[:cut])
    for it in entries[cut:]:
        evolve(customer, it)
    assert state(customer) == state(fold(STREAM, entries))


@given(histories())
def test_a_state_has_one_plain_form(entries: list[Entry[Any]]) -> None:
    customer = fold(STREAM, entries)
    form = plain(customer)
    assert json.loads(canonical_bytes(form)) == form
    assert form == plain(fold(STREAM, entries))
    assert customer == fold(STREAM, entries)
