"""Takes a request apart into documents: one, a list, an object with `entries`, or JSON lines."""

import io
from collections.abc import Iterator
from itertools import count
from typing import Any, BinaryIO, Final

import msgspec

from domain.refusals import InvalidValue, MissingField

Document = bytes | str | dict[str, Any]
Numbered = tuple[int, Document]
"""A document with its number: the line in JSON lines, else its place in the list, from 1."""

MARK: Final = b"\xef\xbb\xbf"
TOO_DEEP: Final = "It is nested too deeply."


class _Many(msgspec.Struct):
    entries: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    type: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_one: Final = msgspec.json.Decoder(msgspec.Raw).decode
_list: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_many: Final = msgspec.json.Decoder(_Many).decode


def take_apart(body: bytes) -> tuple[list[bytes], bool]:
    """Return the documents of a JSON text, and whether it is a batch, which a single document is not."""
    body = body.removeprefix(MARK).strip()
    if not body:
        raise MissingField("", None, "Send a JSON document.")
    try:
        entries = _entries(body)
    except (ValueError, RecursionError) as fault:
        raise _not_json(body, fault) from None
    return ([body], False) if entries is None else (entries, True)


def read_documents(file: BinaryIO) -> Iterator[Numbered]:
    """Read documents one after the other; JSON lines are streamed, anything else is read whole."""
    for number, line in enumerate(file, 1):
        text = line.removeprefix(MARK) if number == 1 else line
        if not text.strip():
            continue
        if text.lstrip().startswith(b"[") or not _is_document(text):
            yield from _whole(text, number, file)
        else:
            yield number, text.strip()
            yield from (
                (n, rest.strip()) for n, rest in zip(count(number + 1), file, strict=False) if rest.strip()
            )
        return


def _whole(first: bytes, number: int, file: BinaryIO) -> Iterator[Numbered]:
    """Read a text that is no JSON lines, or whose first line is broken."""
    text = first + file.read()
    try:
        documents, _ = take_apart(text)
    except InvalidValue:
        lines = list(zip(count(number), io.BytesIO(text), strict=False))
        if not any(_is_document(line) for _, line in lines):
            raise
        yield from ((n, line.strip()) for n, line in lines if line.strip())
        return
    yield from enumerate(documents, 1)


def _is_document(line: bytes) -> bool:
    """Whether a line is an object by itself, and not the whole batch."""
    try:
        return line.lstrip().startswith(b"{") and _entries(line) is None
    except (ValueError, RecursionError):
        return False


def _entries(text: bytes) -> list[bytes] | None:
    """Return the documents of a list or of an object with `entries`; None for anything else that is JSON."""
    if text.lstrip().startswith(b"["):
        return [bytes(it) for it in _list(text)]
    _one(text)
    try:
        found = _many(text)
    except msgspec.ValidationError:
        return None
    if found.entries is msgspec.UNSET or found.type is not msgspec.UNSET:
        return None
    return [bytes(it) for it in _list(found.entries)]


def _not_json(body: bytes, fault: Exception) -> InvalidValue:
    reason = TOO_DEEP if isinstance(fault, RecursionError) else f"It is not JSON: {fault}."
    return InvalidValue("", ascii(body[:80]), reason)
