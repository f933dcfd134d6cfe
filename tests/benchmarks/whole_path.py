"""The whole path on the simulated company: validate, decide, write the bytes, append."""

from itertools import islice
from typing import Any, Final
from uuid import uuid4

from api.demo.simulation import simulate
from domain.door import Door
from domain.entry import Draft
from domain.refusals import Refused
from tests.benchmarks.bulk import batch
from tests.benchmarks.harness import check, fresh_ledger, line, middle, seconds, sound

BATCH: Final = 1_000
ENTRIES: Final = 20_000
ROUNDS: Final = 5


def run() -> None:
    """Print entries a second of the whole path, and their ratio to those of the append alone."""
    documents = list(islice(simulate(), ENTRIES))
    whole: list[float] = []
    bulk: list[float] = []
    for _ in range(ROUNDS):
        whole.append(len(documents) / _whole_seconds(documents))
        bulk.append(ENTRIES / _bulk_seconds())
    line(
        "whole path: validate, decide, bytes, append; on the simulation, 1,000 a batch",
        entries_a_second=middle(whole),
        bulk=middle(bulk),
        ratio_to_bulk=middle(a / b for a, b in zip(whole, bulk, strict=True)),
        target="at least 0.4 of the bulk figure",
    )


def _whole_seconds(documents: list[dict[str, Any]]) -> float:
    """Time it with each batch opened while the one before is being committed, as `Ledger.begin` lets it."""
    batches = [documents[start : start + BATCH] for start in range(0, len(documents), BATCH)]
    with fresh_ledger("whole", clock="simulated") as ledger:
        door = Door(new_id=uuid4, simulated=True)

        def record_all() -> None:
            begun = ledger.begin([])
            for batch in batches:
                drafts = _opened(door, batch)
                check(begun())
                begun = ledger.begin(drafts)
            check(begun())

        return seconds(record_all)


def _opened(door: Door, documents: list[dict[str, Any]]) -> list[Draft]:
    drafts = [it for it in door.open_batch(documents) if not isinstance(it, Refused)]
    assert len(drafts) == len(documents)
    return drafts


def _bulk_seconds() -> float:
    batches = [batch() for _ in range(ENTRIES // BATCH)]
    with fresh_ledger("bulk") as ledger:
        prepared = [sound(ledger.scribe.appends(batch)) for batch in batches]

        def append_all() -> None:
            for appends in prepared:
                check(ledger.recorders[0].append(appends))

        return seconds(append_all)
