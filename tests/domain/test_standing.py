"""Voids in folds: from when a void is known, its entry counts at no moment; before, it does."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import canonical_bytes
from domain.customer import Customer, fold, initial, state_at
from domain.customer.customer import evolve
from domain.customer.plain import plain
from domain.cut import Cut
from domain.entry import Entry
from domain.events import REGISTER
from domain.events.cases import CaseClosed, CaseOpened
from domain.events.oversight import EntryVoided, VoidProposed
from domain.standing import standing
from replay.history import replay_customer
from tests.givens import STREAM, Fact, at, codes, entry, history, on
from tests.replay.test_history import Pages
from tests.strategies import histories, renumbered

OPENED = CaseOpened(case="C", kind="complaint", channel="phone")
CLOSED = CaseClosed(case="C")


def void(of: Entry[Any]) -> Fact:
    """The void of an entry."""
    return EntryVoided(proposal="V", entry=of.id, reason="wrong", principal="owner")


def state(customer: Customer) -> bytes:
    """A state as bytes, so that two can be compared to the last digit."""
    return canonical_bytes(plain(customer))


@st.composite
def voided_histories(draw: st.DrawFn) -> list[Entry[Any]]:
    """Histories of which some entries are voided later, by voids of whatever moment."""
    entries = draw(histories(size=12))
    targets = draw(st.lists(st.sampled_from(entries), max_size=4)) if entries else []
    for target in targets:
        # Between the whole minutes of the others, so that no two happened at one moment.
        day = draw(st.integers(0, 40)) + (len(entries) + 1) / 100_000
        entries.append(entry(void(target), day=day, version=len(entries) + 1))
    return entries


def naive(entries: list[Entry[Any]], as_of: datetime) -> Customer:
    """Cross out by hand what is voided, and fold the rest one by one."""
    crossed_out = {it.data.entry for it in entries if isinstance(it.data, EntryVoided)}
    customer = initial(STREAM)
    for it in sorted(entries, key=lambda it: (it.occurred_at, it.version)):
        counts = REGISTER[it.type].family == "oversight" or it.id not in crossed_out
        if counts and it.occurred_at <= as_of:
            evolve(customer, it)
    return customer


@given(voided_histories(), st.floats(0, 42))
def test_a_state_is_the_naive_fold_of_what_is_not_voided(entries: list[Entry[Any]], day: float) -> None:
    assert state(fold(STREAM, entries)) == state(naive(entries, at(100)))
    assert state(state_at(STREAM, entries, at(day))) == state(naive(entries, at(day)))


@given(voided_histories(), st.randoms(use_true_random=False))
def test_arrival_order_does_not_matter_to_voids(entries: list[Entry[Any]], chance: Random) -> None:
    arrived = list(entries)
    chance.shuffle(arrived)
    states = [fold(STREAM, it) for it in (renumbered(arrived), entries)]
    for it in states:
        # In no log does a void come before its entry, so there the last version is never a voided one.
        it.version = 0
    assert state(states[0]) == state(states[1])


@given(voided_histories(), st.integers(0, 20), st.floats(0, 42))
def test_a_replay_knows_what_the_cut_knows(entries: list[Entry[Any]], cut: int, day: float) -> None:
    position = min(cut, len(entries))
    replayed = replay_customer(Pages(entries), "1", Cut((position,), at(0), closed=True), at(day))
    assert state(replayed) == state(naive(entries[:position], at(day)))


def test_a_void_counts_as_of_a_moment_before_it_happened() -> None:
    entries = history(on(1, OPENED), on(2, CLOSED))
    known_later = [*entries, entry(void(entries[1]), day=30, version=3)]
    assert state_at(STREAM, known_later, at(5)).cases.open_cases() == ["C"]
    assert state_at(STREAM, entries, at(5)).cases.open_cases() == []


def test_a_void_is_known_where_it_is_of_an_earlier_date_than_its_entry() -> None:
    entries = history(on(1, OPENED), on(20, CLOSED))
    voided = [*entries, entry(void(entries[1]), day=3, version=3)]
    assert fold(STREAM, voided).cases.open_cases() == ["C"]


def test_what_rests_on_a_voided_entry_no_longer_fits() -> None:
    entries = history(OPENED, CLOSED)
    voided = [*entries, entry(void(entries[0]), day=3, version=3)]
    assert codes(fold(STREAM, voided)) == ["unknown-case", "unknown-proposal"]


def test_no_void_voids_what_oversees() -> None:
    opened = entry(OPENED, day=1, version=1)
    proposed = VoidProposed(proposal="V", entry=opened.id, reason="wrong", principal="key:1")
    entries = [opened, entry(proposed, day=2, version=2), entry(void(opened), day=3, version=3)]
    entries += [entry(void(it), day=4 + it.version, version=it.version + 3) for it in entries[1:]]
    assert [it.version for it in standing(entries)] == [2, 3, 5, 6]
    assert "C" not in fold(STREAM, entries).cases.cases


def test_the_void_of_an_entry_that_is_not_there_changes_nothing() -> None:
    opened = entry(OPENED, day=1, version=1)
    elsewhere = msgspec.structs.replace(opened, id=entry(CLOSED, version=9).id)
    assert standing([opened, entry(void(elsewhere), version=2)])[0] is opened


def test_what_happened_later_is_left_out_and_the_order_stays() -> None:
    entries = history(on(9, OPENED), on(1, CLOSED), on(5, CLOSED))
    assert standing(entries) == entries
    assert [it.version for it in standing(iter(entries), datetime(2026, 1, 6, tzinfo=UTC))] == [2, 3]
