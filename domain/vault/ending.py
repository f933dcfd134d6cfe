"""The end of data keys, in the caller's transaction, which holds the lock of their shard's head."""

from typing import Final

from domain.store.reads import Connection
from domain.store.sql import queries
from domain.vault.keyring import rows

EVERY: Final = 2**31 - 1


def destroy_keys(connection: Connection, shard: int, subject: str, up_to: int = EVERY) -> int:
    """Destroy the keys of a data subject up to a generation, and take them out of the index; returns how many.

    What later keys seal stays.
    """
    sql = queries("vault")
    asked = {"shard": shard, "subject": subject, "generation": up_to}
    destroyed = connection.execute(sql["destroy_keys"], asked).rowcount
    connection.execute(sql["forget_tokens"], [shard, subject])
    connection.execute(sql["count_erasure"], [shard])
    return destroyed


def newest_generation(connection: Connection, shard: int, subject: str) -> int:
    """Return the number of keys that a data subject has had so far."""
    return int(rows(connection, "newest_generation", [shard, subject])[0][0])
