"""Voids in a ledger: who may make them, and that the rules forget what is voided."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import canonical_bytes
from domain.customer.plain import plain
from domain.entry import Draft, Entry
from domain.events import REGISTER
from domain.events.oversight import EntryVoided, VoidProposed
from domain.kept import learn_entries
from domain.ledger import Ledger
from domain.rules import Known
from domain.store.request import TAIL_MAX
from replay.history import replay_customer
from tests.database import Store
from tests.domain.rules.test_known import contents
from tests.domain.test_standing import voided_histories
from tests.drafts import closed, draft, opened, payment, refusals
from tests.vaults import open_ledger

FIRST, SECOND = "key:first", "key:second"


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with the database's clock and one shard."""
    with open_ledger(store.url) as opened_ledger:
        yield opened_ledger


def proposed(of: UUID, *, customer: str = "1", name: str = "V", principal: str = FIRST) -> Draft:
    """The proposal of a void."""
    return draft(customer, VoidProposed(proposal=name, entry=of, reason="wrong", principal=principal))


def voided(of: UUID, *, customer: str = "1", name: str = "V", principal: str = SECOND) -> Draft:
    """A void."""
    return draft(customer, EntryVoided(proposal=name, entry=of, reason="wrong", principal=principal))


def void(ledger: Ledger, of: UUID, customer: str = "1") -> None:
    """Have an entry voided by two."""
    name = str(uuid4())
    pair = [proposed(of, customer=customer, name=name), voided(of, customer=customer, name=name)]
    assert refusals(ledger.record(pair)) == [None, None]


def fresh(ledger: Ledger, customer: str = "1") -> dict[str, object]:
    """What the rules know of a customer who is read anew."""
    return contents(learn_entries(ledger.stream(f"customer:{customer}")))


def test_a_name_can_be_taken_again_after_its_entry_was_voided(ledger: Ledger) -> None:
    first = draft("1", opened("A"))
    assert refusals(ledger.record([first, draft("1", opened("A"))])) == [None, "case-already-opened"]
    void(ledger, first.id)
    assert refusals(ledger.record([draft("1", closed("A"))])) == ["unknown-case"]
    assert refusals(ledger.record([draft("1", opened("A")), draft("1", closed("A"))])) == [None, None]
    assert ledger.customer("1").customer.anomalies == []


def test_so_it_can_in_the_batch_that_voids_it(ledger: Ledger) -> None:
    first = draft("1", opened("A"))
    batch = [first, draft("1", payment("P"))]
    assert refusals(ledger.record(batch)) == [None, None]
    batch = [
        draft("1", opened("A")),
        proposed(first.id),
        voided(first.id),
        draft("1", closed("A")),
        draft("1", opened("A")),
        draft("1", closed("A")),
        draft("1", payment("P")),
        draft("1", opened("A")),
    ]
    expected = ["case-already-opened", None, None, "unknown-case", None, None, "payment-already-exists"]
    assert refusals(ledger.record(batch)) == [*expected, "case-already-opened"]
    kept = ledger.scribe.decisions.streams.kept["customer:1"].current()
    assert not kept.stale
    assert contents(kept) == fresh(ledger)


@pytest.mark.parametrize("length", [3, TAIL_MAX + 10])
def test_a_void_by_another_process_is_known_in_time(store: Store, length: int) -> None:
    with open_ledger(store.url) as mine, open_ledger(store.url) as other:
        first = draft("1", opened("A"))
        assert refusals(mine.record([first])) == [None]
        assert refusals(mine.record([draft("1", payment(f"P{n}")) for n in range(length)])) == [None] * length
        void(other, first.id)
        expected = ["payment-already-exists", None, "case-already-opened"]
        batch = [draft("1", payment("P0")), draft("1", opened("A")), draft("1", opened("A"))]
        assert refusals(mine.record(batch)) == expected
        assert contents(mine.scribe.decisions.streams.kept["customer:1"].current()) == fresh(mine)


def test_many_voids_of_one_long_stream_are_made_in_one_go(ledger: Ledger) -> None:
    paid = [draft("1", payment(f"P{n}")) for n in range(300)]
    ledger.record(paid)
    names = {it.id: str(uuid4()) for it in paid}
    assert refusals(ledger.record([proposed(it.id, name=names[it.id]) for it in paid])) == [None] * 300
    made = [voided(it.id, name=names[it.id]) for it in paid]
    again = [draft("1", payment(f"P{n}")) for n in range(300)]
    assert refusals(ledger.record([*made, *again])) == [None] * 600
    assert contents(ledger.scribe.decisions.streams.kept["customer:1"].current()) == fresh(ledger)
    assert len(ledger.customer("1").customer.accounts.by_currency) == 1


class TestTargets:
    def test_an_entry_must_be_there_in_this_stream_and_before(self, ledger: Ledger) -> None:
        mine, elsewhere = draft("1", opened("A")), draft("2", opened("A"))
        ledger.record([mine, elsewhere])
        late = draft("1", payment("P"))
        batch = [proposed(uuid4(), name="1"), proposed(elsewhere.id, name="2"), late]
        outcomes = ledger.record([*batch, proposed(late.id, name="3"), proposed(mine.id, name="4")])
        assert refusals(outcomes) == ["unknown-entry", "unknown-entry", None, "unknown-entry", None]
        assert refusals(ledger.record([proposed(late.id, name="3")])) == [None]

    def test_what_oversees_is_not_voided(self, ledger: Ledger) -> None:
        mine = draft("1", opened("A"))
        proposal, made = proposed(mine.id), voided(mine.id)
        ledger.record([mine])
        assert refusals(ledger.record([proposal, made])) == [None, None]
        outcomes = ledger.record([proposed(proposal.id, name="1"), proposed(made.id, name="2")])
        assert refusals(outcomes) == ["not-voidable"] * 2
        assert [getattr(it, "field", None) for it in outcomes] == ["data.entry"] * 2

    def test_each_shard_is_asked_for_its_own(self, sharded_store: Store) -> None:
        with open_ledger(sharded_store.url) as ledger:
            drafts = [draft(str(n), opened("A")) for n in range(12)]
            ledger.record(drafts)
            proposals = [proposed(it.id, customer=str(n)) for n, it in enumerate(drafts)]
            assert refusals(ledger.record(proposals)) == [None] * 12


def test_nobody_goes_round_four_eyes_in_one_batch(ledger: Ledger) -> None:
    mine = draft("1", opened("A"))
    ledger.record([mine])
    batch = [voided(mine.id), proposed(mine.id), voided(mine.id, principal=FIRST), voided(mine.id)]
    expected = ["unknown-proposal", None, "same-principal", None]
    assert refusals(ledger.record([*batch, voided(mine.id, principal="owner")])) == [
        *expected,
        "already-voided",
    ]


def test_a_void_is_a_matter_of_when_it_was_known(ledger: Ledger) -> None:
    first = draft("1", opened("A"))
    told = ledger.record([first, draft("1", payment("P"))])
    before = ledger.log()[-1].recorded_at
    assert all(isinstance(it, tuple) for it in told)
    void(ledger, first.id)
    early = first.occurred_at + timedelta(seconds=1)
    assert ledger.customer("1", as_of=early).customer.cases.cases == {}
    assert ledger.customer("1").customer.cases.cases == {}
    known_then = ledger.customer("1", as_of=early, known_at=before)
    assert set(known_then.customer.cases.cases) == {"A"}
    for found in (known_then, ledger.customer("1", as_of=early)):
        replayed = replay_customer(ledger, "1", found.cut, early, ledger.facts.zone)
        assert canonical_bytes(plain(replayed)) == canonical_bytes(plain(found.customer))


@given(voided_histories())
def test_what_is_known_after_voids_is_what_is_learnt_without_them(entries: list[Entry[Any]]) -> None:
    crossed_out = {it.data.entry for it in entries if isinstance(it.data, EntryVoided)}
    expected = Known()
    for it in entries:
        if it.id not in crossed_out or REGISTER[it.type].family == "oversight":
            expected.learn(it.type, it.data)
    found = learn_entries(entries)
    assert contents(found) == contents(expected)
    assert (found.version, found.stale) == (len(entries), False)


@given(voided_histories(), st.integers(0, 16))
def test_what_was_learnt_before_a_void_is_stale_after_it(entries: list[Entry[Any]], cut: int) -> None:
    learnt = learn_entries(entries[:cut])
    copied = learnt.copy()
    targets = {it.data.entry for it in entries[:cut] if isinstance(it.data, EntryVoided)}
    for it in entries[cut:]:
        copied.learn(it.type, it.data)
        targets |= {it.data.entry} if isinstance(it.data, EntryVoided) else set()
    assert copied.stale == (len(targets) > learnt.voids_left_out)
    assert not learnt.stale
    assert contents(copied)["oversight"] == contents(learn_entries(entries))["oversight"]
