"""Reads numbers and words as sources write them: decimals with separators, whole numbers, codes, truth."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection
from decimal import Decimal
from functools import lru_cache
from typing import Final

from domain.refusals import InvalidValue
from domain.values import decimal_text

CODE_CHARACTERS_MAX: Final = 80
DIGEST_CHARACTERS: Final = 8
CACHED: Final = 1 << 14


def decimal_reader(path: str, point: str, thousands: str, times: Decimal) -> Callable[[str], str]:
    """Make the function that reads a decimal into its plain text; thousands stand in threes or not at all."""
    separator, fraction = re.escape(thousands), f"(?:{re.escape(point)}[0-9]+)?"
    grouped = rf"[0-9]{{1,3}}(?:{separator}[0-9]{{3}})+" if thousands else "[0-9]+"
    shape = re.compile(rf"[+-]?(?:[0-9]+|{grouped}){fraction}").fullmatch
    expected = f"1{thousands}234{point}50"

    def read(text: str) -> str:
        if shape(text) is None:
            raise InvalidValue(path, text, f"Write a number as {expected}.")
        if thousands:
            text = text.replace(thousands, "")
        if point != ".":
            text = text.replace(point, ".")
        text = text.removeprefix("+")
        return text if times == 1 else decimal_text(Decimal(text) * times)

    return read


def integer_reader(path: str) -> Callable[[str], int]:
    """Make the function that reads a whole number."""
    shape = re.compile(r"[+-]?[0-9]{1,16}").fullmatch

    def read(text: str) -> int:
        if shape(text) is None:
            raise InvalidValue(path, text, "Write a whole number.")
        return int(text)

    return read


def bool_reader(path: str, yes: Collection[str], no: Collection[str]) -> Callable[[str], bool]:
    """Make the function that reads truth from words, capitals or not."""
    words = {word.casefold(): False for word in no} | {word.casefold(): True for word in yes}

    def read(text: str) -> bool:
        try:
            return words[text.casefold()]
        except KeyError:
            raise InvalidValue(path, text, f"Known words are {', '.join(words)}.") from None

    return read


@lru_cache(CACHED)
def code(text: str) -> str:
    """Turn a text into a code: lower case, ASCII, words joined by hyphens.

    Where letters are lost or the code is too long it ends in a digest of the text, so that two texts do not
    become one.
    """
    plain = "".join(it for it in unicodedata.normalize("NFKD", text) if not unicodedata.combining(it))
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    lost = any(character.isalnum() and not character.isascii() for character in plain)
    if lost or len(words) > CODE_CHARACTERS_MAX:
        digest = hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:DIGEST_CHARACTERS]
        kept = words[: CODE_CHARACTERS_MAX - DIGEST_CHARACTERS - 1].rstrip("-")
        words = f"{kept}-{digest}".lstrip("-")
    return words
