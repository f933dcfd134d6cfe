"""A whole mapping file as a typed model; the package's docstring tells what each setting means."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from api.importer.expressions import (
    Clock,
    Column,
    Conditions,
    FieldValue,
    Model,
    MomentValue,
    Template,
    Value,
    Zone,
    placeholders,
)
from domain.events import REGISTER
from domain.rules.oversight import GUARDED
from domain.standing import OVERSIGHT
from domain.values import Code, Identifier

VIRTUAL_COLUMNS: Final = ("@file", "@row", "@line")


class Format(Model):
    """How the files are written."""

    kind: Literal["csv", "jsonl"] = "csv"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    columns: tuple[Column, ...] = ()
    skip_initial_space: bool = False

    @model_validator(mode="after")
    def _known_encoding(self) -> Self:
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ValueError(f"there is no encoding {self.encoding!r}") from None
        return self


class Running(Model):
    """A column that holds a running total, whose rises are what happened."""

    name: Identifier
    column: Column
    within: Annotated[tuple[Column, ...], Field(min_length=1)]
    decimal: Annotated[str, Field(min_length=1, max_length=1)] = "."
    thousands: Annotated[str, Field(max_length=1)] = ""


class EntryMapping(Model):
    """One entry that a row may yield."""

    part: Code
    type: str
    when: Conditions = ()
    once: bool = False
    key: tuple[Column, ...] | None = None
    stream: Template | None = None
    at: MomentValue | None = None
    source_recorded_at: MomentValue | None = None
    fields: dict[str, FieldValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fields_exist(self) -> Self:
        if self.type not in REGISTER:
            raise ValueError(f"there is no event type {self.type!r}; `daybook events` lists them")
        if self.type in OVERSIGHT:
            raise ValueError(f"{self.type} is not imported: it oversees the entries of this ledger")
        known = REGISTER[self.type].cls.__dataclass_fields__
        for name in self.fields:
            if name not in known:
                raise ValueError(f"{self.type} has no field {name!r}; it has {', '.join(known)}")
        return self

    def values(self) -> Iterator[Value]:
        """Return every value in it."""
        for value in (*self.fields.values(), self.at, self.source_recorded_at):
            if value is not None:
                yield from value.parts()


class ActorMapping(Model):
    """Who is named as having done it: by default a system of the source's name."""

    kind: Literal["staff", "customer", "system", "partner"] = "system"
    id: Identifier | None = None
    unit: Code | None = None


class Mapping(Model):
    """A whole mapping file."""

    source: Code
    revision: Annotated[int, Field(ge=1)] = 1
    description: str = ""
    zone: Zone = "UTC"
    date_format: str | tuple[str, ...] = "iso"
    time: Clock = "00:00"
    key: Annotated[tuple[Column, ...], Field(min_length=1)]
    stream: Template
    at: MomentValue | None = None
    source_recorded_at: MomentValue | None = None
    grouped: tuple[Column, ...] = ()
    optional: tuple[Column, ...] = ()
    format: Format = Format()
    actor: ActorMapping = ActorMapping()
    derived: dict[Column, FieldValue] = Field(default_factory=dict)
    running: tuple[Running, ...] = ()
    entry: Annotated[tuple[EntryMapping, ...], Field(min_length=1)]

    @property
    def guarded(self) -> tuple[str, ...]:
        """The types among its entries that need the approval of a second principal where they happen here."""
        return tuple(sorted({entry.type for entry in self.entry} & GUARDED))

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        parts = [entry.part for entry in self.entry]
        for part in parts:
            if parts.count(part) > 1:
                raise ValueError(
                    f"two entries are the part {part!r}; a part tells the entries of one row apart"
                )
        names = {running.name for running in self.running}
        for entry in self.entry:
            if entry.at is None and self.at is None:
                raise ValueError(f"the entry {entry.part!r} has no `at`, and the mapping has none for all")
            for value in entry.values():
                if value.rise_of is not None and value.rise_of not in names:
                    raise ValueError(
                        f"the entry {entry.part!r} asks for the rise of {value.rise_of!r}: no such running"
                    )
            if entry.once and not set(self.grouped) <= set(entry.key or self.key):
                raise ValueError(
                    f"the key of {entry.part!r}, which comes once, must hold the grouped columns"
                )
        for running in self.running:
            if not set(self.grouped) <= set(running.within):
                raise ValueError(f"running {running.name!r} must run within the grouped columns")
        return self

    def columns(self) -> set[str]:
        """Return the columns of the file that it needs."""
        named = {*self.key, *placeholders(self.stream), *self.grouped}
        for value in (self.at, self.source_recorded_at, *self.derived.values()):
            named.update(value.columns() if value is not None else ())
        for running in self.running:
            named.update((running.column, *running.within))
        for entry in self.entry:
            named.update((*(entry.key or ()), *placeholders(entry.stream or "")))
            for condition in entry.when:
                named.update(condition.columns())
            for value in entry.values():
                named.update(value.columns())
        return named - set(self.derived) - set(VIRTUAL_COLUMNS)
