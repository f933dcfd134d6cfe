"""Values and conditions of a mapping file as typed models; the package's docstring tells what they mean."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from domain.values import Currency, Identifier

PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


def placeholders(template: str) -> list[str]:
    """Return the names of columns that stand in braces in a template."""
    return PLACEHOLDER.findall(template)


def _braces(template: str) -> str:
    if "{" in PLACEHOLDER.sub("", template) or "}" in PLACEHOLDER.sub("", template) or "{}" in template:
        raise ValueError("braces enclose the name of a column, as in customer:{id}")
    return template


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError("write a time zone as in Europe/Rome or UTC") from None
    return name


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError("write a time of day as 09:30")
    return text


Template = Annotated[str, AfterValidator(_braces)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Column = Annotated[str, Field(min_length=1)]
Clock = Annotated[str, AfterValidator(_clock)]
Scalar = str | int | bool


class Model(BaseModel):
    """A table of a mapping file: nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Condition(Model):
    """One condition on a row; all of its settings must hold."""

    column: Column | None = None
    equals: str | None = None
    not_equals: str | None = None
    among: Annotated[tuple[str, ...] | None, Field(alias="in")] = None
    not_among: Annotated[tuple[str, ...] | None, Field(alias="not_in")] = None
    empty: bool | None = None
    matches: Annotated[str, AfterValidator(_regex)] | None = None
    greater_than: Decimal | None = None
    less_than: Decimal | None = None
    any: tuple["Condition", ...] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        tests = self.model_fields_set - {"column"}
        if self.any is not None:
            if self.model_fields_set != {"any"}:
                raise ValueError("`any` stands alone, with conditions of its own")
        elif self.column is None or not tests:
            raise ValueError("a condition needs a column and a test such as equals, in, empty or matches")
        return self

    def columns(self) -> Iterator[str]:
        """Return the columns that it looks at."""
        if self.column is not None:
            yield self.column
        for condition in self.any or ():
            yield from condition.columns()


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _as_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _as_value(value: object) -> object:
    """Let a bare constant and a bare list stand for the tables they abbreviate."""
    if isinstance(value, list):
        return {"list": value}
    return value if isinstance(value, dict | Value) else {"const": value}


Conditions = Annotated[tuple[Condition, ...], BeforeValidator(_as_list)]
"""Conditions that must all hold; a single one needs no list."""


class Value(Model):
    """Where a value comes from (one of the first six) and what is made of it (the rest, in this order)."""

    column: Column | None = None
    text: Template | None = None
    const: Scalar | None = None
    rise_of: Identifier | None = None
    object: dict[str, "FieldValue"] | None = None
    list: tuple["FieldValue", ...] | None = None

    empty: tuple[str, ...] = ()
    map: dict[str, Scalar] | None = None
    default: str | None = None
    default_column: Column | None = None
    to: Literal["text", "lower", "code", "integer", "decimal", "money", "bool", "date", "moment"] = "text"
    true: tuple[str, ...] = ("true", "yes", "1")
    false: tuple[str, ...] = ("false", "no", "0")
    decimal: Annotated[str, Field(min_length=1, max_length=1)] = "."
    thousands: Annotated[str, Field(max_length=1)] = ""
    times: Decimal = Decimal(1)
    currency: Currency | None = None
    currency_column: Column | None = None
    format: str | tuple[str, ...] | None = None
    zone: Zone | None = None
    plus_days: int = 0
    time: Clock | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = {"column", "text", "const", "rise_of", "object", "list"} & self.model_fields_set
        if len(sources) != 1:
            raise ValueError("a value needs one of column, text, const, rise_of, object, list")
        if self.to == "money" and (self.currency is None) == (self.currency_column is None):
            raise ValueError("money needs one of currency and currency_column")
        if self.to != "money" and (self.currency or self.currency_column):
            raise ValueError('a currency belongs to = "money"')
        if self.rise_of is not None and self.to not in {"decimal", "money"}:
            raise ValueError('the rise of a running column is a number: to = "decimal" or "money"')
        if sources & {"const", "object", "list"} and self.model_fields_set - sources:
            raise ValueError(f"{sources.pop()} takes no further settings")
        return self

    def parts(self) -> Iterator["Value"]:
        """Return this value and those inside it."""
        yield self
        for part in (*(self.object or {}).values(), *(self.list or ())):
            yield from part.parts()

    def columns(self) -> Iterator[str]:
        """Return the columns that it reads."""
        for part in self.parts():
            yield from filter(None, (part.column, part.default_column, part.currency_column))
            yield from placeholders(part.text or "")


FieldValue = Annotated[Value, BeforeValidator(_as_value)]
MomentValue = Annotated[Value, BeforeValidator(_as_column)]
"""A value that is a moment; a bare text is the name of its column."""
