"""Rules of the Oversight family: what one principal proposed another makes so, and once.

That an entry to be voided is there, and of a kind that can be, is no name in the stream: whoever decides
looks it up for `check_target`. What is in a log never changes, so it can be looked up before the append.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from domain.authority import NeedsApproval, SamePrincipal
from domain.canonical import encode_sorted
from domain.events import REGISTER, Event
from domain.events.oversight import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    EntryVoided,
    ErasureRefused,
    ErasureRequested,
    HoldPlaced,
    HoldReleased,
    SubjectErased,
    VoidProposed,
)
from domain.refusals import (
    AlreadySettled,
    AlreadyVoided,
    InvalidValue,
    NotAsProposed,
    NotVoidable,
    UnknownEntry,
    UnknownProposal,
    UnknownReference,
)
from domain.rules.part import Part, need, need_new
from domain.standing import OVERSIGHT

if TYPE_CHECKING:
    from domain.rules.known import Known

OPEN: Final = ""
GUARDED: Final = frozenset(name for name, kind in REGISTER.items() if kind.guarded)
"""The types that need the approval of a second principal."""


class Proposed(NamedTuple):
    """A proposal: of which type, about which entry or with which digest, by whom, and what became of it."""

    action: str
    about: str
    principal: str
    outcome: str = OPEN


class Requested(NamedTuple):
    """A request to erase a data subject: whom, asked by whom, and whether it is settled."""

    subject: str
    principal: str
    settled: bool = False


@dataclass(slots=True)
class KnownOversight(Part):
    """Names of the Oversight family; holds tell whether they were released."""

    proposals: dict[str, Proposed] = field(default_factory=dict)
    voided: set[UUID] = field(default_factory=set)
    holds: dict[str, bool] = field(default_factory=dict)
    erasures: dict[str, Requested] = field(default_factory=dict)


def content_of(event: Event) -> str:
    """Write the data of an event as canonical JSON, as a proposal holds it."""
    return encode_sorted(REGISTER[event.TYPE].encode(event)).decode()


def digest_of(content: str) -> str:
    """Return the SHA-256 of a proposal's content, in hexadecimal."""
    return sha256(content.encode()).hexdigest()


def check_target(event: VoidProposed, found: str | None) -> None:
    """Refuse to have an entry voided that is not there yet, or oversees others; `found` is its type."""
    if found is None:
        raise UnknownEntry("entry", str(event.entry))
    if found in OVERSIGHT:
        raise NotVoidable("entry", str(event.entry), f"It is a {found}.")


def _learn_void_proposed(known: KnownOversight, event: VoidProposed) -> None:
    proposed = Proposed(EntryVoided.TYPE, str(event.entry), event.principal)
    known.proposals.setdefault(event.proposal, proposed)


def _learn_voided(known: KnownOversight, event: EntryVoided) -> None:
    known.voided.add(event.entry)
    _learn_outcome(known, event.proposal, "made")


def _learn_action_proposed(known: KnownOversight, event: ActionProposed) -> None:
    known.proposals.setdefault(event.proposal, Proposed(event.action, event.digest, event.principal))


def _learn_approved(known: KnownOversight, event: ActionApproved) -> None:
    _learn_outcome(known, event.proposal, "approved")


def _learn_rejected(known: KnownOversight, event: ActionRejected) -> None:
    _learn_outcome(known, event.proposal, "rejected")


def _learn_outcome(known: KnownOversight, name: str, outcome: str) -> None:
    found = known.proposals.get(name)
    if found is not None and found.outcome == OPEN:
        known.proposals[name] = found._replace(outcome=outcome)


def _learn_placed(known: KnownOversight, event: HoldPlaced) -> None:
    known.holds.setdefault(event.hold, False)


def _learn_released(known: KnownOversight, event: HoldReleased) -> None:
    known.holds[event.hold] = True


def _learn_requested(known: KnownOversight, event: ErasureRequested) -> None:
    known.erasures.setdefault(event.request, Requested(event.subject, event.principal))


def _learn_settled(known: KnownOversight, event: ErasureRefused | SubjectErased) -> None:
    found = known.erasures.get(event.request)
    if found is not None:
        known.erasures[event.request] = found._replace(settled=True)


def _decide_void_proposed(known: "Known", event: VoidProposed) -> None:
    need_new(known.oversight.proposals, event.proposal, "proposal")
    _need_standing(known.oversight, event.entry)


def _decide_voided(known: "Known", event: EntryVoided) -> None:
    proposal = _proposal(known.oversight, event.proposal)
    if (proposal.action, proposal.about) != (EntryVoided.TYPE, str(event.entry)):
        raise NotAsProposed("entry", str(event.entry), f"Proposed was {proposal.action} of {proposal.about}.")
    _need_standing(known.oversight, event.entry)
    _need_open(proposal, event.proposal)
    _need_another(proposal.principal, event.principal)


def _decide_action_proposed(known: "Known", event: ActionProposed) -> None:
    if event.action not in GUARDED:
        raise InvalidValue("action", event.action, f"Approved are {', '.join(sorted(GUARDED))}.")
    if event.digest != digest_of(event.content):
        raise InvalidValue("digest", event.digest, "It should be the SHA-256 of the content.")
    need_new(known.oversight.proposals, event.proposal, "proposal")


def _decide_approved(known: "Known", event: ActionApproved) -> None:
    proposal = _proposal(known.oversight, event.proposal)
    if proposal.action == EntryVoided.TYPE:
        raise NotAsProposed("proposal", event.proposal, "It is a void, which EntryVoided makes.")
    _need_open(proposal, event.proposal)
    _need_another(proposal.principal, event.principal)


def _decide_rejected(known: "Known", event: ActionRejected) -> None:
    """Let a proposal be turned down by anybody: who proposed it may take it back."""
    _need_open(_proposal(known.oversight, event.proposal), event.proposal)


def _decide_placed(known: "Known", event: HoldPlaced) -> None:
    need_new(known.oversight.holds, event.hold, "hold")


def _decide_released(known: "Known", event: HoldReleased) -> None:
    """Take nobody's word for the approval: it stands in the same stream."""
    need(known.oversight.holds, event.hold, "hold", UnknownReference)
    if known.oversight.holds[event.hold]:
        raise AlreadySettled("hold", event.hold)
    wanted = HoldReleased.TYPE, digest_of(content_of(event)), event.principal, "approved"
    if wanted not in known.oversight.proposals.values():
        raise NeedsApproval("hold", event.hold, "Propose it, and have it approved.")


def _decide_requested(known: "Known", event: ErasureRequested) -> None:
    need_new(known.oversight.erasures, event.request, "request")


def _decide_refused(known: "Known", event: ErasureRefused) -> None:
    _request(known.oversight, event.request)


def _decide_erased(known: "Known", event: SubjectErased) -> None:
    """Take in that keys were destroyed, though a hold may have been placed since.

    Holds are looked at under the lock under which keys are destroyed: see `domain.erasure.eraser`.
    """
    request = _request(known.oversight, event.request)
    if request.subject != event.subject:
        raise NotAsProposed("subject", event.subject, f"Requested was the erasure of {request.subject}.")
    _need_another(request.principal, event.principal)


def _proposal(known: KnownOversight, name: str) -> Proposed:
    need(known.proposals, name, "proposal", UnknownProposal)
    return known.proposals[name]


def _request(known: KnownOversight, name: str) -> Requested:
    need(known.erasures, name, "request", UnknownReference)
    found = known.erasures[name]
    if found.settled:
        raise AlreadySettled("request", name)
    return found


def _need_standing(known: KnownOversight, entry: UUID) -> None:
    if entry in known.voided:
        raise AlreadyVoided("entry", str(entry))


def _need_open(proposal: Proposed, name: str) -> None:
    if proposal.outcome != OPEN:
        raise AlreadySettled("proposal", name, f"It is {proposal.outcome}.")


def _need_another(first: str, second: str) -> None:
    if first == second:
        raise SamePrincipal("principal", second)


LEARN: Final[dict[str, Callable[[KnownOversight, Any], None]]] = {
    "VoidProposed": _learn_void_proposed,
    "EntryVoided": _learn_voided,
    "ActionProposed": _learn_action_proposed,
    "ActionApproved": _learn_approved,
    "ActionRejected": _learn_rejected,
    "HoldPlaced": _learn_placed,
    "HoldReleased": _learn_released,
    "ErasureRequested": _learn_requested,
    "ErasureRefused": _learn_settled,
    "SubjectErased": _learn_settled,
}
"""Stored type name to what is learnt from it; from the types that are not here nothing is."""

DECIDE: Final[dict[str, Callable[["Known", Any], None]]] = {
    "VoidProposed": _decide_void_proposed,
    "EntryVoided": _decide_voided,
    "ActionProposed": _decide_action_proposed,
    "ActionApproved": _decide_approved,
    "ActionRejected": _decide_rejected,
    "HoldPlaced": _decide_placed,
    "HoldReleased": _decide_released,
    "ErasureRequested": _decide_requested,
    "ErasureRefused": _decide_refused,
    "SubjectErased": _decide_erased,
}
"""Stored type name to what may refuse it; the types that are not here are never refused."""
