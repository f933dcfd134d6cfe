"""Facts by which money comes in and goes out: payments, reversals, refunds, credit notes, deposits.

A payment goes first where the source says that it went, then where the payer said, then by the order of
Article 560 of the Civil Code of China; only what is left when nothing is owed is credit. A refund is
booked as a debt that credit pays: so a refund of more than the credit is owed again, and so is one whose
payment is reversed afterwards.
"""

from decimal import Decimal
from typing import Any, Final

from domain.customer.account_debts import new_debt
from domain.customer.anomalies import join, missing
from domain.customer.debts import Account, Accounts, Deposit, Funds, held, outstanding
from domain.customer.handler import Handler
from domain.customer.settling import CONCEDING, add_funds, pay, pay_named, settle, take_back
from domain.entry import Entry
from domain.events.money import (
    AllocationLine,
    CreditNoteIssued,
    DepositApplied,
    DepositReceived,
    DepositRequired,
    DepositReturned,
    PaymentReceived,
    PaymentReversed,
    RefundPaid,
)
from domain.values import Money


def _received(accounts: Accounts, entry: Entry[PaymentReceived]) -> str | None:
    event, at = entry.data, entry.occurred_at
    key = f"payment:{event.payment}"
    if find_funds(accounts, key):
        return f"doubled: {event.payment}"
    account = accounts.account(event.amount.currency)
    funds = add_funds(account, entry, key, event.amount.amount)
    if not (event.allocation or event.designations):
        settle(account, at)
        return None
    found = [_allocate(accounts, account, funds, line) for line in event.allocation]
    found += [_designate(accounts, account, funds, it.charge, it.amount) for it in event.designations]
    settle(account, at)
    return join([anomaly for anomaly in found if anomaly])


def find_funds(accounts: Accounts, key: str) -> tuple[Account, Funds] | None:
    """Return funds with their account; payments are known by name across currencies."""
    for account in accounts.by_currency.values():
        funds = account.funds.get(key)
        if funds is not None:
            return account, funds
    return None


def _allocate(accounts: Accounts, account: Account, funds: Funds, line: AllocationLine) -> str | None:
    """Follow a source's own allocation as far as that much is owed, or was written off, of that component."""
    debt = account.debts.get(line.charge)
    if debt is None or line.amount.currency != account.currency:
        return missing(accounts, line.charge) if debt is None else f"currency-mismatch: {line.charge}"
    stated, order = line.amount.amount, (line.component,)
    taken = pay_named(account, funds, debt, funds.received_at, stated, order)
    return f"over-allocated: {line.charge} by {stated - taken}" if taken < stated else None


def _designate(
    accounts: Accounts, account: Account, funds: Funds, charge: str, amount: Money | None = None
) -> str | None:
    """Follow the payer's word (Article 560); what was written off of that debt is thereby recovered."""
    debt = account.debts.get(charge)
    if debt is None:
        return missing(accounts, charge)
    if amount is not None and amount.currency != account.currency:
        return f"currency-mismatch: {charge}"
    pay_named(account, funds, debt, funds.received_at, None if amount is None else amount.amount)
    return None


def _reversed(accounts: Accounts, entry: Entry[PaymentReversed]) -> str | None:
    found = find_funds(accounts, f"payment:{entry.data.payment}")
    if found is None:
        return f"unknown-payment: {entry.data.payment}"
    account, funds = found
    if funds.reversed_at is not None:
        return f"reversed-already: {entry.data.payment}"
    take_back(account, funds, entry.occurred_at)
    return None


def _refunded(accounts: Accounts, entry: Entry[RefundPaid]) -> str | None:
    """Take a refund out of the named payment's credit, then out of the oldest."""
    event, at = entry.data, entry.occurred_at
    charge = f"refund:{event.refund}"
    if accounts.find(charge):
        return f"doubled: {event.refund}"
    account = accounts.account(event.amount.currency)
    debt = new_debt(entry, charge, "refund", event.amount.amount)
    account.debts[charge] = debt
    account.open.add(charge)
    anomalies: list[str] = []
    if event.payment is not None:
        found = find_funds(accounts, f"payment:{event.payment}")
        if found is None:
            anomalies.append(f"unknown-payment: {event.payment}")
        elif found[0] is not account:
            anomalies.append(f"currency-mismatch: {event.payment}")
        else:
            pay(account, found[1], debt, at)
    settle(account, at)
    owed = outstanding(debt)
    if owed:
        anomalies.append(f"over-refunded: {event.refund} by {owed}")
    return join(anomalies)


def _credited(accounts: Accounts, entry: Entry[CreditNoteIssued]) -> str | None:
    """Take a credit note off its debt, the principal first; what is left of it is credit."""
    event = entry.data
    key = f"credit-note:{event.credit_note}"
    if find_funds(accounts, key):
        return f"doubled: {event.credit_note}"
    account = accounts.account(event.amount.currency)
    return concede(accounts, account, entry, key, event.amount, event.charge)


def concede(
    accounts: Accounts, account: Account, entry: Entry[Any], key: str, amount: Money, charge: str | None
) -> str | None:
    """Lower what is outstanding, then what is written off of a debt; what is left becomes credit."""
    funds = add_funds(account, entry, key, amount.amount)
    debt = None if charge is None else account.debts.get(charge)
    if debt is not None:
        pay_named(account, funds, debt, entry.occurred_at, order=CONCEDING)
    settle(account, entry.occurred_at)
    return missing(accounts, charge) if charge is not None and debt is None else None


def _deposit(accounts: Accounts, name: str, money: Money) -> Deposit:
    deposits = accounts.account(money.currency).deposits
    deposit = deposits.get(name)
    if deposit is None:
        deposit = deposits[name] = Deposit()
    return deposit


def _deposit_required(accounts: Accounts, entry: Entry[DepositRequired]) -> str | None:
    """Ask for a deposit; asked for again, the later amount and day hold."""
    event = entry.data
    deposit = _deposit(accounts, event.deposit, event.amount)
    deposit.required, deposit.due = event.amount.amount, event.due
    return None


def _deposit_received(accounts: Accounts, entry: Entry[DepositReceived]) -> str | None:
    event = entry.data
    _deposit(accounts, event.deposit, event.amount).received += event.amount.amount
    return None


def _deposit_applied(accounts: Accounts, entry: Entry[DepositApplied]) -> str | None:
    """Pay from a deposit as a payment would, its charge first; only money that is held can pay."""
    event = entry.data
    account = accounts.account(event.amount.currency)
    deposit = _deposit(accounts, event.deposit, event.amount)
    taken = min(event.amount.amount, held(deposit))
    deposit.applied += taken
    found = _short(event.deposit, event.amount, taken)
    if taken:
        key = f"deposit:{len(account.funds)}:{event.deposit}"
        funds = add_funds(account, entry, key, taken)
        if event.charge is not None:
            found += filter(None, [_designate(accounts, account, funds, event.charge)])
        settle(account, entry.occurred_at)
    return join(found)


def _deposit_returned(accounts: Accounts, entry: Entry[DepositReturned]) -> str | None:
    event = entry.data
    deposit = _deposit(accounts, event.deposit, event.amount)
    taken = min(event.amount.amount, held(deposit))
    deposit.returned += taken
    return join(_short(event.deposit, event.amount, taken))


def _short(deposit: str, asked: Money, taken: Decimal) -> list[str]:
    return [f"over-deposit: {deposit} by {asked.amount - taken}"] if taken < asked.amount else []


HANDLERS: Final[dict[str, Handler]] = {
    "PaymentReceived": _received,
    "PaymentReversed": _reversed,
    "RefundPaid": _refunded,
    "CreditNoteIssued": _credited,
    "DepositRequired": _deposit_required,
    "DepositReceived": _deposit_received,
    "DepositApplied": _deposit_applied,
    "DepositReturned": _deposit_returned,
}
"""Stored type name to handler."""
