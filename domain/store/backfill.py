"""The tree over entries that were recorded before the ledger kept one; grown once, by `daybook init`."""

from typing import Final

from domain.store.connections import Connection
from domain.store.sealing import Sealing
from domain.store.sql import queries

PAGE: Final = 10_000
"""How many entries are read and added at once: memory stays flat."""


def backfill_trees(connection: Connection) -> None:
    """Grow the tree of each shard that has entries and no tree; nobody appends to it meanwhile."""
    for (shard,) in connection.execute(queries("init")["shards_without_tree"]).fetchall():
        with connection.transaction():
            _backfill(connection, shard)


def _backfill(connection: Connection, shard: int) -> None:
    sql = queries("append")
    head = connection.execute(sql["lock_head"], [shard]).fetchone()
    assert head is not None, "the shard has no head: the ledger was damaged"
    size, recorded_at, peaks, _ = head
    if peaks:
        return  # another process was faster
    sealing = Sealing(connection, shard)
    sealing.start(0, b"")
    for first in range(0, size, PAGE):
        asked = {"shard": shard, "first": first, "end": min(first + PAGE, size)}
        with connection.cursor(binary=True) as cursor:
            sealing.add([state for (state,) in cursor.execute(sql["states_between"], asked)])
        frontier = sealing.grow()
        sealing.committed()
    connection.execute(sql["move_head"], [size, recorded_at, frontier.to_bytes(), frontier.root(), shard])
