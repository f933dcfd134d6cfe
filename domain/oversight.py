"""Overseeing a ledger as a principal who is known: proposing and making voids, rejecting, placing holds.

A proposal bears the id of its entry as its name. Who was cut off makes the same call again: what is on record
already is found there, and answered as repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.authority import Principal
from domain.door import Door
from domain.entry import Actor, Draft, Entry, Receipt
from domain.events import REGISTER, Event
from domain.events.oversight import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    EntryVoided,
    HoldPlaced,
    VoidProposed,
)
from domain.ledger import Ledger
from domain.proposals import TYPES, Proposals, open_proposals
from domain.refusals import (
    AlreadySettled,
    AlreadyVoided,
    NameAlreadyTaken,
    NoSuchEntry,
    NotAsProposed,
    Refused,
    UnknownProposal,
)
from domain.searching import stretches
from domain.standing import VOIDABLE
from domain.store.reads import Connection, Row
from domain.store.searches import entries_of_types


@dataclass(frozen=True, slots=True, kw_only=True)
class Overseer:
    """Acts for one principal; `actor` and `source` are what its entries say of who did it and whence."""

    ledger: Ledger
    principal: Principal
    actor: Actor
    source: str
    new_id: Callable[[], UUID]

    def propose_void(self, entry_id: UUID, reason: str, remark: str | None = None) -> Receipt:
        """Propose to void an entry; what this principal has proposed already is repeated."""
        stream = self.ledger.entry(entry_id, VOIDABLE).stream
        proposal = self.new_id()
        event = VoidProposed(
            proposal=str(proposal), entry=entry_id, reason=reason, remark=remark, principal=self.principal.id
        )
        for before in open_proposals(self.ledger.stream(stream)).open.values():
            it = before.entry.data
            if isinstance(it, VoidProposed) and _same_void(it, event):
                return repeated(before.entry)
        return self.record(self.draft(stream, event, proposal))

    def make_void(self, name: str) -> Receipt:
        """Void what another principal proposed to; what this one has voided by it already is repeated."""
        proposed = self.proposal(name, VoidProposed)
        event = EntryVoided(
            proposal=name,
            entry=proposed.data.entry,
            reason=proposed.data.reason,
            principal=self.principal.id,
        )
        return self.answer(proposed, event)

    def reject(self, name: str, reason: str) -> Receipt:
        """Turn down a proposal, or take one's own back; the same again is repeated."""
        event = ActionRejected(proposal=name, reason=reason, principal=self.principal.id)
        return self.answer(self.proposal(name, VoidProposed, ActionProposed), event)

    def place_hold(self, stream: str, hold: str, basis: str) -> Receipt:
        """Place a legal hold on a customer; the same again is repeated."""
        event = HoldPlaced(hold=hold, basis=basis, principal=self.principal.id)
        try:
            return self.record(self.draft(stream, event))
        except NameAlreadyTaken:
            placed = next((it for it in self.ledger.stream(stream) if it.data == event), None)
            if placed is None:
                raise
            return repeated(placed)

    def proposal(self, name: str, *kinds: type[Event]) -> Entry[Any]:
        """Return the entry of a proposal; refuses what is none of these kinds, and a name that two bear."""
        try:
            found = self.ledger.entry(UUID(name), [kind.TYPE for kind in kinds])
        except (ValueError, NoSuchEntry):
            raise UnknownProposal("proposal", name) from None
        if not isinstance(found.data, VoidProposed | ActionProposed):
            raise UnknownProposal("proposal", name, f"This is the id of an entry: {found.type}.")
        if not isinstance(found.data, kinds):
            command = "void make" if isinstance(found.data, VoidProposed) else "approve"
            raise NotAsProposed("proposal", name, f"Use `daybook {command} {name}`.")
        return found

    def answer(self, proposed: Entry[Any], event: EntryVoided | ActionApproved | ActionRejected) -> Receipt:
        """Have a proposal answered; the same answer again is repeated."""
        envelope: dict[str, Any] = {
            "correlation_id": proposed.correlation_id,
            "causation_id": proposed.id,
            # Whatever the clocks of two machines say, it comes after what it answers.
            "occurred_at": max(self.ledger.now(), proposed.occurred_at),
        }
        try:
            return self.record(self.draft(proposed.stream, event, **envelope))
        except (AlreadyVoided, AlreadySettled):
            answer = self.answer_to(proposed, type(event))
            if answer is None or answer.data != event:
                raise
            return repeated(answer)

    def answer_to(self, proposed: Entry[Any], kind: type[Event]) -> Entry[Any] | None:
        """Return what of a kind answers a proposal, if anything does."""
        name = proposed.data.proposal
        entries = self.ledger.stream(proposed.stream)
        return next((it for it in entries if it.type == kind.TYPE and it.data.proposal == name), None)

    def draft(
        self,
        stream: str,
        event: Event,
        entry_id: UUID | None = None,
        **envelope: Any,  # noqa: ANN401  fields of the envelope, of whatever type
    ) -> Draft:
        """Ask for an event to be recorded that happens now; it goes through the door as others do."""
        document = {
            "id": entry_id,
            "stream": stream,
            "type": event.TYPE,
            "occurred_at": self.ledger.now(),
            "data": REGISTER[event.TYPE].encode(event),
            **envelope,
        }
        return self.door.open(document)

    @property
    def door(self) -> Door:
        """The door for documents that do not say who did it and whence."""
        return Door(new_id=self.new_id, actor=self.actor, source=self.source)

    def record(self, draft: Draft) -> Receipt:
        """Have a draft recorded; raises its refusal."""
        (outcome,) = self.ledger.record([draft])
        if isinstance(outcome, Refused):
            raise outcome
        return outcome[0]


def proposals(ledger: Ledger, on_progress: Callable[[int, int], None] | None = None) -> Proposals:
    """Return the proposals that are open in the whole ledger, which takes once through its logs."""
    found = Proposals()
    for done, total, entries in stretches(ledger, _telling):
        for entry in entries:
            found.take(entry)
        if on_progress is not None:
            on_progress(done, total)
    return found


def _telling(connection: Connection, shard: int, after: int, up_to: int) -> list[Row]:
    """Find the entries that tell of proposals."""
    return entries_of_types(connection, shard, after, up_to, TYPES)


def repeated(entry: Entry[Any]) -> Receipt:
    """Return the receipt of an entry that was recorded before."""
    return Receipt(
        entry.id, entry.stream, entry.version, entry.shard, entry.position, entry.recorded_at, repeated=True
    )


def _same_void(one: VoidProposed, other: VoidProposed) -> bool:
    return (one.entry, one.reason, one.principal) == (other.entry, other.reason, other.principal)
