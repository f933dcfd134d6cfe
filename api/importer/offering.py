"""Offers drafts to the ledger: what comes once in turns, and what it cannot take now again, for a while."""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from api.importer.build import Once, Spare
from domain.entry import Draft, Receipt
from domain.refusals import AlreadyDone, IdReused, Refused, Unavailable
from domain.scribe import CHUNK

Outcome = Sequence[Receipt] | Refused
Record = Callable[[Sequence[Draft]], Sequence[Outcome]]


class Origin(Protocol):
    """Where an offer comes from, as far as its turn depends on that."""

    @property
    def once(self) -> Once | None:
        """What is to come once with it."""


Offer = tuple[Draft | Refused | Spare, Origin]
"""What a row yielded, and where that comes from."""

PATIENCE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 1.0


def fates_of(offers: Sequence[Offer], record: Record) -> list[Outcome | None]:
    """Have drafts recorded; return the fate of each offer, in order: None for one that was not needed.

    What comes once is offered by one row at a time. Where that is refused, the next row of its key has its
    turn, after all other drafts of the batch.
    """
    fates: list[Outcome | None] = [it if isinstance(it, Refused) else None for it, _ in offers]
    turn = {place: it for place, (it, _) in enumerate(offers) if isinstance(it, Draft)}
    spares = [place for place, (it, _) in enumerate(offers) if isinstance(it, Spare)]
    while turn:
        for place, outcome in zip(turn, record(list(turn.values())), strict=True):
            fates[place] = outcome
            once = offers[place][1].once
            if once is not None:
                once.there = _is_there(outcome)
                # Of a ledger that is away nobody knows; the run stops.
                once.offered = once.there or isinstance(outcome, Unavailable)
        turn = _next_turn(offers, spares, fates)
    return fates


def _next_turn(
    offers: Sequence[Offer], spares: Sequence[int], fates: list[Outcome | None]
) -> dict[int, Draft]:
    """Choose, of each key that is still to come, the first row that has not had its turn."""
    turn: dict[int, Draft] = {}
    for place in spares:
        spare, once = offers[place][0], offers[place][1].once
        assert isinstance(spare, Spare)
        assert once is not None
        if once.offered or fates[place] is not None:
            continue
        try:
            turn[place] = spare.draft()
        except Refused as refusal:
            fates[place] = refusal
        else:
            once.offered = True
    return turn


def _is_there(outcome: Outcome) -> bool:
    """Whether an entry is recorded, by this draft or another, perhaps of an earlier file."""
    return not isinstance(outcome, Refused) or isinstance(outcome, IdReused | AlreadyDone)


def patiently(
    record: Record, seconds: float = PATIENCE_SECONDS, pause_seconds: float = PAUSE_SECONDS
) -> Record:
    """Have drafts offered again that the ledger cannot take now, so long that it may come back.

    They go in pieces, as the ledger itself takes them, and no piece before the one ahead of it: so the order
    of the drafts is kept.
    """

    def record_patiently(drafts: Sequence[Draft]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for start in range(0, len(drafts), CHUNK):
            piece = drafts[start : start + CHUNK]
            latest = time.monotonic() + seconds
            fates = _offered(record, piece)
            while (late := _late(fates)) and time.monotonic() < latest:
                time.sleep(pause_seconds)
                for place, fate in zip(late, _offered(record, [piece[it] for it in late]), strict=True):
                    fates[place] = fate
            outcomes += fates
        return outcomes

    return record_patiently


def _offered(record: Record, drafts: Sequence[Draft]) -> list[Outcome]:
    """Offer drafts; a ledger that fails on all of them refuses each."""
    try:
        return list(record(drafts))
    except Unavailable as away:
        return [away] * len(drafts)


def _late(fates: Sequence[Outcome]) -> list[int]:
    return [place for place, fate in enumerate(fates) if isinstance(fate, Unavailable) and fate.retry]
