"""Which proposals nobody has answered: worked out of entries in the order in which they were recorded."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

from domain.entry import Entry
from domain.events.oversight import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    EntryVoided,
    VoidProposed,
)
from domain.rules.oversight import GUARDED

UNDO: Final = "undo:"
"""How the correlation of all that undoes an import run begins; the run's own follows."""

ACTION: Final = "action"

TYPES: Final = (
    *(kind.TYPE for kind in (VoidProposed, ActionProposed, ActionApproved, ActionRejected, EntryVoided)),
    *sorted(GUARDED),
)
"""The types of entries that tell."""

Name: TypeAlias = tuple[str, str]
"""A stream, and the name of a proposal in it."""


def action_id(proposal: Entry[ActionProposed]) -> UUID:
    """Return the id of the entry that an approved proposal leads to."""
    return uuid5(proposal.id, ACTION)


@dataclass(slots=True)
class Open:
    """A proposal that is still to be answered; `approval` is there where only its action was not recorded."""

    entry: Entry[Any]
    approval: Entry[ActionApproved] | None = None


@dataclass(slots=True)
class Undoing:
    """How many voids were proposed to undo an import run, by whom, and how many of them were answered."""

    proposed: Counter[str] = field(default_factory=Counter)
    answered: int = 0

    @property
    def left(self) -> int:
        """How many are still to be answered."""
        return self.proposed.total() - self.answered


@dataclass(slots=True)
class Proposals:
    """The proposals that are open, by name; those that undo an import run are many, and only counted."""

    open: dict[Name, Open] = field(default_factory=dict)
    undoing: dict[str, Undoing] = field(default_factory=dict)

    def take(self, entry: Entry[Any]) -> None:
        """Take the next entry."""
        run = (entry.correlation_id or "").partition(UNDO)[2]
        if run:
            self._count(run, entry)
        name = entry.stream, getattr(entry.data, "proposal", "")
        match entry.data:
            case VoidProposed() | ActionProposed() if not run:
                self.open.setdefault(name, Open(entry))
            case ActionApproved() if name in self.open:
                self.open[name].approval = entry
            case ActionRejected():
                self.open.pop(name, None)
            case EntryVoided(entry=target):
                self._drop([it for it, found in self.open.items() if _voids(found, entry.stream, target)])
            case _:
                self._drop([it for it, found in self.open.items() if _leads_to(found, entry.id)])

    def _count(self, run: str, entry: Entry[Any]) -> None:
        undoing = self.undoing.setdefault(run, Undoing())
        match entry.data:
            case VoidProposed(principal=principal):
                undoing.proposed[principal] += 1
            case EntryVoided() | ActionRejected():
                undoing.answered += 1

    def _drop(self, names: Iterable[Name]) -> None:
        for name in names:
            del self.open[name]


def open_proposals(entries: Iterable[Entry[Any]]) -> Proposals:
    """Return the proposals of these entries that are open."""
    proposals = Proposals()
    for entry in entries:
        if entry.type in TYPES:
            proposals.take(entry)
    return proposals


def _voids(proposal: Open, stream: str, target: UUID) -> bool:
    return proposal.entry.stream == stream and getattr(proposal.entry.data, "entry", None) == target


def _leads_to(proposal: Open, entry_id: UUID) -> bool:
    return proposal.approval is not None and action_id(proposal.entry) == entry_id
