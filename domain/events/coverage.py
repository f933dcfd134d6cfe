"""What the event types are and what they serve: the catalogue, and the numbered items of the papers."""

import dataclasses
import inspect
import types
import typing
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from domain import values
from domain.events.personal import declared_on, undeclared
from domain.events.register import REGISTER, EventType
from domain.events.units import unit_of

ITEMS_TOTAL: Final = 170
"""The items that the source papers ask for, numbered 1 to 170 in `domain.md`, sections 1.1 to 1.10."""

WORDS: Final[tuple[tuple[Any, str], ...]] = (
    (values.Identifier, "identifier"),
    (values.Code, "code"),
    (values.Label, "label"),
    (values.Text, "text"),
    (values.Sha256, "SHA-256"),
    (values.CountryCode, "country"),
    (values.Currency, "currency"),
    (values.Moment, "moment"),
    (values.Day, "day"),
)
"""Types that are known by a name of their own, which Python forgets."""

PLAIN: Final[dict[Any, str]] = {
    bool: "yes or no",
    int: "whole number",
    str: "text",
    Decimal: "decimal",
    values.Money: "money",
    values.Period: "period",
}


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """A field of an event or of a part: its name, its type and unit in words, and whether it is needed.

    Personal data is sealed in entries.
    """

    name: str
    type: str
    unit: str
    needed: bool
    personal: bool = False


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """An event type: the sentence that says what happened, the items it serves, its fields."""

    name: str
    schema: int
    family: str
    sentence: str
    items: tuple[int, ...]
    fields: tuple[FieldFacts, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which items have event types that serve them; other items may be served without events."""

    total: int
    served: dict[int, tuple[str, ...]]
    unserved: tuple[int, ...]
    types_by_family: dict[str, int]
    items_by_family: dict[str, int]


def catalogue() -> tuple[TypeFacts, ...]:
    """Describe every registered event type, by family and in the order of registration."""
    return tuple(_facts(kind) for kind in sorted(REGISTER.values(), key=lambda kind: kind.family))


def coverage() -> Coverage:
    """Say which items of the papers have event types serving them."""
    served: dict[int, tuple[str, ...]] = {}
    pairs = sorted((item, kind.name) for kind in REGISTER.values() for item in kind.items)
    for item, name in pairs:
        served[item] = (*served.get(item, ()), name)
    families = sorted({kind.family for kind in REGISTER.values()})
    items = {
        family: {item for kind in REGISTER.values() if kind.family == family for item in kind.items}
        for family in families
    }
    return Coverage(
        total=ITEMS_TOTAL,
        served=served,
        unserved=tuple(item for item in range(1, ITEMS_TOTAL + 1) if item not in served),
        types_by_family=dict(Counter(kind.family for kind in catalogue())),
        items_by_family={family: len(items[family]) for family in families},
    )


def fields_of(cls: type[Any]) -> tuple[FieldFacts, ...]:
    """Describe the fields of an event class or of a part, in their order."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple(
        FieldFacts(
            field.name,
            words := _words(hints[field.name]),
            "its currency" if words.endswith("money") else unit_of(field.name),
            field.default is dataclasses.MISSING,
            declared_on(hints[field.name]) is not None,
        )
        for field in dataclasses.fields(cls)
    )


def _facts(kind: EventType) -> TypeFacts:
    sentence = (inspect.getdoc(kind.cls) or "").splitlines()[0]
    return TypeFacts(kind.name, kind.schema, kind.family, sentence, kind.items, fields_of(kind.cls))


def _words(annotation: Any) -> str:  # noqa: ANN401  an annotation may be any object
    """Say a type in words."""
    annotation = undeclared(annotation)
    for known, word in WORDS:
        if annotation == known:
            return word
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _words(inner[0])
    if origin in {typing.Union, types.UnionType}:
        return _words(next(it for it in inner if it is not types.NoneType))
    if origin is tuple:
        return f"list of {_words(inner[0])}"
    if origin is typing.Literal:
        return " | ".join(inner)
    return PLAIN.get(annotation) or str(annotation.__name__)
