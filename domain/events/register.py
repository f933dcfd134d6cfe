"""The register of event types: stored name and schema version to class, encoder, decoder and upcasters.

A type's stored name and version are written out, never taken from a Python path. Once written, the bytes of a
version decode for ever: a new shape is a new version, with an upcaster from the one before.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final, TypeVar, dataclass_transform
from uuid import UUID

import msgspec
from pydantic import ConfigDict

from domain.events.personal import PersonalField, personal_fields
from domain.refusals import UnknownType
from domain.values import Money, amount_text, decimal_text, moment_text

C = TypeVar("C")
Encode = Callable[[Any], Any]
Upcast = Callable[[dict[str, Any]], dict[str, Any]]

STRICT: Final = ConfigDict(extra="forbid", strict=True)


class Event:
    """A fact: a frozen value of a registered type, which says its stored name and schema version."""

    __slots__ = ()
    TYPE: ClassVar[str]
    SCHEMA: ClassVar[int]
    __pydantic_config__: ClassVar[ConfigDict] = STRICT


F = TypeVar("F", bound=Event)


@dataclass(slots=True)
class EventType:
    """One registered event type; `upcasters[v]` turns the data of schema v into that of v + 1.

    `personal` are the fields that hold personal data; what is `guarded` needs a second principal.
    """

    name: str
    schema: int
    family: str
    items: tuple[int, ...]
    cls: type[Any]
    encode: Encode
    personal: tuple[PersonalField, ...] = ()
    guarded: bool = False
    upcasters: dict[int, Upcast] = dataclasses.field(default_factory=dict)

    def read_old(self, data: dict[str, Any], schema: int) -> Event:
        """Read data of an earlier schema version: raise it step by step to the current one."""
        for version in range(schema, self.schema):
            data = self.upcasters[version](data)
        event: Event = msgspec.convert(data, self.cls)
        return event


REGISTER: Final[dict[str, EventType]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(
    name: str, *, schema: int = 1, items: Sequence[int] = (), guarded: bool = False
) -> Callable[[type[F]], type[F]]:
    """Register a class as the event type `name`; `items` number what it serves in the papers."""

    def register(cls: type[F]) -> type[F]:
        assert name not in REGISTER, f"two event types are named {name}"
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.TYPE = name
        made.SCHEMA = schema
        family = cls.__module__.rpartition(".")[2]
        REGISTER[name] = EventType(
            name, schema, family, tuple(items), made, _object_encoder(made), personal_fields(made), guarded
        )
        return made

    return register


@dataclass_transform(frozen_default=True, kw_only_default=True)
def part(cls: type[C]) -> type[C]:
    """Make a frozen value that events hold (a line, an instalment), as strict as they are."""
    made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
    made.__pydantic_config__ = STRICT  # type: ignore[attr-defined]
    return made


def upcasts(name: str, schema: int) -> Callable[[Upcast], Upcast]:
    """Register a function that raises data of the type `name` from `schema` to the next schema version."""

    def register(upcast: Upcast) -> Upcast:
        REGISTER[name].upcasters[schema] = upcast
        return upcast

    return register


def event_type(name: str) -> EventType:
    """Return the registered type of a stored name; refuses an unknown one."""
    try:
        return REGISTER[name]
    except KeyError:
        raise UnknownType("type", name, "`daybook events` lists the types.") from None


def _object_encoder(cls: type[Any]) -> Encode:
    """Make the function that turns a value of `cls` into plain JSON as its canonical form has it."""
    hints = typing.get_type_hints(cls)
    plan = sorted((field.name, _encoder(hints[field.name])) for field in dataclasses.fields(cls))

    def encode(value: object) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for key, convert in plan:
            item = getattr(value, key)
            if item is not None:
                written = item if convert is None else convert(item)
                if written is not None:
                    plain[key] = written
        return plain

    return encode


def _encoder(annotation: object) -> Encode | None:
    """Choose the conversion of one annotation; None where the value is its own plain form.

    What it makes of a value is None where nothing is written.
    """
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        kinds = [argument for argument in arguments if argument is not types.NoneType]
        assert len(kinds) == 1, f"{annotation}: an event field has one type"
        return _encoder(kinds[0])
    if origin is tuple:
        return _list_encoder(_encoder(arguments[0]))
    if origin is typing.Literal:
        return None
    return (
        ENCODERS[annotation] if annotation in ENCODERS else _object_encoder(typing.cast("type", annotation))
    )


def _list_encoder(convert: Encode | None) -> Encode:
    """Make what converts a tuple's items; of an empty one nothing is written."""
    if convert is None:
        return lambda items: list(items) or None
    return lambda items: [convert(item) for item in items] or None


def _plain_money(money: Money) -> dict[str, str]:
    return {"amount": amount_text(money.amount), "currency": money.currency}


ENCODERS: Final[dict[Any, Encode | None]] = {
    str: None,
    int: None,
    bool: None,
    date: date.isoformat,
    datetime: moment_text,
    Decimal: decimal_text,
    Money: _plain_money,
    UUID: str,
}
