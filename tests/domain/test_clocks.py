"""The two clocks: the state at (as_of, known_at) is the fold of exactly the entries that both let in."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.customer import fold
from domain.customer.plain import plain
from domain.events import Event
from domain.ledger import Ledger
from domain.refusals import NoSuchCustomer, TimeInFuture
from replay.history import replay_customer
from tests.database import Store
from tests.drafts import draft, payment, receipt
from tests.givens import DAY_ZERO, at
from tests.strategies import events
from tests.vaults import open_ledger

CUSTOMERS = count(1)
per_ledger = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def simulated(simulated_store: Store) -> Iterator[Ledger]:
    """A ledger whose clock the writer sets."""
    with open_ledger(simulated_store.url) as ledger:
        yield ledger


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with the database's clock."""
    with open_ledger(store.url) as opened:
        yield opened


facts = st.lists(st.tuples(events(), st.integers(0, 40), st.integers(0, 5)), min_size=1, max_size=12)


@per_ledger
@given(facts=facts, as_of=st.integers(-1, 42), known=st.integers(0, 12))
def test_a_state_at_two_moments_is_the_naive_fold_of_the_filtered_list(
    simulated: Ledger, facts: list[tuple[Event, int, int]], as_of: int, known: int
) -> None:
    customer = f"c{next(CUSTOMERS)}"
    start = simulated.now() + timedelta(days=60)
    drafts = [
        draft(customer, event, at=at(day), recorded_at=start + timedelta(hours=hour * n))
        for n, (event, day, hour) in enumerate(facts, 1)
    ]
    simulated.record(drafts)
    everything = simulated.stream(f"customer:{customer}")
    known_at = everything[min(known, len(everything)) - 1].recorded_at if everything and known else start
    moment = at(as_of)
    inside = [it for it in everything if it.recorded_at <= known_at and it.occurred_at <= moment]
    if not inside:
        with pytest.raises(NoSuchCustomer):
            simulated.customer(customer, as_of=moment, known_at=known_at)
        return
    answer = simulated.customer(customer, as_of=moment, known_at=known_at)
    naive = fold(f"customer:{customer}", inside, simulated.facts.zone)
    assert plain(answer.customer) == plain(naive)
    assert answer.cut.closed
    replayed = replay_customer(simulated, customer, answer.cut, moment, simulated.facts.zone)
    assert plain(replayed) == plain(naive)


def test_late_facts_change_the_past_as_known_now_and_not_as_known_then(simulated: Ledger) -> None:
    then = DAY_ZERO + timedelta(days=400)
    simulated.record([draft("1", payment("on-time"), at=at(1), recorded_at=then)])
    simulated.record([draft("1", payment("late"), at=at(2), recorded_at=then + timedelta(days=30))])
    as_known_now = simulated.customer("1", as_of=at(10))
    as_known_then = simulated.customer("1", as_of=at(10), known_at=then)
    assert (as_known_now.customer.entries, as_known_then.customer.entries) == (2, 1)


def test_an_answer_at_a_closed_cut_never_changes(ledger: Ledger) -> None:
    ledger.record([draft("1", payment("P"))])
    moment = datetime.now(UTC)
    before = ledger.customer("1", known_at=moment)
    assert before.cut.closed
    for n in range(5):
        told = receipt(ledger.record([draft("1", payment(f"later-{n}"))])[0])
        assert told.recorded_at > moment
        after = ledger.customer("1", known_at=moment)
        assert after.cut == before.cut
        assert plain(after.customer) == plain(before.customer)


def test_a_moment_in_the_future_is_not_answered(ledger: Ledger) -> None:
    with pytest.raises(TimeInFuture):
        ledger.cut(datetime.now(UTC) + timedelta(hours=1))


def test_a_clock_slightly_ahead_of_ours_gets_an_open_answer(ledger: Ledger) -> None:
    ledger.record([draft("1", payment("P"))])
    assert not ledger.cut(datetime.now(UTC) + timedelta(minutes=1)).closed


def test_asking_never_moves_a_simulated_clock(simulated: Ledger) -> None:
    simulated.record([draft("1", payment("P"), recorded_at=at(5))])
    far = at(4000)
    assert not simulated.customer("1", known_at=far).cut.closed
    assert simulated.now() == simulated.heads()[0].recorded_at == at(5)
    told = receipt(simulated.record([draft("1", payment("Q"), recorded_at=at(6))])[0])
    assert told.recorded_at == at(6)


def test_a_simulated_clock_is_remembered(simulated_store: Store) -> None:
    with open_ledger(simulated_store.url) as ledger:
        ledger.record([draft("1", payment("P"), recorded_at=at(5))])
    with open_ledger(simulated_store.url) as ledger:
        assert ledger.now() == at(5)
        outcome: Any = ledger.record([draft("1", payment("Q"), at=at(30))])[0]
        assert outcome.code == TimeInFuture.code


def test_a_batch_is_judged_as_its_drafts_one_by_one_would_be(simulated: Ledger) -> None:
    drafts = [draft("1", payment("P"), recorded_at=at(50)), draft("1", payment("Q"), at=at(20))]
    assert [receipt(outcome).version for outcome in simulated.record(drafts)] == [1, 2]


def test_a_simulated_clock_moved_by_another_process_is_seen(simulated_store: Store) -> None:
    with open_ledger(simulated_store.url) as one, open_ledger(simulated_store.url) as other:
        other.record([draft("1", payment("P"), recorded_at=at(50))])
        assert receipt(one.record([draft("1", payment("Q"), at=at(40))])[0]).version == 2


def test_a_clock_cannot_be_set_where_nothing_can_follow(simulated: Ledger) -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    outcome: Any = simulated.record([draft("1", payment("P"), recorded_at=last)])[0]
    assert (outcome.code, outcome.field) == ("invalid-value", "recorded_at")
    assert receipt(simulated.record([draft("1", payment("P"), recorded_at=at(1))])[0]).version == 1
