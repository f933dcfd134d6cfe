"""Undoing an import run: one principal proposes to void all its entries, and another makes the voids.

Each goes once through the log, a stretch at a time. All ids follow from those of the run's entries, so that
what was cut off is done again from the start, and what it had recorded is counted as repeated. Where another
entry has taken an id, or a proposal was turned down, the next id follows from how many attempts there were.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

import msgspec

from domain.entry import Draft, Entry, Receipt
from domain.events.oversight import ActionRejected, EntryVoided, VoidProposed
from domain.ledger import Ledger
from domain.oversight import Overseer
from domain.proposals import UNDO
from domain.refusals import AlreadySettled, AlreadyVoided, IdReused, NotHere, Refused, Unavailable
from domain.searching import stretches
from domain.standing import OVERSIGHT
from domain.store.reads import Connection, Row
from domain.store.searches import entries_holding

BATCH: Final = 1_000
REASON: Final = "import-undone"
PROPOSED: Final = "undo"
MADE: Final = "undone"

Fate = Sequence[Receipt] | Refused
Record = Callable[[Sequence[Draft]], Sequence[Fate]]
"""Has drafts recorded, and answers for each, in order."""


class NoSuchRun(NotHere):
    """The ledger has no entry of this import run."""


@dataclass(slots=True)
class Undone:
    """What was done to undo a run: how many entries it has, and what became of their voids.

    `repeated` were proposed, or made, by an earlier call; `voided` are voided already, by whatever proposal.
    """

    run: UUID
    entries: int = 0
    proposals: int = 0
    recorded: int = 0
    repeated: int = 0
    voided: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    stopped: Refused | None = None

    def count(self, outcome: Fate) -> None:
        """Count one outcome; stops at a ledger that is away."""
        match outcome:
            case AlreadyVoided():
                self.voided += 1
            case Unavailable():
                raise outcome
            case Refused():
                self.refusals[outcome.code] += 1
            case _:
                self.recorded += 1


OnProgress = Callable[[int, int, Undone], None]
"""Called with the positions gone through, those there are, and what was done so far."""


def propose_undo(
    overseer: Overseer, run: UUID, record: Record, on_progress: OnProgress | None = None, reason: str = REASON
) -> Undone:
    """Propose to void every entry of a run."""

    def drafts(entry: Entry[Any]) -> Iterator[Draft]:
        if _is_of(entry, run):
            proposal = uuid5(entry.id, PROPOSED)
            event = VoidProposed(
                proposal=str(proposal), entry=entry.id, reason=reason, principal=overseer.principal.id
            )
            yield overseer.draft(entry.stream, event, proposal, correlation_id=f"{UNDO}{run}")

    return _through(overseer.ledger, Undone(run), drafts, record, on_progress)


def make_undo(overseer: Overseer, run: UUID, record: Record, on_progress: OnProgress | None = None) -> Undone:
    """Make every void that another principal proposed to undo a run."""

    def drafts(entry: Entry[Any]) -> Iterator[Draft]:
        if _is_proposal(entry, run):
            data = entry.data
            event = EntryVoided(
                proposal=data.proposal, entry=data.entry, reason=data.reason, principal=overseer.principal.id
            )
            envelope: dict[str, Any] = {"correlation_id": entry.correlation_id, "causation_id": entry.id}
            yield overseer.draft(entry.stream, event, uuid5(entry.id, MADE), **envelope)

    return _through(overseer.ledger, Undone(run), drafts, record, on_progress)


def _through(
    ledger: Ledger,
    undone: Undone,
    drafts: Callable[[Entry[Any]], Iterator[Draft]],
    record: Record,
    on_progress: OnProgress | None,
) -> Undone:
    """Go through the log, and have recorded what each entry of the run leads to."""
    waiting: list[Draft] = []
    try:
        for done, total, entries in stretches(ledger, partial(_naming, str(undone.run).encode())):
            for entry in entries:
                undone.entries += _is_of(entry, undone.run)
                undone.proposals += _is_proposal(entry, undone.run)
                waiting += drafts(entry)
                if len(waiting) >= BATCH:
                    _record(ledger, undone, waiting, record)
            _record(ledger, undone, waiting, record)
            if on_progress is not None:
                on_progress(done, total, undone)
    except Unavailable as away:
        undone.stopped = away
    if not undone.entries and undone.stopped is None:
        raise NoSuchRun("run", str(undone.run), "The summary of an import names its run.")
    return undone


def _record(ledger: Ledger, undone: Undone, waiting: list[Draft], record: Record) -> None:
    """Have drafts recorded, each under the next of its ids where its own is taken for nothing."""
    while waiting:
        fates = list(zip(waiting, record(waiting), strict=True))
        waiting.clear()
        streams = {draft.stream for draft, fate in fates if isinstance(fate, IdReused | AlreadySettled)}
        stand = {stream: _standing(ledger.stream(stream)) for stream in streams}
        for draft, fate in fates:
            said = getattr(draft.event, "entry", None), draft.correlation_id
            match fate:
                case IdReused() if (draft.event.TYPE, *said) in stand[draft.stream].said:
                    undone.repeated += 1
                case IdReused():
                    waiting.append(_next(draft, stand[draft.stream].ids))
                case AlreadySettled() if (VoidProposed.TYPE, *said) in stand[draft.stream].said:
                    # It was turned down, and proposed once more: that proposal has a fate of its own.
                    pass
                case _:
                    undone.count(fate)


class _Standing(NamedTuple):
    """The ids of a stream, and what is proposed in it or voided: by type, target and correlation."""

    ids: set[UUID]
    said: set[tuple[str, UUID, str | None]]


def _standing(entries: Sequence[Entry[Any]]) -> _Standing:
    """Find out what of a stream stands; proposals that were turned down do not, whoever made them."""
    rejected = {it.data.proposal for it in entries if it.type == ActionRejected.TYPE}
    told = [it for it in entries if it.type in (VoidProposed.TYPE, EntryVoided.TYPE)]
    said = {(it.type, it.data.entry, it.correlation_id) for it in told if it.data.proposal not in rejected}
    return _Standing({it.id for it in entries}, said)


def _next(draft: Draft, taken: Container[UUID]) -> Draft:
    """Return a draft under the first of its ids that is free; a proposal is named by it, too."""
    free = next(it for n in count(1) if (it := uuid5(draft.id, str(n))) not in taken)
    event = draft.event
    if isinstance(event, VoidProposed):
        event = replace(event, proposal=str(free))
    return msgspec.structs.replace(draft, id=free, event=event)


def _naming(run: bytes, connection: Connection, shard: int, after: int, up_to: int) -> list[Row]:
    """Find the entries of a run, and those that undo it: both name it."""
    return entries_holding(connection, shard, after, up_to, run)


def _is_of(entry: Entry[Any], run: UUID) -> bool:
    return entry.correlation_id == str(run) and entry.type not in OVERSIGHT


def _is_proposal(entry: Entry[Any], run: UUID) -> bool:
    return entry.correlation_id == f"{UNDO}{run}" and entry.type == VoidProposed.TYPE
