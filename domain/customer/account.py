"""The money part of a customer's state: `Accounts()`, then `evolve` with each entry in order.

Every fact of the Money family is taken in, in whatever order: what does not fit changes as little as it
must and comes back as an anomaly, a code and what it is about, such as "unknown-charge: INV-1". A fact
named twice counts once.
"""

from typing import Any, Final

from domain.customer import account_debts, account_payments, account_terms
from domain.customer.debts import (
    Account,
    Accounts,
    Debt,
    balance,
    credit,
    days_late,
    days_to_settle,
    disputed,
    dues,
    outstanding,
    overdue,
    owed,
)
from domain.customer.handler import Handler
from domain.entry import Entry

HANDLERS: Final[dict[str, Handler]] = (
    account_debts.HANDLERS | account_payments.HANDLERS | account_terms.HANDLERS
)
"""Stored type name to handler, which takes the accounts and an entry of that type."""

__all__ = [
    "HANDLERS",
    "Account",
    "Accounts",
    "Debt",
    "balance",
    "credit",
    "days_late",
    "days_to_settle",
    "disputed",
    "dues",
    "evolve",
    "outstanding",
    "overdue",
    "owed",
]


def evolve(accounts: Accounts, entry: Entry[Any]) -> str | None:
    """Take an entry in; return the anomaly where it does not fit, else None."""
    handler = HANDLERS.get(entry.type)
    return None if handler is None else handler(accounts, entry)
