"""Going once through the whole log of a ledger, a stretch at a time, for entries that no index finds."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from domain.entry import Entry, read_entry
from domain.ledger import Ledger
from domain.seams import refusing
from domain.store.reads import Connection, Row

STRETCH: Final = 20_000

Search = Callable[[Connection, int, int, int], list[Row]]
"""Takes a connection, a shard and two positions; returns what it finds after the first, up to the second."""


class Stretch(NamedTuple):
    """What was found in a stretch of a log; how many positions were gone through, of how many in all."""

    done: int
    total: int
    entries: list[Entry[Any]]


def stretches(ledger: Ledger, search: Search) -> Iterator[Stretch]:
    """Search all shards one after the other, each as far as it goes now, in the order of its log."""
    heads = ledger.heads()
    total, before = sum(head.size for head in heads), 0
    for shard, size in [(head.shard, head.size) for head in heads]:
        for after in range(0, size, STRETCH):
            up_to = min(after + STRETCH, size)
            with refusing(), ledger.recorders[shard].reading() as connection:
                rows = search(connection, shard, after, up_to)
            found = [read_entry(row[2], row[3], shard, row[0]) for row in rows]
            yield Stretch(before + up_to, total, found)
        before += size
