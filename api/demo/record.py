"""Records the simulation by the way that every caller takes: the door, the rules, the bytes, the append."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

from domain.door import Door
from domain.ledger import Ledger
from domain.refusals import Misconfigured, Refused

BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many entries there are, how many of them had been there before, and the seconds of each half."""

    entries: int
    repeated: int
    opening_s: float
    recording_s: float

    @property
    def entries_a_second(self) -> int:
        """The pace of the whole way."""
        return round(self.entries / (self.opening_s + self.recording_s))


def record(ledger: Ledger, documents: Sequence[dict[str, Any]], advance: Callable[[int], None]) -> Recorded:
    """Record documents in batches, calling `advance` with the size of each; raises the first refusal.

    What was recorded before is not recorded again; a ledger that holds another story is refused.
    """
    _check_story(ledger, documents)
    door = Door(new_id=uuid4, simulated=True)
    entries = repeated = 0
    opening_s = recording_s = 0.0
    for start in range(0, len(documents), BATCH):
        batch = documents[start : start + BATCH]
        begun = perf_counter()
        drafts = [door.open(document) for document in batch]
        opened = perf_counter()
        for outcome in ledger.record(drafts):
            if isinstance(outcome, Refused):
                raise outcome
            entries += len(outcome)
            repeated += sum(receipt.repeated for receipt in outcome)
        opening_s += opened - begun
        recording_s += perf_counter() - opened
        advance(len(batch))
    return Recorded(entries, repeated, opening_s, recording_s)


def _check_story(ledger: Ledger, documents: Sequence[dict[str, Any]]) -> None:
    """Refuse a ledger whose last entry of a story is not the one that this story has in its place.

    What the demo records after its story, the erasure, may follow.
    """
    (head,) = ledger.heads()
    told = min(head.size, len(documents))
    last = [str(entry.id) for entry in ledger.log(after=told - 1, limit=1)] if told else []
    if last != [document["id"] for document in documents[max(0, told - 1) : told]]:
        raise Misconfigured("data", hint="Another story was recorded in that folder; choose another one.")
