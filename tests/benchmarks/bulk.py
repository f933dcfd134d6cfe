"""Appending in bulk: 1,000 entries a batch, against a bare COPY and the library's recorder."""

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from domain.entry import Draft
from tests.benchmarks.harness import check, fresh_ledger, line, middle, now, payment, seconds, sound
from tests.benchmarks.peers import bare_copy, bare_table, library_recorder, ready_rows, stored_events

BATCH: Final = 1_000
BATCHES: Final = 30
ENTRIES_EACH: Final = 4
LIBRARY_BATCHES: Final = 20
ROUNDS: Final = 5


def run() -> None:
    """Print entries a second, and the ratios of each round's figures."""
    ours: list[float] = []
    bare: list[float] = []
    library: list[float] = []
    for _ in range(ROUNDS):
        batches = [batch() for _ in range(BATCHES)]
        bare.append(BATCHES * BATCH / _bare_seconds(batches))
        ours.append(BATCHES * BATCH / ledger_seconds(batches))
        library.append(LIBRARY_BATCHES * BATCH / _library_seconds(batches[:LIBRARY_BATCHES]))
    line(
        "append: bulk, 1,000 a batch, entries a second",
        entries_a_second=middle(ours),
        bare_copy=middle(bare),
        library=middle(library),
        ratio_to_bare_copy=middle(a / b for a, b in zip(ours, bare, strict=True)),
        ratio_to_library=middle(a / b for a, b in zip(ours, library, strict=True)),
        target="at least 0.45 of bare COPY, at least 3 times the library",
    )


def batch() -> list[Draft]:
    """Make a batch as an import brings it: new customers, with a few entries each."""
    customers = [uuid4().hex for _ in range(BATCH // ENTRIES_EACH)]
    return [payment(customer, now()) for customer in customers for _ in range(ENTRIES_EACH)]


def _bare_seconds(batches: Sequence[Sequence[Draft]]) -> float:
    rows = ready_rows([draft for batch in batches for draft in batch])
    parts = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    with bare_table() as connection:

        def copy_all() -> None:
            for part in parts:
                bare_copy(connection, part)

        return seconds(copy_all)


def ledger_seconds(batches: Sequence[Sequence[Draft]]) -> float:
    """Time the append alone: what it writes was decided and prepared before, as the bare COPY's rows were."""
    with fresh_ledger("bulk") as ledger:
        prepared = [sound(ledger.scribe.appends(batch)) for batch in batches]

        def append_all() -> None:
            for appends in prepared:
                check(ledger.recorders[0].append(appends))

        return seconds(append_all)


def _library_seconds(batches: Sequence[Sequence[Draft]]) -> float:
    stored = [stored_events(batch) for batch in batches]
    with library_recorder() as recorder:

        def insert_all() -> None:
            for events in stored:
                recorder.insert_events(events)

        return seconds(insert_all)
