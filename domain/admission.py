"""What may come in as a document: not what oversees others, and nothing that needs the approval of a second.

Both are recorded by commands that know the principal. Facts of another system are another matter: it had its
own approvals, so who may approve may import guarded types, but nothing that oversees this ledger's entries.
"""

from typing import Final

from domain.authority import CommandOnly, NeedsApproval
from domain.events import REGISTER
from domain.rules.oversight import GUARDED
from domain.standing import OVERSIGHT

COMMANDS: Final[dict[str, str]] = {
    "VoidProposed": "daybook void propose",
    "EntryVoided": "daybook void make",
    "ActionProposed": "daybook propose",
    "ActionApproved": "daybook approve",
    "ActionRejected": "daybook reject",
    "HoldPlaced": "daybook hold place",
    "HoldReleased": "daybook hold release",
    "ErasureRequested": "daybook erase",
    "ErasureRefused": "daybook erase",
    "SubjectErased": "daybook erase",
    "PersonalDataDisclosed": "daybook disclose",
}
"""Stored type name to the command that records it."""

DOCUMENTS: Final = tuple(name for name in REGISTER if name not in OVERSIGHT | GUARDED)
"""The types that may come in as documents."""


def check_document(type_name: str) -> None:
    """Refuse what a document cannot have recorded, and name the command that can."""
    if type_name in OVERSIGHT:
        raise CommandOnly("type", type_name, f"Use `{COMMANDS[type_name]}`.")
    if type_name in GUARDED:
        hint = "One proposes it: `daybook propose`. Another approves that: `daybook approve`."
        raise NeedsApproval("type", type_name, hint)
