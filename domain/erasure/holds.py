"""The legal holds in force, of one customer or of all."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from domain.entry import Entry
from domain.events.oversight import HoldPlaced, HoldReleased
from domain.ledger import Ledger
from domain.searching import stretches
from domain.store.reads import Connection, Row
from domain.store.searches import entries_of_types

TYPES: Final = (HoldPlaced.TYPE, HoldReleased.TYPE)


def holds_in_force(entries: Iterable[Entry[Any]]) -> list[Entry[HoldPlaced]]:
    """Return the entries of holds that none of these entries releases, in their order."""
    open_ones: dict[tuple[str, str], Entry[HoldPlaced]] = {}
    for entry in entries:
        match entry.data:
            case HoldPlaced(hold=hold):
                open_ones.setdefault((entry.stream, hold), entry)
            case HoldReleased(hold=hold):
                open_ones.pop((entry.stream, hold), None)
    return list(open_ones.values())


def all_holds(
    ledger: Ledger, on_progress: Callable[[int, int], None] | None = None
) -> list[Entry[HoldPlaced]]:
    """Return the holds in force in the whole ledger, which takes once through its logs."""
    found: list[Entry[Any]] = []
    for done, total, entries in stretches(ledger, _telling):
        found += entries
        if on_progress is not None:
            on_progress(done, total)
    return holds_in_force(found)


def _telling(connection: Connection, shard: int, after: int, up_to: int) -> list[Row]:
    """Find the entries that tell of holds."""
    return entries_of_types(connection, shard, after, up_to, TYPES)
