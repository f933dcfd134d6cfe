"""What pydantic found wrong with a document, told as one refusal."""

import difflib
import re
import types
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from domain import values
from domain.events.register import REGISTER
from domain.events.units import same_in_another_unit
from domain.refusals import (
    FloatMoney,
    InvalidStream,
    InvalidValue,
    MissingField,
    NaiveTime,
    NegativeAmount,
    Refused,
    UnknownField,
    UnknownType,
    WrongUnit,
)

NAME_COMPARED_MAX: Final = 80
STREAM_PATTERN: Final = r"^((customer|outage):[^\x00-\x1f\x7f]{1,120}|ledger)$"
SET_BY_THE_LEDGER: Final = frozenset({"version", "recorded_at", "shard", "position"})
UNKNOWN: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
ZONE_HINT: Final = "Write 2026-01-31T09:00:00Z or 2026-01-31T17:00:00+08:00."
MONEY_HINT: Final = 'Write {"amount": "12.30", "currency": "CNY"}.'
DECIMAL_HINT: Final = 'Write "12.30".'

PATTERNS: Final = {
    values.CONTROL_FREE: "It should be one line without control characters.",
    values.CODE_PATTERN: "It should be letters, digits and _.:/- only, a letter or digit first.",
    values.CURRENCY_PATTERN: "It should be three capital letters, such as CNY.",
    values.COUNTRY_PATTERN: "It should be two capital letters or three digits, such as CN.",
    values.SHA256_PATTERN: "It should be 64 hexadecimal digits in lower case.",
    values.DAY_PATTERN: "It should be a day such as 2026-01-31.",
    values.MOMENT_PATTERN: "It should be a time such as 2026-01-31T09:00:00Z.",
}


def refusal(error: ValidationError, types_at_root: Mapping[str, Any]) -> Refused:
    """Make the refusal that helps most: a field unknown explains one that is missing, so it goes first.

    `types_at_root` gives the type of each field of a document.
    """
    found = error.errors(include_url=False)
    first = next((detail for detail in found if detail["type"] in UNKNOWN), found[0])
    return _told(first, types_at_root)


def unknown_type(name: object) -> UnknownType:
    """Refuse a name that is no event type's, with the names nearest to it."""
    near = _near_types(name[:NAME_COMPARED_MAX]) if isinstance(name, str) else ()
    return UnknownType("type", name, _did_you_mean(near) or "`daybook events` lists the types.")


def unknown_field(path: str, value: object, known: list[str]) -> Refused:
    """Refuse a field that nobody knows; where it is a known one in another unit, say so."""
    parent, dot, name = path.rpartition(".")
    meant = same_in_another_unit(name, known)
    if meant:
        return WrongUnit(path, value, f"Write it as `{parent}{dot}{meant}`.")
    if name in SET_BY_THE_LEDGER and not parent:
        return UnknownField(path, value, "The ledger itself sets it.")
    near = difflib.get_close_matches(name[:NAME_COMPARED_MAX], known, n=3, cutoff=0.6)
    return UnknownField(path, value, _did_you_mean(tuple(near)))


def dotted(loc: tuple[int | str, ...]) -> str:
    """Write a place in a document: `data.lines[0].amount`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")


@lru_cache(maxsize=1_024)
def _near_types(name: str) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(name, REGISTER, n=3, cutoff=0.5))


def _did_you_mean(names: tuple[str, ...]) -> str:
    return f"Did you mean {' or '.join(f'`{name}`' for name in names)}?" if names else ""


def _told(detail: ErrorDetails, types_at_root: Mapping[str, Any]) -> Refused:
    kind, loc, value = detail["type"], detail["loc"], detail["input"]
    path = dotted(loc)
    if kind in UNKNOWN:
        return unknown_field(path, value, _names_at(loc[:-1], types_at_root))
    if kind.startswith("missing"):
        return MissingField(path)
    if loc == ("stream",):
        return InvalidStream(path, value)
    match kind:
        case "naive_time":
            return NaiveTime(path, value, ZONE_HINT)
        case "float_number":
            return FloatMoney(path, value, DECIMAL_HINT)
        case "dataclass_type" if detail["ctx"]["class_name"] == "Money" and _is_number(value):
            return FloatMoney(path, value, MONEY_HINT)
        case "negative_amount":
            return NegativeAmount(f"{path}.amount", value["amount"], _sentence(detail["msg"]))
        case "string_pattern_mismatch":
            pattern = detail["ctx"]["pattern"]
            return InvalidValue(path, value, PATTERNS.get(pattern, f"It should match {pattern}."))
        case _:
            return InvalidValue(path, value, _sentence(detail["msg"]))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _sentence(message: str) -> str:
    words = re.sub(r"^Value error, ", "", message)
    words = re.sub(r"^(Input|String|Decimal input|Tuple) should", "It should", words)
    return f"{words[:1].upper()}{words[1:]}."


def _names_at(loc: tuple[int | str, ...], fields: Mapping[str, Any]) -> list[str]:
    """List the fields known at a place, walking down from those of the whole document."""
    for step in loc:
        if isinstance(step, str):
            fields = typing.get_type_hints(_part(fields[step]))
    return list(fields)


def _part(annotation: Any) -> Any:  # noqa: ANN401  an annotation may be any object
    """Find the class of a part inside `X | None` or `tuple[X, ...]`."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType, tuple}:
        inner = typing.get_args(annotation)
        return _part(next(it for it in inner if it not in {types.NoneType, Ellipsis}))
    return annotation
