"""The register: explicit names, whole chains of upcasters, frozen values, a sentence each, units in names."""

import dataclasses
import typing
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from domain.door import Door
from domain.events import REGISTER, EventType, register
from domain.events.coverage import FieldFacts, fields_of
from domain.events.examples import document
from domain.events.register import Event, event, event_type, upcasts
from domain.events.units import SAID_ELSEWHERE
from domain.refusals import UnknownType
from domain.values import Identifier, Money, Period

ALL = list(REGISTER.values())
by_name = pytest.mark.parametrize("kind", ALL, ids=[kind.name for kind in ALL])


def _parts(cls: type[Any]) -> Iterator[type[Any]]:
    """Yield an event class and the dataclasses inside its fields."""
    yield cls
    for hint in (typing.get_type_hints(cls)[field.name] for field in dataclasses.fields(cls)):
        for inner in (hint, *typing.get_args(hint)):
            if dataclasses.is_dataclass(inner) and isinstance(inner, type):
                yield from _parts(inner)


PARTS = sorted({part for kind in ALL for part in _parts(kind.cls)}, key=lambda cls: cls.__name__)
by_part = pytest.mark.parametrize("cls", PARTS, ids=[cls.__name__ for cls in PARTS])


def test_money_and_parts_are_among_what_is_tested() -> None:
    assert {Money, Period} < set(PARTS)
    assert len(PARTS) > len(ALL) + 2


@by_name
def test_the_stored_name_and_version_are_those_of_the_class(kind: EventType) -> None:
    assert REGISTER[kind.name] is kind
    assert (kind.cls.TYPE, kind.cls.SCHEMA, kind.cls.__name__) == (kind.name, kind.schema, kind.name)
    assert kind.family == kind.cls.__module__.removeprefix("domain.events.")


@by_name
def test_upcasters_lead_from_the_first_version_to_the_current_one(kind: EventType) -> None:
    assert sorted(kind.upcasters) == list(range(1, kind.schema))


@by_name
def test_every_event_type_says_a_sentence_and_serves_items(kind: EventType) -> None:
    sentence = (kind.cls.__doc__ or "").splitlines()[0]
    assert sentence.endswith(".")
    assert not sentence.startswith(f"{kind.name}(")
    assert kind.items
    assert all(1 <= item <= 170 for item in kind.items)
    assert all(first < second for first, second in pairwise(kind.items))


@by_part
def test_every_part_is_frozen_and_slotted(cls: type[Any]) -> None:
    assert cls.__dataclass_params__.frozen
    assert "__slots__" in cls.__dict__
    value = object.__new__(cls)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(cls)[0].name, None)
    assert not hasattr(value, "__dict__")


@by_name
def test_every_event_is_a_value_that_can_be_a_key(kind: EventType) -> None:
    door = Door(new_id=lambda: UUID(int=1))
    first, second = (door.open(document(kind.name)).event for _ in range(2))
    assert first == second
    assert {first: 1}[second] == 1


@by_part
def test_every_text_and_number_is_constrained(cls: type[Any]) -> None:
    hints = typing.get_type_hints(cls, include_extras=True)
    for name in (field.name for field in dataclasses.fields(cls)):
        hint = hints[name]
        inner = () if typing.get_origin(hint) is typing.Annotated else typing.get_args(hint)
        assert not {hint, *inner} & {str, int, float, Decimal, list, dict}, (
            f"{cls.__name__}.{name} takes anything"
        )


def _numbers(cls: type[Any]) -> list[FieldFacts]:
    return [field for field in fields_of(cls) if field.type in {"decimal", "whole number"}]


@by_part
def test_every_number_carries_its_unit_in_its_name_or_says_where_it_stands(cls: type[Any]) -> None:
    if cls is not Money:
        assert [field.name for field in _numbers(cls) if not field.unit] == []


def test_the_list_of_units_said_elsewhere_has_no_name_too_many() -> None:
    names = {field.name for cls in PARTS for field in _numbers(cls)}
    assert names >= set(SAID_ELSEWHERE)


@pytest.fixture
def free_register(monkeypatch: pytest.MonkeyPatch) -> dict[str, EventType]:
    copy = dict(REGISTER)
    monkeypatch.setattr(register, "REGISTER", copy)
    return copy


def test_a_name_is_given_once(free_register: dict[str, EventType]) -> None:
    class Meteor(Event):
        """A meteor fell."""

        meteor: Identifier

    event("Meteor", items=(1,))(Meteor)
    assert free_register["Meteor"].schema == 1
    with pytest.raises(AssertionError, match="two event types are named Meteor"):
        event("Meteor", items=(1,))(Meteor)


def test_upcasters_are_taken_one_after_another(free_register: dict[str, EventType]) -> None:
    class Meteor(Event):
        """A meteor fell."""

        meteor: Identifier

    made = event("Meteor", schema=3)(Meteor)
    upcasts("Meteor", 1)(lambda data: {"name": data["n"]})
    upcasts("Meteor", 2)(lambda data: {"meteor": data["name"].upper()})
    kind = free_register["Meteor"]
    expected = typing.cast("Any", made)(meteor="HALE")
    assert kind.read_old({"n": "hale"}, 1) == kind.read_old({"name": "hale"}, 2) == expected


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownType):
        event_type("NeverRegistered")
