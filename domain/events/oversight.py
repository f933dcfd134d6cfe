"""Oversight: what one proposes and another makes so (voids, guarded actions), holds, erasures, disclosures.

`principal` is who was recognised by a key, or the local owner; two of a pair must differ. These events are
recorded by commands of their own, which know the principal, and at no other door.
"""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from domain.events.personal import CustomerText
from domain.events.register import Event, event
from domain.values import CONTROL_FREE, Code, Count, Identifier, Label, Moment, Sha256

SubjectName = Annotated[str, StringConstraints(min_length=1, max_length=800, pattern=CONTROL_FREE)]
"""The name of a data subject: the customer's stream, with the person's id where it is another person."""


@event("VoidProposed", items=(6, 57))
class VoidProposed(Event):
    """Somebody holds an entry to be wrong, and proposes that it count no longer."""

    proposal: Identifier
    entry: UUID
    reason: Code
    remark: CustomerText | None = None
    principal: Identifier


@event("EntryVoided", items=(6, 57))
class EntryVoided(Event):
    """An entry counts no longer, from when this is known, at every moment."""

    proposal: Identifier
    entry: UUID
    reason: Code
    principal: Identifier


@event("ActionProposed", items=(57,))
class ActionProposed(Event):
    """Somebody proposes an action that needs the approval of another.

    `content` is its data in canonical JSON, `digest` the SHA-256 of that, `occurred_at` its date.
    """

    proposal: Identifier
    action: Code
    content: CustomerText
    digest: Sha256
    occurred_at: Moment
    principal: Identifier


@event("ActionApproved", items=(57,))
class ActionApproved(Event):
    """Another than who proposed it approves an action, which is then recorded."""

    proposal: Identifier
    principal: Identifier


@event("ActionRejected", items=(57,))
class ActionRejected(Event):
    """A proposal, of an action or of a void, is turned down or taken back."""

    proposal: Identifier
    reason: Code
    principal: Identifier


@event("HoldPlaced", items=(56,))
class HoldPlaced(Event):
    """Nothing of this customer may be erased until the hold is released: a lawsuit, an inspection."""

    hold: Identifier
    basis: Code
    principal: Identifier


@event("HoldReleased", items=(56,), guarded=True)
class HoldReleased(Event):
    """The hold is over."""

    hold: Identifier
    principal: Identifier


@event("ErasureRequested", items=(11,))
class ErasureRequested(Event):
    """The personal data of a data subject is to be erased."""

    request: Identifier
    subject: SubjectName
    basis: Code
    principal: Identifier


@event("ErasureRefused", items=(11,))
class ErasureRefused(Event):
    """The law has the personal data kept."""

    request: Identifier
    basis: Code
    law: Label
    principal: Identifier


@event("SubjectErased", items=(11,))
class SubjectErased(Event):
    """The keys of a data subject, so many, are destroyed: nothing opens what they had sealed."""

    request: Identifier
    subject: SubjectName
    keys: Count
    principal: Identifier


@event("PersonalDataDisclosed", items=(11, 56))
class PersonalDataDisclosed(Event):
    """A sealed field of an entry was handed to somebody in clear, with what proves it."""

    entry: UUID
    field: Code
    reason: Code
    principal: Identifier
