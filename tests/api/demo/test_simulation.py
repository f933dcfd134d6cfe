"""The simulation is the same to the byte for a seed, in order, complete, and true to rules and fold."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from api.demo.clock import END, year_ago
from api.demo.life import Fact
from api.demo.protagonist import protagonist_id
from api.demo.simulation import CUSTOMERS, SEED, live, simulate
from domain.customer import Customer, fold, state_at
from domain.customer.account import Account, credit, overdue, owed
from domain.door import Door
from domain.entry import Draft, Entry
from domain.events import REGISTER
from domain.rules import Known, check_stream, decide

ZONE = "Asia/Shanghai"
FEW = 25
DIGEST_OF_FEW = "83cc76c72e996a402f6e8fc60c99e2829037a8d8146bdc3b9c14c96f0f1f09ac"
DOOR = Door(new_id=uuid4, simulated=True)


def digest(documents: list[dict[str, Any]]) -> str:
    return sha256(json.dumps(documents, sort_keys=True).encode()).hexdigest()


def entries(drafts: list[Draft]) -> list[Entry[Any]]:
    """The entries of one stream, given in the order of their recording."""
    return [
        Entry(
            id=draft.id,
            stream=draft.stream,
            version=version,
            type=draft.event.TYPE,
            schema=draft.event.SCHEMA,
            occurred_at=draft.occurred_at,
            recorded_at=draft.recorded_at or draft.occurred_at,
            actor=draft.actor,
            source=draft.source,
            data=draft.event,
        )
        for version, draft in enumerate(drafts, 1)
    ]


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    return list(simulate())


@pytest.fixture(scope="module")
def drafts(documents: list[dict[str, Any]]) -> list[Draft]:
    return [DOOR.open(document) for document in documents]


@pytest.fixture(scope="module")
def streams(drafts: list[Draft]) -> dict[str, list[Entry[Any]]]:
    by_stream: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_stream[draft.stream].append(draft)
    return {stream: entries(found) for stream, found in by_stream.items()}


def the_account(customer: Customer) -> Account:
    return customer.accounts.account("CNY")


def test_a_seed_gives_the_same_documents_to_the_byte() -> None:
    few = list(simulate(customers=FEW))
    assert digest(few) == digest(list(simulate(customers=FEW)))
    assert digest(few) == DIGEST_OF_FEW
    assert digest(few) != digest(list(simulate(customers=FEW, seed=SEED + 1)))


def test_one_customer_more_changes_nothing_about_the_others() -> None:
    few, one_more = (
        {document["id"]: document["data"] for document in simulate(customers=count)}
        for count in (FEW, FEW + 1)
    )
    assert few.items() <= one_more.items()


def test_a_story_needs_two_years() -> None:
    with pytest.raises(ValueError, match="2 years"):
        next(simulate(years=1))


def test_what_happened_is_recorded_afterwards_and_in_rising_order(drafts: list[Draft]) -> None:
    moments = [(draft.occurred_at, draft.recorded_at) for draft in drafts]
    assert all(recorded is not None and occurred <= recorded for occurred, recorded in moments)
    assert all(
        earlier is not None and later is not None and earlier < later
        for (_, earlier), (_, later) in pairwise(moments)
    )
    assert drafts[-1].recorded_at is not None
    assert timedelta(0) <= END - drafts[-1].recorded_at < timedelta(days=1)


def test_every_event_type_that_is_told_happens(
    documents: list[dict[str, Any]], count: Callable[[str], None]
) -> None:
    happened = Counter(document["type"] for document in documents)
    by_command = {name for name, kind in REGISTER.items() if kind.family == "oversight"}
    assert REGISTER.keys() - happened.keys() == by_command
    assert 15_000 <= len(documents) <= 40_000
    count(f"simulated entries: {len(documents):,} of {len(happened)} types, {len(REGISTER)} registered")


def test_no_id_is_used_twice(drafts: list[Draft]) -> None:
    assert len({draft.id for draft in drafts}) == len(drafts)


def test_the_rules_refuse_nothing(drafts: list[Draft]) -> None:
    known: dict[str, Known] = defaultdict(Known)
    for draft in drafts:
        check_stream(draft.stream, draft.event.TYPE)
        for event in decide(known[draft.stream], draft.event):
            known[draft.stream].learn(event.TYPE, event)


def test_some_facts_are_known_weeks_late(drafts: list[Draft]) -> None:
    late = Counter(
        draft.event.TYPE
        for draft in drafts
        if draft.recorded_at is not None and draft.recorded_at - draft.occurred_at > timedelta(days=7)
    )
    assert {"PaymentReceived", "ChargeAdjusted", "SupplyPointChanged", "CaseOpened"} <= late.keys()
    assert late["PaymentReceived"] > FEW


def test_every_stream_folds_without_an_anomaly(streams: dict[str, list[Entry[Any]]]) -> None:
    states = {stream: fold(stream, found, ZONE) for stream, found in streams.items()}
    assert len(states) >= CUSTOMERS
    assert [(stream, state.anomalies) for stream, state in states.items() if state.anomalies] == []


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_the_fold_owes_what_the_story_owes(seed: int) -> None:
    debtors = 0
    for number in range(1, 61):
        character = live(number, customers=60, years=2, seed=seed)
        facts: list[Fact] = sorted(character.life.facts, key=lambda fact: fact.recorded_at)
        drafts = [DOOR.open(fact.document) for fact in facts]
        account = the_account(fold("", entries(drafts), ZONE))
        told = sum((bill.owed for bill in character.account.open()), Decimal(0))
        assert (owed(account), credit(account)) == (told, character.account.credit), number
        debtors += told > 0
    assert debtors > 0


def test_good_and_bad_payers_and_complaints_are_there(streams: dict[str, list[Entry[Any]]]) -> None:
    states = [fold(stream, found, ZONE) for stream, found in streams.items()]
    late = [state for state in states if overdue(the_account(state), END.date())]
    assert 0 < len(late) < len(states) / 5
    scores = [
        visit.score
        for state in states
        for case in state.cases.cases.values()
        for visit in case.return_visits
        if visit.score is not None
    ]
    assert min(scores) <= 1
    assert max(scores) >= 9
    cases = [case for state in states for case in state.cases.cases.values()]
    assert any(case.routes >= 3 and case.reopened_at and case.escalations for case in cases)
    assert any(case.deadlock for case in cases)


def test_the_protagonist_was_thought_late_and_was_not(streams: dict[str, list[Entry[Any]]]) -> None:
    stream = f"customer:{protagonist_id(CUSTOMERS)}"
    found, moment = streams[stream], year_ago()
    known_then = [entry for entry in found if entry.recorded_at <= moment]
    now = fold(stream, found, ZONE)
    known_now = state_at(stream, found, moment, ZONE)
    then = state_at(stream, known_then, moment, ZONE)

    assert overdue(the_account(then), moment.date()) > 0
    assert not then.cases.cases
    assert owed(the_account(known_now)) == 0
    assert credit(the_account(known_now)) > 0
    assert [case.status for case in known_now.cases.cases.values()] == ["open"]
    assert [case.status for case in now.cases.cases.values()] == ["closed", "closed"]
    assert [visit.score for case in now.cases.cases.values() for visit in case.return_visits] == [9, 9]


def test_the_protagonist_of_a_small_company_is_its_last_customer() -> None:
    assert protagonist_id(3) == "C-0003"
    assert any(
        document["data"].get("name") == "Mill 17" and document["stream"] == "customer:C-0003"
        for document in simulate(customers=3)
    )
