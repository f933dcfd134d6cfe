"""Who acts at the command line: whoever holds the key in `DAYBOOK_KEY`, else the local owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uuid_utils.compat

from api.names import default_actor
from api.opening import opened
from api.settings import Settings, variable
from domain.authority import LOCAL_OWNER, KeyRefused, Principal, Scope
from domain.ledger import Ledger
from domain.oversight import Overseer
from domain.principals import Keys

SOURCE = "command-line"


@dataclass(frozen=True, slots=True)
class Acting:
    """A principal at an open ledger."""

    ledger: Ledger
    principal: Principal
    settings: Settings

    def overseer(self) -> Overseer:
        """Return what oversees the ledger for this principal."""
        return Overseer(
            ledger=self.ledger,
            principal=self.principal,
            actor=default_actor(self.settings),
            source=SOURCE,
            new_id=uuid_utils.compat.uuid7,
        )


@contextmanager
def acting(settings: Settings, scope: Scope) -> Iterator[Acting]:
    """Open the ledger that the settings name, for what needs a scope; refuses who lacks it."""
    with opened(settings) as ledger:
        principal = _principal(ledger, settings)
        principal.need(scope)
        yield Acting(ledger, principal, settings)


def _principal(ledger: Ledger, settings: Settings) -> Principal:
    if settings.key is None:
        return LOCAL_OWNER
    try:
        return Keys.of(ledger).authenticate(settings.key)
    except KeyRefused as refusal:
        raise KeyRefused(variable("key"), refusal.value, refusal.hint) from None
