"""Records documents: opens each at the door, has what opened recorded, and says what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import uuid_utils.compat

from api.batches import Numbered
from domain.admission import check_document
from domain.door import Door, Opened
from domain.entry import Actor, Draft
from domain.ledger import Ledger, Outcome
from domain.refusals import InvalidValue, Refused


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one document; `draft` is None where it was not understood."""

    number: int
    draft: Draft | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes documents for a ledger."""

    ledger: Ledger
    door: Door

    @classmethod
    def of(cls, ledger: Ledger, actor: Actor | None, source: str | None) -> "Desk":
        """Set up a desk; documents that name no actor or source get these."""
        door = Door(
            new_id=uuid_utils.compat.uuid7,
            actor=actor,
            source=source,
            simulated=ledger.facts.clock == "simulated",
        )
        return cls(ledger, door)

    def open(self, documents: Sequence[Numbered], expected_version: int | None = None) -> list[Opened]:
        """Open documents at the door; `expected_version` is demanded of each that demands none itself."""
        opened = [_admitted(it) for it in self.door.open_batch(document for _, document in documents)]
        if expected_version is None:
            return opened
        return [_expecting(it, expected_version) if isinstance(it, Draft) else it for it in opened]

    def record(self, documents: Sequence[Numbered]) -> list[Fate]:
        """Record documents, each with a fate of its own, in order."""
        opened = self.open(documents)
        return _fates(documents, opened, self.ledger.record(_drafts(opened)))

    async def record_async(self, documents: Sequence[Numbered], opened: Sequence[Opened]) -> list[Fate]:
        """Record documents that were opened before, for a caller on an event loop."""
        return _fates(documents, opened, await self.ledger.record_async(_drafts(opened)))


def _admitted(opened: Opened) -> Opened:
    if isinstance(opened, Draft):
        try:
            check_document(opened.event.TYPE)
        except Refused as refusal:
            return refusal
    return opened


def _expecting(draft: Draft, version: int) -> Opened:
    if draft.expected_version not in {None, version}:
        return InvalidValue(
            "expected_version", draft.expected_version, f"If-Match names the version {version}."
        )
    return msgspec.structs.replace(draft, expected_version=version)


def _drafts(opened: Sequence[Opened]) -> list[Draft]:
    return [it for it in opened if isinstance(it, Draft)]


def _fates(
    documents: Sequence[Numbered], opened: Sequence[Opened], outcomes: Sequence[Outcome]
) -> list[Fate]:
    """Put the ledger's outcomes between the refusals of the door."""
    answered = iter(outcomes)
    return [
        Fate(number, it, next(answered)) if isinstance(it, Draft) else Fate(number, None, it)
        for (number, _), it in zip(documents, opened, strict=True)
    ]
