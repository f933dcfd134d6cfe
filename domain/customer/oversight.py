"""What was proposed, approved and voided in a customer's stream; holds, erasures and disclosures.

Which entries count at all is settled before the fold: see `domain.standing`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

from domain.customer.handler import Handler
from domain.entry import Entry
from domain.events.oversight import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    EntryVoided,
    ErasureRefused,
    ErasureRequested,
    HoldPlaced,
    HoldReleased,
    PersonalDataDisclosed,
    SubjectErased,
    VoidProposed,
)

if TYPE_CHECKING:
    from domain.customer.customer import Customer

Settled = Literal["approved", "made", "rejected"]


@dataclass(slots=True)
class Proposal:
    """What was proposed, and what became of it; of a void, `entry` is what it is about."""

    entry_id: UUID
    action: str
    principal: str
    proposed_at: datetime
    entry: UUID | None = None
    reason: str | None = None
    occurred_at: datetime | None = None
    status: Literal["open"] | Settled = "open"
    settled_at: datetime | None = None
    settled_by: str | None = None
    settled_because: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided on it."""
        return self.status == "open"


@dataclass(slots=True)
class Void:
    """Why an entry counts no longer, and by whom."""

    entry_id: UUID
    proposal: str
    reason: str
    principal: str
    voided_at: datetime


@dataclass(slots=True)
class Hold:
    """Why nothing of the customer may be erased."""

    entry_id: UUID
    basis: str
    principal: str
    placed_at: datetime
    released_at: datetime | None = None
    released_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still in force."""
        return self.released_at is None


@dataclass(slots=True)
class Erasure:
    """What became of a request to erase a data subject; `keys` counts what was destroyed."""

    entry_id: UUID
    subject: str
    basis: str
    principal: str
    requested_at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None
    keys: int | None = None
    refused_because: str | None = None
    law: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor refused."""
        return self.settled_at is None


@dataclass(slots=True)
class Oversight:
    """All that was overseen in a customer's stream, as far as the entries say."""

    proposals: dict[str, Proposal] = field(default_factory=dict)
    voids: dict[UUID, Void] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    erasures: dict[str, Erasure] = field(default_factory=dict)
    disclosures: int = 0
    last_disclosed_at: datetime | None = None

    def open_proposals(self) -> list[str]:
        """Return the names of proposals on which nobody has decided."""
        return [name for name, proposal in self.proposals.items() if proposal.is_open]

    def open_holds(self) -> list[str]:
        """Return the names of holds in force."""
        return [name for name, hold in self.holds.items() if hold.is_open]


def _void_proposed(customer: "Customer", entry: Entry[VoidProposed]) -> str | None:
    event = entry.data
    proposal = Proposal(
        entry.id,
        EntryVoided.TYPE,
        event.principal,
        entry.occurred_at,
        entry=event.entry,
        reason=event.reason,
    )
    return _propose(customer, event.proposal, proposal)


def _action_proposed(customer: "Customer", entry: Entry[ActionProposed]) -> str | None:
    event = entry.data
    proposal = Proposal(
        entry.id, event.action, event.principal, entry.occurred_at, occurred_at=event.occurred_at
    )
    return _propose(customer, event.proposal, proposal)


def _propose(customer: "Customer", name: str, proposal: Proposal) -> str | None:
    proposals = customer.oversight.proposals
    if name in proposals:
        return "already-proposed"
    proposals[name] = proposal
    return None


def _voided(customer: "Customer", entry: Entry[EntryVoided]) -> str | None:
    event, voids = entry.data, customer.oversight.voids
    if event.entry in voids:
        return "already-voided"
    voids[event.entry] = Void(
        entry.id, event.proposal, event.reason, event.principal, voided_at=entry.occurred_at
    )
    return _settle(customer, event.proposal, "made", entry.occurred_at, event.principal)


def _approved(customer: "Customer", entry: Entry[ActionApproved]) -> str | None:
    event = entry.data
    return _settle(customer, event.proposal, "approved", entry.occurred_at, event.principal)


def _rejected(customer: "Customer", entry: Entry[ActionRejected]) -> str | None:
    event = entry.data
    found = _settle(customer, event.proposal, "rejected", entry.occurred_at, event.principal)
    if found is None:
        customer.oversight.proposals[event.proposal].settled_because = event.reason
    return found


def _settle(customer: "Customer", name: str, status: Settled, at: datetime, principal: str) -> str | None:
    proposal = customer.oversight.proposals.get(name)
    if proposal is None:
        return "unknown-proposal"
    if not proposal.is_open:
        return "proposal-already-settled"
    proposal.status, proposal.settled_at, proposal.settled_by = status, at, principal
    return None


def _hold_placed(customer: "Customer", entry: Entry[HoldPlaced]) -> str | None:
    holds, event = customer.oversight.holds, entry.data
    if event.hold in holds:
        return "hold-already-placed"
    holds[event.hold] = Hold(entry.id, event.basis, event.principal, entry.occurred_at)
    return None


def _hold_released(customer: "Customer", entry: Entry[HoldReleased]) -> str | None:
    hold = customer.oversight.holds.get(entry.data.hold)
    if hold is None:
        return "unknown-hold"
    if not hold.is_open:
        return "hold-already-released"
    hold.released_at, hold.released_by = entry.occurred_at, entry.data.principal
    return None


def _erasure_requested(customer: "Customer", entry: Entry[ErasureRequested]) -> str | None:
    erasures, event = customer.oversight.erasures, entry.data
    if event.request in erasures:
        return "erasure-already-requested"
    erasures[event.request] = Erasure(
        entry.id, event.subject, event.basis, event.principal, entry.occurred_at
    )
    return None


def _erasure_refused(customer: "Customer", entry: Entry[ErasureRefused]) -> str | None:
    event = entry.data
    erasure = customer.oversight.erasures.get(event.request)
    if erasure is None or not erasure.is_open:
        return _why_not(erasure)
    erasure.settled_at, erasure.settled_by = entry.occurred_at, event.principal
    erasure.refused_because, erasure.law = event.basis, event.law
    return None


def _erased(customer: "Customer", entry: Entry[SubjectErased]) -> str | None:
    event = entry.data
    erasure = customer.oversight.erasures.get(event.request)
    if erasure is None or not erasure.is_open:
        return _why_not(erasure)
    erasure.settled_at, erasure.settled_by = entry.occurred_at, event.principal
    erasure.keys = event.keys
    return None


def _why_not(erasure: Erasure | None) -> str:
    return "unknown-erasure" if erasure is None else "erasure-already-settled"


def _disclosed(customer: "Customer", entry: Entry[PersonalDataDisclosed]) -> str | None:
    customer.oversight.disclosures += 1
    customer.oversight.last_disclosed_at = entry.occurred_at
    return None


HANDLERS: Final[dict[str, Handler]] = {
    "VoidProposed": _void_proposed,
    "EntryVoided": _voided,
    "ActionProposed": _action_proposed,
    "ActionApproved": _approved,
    "ActionRejected": _rejected,
    "HoldPlaced": _hold_placed,
    "HoldReleased": _hold_released,
    "ErasureRequested": _erasure_requested,
    "ErasureRefused": _erasure_refused,
    "SubjectErased": _erased,
    "PersonalDataDisclosed": _disclosed,
}
"""Stored type name to handler."""
