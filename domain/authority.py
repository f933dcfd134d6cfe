"""Who may do what: principals and their scopes, and the refusals of what they may not.

Refused
+-- NotAllowed   KeyRefused ScopeMissing CommandOnly NeedsApproval SamePrincipal HoldInForce
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from domain.refusals import InvalidValue, Refused

Scope: TypeAlias = Literal["record", "read", "read:personal", "audit", "comply", "approve", "admin"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
OWNER: Final = "owner"


class NotAllowed(Refused):
    """Whoever asks may not do this."""


class KeyRefused(NotAllowed):
    """The key is unknown, expired or revoked."""


class ScopeMissing(NotAllowed):
    """The key lacks the scope that this needs."""


class CommandOnly(NotAllowed):
    """This is recorded by a command of its own, which knows who you are."""


class NeedsApproval(NotAllowed):
    """This needs two principals: one proposes it, another approves."""


class SamePrincipal(NotAllowed):
    """The same principal cannot be both who proposes and who decides."""


class HoldInForce(NotAllowed):
    """A legal hold is in force: nothing of this customer is erased until it is released."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: the owner of the local ledger, or whoever holds a key, under `key:` and its id."""

    id: str
    name: str
    scopes: tuple[Scope, ...]

    def need(self, scope: Scope, why: str = "") -> None:
        """Refuse what needs a scope that this principal lacks; the refusal says why it needs that."""
        if scope not in self.scopes:
            hint = f"{why} {self.name} has {', '.join(self.scopes) or 'none'}.".strip()
            raise ScopeMissing("scope", scope, hint)


LOCAL_OWNER: Final = Principal(OWNER, OWNER, SCOPES)
"""Whoever runs the command where no key is set."""


def read_scopes(words: Sequence[str]) -> tuple[Scope, ...]:
    """Read scopes by their names, each once, in their order; refuses an unknown one."""
    for word in words:
        if word not in SCOPES:
            raise InvalidValue("scope", word, f"The scopes are {', '.join(SCOPES)}.")
    return tuple(scope for scope in SCOPES if scope in words)
