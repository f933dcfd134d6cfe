"""A state as plain JSON values of the canonical subset, to be shown, written as bytes and hashed."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final, TypeAlias
from uuid import UUID

from domain.canonical import encode_sorted
from domain.values import amount_text, moment_text

Plain: TypeAlias = "str | int | list[Plain] | dict[str, Plain]"
Convert: TypeAlias = Callable[[Any], Plain]


def plain(value: object) -> Plain:
    """Turn a state, or any part of one, into builtins; keys are sorted, what is None is absent.

    A dataclass becomes an object. A dictionary becomes a list of objects in the order of its keys, as names
    may hold any character and keys of the canonical form may not: each has the key as `id`, and beside it the
    fields of a dataclass, or another value as `value`. A set becomes a sorted list.
    """
    kind = type(value)
    convert = CONVERTERS.get(kind)
    if convert is None:
        convert = CONVERTERS[kind] = _converter(kind)
    return convert(value)


def _converter(kind: type) -> Convert:
    """Choose how values of a class become plain; the choice is kept."""
    if dataclasses.is_dataclass(kind):
        return _object(tuple(sorted(field.name for field in dataclasses.fields(kind))))
    for base, convert in BASES:
        if issubclass(kind, base):
            return convert
    raise TypeError(f"a state must not hold {kind.__name__}: it has no plain form")


def _object(names: tuple[str, ...]) -> Convert:
    def convert(value: object) -> Plain:
        found: dict[str, Plain] = {}
        for name in names:
            item = getattr(value, name)
            if item is not None:
                found[name] = plain(item)
        return found

    return convert


def _dictionary(value: Mapping[Any, Any]) -> Plain:
    return [_named(key, item) for key, item in sorted(value.items(), key=_key)]


def _key(pair: tuple[object, object]) -> bytes:
    return encode_sorted(plain(pair[0]))


def _named(key: object, item: object) -> Plain:
    named = {"id": plain(key)}
    if item is None:
        return named
    value = plain(item)
    if isinstance(value, dict):
        return dict(sorted((named | value).items()))
    return named | {"value": value}


def _as_it_is(value: Plain) -> Plain:
    return value


def _sequence(value: Iterable[object]) -> Plain:
    return [plain(item) for item in value]


def _set(value: Iterable[object]) -> Plain:
    return sorted(map(plain, value), key=encode_sorted)


CONVERTERS: Final[dict[type, Convert]] = {
    str: _as_it_is,
    int: _as_it_is,
    bool: _as_it_is,
    Decimal: amount_text,
    datetime: moment_text,
    date: date.isoformat,
    UUID: str,
    Fraction: str,
    list: _sequence,
    tuple: _sequence,
    dict: _dictionary,
    set: _set,
    frozenset: _set,
}
BASES: Final[tuple[tuple[type, Convert], ...]] = (
    (Enum, lambda member: plain(member.value)),
    (str, str),
    (tuple, _sequence),
    (Mapping, _dictionary),
)
