"""History read from the log itself: an auditor's way to a state, sharing only the fold with the live one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, Protocol

from domain.customer import Customer, state_at
from domain.cut import Cut
from domain.entry import Entry
from domain.streams import customer_stream, shard_of

PAGE: Final = 1_000


class Log(Protocol):
    """What an auditor needs of a ledger: its log, page by page."""

    def log(self, *, shard: int = 0, after: int = 0, limit: int = PAGE) -> list[Entry[Any]]:
        """Return up to `limit` entries of a shard whose position is more than `after`, in order."""
        ...


def read_log(ledger: Log, shard: int, cut: Cut) -> Iterator[Entry[Any]]:
    """Read every entry of a shard inside the cut, in the order of the log; memory stays flat."""
    after, last = 0, cut.positions[shard]
    while after < last:
        page = ledger.log(shard=shard, after=after, limit=min(PAGE, last - after))
        yield from page
        after = page[-1].position


def replay_customer(
    ledger: Log, customer_id: str, cut: Cut, as_of: datetime | None = None, zone: str = "UTC"
) -> Customer:
    """Fold a customer from the log: of the entries inside the cut, those that count at `as_of`."""
    stream = customer_stream(customer_id)
    shard = shard_of(stream, len(cut.positions))
    entries = (entry for entry in read_log(ledger, shard, cut) if entry.stream == stream)
    return state_at(stream, entries, as_of, zone)
