"""Growth: what an entry costs over a bare COPY's when the log is a hundred times longer; takes a while."""

import resource
from collections.abc import Iterator
from time import perf_counter
from typing import Any, Final

import psycopg

from domain.entry import Draft
from domain.ledger import Ledger
from tests.benchmarks.bulk import batch
from tests.benchmarks.harness import check, fresh_ledger, line, middle, sound
from tests.benchmarks.peers import bare_copy, bare_table, ready_rows

SMALL: Final = 100_000
LARGE: Final = 10_000_000
WINDOW: Final = 50
Connection = psycopg.Connection[tuple[Any, ...]]


def run(large: int = LARGE) -> None:
    """Grow a ledger and a bare table side by side, and print what a batch costs at either size."""
    with fresh_ledger("growth") as ledger, bare_table() as connection:
        grown = _Growth(ledger, connection)
        grown.to(SMALL)
        small, memory_small = grown.window(), _memory_mib()
        grown.to(large)
        big, memory_big = grown.window(), _memory_mib()
    line(
        f"growth: cost of an entry over bare COPY's, at {SMALL:,} and at {large:,} entries",
        ratio_small=small,
        ratio_large=big,
        change=big / small - 1,
        memory_mib_small=memory_small,
        memory_mib_large=memory_big,
        target="within 15 percent; memory flat",
    )


class _Growth:
    """A ledger and a bare table of the same size."""

    def __init__(self, ledger: Ledger, connection: Connection) -> None:
        self.ledger = ledger
        self.connection = connection
        self.size = 0
        self.batches = _batches()

    def to(self, size: int) -> None:
        """Grow both, without measuring."""
        while self.size < size:
            self._step()

    def window(self) -> float:
        """Grow both by a window, in turn, and return the ledger's time over the bare table's, per batch."""
        pairs = [self._step() for _ in range(WINDOW)]
        return middle(ours / bare for ours, bare in pairs)

    def _step(self) -> tuple[float, float]:
        drafts = next(self.batches)
        rows = ready_rows(drafts, self.size)
        appends = sound(self.ledger.scribe.appends(drafts))
        start = perf_counter()
        bare_copy(self.connection, rows)
        middle_of_both = perf_counter()
        outcomes = self.ledger.recorders[0].append(appends)
        end = perf_counter()
        check(outcomes)
        self.size += len(drafts)
        return end - middle_of_both, middle_of_both - start


def _batches() -> Iterator[list[Draft]]:
    while True:
        yield batch()


def _memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
