"""The end of data keys, in the caller's transaction, which holds the lock of their shard's head."""

from typing import Final

from domain.store.reads import Connection
from domain.store.sql import queries
from domain.vault.keyring import rows

EVERY: Final = 2**31 - 1


def destroy_keys(connection: Connection, shard: int, subject: str, up_to: int = EVERY) -> int:
    """Destroy the keys of a subject up to a generation, and take them out of the index; return how many.

    What later keys seal stays, and where all up to then were destroyed before, so does the index.
    """
    sql = queries("vault")
    asked = {"shard": shard, "subject": subject, "generation": up_to}
    destroyed = connection.execute(sql["destroy_keys"], asked).rowcount
    _, living = key_counts(connection, shard, subject)
    if destroyed or not living:
        connection.execute(sql["forget_tokens"], [shard, subject])
        connection.execute(sql["count_erasure"], [shard])
    return destroyed


def key_counts(connection: Connection, shard: int, subject: str) -> tuple[int, int]:
    """Return how many keys a data subject has had, which is the newest generation, and how many live."""
    newest, living = rows(connection, "key_counts", [shard, subject])[0]
    return newest, living
