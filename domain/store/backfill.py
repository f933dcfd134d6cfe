"""The tree over entries that were recorded before the ledger kept one; grown once, by `daybook init`."""

from collections.abc import Iterator
from typing import Final

from domain.seal.tree import Frontier
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
    *_, frontier = grown(connection, shard, size)
    connection.execute(sql["move_head"], [size, recorded_at, frontier.to_bytes(), frontier.root(), shard])


def grown(connection: Connection, shard: int, size: int, pause_at: int = 0) -> Iterator[Frontier]:
    """Grow a shard's tree over so many entries that stand, and store its full tiles.

    Yields the tree after each page of entries, and at the size `pause_at`; nothing where there are none.
    """
    sealing, done = Sealing(connection, shard), 0
    sealing.start(0, b"")
    while done < size:
        end = min(done + PAGE, size, pause_at if pause_at > done else size)
        asked = {"shard": shard, "first": done, "end": end}
        with connection.cursor(binary=True) as cursor:
            sealing.add([state for (state,) in cursor.execute(queries("append")["states_between"], asked)])
        yield sealing.grow()
        sealing.committed()
        done = end
