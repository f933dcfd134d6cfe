"""Helpers for tests of the domain: moments by day number, entries with rising versions, given/when/then."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.entry import Actor, Entry
from domain.events import Event
from domain.values import Money

STREAM = "customer:1"
DAY_ZERO = datetime(2026, 1, 1, tzinfo=UTC)
RECORDED_AT = datetime(2030, 1, 1, tzinfo=UTC)
CLERK = Actor(kind="staff", id="clerk-1")


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
    event: Event


def on(number: float, event: Event) -> Dated:
    """Say on which day an event happened, for `history` and `after`."""
    return Dated(number, event)


def entry(event: Event, *, day: float = 0, version: int = 1, stream: str = STREAM) -> Entry[Any]:
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


def history(*facts: Event | Dated, stream: str = STREAM) -> list[Entry[Any]]:
    """Entries of versions 1, 2, 3 ...; what is not `on` a day happened on the day of its version's number."""
    return [
        entry(fact.event, day=fact.day, version=version, stream=stream)
        if isinstance(fact, Dated)
        else entry(fact, day=version, version=version, stream=stream)
        for version, fact in enumerate(facts, 1)
    ]
