"""The texts that all formats of the seal share: base64, decimals and key names, each with one spelling."""

import binascii
import re
from base64 import b64decode, b64encode
from typing import Final

COUNT_MAX: Final = 2**63 - 1
DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)

SURROGATES: Final = re.compile("[\ud800-\udfff]")
"""What a command line makes of bytes that are no UTF-8."""


def base64_text(data: bytes) -> str:
    """Write bytes in the standard alphabet, padded."""
    return b64encode(data).decode("ascii")


def base64_bytes(text: str) -> bytes | None:
    """Read base64; None where it is not exactly what `base64_text` writes."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Unused bits of the last character may be anything to the decoder: one text would have several spellings.
    return data if base64_text(data) == text else None


def count_of(text: str) -> int | None:
    """Read a decimal without leading zeros up to 2**63 - 1, or return None."""
    if not DECIMAL.fullmatch(text):
        return None
    count = int(text)
    return count if count <= COUNT_MAX else None


def is_key_name(text: str) -> bool:
    """Whether a text may name a key: not empty, no space of any kind, no control character, no plus."""
    return (
        bool(text)
        and not SURROGATES.search(text)
        and not any(it.isspace() or it == "+" or it < " " for it in text)
    )
