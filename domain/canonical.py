"""Canonical JSON: one value, one run of bytes; a subset of RFC 8785 on which both agree.

Objects with ASCII keys in sorted order, strings without NUL, integers within 2**53 - 1, booleans and arrays;
no floats and no null. What is unknown is absent.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from domain.refusals import InvalidValue, NulCharacter

INTEGER_MAX: Final = 2**53 - 1

encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode
"""Encode a value already known to be of the subset; the caller answers for that."""


def canonical_bytes(value: object) -> bytes:
    """Encode a value of the subset; refuses what is outside it, naming the path."""
    _check(value, "")
    return encode_sorted(value)


def _check(value: object, path: str) -> None:
    match value:
        case bool():
            return
        case int():
            if abs(value) > INTEGER_MAX:
                raise InvalidValue(path, value, "An integer must lie within plus or minus 2**53 - 1.")
        case str():
            check_text(value, path)
        case Mapping():
            for key, item in value.items():
                _check_key(key, path)
                _check(item, f"{path}.{key}" if path else key)
        case Sequence() if not isinstance(value, (bytes, bytearray)):
            for index, item in enumerate(value):
                _check(item, f"{path}[{index}]")
        case _:
            raise InvalidValue(
                path, value, "Texts, whole numbers, booleans, lists and objects can be recorded."
            )


def _check_key(key: object, path: str) -> None:
    if not isinstance(key, str) or not key.isascii() or "\x00" in key:
        raise InvalidValue(path, key, "A key must be an ASCII text.")


def check_text(text: str, path: str) -> None:
    """Refuse a text that PostgreSQL or UTF-8 cannot carry: NUL, and halves of surrogate pairs."""
    if "\x00" in text:
        raise NulCharacter(path, text)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValue(path, ascii(text), "Half of a surrogate pair is not a character.") from None
