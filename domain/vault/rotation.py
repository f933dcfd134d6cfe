"""Wrapping all data keys anew, by another key-encryption key: in parts, and again after an interruption.

Each row says what it is wrapped by, so that whoever begins anew passes over what was done.
"""

from collections.abc import Callable
from typing import Any, Final

from domain.store.reads import Connection
from domain.store.sql import queries
from domain.vault.keyring import context, rows
from domain.vault.keys import KeyEncryption, KeyRing
from domain.vault.vault import Vault

PART: Final = 1_000
FIRST: Final = ("", 0)
ROUNDS_MAX: Final = 5


def wrap_all(vault: Vault, kek: KeyEncryption, tell: Callable[[int, int], None] | None = None) -> int:
    """Wrap every data key by this KEK, and return how many were not yet.

    `tell` is called after each part, with how many were wrapped, and of how many.
    """
    waiting = {name: count for name, count in count_by_kek(vault).items() if name not in {None, kek.name}}
    total = 0
    for shard in range(vault.shards):
        place = FIRST
        while True:
            with vault.keys.reading() as connection, connection.transaction():
                found = _wrap_part(connection, shard, place, vault.ring, kek)
            if not found:
                break
            place = found[-1][0], found[-1][1]
            total += len(found)
            if tell is not None:
                tell(total, sum(waiting.values()))
    return total


def wrap_rest(vault: Vault, kek: KeyEncryption) -> tuple[int, int]:
    """Wrap what other processes made until they learnt of this KEK; return how many, and how many remain.

    Some remain where a process goes on with another, as one that has it from its environment.
    """
    total = 0
    for _ in range(ROUNDS_MAX):
        found = wrap_all(vault, kek)
        total += found
        if not found:
            break
    return total, sum(count for name, count in count_by_kek(vault).items() if name not in {None, kek.name})


def count_by_kek(vault: Vault) -> dict[str | None, int]:
    """Count the data keys that each KEK wraps, by its name; under None, those that are destroyed."""
    counts: dict[str | None, int] = {}
    with vault.keys.reading() as connection:
        for shard in range(vault.shards):
            for kek, count in rows(connection, "keys_by_kek", [shard]):
                counts[kek] = counts.get(kek, 0) + count
    return counts


def _wrap_part(
    connection: Connection, shard: int, after: tuple[str, int], ring: KeyRing, kek: KeyEncryption
) -> list[Any]:
    """Wrap some keys anew, after a place in the order of subjects and generations; returns their rows."""
    found = rows(connection, "wrapped_otherwise", [shard, *after, kek.name, PART])
    wrapped = []
    for subject, generation, old, old_wrapped in found:
        bound_to = context(shard, subject, generation)
        wrapped.append(kek.wrap(ring.named(old).unwrap(old_wrapped, bound_to), bound_to))
    asked = {
        "kek": kek.name,
        "shard": shard,
        "subjects": [row[0] for row in found],
        "generations": [row[1] for row in found],
        "wrapped": wrapped,
    }
    connection.execute(queries("vault")["wrap_anew"], asked)
    return found
