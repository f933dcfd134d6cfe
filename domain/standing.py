"""Which entries of a stream count: all but those that an entry among them voids, whenever either happened."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from domain.entry import Entry
from domain.events import REGISTER
from domain.events.oversight import EntryVoided

OVERSIGHT: Final = frozenset(name for name, kind in REGISTER.items() if kind.family == "oversight")
"""The types of entries that nothing voids."""

VOIDABLE: Final = frozenset(REGISTER) - OVERSIGHT
"""The types of entries that can be voided."""


def standing(entries: Iterable[Entry[Any]], as_of: datetime | None = None) -> list[Entry[Any]]:
    """Return the entries that count at a moment, in the order given; those given are all that is known.

    What happened after `as_of` does not count, but a void is known or it is not: it counts at every moment.
    """
    known = list(entries)
    voided = {entry.data.entry for entry in known if entry.type == EntryVoided.TYPE}
    if as_of is None and not voided:
        return known
    return [
        entry
        for entry in known
        if (as_of is None or entry.occurred_at <= as_of)
        and (entry.id not in voided or entry.type in OVERSIGHT)
    ]
