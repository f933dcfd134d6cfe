"""JSON documents as they arrive: read with care, and written out once more by our own writer.

Refused are texts that two parsers may take for two things: doubled names, NUL, halves of surrogate pairs,
numbers that are none, and what is larger or deeper than a document needs to be.
"""

import contextlib
import json
import math
from typing import Any, Final

import msgspec

from domain.canonical import check_text
from domain.refusals import InvalidValue, TooLarge

DOCUMENT_BYTES_MAX: Final = 1_048_576
NUL_WRITTEN: Final = rb"\u0000"
COLON_ESCAPED: Final = rb"\u003"
TOO_DEEP: Final = "It is nested too deeply."

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


def read_bytes(document: bytes | str) -> tuple[dict[str, Any], bytes]:
    """Read a JSON text into an object; returns it with its bytes as our own writer has them."""
    raw = document if isinstance(document, bytes) else _utf8(document)
    _check_size(len(raw))
    try:
        plain = _decode(raw)
        written = _encode(plain)
    except (ValueError, RecursionError) as fault:
        raise _not_json(raw, fault) from None
    if not isinstance(plain, dict):
        raise InvalidValue("", plain, "An entry is a JSON object.")
    # A name given twice leaves one colon fewer; a colon in a text stays, unless it was written as an escape.
    if raw.count(b":") != written.count(b":") or COLON_ESCAPED in raw:
        _check_names(raw)
    if NUL_WRITTEN in written:
        _examine(plain)
    return plain, written


def read_mapping(document: dict[str, Any]) -> bytes:
    """Write a dictionary of plain JSON values; times, UUIDs and decimals are taken as their texts."""
    if not isinstance(document, dict):
        raise InvalidValue("", document, "An entry is a JSON object.")
    try:
        written = _encode(document)
    except (TypeError, ValueError, RecursionError) as fault:
        _examine(document)
        raise InvalidValue("", type(document).__name__, f"It cannot be written as JSON: {fault}.") from None
    _check_size(len(written))
    # The writer turns a number that is none into null.
    if NUL_WRITTEN in written or b"null" in written:
        _examine(document)
    return written


def _utf8(document: str) -> bytes:
    check_text(document, "")
    return document.encode()


def _check_size(size: int) -> None:
    if size > DOCUMENT_BYTES_MAX:
        raise TooLarge("", f"{size} bytes", f"A document has at most {DOCUMENT_BYTES_MAX:,} bytes.")


def _not_json(raw: bytes, fault: Exception) -> InvalidValue:
    """Say why bytes are no JSON document; the standard reader can name half a surrogate pair."""
    with contextlib.suppress(ValueError, RecursionError):
        _examine(json.loads(raw))
    reason = TOO_DEEP if isinstance(fault, RecursionError) else f"It is not JSON: {fault}."
    return InvalidValue("", ascii(raw[:80]), reason)


def _check_names(raw: bytes) -> None:
    try:
        json.loads(raw, object_pairs_hook=_each_name_once)
    except (ValueError, RecursionError) as fault:
        raise InvalidValue("", ascii(raw[:80]), f"It is not JSON: {fault}.") from None


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for name, value in pairs:
        if name in names:
            raise InvalidValue(name, value, "The name stands twice in one object.")
        names[name] = value
    return names


def _examine(document: object) -> None:
    """Refuse texts with NUL or half a character and numbers that are none, wherever they stand."""
    try:
        _walk(document, "")
    except RecursionError:
        raise InvalidValue("", type(document).__name__, TOO_DEEP) from None


def _walk(value: object, path: str) -> None:
    match value:
        case str():
            check_text(value, path)
        case float() if not math.isfinite(value):
            raise InvalidValue(path, repr(value), "It should be a number.")
        case dict():
            for name, item in value.items():
                check_text(str(name), path)
                _walk(item, f"{path}.{name}" if path else str(name))
        case list() | tuple():
            for index, item in enumerate(value):
                _walk(item, f"{path}[{index}]")
        case _:
            pass
