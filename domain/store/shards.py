"""Which log a stream is kept in."""

from hashlib import sha256
from typing import Final

LEDGER_STREAM: Final = "ledger"


def shard_of(stream: str, shards: int) -> int:
    """Return a stream's shard: 8 bytes of its name's SHA-256, modulo their number; `ledger` is on 0."""
    if shards == 1 or stream == LEDGER_STREAM:
        return 0
    return int.from_bytes(sha256(stream.encode()).digest()[:8], "big") % shards
