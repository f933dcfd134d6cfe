"""The blind index: names, phones and addresses as keyed digests, equal where two spellings mean the same.

Whoever reads the index without its key learns which customers share a name, a phone or an address, not which.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from domain.events.personal import IndexKind

PHONE_DIGITS_MIN: Final = 3
PHONE_START: Final = re.compile(r"[0-9+]")
PHONE_END: Final = re.compile(r"[^0-9\s()+./\u00b7\u2010-\u2015\u2212-]")
"""What does not belong to a number: a letter, the sign of an extension, a comma."""

NOT_DIGIT: Final = re.compile(r"[^0-9]")
COUNTRY: Final = re.compile(
    r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{1,3}", re.ASCII
)
"""A country calling code (ITU-T E.164): one, two or, where those do not fit, three digits."""


def stored_tokens(key: bytes, kind: IndexKind, text: str) -> list[bytes]:
    """Return the tokens under which a text is kept: 32 bytes each, none where nothing is left of it."""
    forms = _phone_forms(text)[0] if kind == "phone" else _forms(kind, text)
    return [_token(key, form) for form in forms]


def sought_tokens(key: bytes, kind: IndexKind, text: str) -> list[bytes]:
    """Return the tokens any of which finds a text.

    A phone with its country finds itself, and the same number kept without one; a phone without its country
    finds the number of any country.
    """
    forms = _phone_forms(text)[1] if kind == "phone" else _forms(kind, text)
    return [_token(key, form) for form in forms]


def _token(key: bytes, form: str) -> bytes:
    # Not `hmac.digest`: it gives up the interpreter's lock for so little work, and waits to get it back.
    keyed = _keyed(key).copy()
    keyed.update(form.encode())
    return keyed.digest()


@cache
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


def _forms(kind: IndexKind, text: str) -> list[str]:
    """Fold width, case and white space."""
    if text.isascii():
        settled = " ".join(text.lower().split())
        return [f"{kind}:{settled}"] if settled else []
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    # Folding case may leave what is composed no longer; once more, and it is settled.
    settled = unicodedata.normalize("NFKC", folded)
    return [f"{kind}:{settled}"] if settled else []


def _phone_forms(text: str) -> tuple[list[str], list[str]]:
    """Return the forms under which a phone is kept, and those by which it is sought."""
    country, number = _split_phone(text)
    if len(number) < PHONE_DIGITS_MIN:
        return [], []
    local, anywhere = f"phone:{number}", f"phone:+* {number}"
    if not country:
        return [local], [local, anywhere]
    whole = f"phone:+{country} {number}"
    return [whole, anywhere], [whole, local]


def _split_phone(text: str) -> tuple[str, str]:
    """Split a phone into country code, if any, and number without the zeros that precede it at home."""
    plain = text if text.isascii() else "".join(_western(unicodedata.normalize("NFKC", text)))
    start = PHONE_START.search(plain)
    said = PHONE_END.split(plain[start.start() :], maxsplit=1)[0] if start else ""
    digits = NOT_DIGIT.sub("", said)
    abroad = digits if said.startswith("+") else digits[2:] if digits.startswith("00") else ""
    code = COUNTRY.match(abroad)
    if code is None:
        return "", digits.lstrip("0")
    return code[0], abroad[code.end() :].lstrip("0")


def _western(text: str) -> Iterator[str]:
    """Write the digits of all scripts as 0 to 9."""
    for it in text:
        digit = unicodedata.decimal(it, None)
        yield it if digit is None else str(digit)
