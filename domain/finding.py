"""Which entry an id means: within a stream it is one, but several streams may have used the same."""

from collections.abc import Collection, Sequence
from typing import Final, TypeAlias
from uuid import UUID

from domain.entry import read_entry
from domain.refusals import AmbiguousId, NoSuchEntry
from domain.store.reads import Row

ANY: Final[Collection[str]] = ()
"""Entries of whatever type."""

Placed: TypeAlias = tuple[int, Row]
"""A shard, and the row of an entry in it."""


def the_one(
    entry_id: UUID, found: Sequence[Placed], types: Collection[str] = ANY, stream: str | None = None
) -> Placed:
    """Return the entry that is meant, of all that bear the id; of several only those of some types count.

    NoSuchEntry where none is left, AmbiguousId where more than one is: whoever asked meant one of them, and
    anybody may have recorded the others.
    """
    if stream is not None:
        found = [it for it in found if _stream(it) == stream]
    if len(found) > 1 and types:
        found = [it for it in found if it[1][2] in types]
    if not found:
        raise NoSuchEntry("id", str(entry_id))
    if len(found) > 1:
        raise AmbiguousId("id", str(entry_id), f"It stands in {', '.join(sorted(map(_stream, found)))}.")
    return found[0]


def _stream(placed: Placed) -> str:
    shard, row = placed
    return read_entry(row[2], row[3], shard, row[0]).stream
