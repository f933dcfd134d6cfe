"""Guarded actions: one principal proposes, another approves, and then the action itself is recorded.

Its entry follows from the proposal and the approval alone, its id included. So whoever approves once more,
after a crash, has it recorded as it would have been, and one time more it is repeated.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from domain.decisions import in_document
from domain.door import check_time
from domain.entry import Draft, Entry, Receipt
from domain.events import Event
from domain.events.oversight import ActionApproved, ActionProposed, HoldReleased
from domain.kept import learn_entries
from domain.ledger import Ledger
from domain.oversight import Overseer, repeated
from domain.proposals import action_id, open_proposals
from domain.refusals import AlreadySettled, InvalidValue, Refused
from domain.rules import decide
from domain.rules.oversight import GUARDED, content_of, digest_of
from domain.vault.sealed import is_sealed

NOT_CARRIED: Final = ("source_recorded_at", "causation_id", "expected_version", "recorded_at")
"""Fields of the envelope that a proposal cannot hand on to the entry that comes of it."""

ANOTHER: Final = "another"
"""Stands for whoever may approve, while it is tried whether the action could be recorded at all."""


def propose(overseer: Overseer, draft: Draft) -> Receipt:
    """Propose an action that needs approval; what this principal has proposed already is repeated.

    Who proposes does not name the proposal: under a name of their choice two could stand, one to be looked at
    and one to be approved. So the draft's own id counts for nothing.
    """
    _check(overseer, draft)
    written, name = content_of(draft.event), overseer.new_id()
    proposed = ActionProposed(
        proposal=str(name),
        action=draft.event.TYPE,
        content=written,
        digest=digest_of(written),
        occurred_at=draft.occurred_at,
        principal=overseer.principal.id,
    )
    entries = overseer.ledger.stream(draft.stream)
    for before in open_proposals(entries).open.values():
        if _what(before.entry.data) == _what(proposed):
            return repeated(before.entry)
    approved = ActionApproved(proposal=proposed.proposal, principal=ANOTHER)
    _try(entries, proposed, approved, draft.event)
    return overseer.record(
        overseer.draft(
            draft.stream,
            proposed,
            name,
            actor=draft.actor,
            source=draft.source,
            correlation_id=draft.correlation_id,
            policy_refs=draft.policy_refs,
        )
    )


def propose_release(overseer: Overseer, stream: str, hold: str) -> Receipt:
    """Propose to release a legal hold; what this principal has proposed already is repeated."""
    event = HoldReleased(hold=hold, principal=overseer.principal.id)
    digest = digest_of(content_of(event))
    for it in open_proposals(overseer.ledger.stream(stream)).open.values():
        if getattr(it.entry.data, "digest", None) == digest:
            return repeated(it.entry)
    return propose(overseer, overseer.draft(stream, event))


def approve(overseer: Overseer, name: str) -> tuple[Receipt, Receipt]:
    """Approve what another principal proposed, and have it recorded; returns the receipts of both.

    Where it was approved already, but not recorded, anybody who may approve has it recorded.
    """
    proposed = overseer.proposal(name, ActionProposed)
    action = _action(overseer, proposed)
    approval = overseer.answer_to(proposed, ActionApproved)
    approved = _approve(overseer, proposed, action) if approval is None else repeated(approval)
    return approved, overseer.record(
        Draft(
            id=action_id(proposed),
            stream=proposed.stream,
            event=action,
            occurred_at=proposed.data.occurred_at,
            actor=proposed.actor,
            source=proposed.source,
            correlation_id=proposed.correlation_id,
            causation_id=approved.id,
            policy_refs=proposed.policy_refs,
        )
    )


def content(ledger: Ledger, proposed: Entry[ActionProposed]) -> str:
    """Return the data of a proposed action, in JSON; it is sealed, as it may be about persons."""
    kept = proposed.data.content
    if not is_sealed(kept):
        return kept
    return ledger.need_vault().disclose(ledger.entry_bytes(proposed.id, proposed.stream), "content").text


def _check(overseer: Overseer, draft: Draft) -> None:
    """Refuse what cannot be proposed, or not by this principal."""
    if draft.event.TYPE not in GUARDED:
        raise InvalidValue("type", draft.event.TYPE, "It needs no approval: `daybook record` records it.")
    for name in NOT_CARRIED:
        if getattr(draft, name) is not None:
            raise InvalidValue(name, str(getattr(draft, name)), "A proposal cannot carry it.")
    named = getattr(draft.event, "principal", overseer.principal.id)
    if named != overseer.principal.id:
        raise InvalidValue("data.principal", named, f"You are {overseer.principal.id}.")
    check_time(draft, overseer.ledger.now(), overseer.ledger.future_tolerance)


def _approve(overseer: Overseer, proposed: Entry[ActionProposed], action: Event) -> Receipt:
    """Record the approval, where the action could be recorded then."""
    event = ActionApproved(proposal=proposed.data.proposal, principal=overseer.principal.id)
    _try(overseer.ledger.stream(proposed.stream), event, action)
    try:
        return overseer.answer(proposed, event)
    except AlreadySettled:
        # Somebody else was quicker.
        approval = overseer.answer_to(proposed, ActionApproved)
        if approval is None:
            raise
        return repeated(approval)


def _try(entries: Iterable[Entry[Any]], *events: Event) -> None:
    """Refuse events that the rules would refuse, one after the other."""
    known = learn_entries(list(entries))
    for event in events:
        try:
            decide(known, event)
        except Refused as refusal:
            raise in_document(refusal, event) from None
        known.learn(event.TYPE, event)


def _action(overseer: Overseer, proposed: Entry[ActionProposed]) -> Event:
    """Read the action that is proposed, as the door would."""
    document = {
        "stream": proposed.stream,
        "type": proposed.data.action,
        "occurred_at": proposed.data.occurred_at,
        "data": msgspec.json.decode(content(overseer.ledger, proposed)),
    }
    return overseer.door.open(document).event


def _what(event: object) -> tuple[object, ...]:
    """Return what is proposed and by whom; the content may be sealed."""
    names = ("action", "digest", "occurred_at", "principal")
    return tuple(getattr(event, name, None) for name in names)
