"""Helpers for tests of the domain: moments by day number, entries with rising versions, given/when/then."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from domain.customer import Customer, fold
from domain.entry import Actor, Entry
from domain.refusals import Refused
from domain.rules import Known, decide
from domain.values import Money

STREAM = "customer:1"
DAY_ZERO = datetime(2026, 1, 1, tzinfo=UTC)
RECORDED_AT = datetime(2030, 1, 1, tzinfo=UTC)
CLERK = Actor(kind="staff", id="clerk-1")

Fact: TypeAlias = Any
"""An event; type checkers do not see the names that the register's decorator gives to its class."""


def at(day: float) -> datetime:
    """The moment so many days after 1 January 2026, midnight UTC."""
    return DAY_ZERO + timedelta(days=day)


def day(number: int) -> date:
    """The calendar day of `at(number)`."""
    return at(number).date()


def cny(amount: str | int) -> Money:
    """An amount of yuan."""
    return Money(Decimal(amount), "CNY")


def eur(amount: str | int) -> Money:
    """An amount of euro."""
    return Money(Decimal(amount), "EUR")


@dataclass(frozen=True, slots=True)
class Dated:
    """An event with the day on which it happened."""

    day: float
    event: Fact


def on(number: float, event: Fact) -> Dated:
    """Say on which day an event happened, for `history` and `after`."""
    return Dated(number, event)


def entry(event: Fact, *, day: float = 0, version: int = 1, stream: str = STREAM) -> Entry[Any]:
    """An entry as the ledger would give it back; its id and `recorded_at` follow from the version."""
    return Entry(
        id=UUID(int=version),
        stream=stream,
        version=version,
        type=event.TYPE,
        schema=event.SCHEMA,
        occurred_at=at(day),
        recorded_at=RECORDED_AT + timedelta(seconds=version),
        actor=CLERK,
        source="test",
        data=event,
        position=version,
    )


def history(*facts: Fact, stream: str = STREAM) -> list[Entry[Any]]:
    """Entries of versions 1, 2, 3 ...; what is not `on` a day happened on the day of its version's number."""
    return [
        entry(fact.event, day=fact.day, version=version, stream=stream)
        if isinstance(fact, Dated)
        else entry(fact, day=version, version=version, stream=stream)
        for version, fact in enumerate(facts, 1)
    ]


def after(*facts: Fact) -> Customer:
    """The customer after these facts."""
    return fold(STREAM, history(*facts))


def codes(customer: Customer) -> list[str]:
    """The codes of a customer's anomalies, in the order of the fold."""
    return [anomaly.code for anomaly in customer.anomalies]


def known(*events: Fact) -> Known:
    """What a stream names after these events arrived."""
    learnt = Known()
    for event in events:
        learnt.learn(event.TYPE, event)
        learnt.version += 1
    return learnt


@dataclass(frozen=True, slots=True)
class Given:
    """What arrived in a stream before."""

    known: Known

    def when(self, event: Fact) -> "When":
        """Ask for this to be recorded."""
        return When(self.known, event)


@dataclass(frozen=True, slots=True)
class When:
    """What is asked, and of whom; `then` and `refused` say what should come of it."""

    known: Known
    event: Fact

    def then(self, *events: Fact) -> None:
        """Expect these events to be decided; without any, the very event that was asked."""
        assert decide(self.known, self.event) == (events or (self.event,))

    def refused(self, refusal: type[Refused], *, field: str, value: object) -> None:
        """Expect a refusal of exactly this class, about this field and value."""
        with pytest.raises(refusal) as caught:
            decide(self.known, self.event)
        assert type(caught.value) is refusal
        assert (caught.value.field, caught.value.value) == (field, value)


def given(*events: Fact) -> Given:
    """Say what arrived in the stream before, in this order."""
    return Given(known(*events))
