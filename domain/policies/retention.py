"""Retention: how long personal data is kept although its erasure is asked for, and when erasure is due.

What was not read in the law itself is a setting of whoever runs the ledger, and bears a tag that says so:
it is shown, and recorded, wherever the rule is named.
"""

import tomllib
from datetime import date
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from domain.events import REGISTER
from domain.faults import dotted
from domain.refusals import Misconfigured
from domain.values import CONTROL_FREE, Code

SHIPPED: Final = resources.files("domain.policies") / "retention.toml"
FAMILIES: Final = frozenset(kind.family for kind in REGISTER.values())
HASH_DIGITS: Final = 16
FIELD: Final = "DAYBOOK_RETENTION"

Tag: TypeAlias = Literal["V", "V3", "M", "C"]
"""Read in the named source; on a third-party copy; from memory; sources conflict."""

Duty: TypeAlias = Literal["keep", "erase"]

Law = Annotated[str, StringConstraints(min_length=1, max_length=190, pattern=CONTROL_FREE)]
"""What a law is called; with its tag it is a label."""


class Model(BaseModel):
    """A table of the file: nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Grounded(Model):
    """What a rule leans on, and whether it counts."""

    on: bool
    law: Law
    source: Annotated[str, Field(min_length=1)]
    tag: Tag

    @property
    def cited(self) -> str:
        """The law, with its tag where it was not read in the law itself."""
        return self.law if self.tag == "V" else f"{self.law} [{self.tag}]"


class Rule(Grounded):
    """One rule: a term that has to pass before an erasure, or by which it is due."""

    id: Code
    duty: Duty
    jurisdiction: Code
    valid_from: date
    valid_until: date | None = None
    years: Annotated[int, Field(ge=0, le=200)]
    counts_from: Literal["entry", "year-end", "closed"]
    families: Annotated[tuple[Code, ...], Field(strict=False)] = ()
    types: Annotated[tuple[str, ...], Field(strict=False)] = ()

    def is_about(self, type_name: str) -> bool:
        """Whether it is about entries of a type."""
        return type_name in self.types or REGISTER[type_name].family in self.families

    def is_valid(self, day: date) -> bool:
        """Whether erasures are judged by it on a day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        for name in set(self.families) - FAMILIES:
            raise ValueError(f"there is no family {name!r}; there are {', '.join(sorted(FAMILIES))}")
        for name in set(self.types) - set(REGISTER):
            raise ValueError(f"there is no event type {name!r}; `daybook events` lists them")
        if (self.counts_from == "closed") == bool(self.families or self.types):
            raise ValueError("families or types say from which entries it counts, if not from closed")
        return self


class Retention(Model):
    """A whole file of rules."""

    name: Code
    version: Code
    fiscal_year_begins: Annotated[int, Field(ge=1, le=12)] = 1
    matters: Grounded
    rule: Annotated[tuple[Rule, ...], Field(strict=False)] = ()

    @property
    def ref(self) -> str:
        """The name, version and hash by which an entry refers to it."""
        digest = sha256(self.model_dump_json().encode()).hexdigest()[:HASH_DIGITS]
        return f"{self.name}/{self.version}/{digest}"

    def term_ends(self, rule: Rule, begins: date) -> date:
        """Return the first day after the term of a rule, given the day of what it counts from."""
        if rule.counts_from == "year-end":
            next_year = date(begins.year, self.fiscal_year_begins, 1)
            begins = next_year if next_year > begins else next_year.replace(year=begins.year + 1)
        return years_later(begins, rule.years)

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        names = [rule.id for rule in self.rule]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two rules are named {name!r}")
        return self


def years_later(day: date, years: int) -> date:
    """Return the same day some years later, of 29 February the day after where that year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def load(path: Path | None = None) -> Retention:
    """Read a file of rules, or else the one that is shipped; Misconfigured where it cannot be used."""
    try:
        text = (SHIPPED if path is None else path).read_text("utf-8")
        return Retention.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(FIELD, str(path), f"It cannot be read: {error}.") from None
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        place, said = dotted(found["loc"]) or "the file", found["msg"].removeprefix("Value error, ")
        raise Misconfigured(FIELD, str(path), f"{place}: {said}.") from None
