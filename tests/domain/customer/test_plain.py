"""States as plain JSON values."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from domain.canonical import canonical_bytes
from domain.customer.plain import plain
from tests.givens import at, cny


class Colour(Enum):
    RED = "red"


class Pair(NamedTuple):
    left: int
    right: str


class Name(str):
    __slots__ = ()


@dataclass(slots=True)
class Inner:
    at: date
    note: str | None = None


@dataclass(slots=True)
class Outer:
    zeta: int = 1
    alpha: list[Inner] = field(default_factory=list)
    none: Inner | None = None
    named: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("文", "文"),
        (7, 7),
        (True, True),
        (Decimal("12.5"), "12.50"),
        (cny("12.5"), {"amount": "12.50", "currency": "CNY"}),
        (at(0.5), "2026-01-01T12:00:00.000000Z"),
        (date(2026, 1, 2), "2026-01-02"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Fraction(1, 3), "1/3"),
        ((1, "a"), [1, "a"]),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({date(2026, 1, 2), date(2025, 1, 2)}), ["2025-01-02", "2026-01-02"]),
        (Colour.RED, "red"),
        (Pair(1, "r"), [1, "r"]),
        (Name("n"), "n"),
        (Inner(date(2026, 1, 2)), {"at": "2026-01-02"}),
    ],
)
def test_each_kind_of_value_has_one_plain_form(value: object, form: object) -> None:
    assert plain(value) == form
    assert canonical_bytes(plain(value)) == canonical_bytes(form)


def test_an_object_has_its_keys_in_order_and_leaves_out_what_is_none() -> None:
    form = plain(Outer(alpha=[Inner(date(2026, 1, 2), "n")]))
    assert form == {"alpha": [{"at": "2026-01-02", "note": "n"}], "named": [], "zeta": 1}
    assert isinstance(form, dict)
    assert list(form) == ["alpha", "named", "zeta"]


def test_a_dictionary_is_a_list_by_name_as_names_may_hold_any_character() -> None:
    form = plain({"丙": Inner(date(2026, 1, 2)), "b": 2, "a": None})
    assert form == [{"id": "a"}, {"id": "b", "value": 2}, {"at": "2026-01-02", "id": "丙"}]
    assert canonical_bytes(form)


def test_what_has_no_plain_form_is_our_own_mistake() -> None:
    with pytest.raises(TypeError, match="float"):
        plain([1.5])
