"""Streams and shards: which log a stream belongs to."""

from hashlib import sha256
from typing import Final

LEDGER_STREAM: Final = "ledger"


def customer_stream(customer_id: str) -> str:
    """Return the stream of a customer."""
    return f"customer:{customer_id}"


def shard_of(stream: str, shards: int) -> int:
    """Return a stream's shard: the first 8 bytes of its SHA-256 modulo `shards`; `ledger` is on shard 0."""
    if shards == 1 or stream == LEDGER_STREAM:
        return 0
    return int.from_bytes(sha256(stream.encode()).digest()[:8], "big") % shards
