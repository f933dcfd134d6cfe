"""Overseers for tests: two principals at one ledger."""

from uuid import uuid4

from domain.authority import SCOPES, Principal
from domain.ledger import Ledger
from domain.oversight import Overseer
from tests.givens import CLERK

FIRST = Principal("key:first", "Ann", SCOPES)
SECOND = Principal("key:second", "Ben", SCOPES)


def overseer(ledger: Ledger, principal: Principal) -> Overseer:
    """Act for a principal."""
    return Overseer(ledger=ledger, principal=principal, actor=CLERK, source="test", new_id=uuid4)


def two(ledger: Ledger) -> tuple[Overseer, Overseer]:
    """Act for the first principal, and for the second."""
    return overseer(ledger, FIRST), overseer(ledger, SECOND)
