"""Hypothesis strategies for events of every type, made from the hints of their classes, and for histories.

Names come from a small pool, so that facts meet: the same case is opened, closed and named by others.
"""

import dataclasses
import types
import typing
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from annotated_types import MinLen
from hypothesis import strategies as st

from domain.entry import Entry
from domain.events import REGISTER, Event
from domain.events.cases import ReturnVisitScore
from domain.events.contracts import PaymentDays
from domain.events.money import SignedMoney
from domain.events.oversight import SubjectName
from domain.events.personal import undeclared
from domain.values import (
    Code,
    Count,
    CountryCode,
    Currency,
    Day,
    ExactDecimal,
    Identifier,
    Label,
    Moment,
    Money,
    NonNegativeMoney,
    Period,
    PositiveMoney,
    Rate,
    Sha256,
    Text,
)
from tests.givens import DAY_ZERO, entry

ITEMS_MAX = 3

days = st.integers(0, 40).map(lambda number: (DAY_ZERO + timedelta(days=number)).date())
moments = st.integers(0, 60 * 24 * 40).map(lambda minutes: DAY_ZERO + timedelta(minutes=minutes))
currencies = st.sampled_from(["CNY", "CNY", "CNY", "EUR"])


def money(least: int) -> st.SearchStrategy[Money]:
    """Amounts in cents from `least` to ten units, mostly of one currency."""
    cents = st.integers(least, 1_000).map(lambda number: Decimal(number) / 100)
    return st.builds(Money, amount=cents, currency=currencies)


def _period(start: date, length: int | None) -> Period:
    return Period(start, None if length is None else start + timedelta(days=length))


rates = st.integers(0, 1_000).map(lambda number: Decimal(number) / 10)
KINDS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (Identifier, st.sampled_from(["A", "B", "丙"])),
    (Code, st.sampled_from(["alpha", "beta"])),
    (Label, st.sampled_from(["Label", "标签"])),
    (Text, st.sampled_from(["", 'a "text"\nof two lines', "正文"])),
    (Sha256, st.just("0f" * 32)),
    (CountryCode, st.sampled_from(["CN", "156"])),
    (Currency, currencies),
    (Moment, moments),
    (Count, st.integers(0, 5)),
    (ReturnVisitScore, st.integers(0, 10)),
    (PaymentDays, st.integers(0, 90)),
    (SignedMoney, money(-1_000).filter(lambda it: it.amount != 0)),
    (PositiveMoney, money(1)),
    (NonNegativeMoney, money(0)),
    (Money, money(-1_000)),
    (ExactDecimal, rates),
    (Rate, rates),
    (Period, st.builds(_period, days, st.none() | st.integers(0, 30))),
    (Day, days),
    (date, days),
    (datetime, moments),
    (bool, st.booleans()),
    (SubjectName, st.sampled_from(["customer:1", "customer:1/person/A"])),
    # Those of the entries of a history: `entry` makes them of versions.
    (UUID, st.integers(1, 30).map(lambda number: UUID(int=number))),
]


def _values(annotation: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401  a hint may be anything
    """Choose the values of one field's hint."""
    annotation = undeclared(annotation)
    for kind, values in KINDS:
        if annotation == kind:
            return values
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated and typing.get_origin(arguments[0]) is tuple:
        # A list within bounds; the upper ones lie far above what is tried here.
        bounds = [it for bound in arguments[1:] for it in bound.metadata if isinstance(it, MinLen)]
        return _several(arguments[0], bounds[0].min_length if bounds else 0)
    if origin is tuple:
        return _several(annotation, 0)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(st.none() if it is types.NoneType else _values(it) for it in arguments))
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    assert dataclasses.is_dataclass(annotation), f"no strategy for {annotation}"
    return _built(annotation)


def _several(annotation: Any, least: int) -> st.SearchStrategy[Any]:  # noqa: ANN401  as above
    (item, *_) = typing.get_args(annotation)
    return st.lists(_values(item), min_size=least, max_size=ITEMS_MAX).map(tuple)


def _built(cls: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401  as above
    hints = typing.get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{field.name: _values(hints[field.name]) for field in dataclasses.fields(cls)})


EVENTS: dict[str, st.SearchStrategy[Any]] = {name: _built(kind.cls) for name, kind in REGISTER.items()}
"""Stored type name to events of that type."""

FAMILIES = sorted({kind.family for kind in REGISTER.values()})


def events(family: str | None = None) -> st.SearchStrategy[Event]:
    """Events of a family, else of all."""
    names = [name for name, kind in REGISTER.items() if family in (None, kind.family)]
    return st.sampled_from(names).flatmap(EVENTS.__getitem__)


def sequences(size: int = 30) -> st.SearchStrategy[list[Event]]:
    """Events in any order: of one family mostly, as those are likelier to meet."""
    return st.sampled_from([*FAMILIES, None]).flatmap(lambda family: st.lists(events(family), max_size=size))


@st.composite
def histories(draw: st.DrawFn, *, distinct: bool = True, size: int = 30) -> list[Entry[Any]]:
    """Entries of versions 1, 2, 3 ... that happened in any order, no two at one moment where `distinct`."""
    happened = draw(sequences(size))
    minutes = st.integers(0, 60 * 24 * 40)
    times = draw(
        st.lists(
            minutes if distinct else st.integers(0, 3),
            min_size=len(happened),
            max_size=len(happened),
            unique=distinct,
        )
    )
    return [
        entry(event, day=minute / (60 * 24), version=version)
        for version, (event, minute) in enumerate(zip(happened, times, strict=True), 1)
    ]


def renumbered(entries: Sequence[Entry[Any]]) -> list[Entry[Any]]:
    """The same facts as if they had arrived in this order: versions 1, 2, 3 ..., the rest as it was."""
    return [msgspec.structs.replace(it, version=version) for version, it in enumerate(entries, 1)]
