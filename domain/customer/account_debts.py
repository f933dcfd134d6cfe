"""Facts by which debts arise, change and are given up: from invoices and charges to write-offs."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from domain.customer.anomalies import find_debt, once
from domain.customer.debts import ZERO, Account, Accounts, Debt, Part, outstanding
from domain.customer.handler import Handler
from domain.customer.settling import PAYING, add_funds, lessen, open_debt, settle, touch
from domain.entry import Entry
from domain.events.money import (
    ChargeAdjusted,
    ChargeAssessed,
    ChargeWrittenOff,
    CostCharged,
    DueDateSet,
    InvoiceIssued,
    LateFeeCharged,
    OpeningBalanceCarried,
)
from domain.values import Money


def new_debt(entry: Entry[Any], charge: str, kind: str, amount: Decimal, due: date | None = None) -> Debt:
    """Make a debt of so much principal, all of it outstanding."""
    return Debt(entry.id, charge, kind, entry.occurred_at, {"principal": Part(amount, amount)}, due)


def _invoiced(accounts: Accounts, entry: Entry[InvoiceIssued]) -> str | None:
    event = entry.data
    if accounts.find(event.invoice):
        return f"doubled: {event.invoice}"
    debt = new_debt(entry, event.invoice, "invoice", event.amount.amount, event.due)
    debt.issued_on = event.issued_on
    return _owed(accounts, entry, event, debt)


def _charged(accounts: Accounts, entry: Entry[ChargeAssessed]) -> str | None:
    event = entry.data
    if accounts.find(event.charge):
        return f"doubled: {event.charge}"
    debt = new_debt(entry, event.charge, "charge", event.amount.amount, event.due)
    return _owed(accounts, entry, event, debt)


def _owed(
    accounts: Accounts, entry: Entry[Any], event: InvoiceIssued | ChargeAssessed, debt: Debt
) -> str | None:
    """Open a debt with its burden and security; a security in another currency does not count."""
    anomaly = None
    if event.burden_percent_a_year is not None:
        debt.burden = event.burden_percent_a_year
    if event.security is not None:
        if event.security.currency == event.amount.currency:
            debt.security = event.security.amount
        else:
            anomaly = f"currency-mismatch: security of {debt.charge}"
    open_debt(accounts.account(event.amount.currency), entry, debt)
    return anomaly


def _carried(accounts: Accounts, entry: Entry[OpeningBalanceCarried]) -> str | None:
    event = entry.data
    if accounts.find(event.balance) or once(accounts, f"opening:{event.balance}"):
        return f"doubled: {event.balance}"
    amount, account = event.amount.amount, accounts.account(event.amount.currency)
    if amount > 0:
        open_debt(account, entry, new_debt(entry, event.balance, "opening", amount, event.due))
    else:
        add_funds(account, entry, f"opening:{event.balance}", -amount)
        settle(account, entry.occurred_at)
    return None


def _adjusted(accounts: Accounts, entry: Entry[ChargeAdjusted]) -> str | None:
    """Raise or lower the principal; by what it would fall below zero, there is credit."""
    event, at = entry.data, entry.occurred_at
    found = find_debt(accounts, event.charge, event.amount.currency)
    if isinstance(found, str):
        return found
    account, debt = found
    amount = event.amount.amount
    if event.due is not None:
        debt.due = event.due
    if amount > 0:
        _add(account, debt, "principal", amount, entry)
        return None
    over = -amount - lessen(account, debt, -amount, at)
    if over:
        add_funds(account, entry, f"adjustment:{len(account.funds)}:{debt.charge}", over)
    settle(account, at)
    return f"over-adjusted: {debt.charge} by {over}" if over else None


def _add(account: Account, debt: Debt, component: str, amount: Decimal, entry: Entry[Any]) -> None:
    part = debt.parts.get(component)
    if part is None:
        part = debt.parts[component] = Part()
    part.charged += amount
    part.outstanding += amount
    touch(account, debt, entry.occurred_at)
    settle(account, entry.occurred_at)


def _due_date_set(accounts: Accounts, entry: Entry[DueDateSet]) -> str | None:
    found = accounts.find(entry.data.charge)
    if found is None:
        return f"unknown-charge: {entry.data.charge}"
    found[1].due = entry.data.due
    return None


def _late_fee(accounts: Accounts, entry: Entry[LateFeeCharged]) -> str | None:
    event = entry.data
    return _accrue(accounts, entry, f"fee:{event.fee}", event.charge, "interest", event.amount)


def _cost(accounts: Accounts, entry: Entry[CostCharged]) -> str | None:
    event = entry.data
    return _accrue(accounts, entry, f"cost:{event.cost}", event.charge, "costs", event.amount)


def _accrue(
    accounts: Accounts, entry: Entry[Any], name: str, charge: str, component: str, amount: Money
) -> str | None:
    found = find_debt(accounts, charge, amount.currency)
    if isinstance(found, str):
        return found
    doubled = once(accounts, name)
    if doubled:
        return doubled
    _add(*found, component, amount.amount, entry)
    return None


def _written_off(accounts: Accounts, entry: Entry[ChargeWrittenOff]) -> str | None:
    """Give up what is outstanding, at most: costs and interest before the principal."""
    event = entry.data
    found = accounts.find(event.charge)
    if found is None:
        return f"unknown-charge: {event.charge}"
    account, debt = found
    if event.amount is not None and event.amount.currency != account.currency:
        return f"currency-mismatch: {event.charge}"
    doubled = once(accounts, f"write-off:{event.write_off}")
    if doubled:
        return doubled
    left = outstanding(debt) if event.amount is None else event.amount.amount
    for component in PAYING:
        part = debt.parts.get(component)
        if part is not None:
            taken = min(part.outstanding, left)
            part.outstanding -= taken
            part.written_off += taken
            left -= taken
    touch(account, debt, entry.occurred_at)
    return f"over-written-off: {event.charge} by {left}" if left > ZERO else None


HANDLERS: Final[dict[str, Handler]] = {
    "InvoiceIssued": _invoiced,
    "ChargeAssessed": _charged,
    "OpeningBalanceCarried": _carried,
    "ChargeAdjusted": _adjusted,
    "DueDateSet": _due_date_set,
    "LateFeeCharged": _late_fee,
    "CostCharged": _cost,
    "ChargeWrittenOff": _written_off,
}
"""Stored type name to handler."""
