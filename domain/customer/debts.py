"""What a customer owes and has paid, in plain data: an account a currency, its debts, the money that came in.

Two truths hold after every entry. Credit never stands beside an open debt, since credit pays what arises
at once. And of all money that came in, what it paid and what is left of it add up to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Part:
    """One component of a debt: what was charged, is still owed, and is no longer expected."""

    charged: Decimal = ZERO
    outstanding: Decimal = ZERO
    written_off: Decimal = ZERO


@dataclass(slots=True)
class Debt:
    """An invoice, a charge, an opening balance or a refund of more than there was.

    `parts` are keyed by component (principal, interest, costs); `burden` is in percent a year; `paid_by`
    names the funds that paid it, in order; `settled_at` is when the last of it was paid, None where
    anything is owed or written off.
    """

    entry_id: UUID
    charge: str
    kind: str
    arose_at: datetime
    parts: dict[str, Part]
    due: date | None = None
    issued_on: date | None = None
    security: Decimal = ZERO
    burden: Decimal = ZERO
    plan: str | None = None
    collection: str | None = None
    disputes: list[str] = field(default_factory=list)
    paid_by: list[str] = field(default_factory=list)
    settled_at: datetime | None = None


@dataclass(slots=True)
class Line:
    """So much of some money went to a component of a debt; `recovered` where that was written off."""

    charge: str
    component: str
    amount: Decimal
    recovered: bool = False


@dataclass(slots=True)
class Funds:
    """Money for the account: a payment, an applied deposit, a concession, an opening credit.

    `rest` is what has paid nothing yet, so credit; `number` counts the account's funds from 0, oldest
    first.
    """

    entry_id: UUID
    key: str
    number: int
    amount: Decimal
    received_at: datetime
    rest: Decimal
    lines: list[Line] = field(default_factory=list)
    reversed_at: datetime | None = None


@dataclass(slots=True)
class Dispute:
    """What the customer disputes of a debt; without an amount, all of it."""

    entry_id: UUID
    charge: str
    amount: Decimal | None
    opened_at: datetime
    outcome: str | None = None


@dataclass(slots=True)
class Plan:
    """Debts to be paid in parts (due day, amount), by day, in sum what was outstanding at the start."""

    entry_id: UUID
    charges: list[str]
    instalments: list[tuple[date, Decimal]]
    outcome: str | None = None


@dataclass(slots=True)
class Deposit:
    """Security in money: what was asked for, and what is held; held money is not credit."""

    required: Decimal = ZERO
    due: date | None = None
    received: Decimal = ZERO
    applied: Decimal = ZERO
    returned: Decimal = ZERO


@dataclass(slots=True)
class Collection:
    """Debts in the hands of a collector."""

    entry_id: UUID
    charges: list[str]
    started_at: datetime
    agency: str | None = None
    ended_at: datetime | None = None
    outcome: str | None = None


@dataclass(slots=True)
class Account:
    """All in one currency; `open` names debts with something outstanding, `credits` funds with a rest.

    Credits are (number, key), so the oldest first.
    """

    currency: str
    zone: str = "UTC"
    debts: dict[str, Debt] = field(default_factory=dict)
    funds: dict[str, Funds] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    credits: list[tuple[int, str]] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    deposits: dict[str, Deposit] = field(default_factory=dict)


@dataclass(slots=True)
class Accounts:
    """A customer's accounts by currency, never mixed; `zone` is the ledger's, whose days decide what is due.

    `named` holds the names of late fees, costs and write-offs, so that none counts twice.
    """

    zone: str = "UTC"
    by_currency: dict[str, Account] = field(default_factory=dict)
    collections: dict[str, Collection] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Refuse a zone that nobody knows, here rather than at the first payment that needs it."""
        ZoneInfo(self.zone)

    def account(self, currency: str) -> Account:
        """Return the account of a currency, a new one where there is none."""
        account = self.by_currency.get(currency)
        if account is None:
            account = self.by_currency[currency] = Account(currency, self.zone)
        return account

    def find(self, charge: str) -> tuple[Account, Debt] | None:
        """Return a debt with its account; charges are known by name across currencies."""
        for account in self.by_currency.values():
            debt = account.debts.get(charge)
            if debt is not None:
                return account, debt
        return None


class Due(NamedTuple):
    """So much of a debt is due on a day; without one it is payable at any time, and never overdue."""

    charge: str
    due: date | None
    amount: Decimal


def outstanding(debt: Debt) -> Decimal:
    """Return what is still owed on a debt, with interest and costs."""
    total = ZERO
    for part in debt.parts.values():
        total += part.outstanding
    return total


def written_off(debt: Debt) -> Decimal:
    """Return what of a debt is written off and was not recovered since."""
    total = ZERO
    for part in debt.parts.values():
        total += part.written_off
    return total


def disputed(account: Account, debt: Debt) -> Decimal:
    """Return what is disputed of the outstanding amount of a debt."""
    owed = outstanding(debt)
    amounts = [account.disputes[name].amount for name in debt.disputes]
    return min(owed, sum((owed if it is None else it for it in amounts), ZERO))


def held(deposit: Deposit) -> Decimal:
    """Return what is left of a deposit."""
    return deposit.received - deposit.applied - deposit.returned


def owed(account: Account) -> Decimal:
    """Return the sum of all that is outstanding."""
    return sum((outstanding(account.debts[charge]) for charge in account.open), ZERO)


def credit(account: Account) -> Decimal:
    """Return the money that has paid nothing yet."""
    return sum((account.funds[key].rest for _, key in account.credits), ZERO)


def balance(account: Account) -> Decimal:
    """Return what the customer owes; negative where the account is in credit. Deposits held do not count."""
    return owed(account) - credit(account)


def dues(account: Account) -> list[Due]:
    """Return what is outstanding by debt and due day; a plan's instalments stand for due days."""
    found: list[Due] = []
    planned: dict[str, Plan] = {}
    for charge in sorted(account.open):
        debt = account.debts[charge]
        if debt.plan is None:
            found.append(Due(charge, debt.due, outstanding(debt)))
        else:
            planned[debt.plan] = account.plans[debt.plan]
    for name, plan in planned.items():
        found += _planned(account, name, plan)
    return found


def _planned(account: Account, name: str, plan: Plan) -> Iterator[Due]:
    """Lay a plan's remaining instalments along its debts, in the order in which the plan names them."""
    debts = [account.debts[charge] for charge in plan.charges if account.debts[charge].plan == name]
    remaining = remaining_instalments(plan, sum(map(outstanding, debts), ZERO))
    day, room = next(remaining)
    for debt in debts:
        left = outstanding(debt)
        while left:
            if not room:
                day, room = next(remaining)
            part = min(left, room)
            left -= part
            room -= part
            yield Due(debt.charge, day, part)


def remaining_instalments(plan: Plan, left: Decimal) -> Iterator[tuple[date, Decimal]]:
    """Return what is left to pay of a plan, by day, in sum `left`.

    What has been paid, whatever it paid, counts for the earliest instalments; what was charged since
    falls to the last.
    """
    change = sum((amount for _, amount in plan.instalments), ZERO) - left
    last = len(plan.instalments) - 1
    for number, (day, amount) in enumerate(plan.instalments):
        paid = min(max(change, ZERO), amount)
        change -= paid
        if change < 0 and number == last:
            paid = change
        if amount > paid:
            yield day, amount - paid


def overdue(account: Account, on: date) -> Decimal:
    """Return what is past its due day at the end of a day: due before it, so not what is due on it."""
    return sum((it.amount for it in dues(account) if it.due is not None and it.due < on), ZERO)


def days_late(debt: Debt, zone: ZoneInfo) -> int | None:
    """Return the days from a debt's due day to its settlement, never below 0; None where it lacks either."""
    if debt.settled_at is None or debt.due is None:
        return None
    return max(0, (debt.settled_at.astimezone(zone).date() - debt.due).days)


def days_to_settle(debt: Debt, zone: ZoneInfo) -> int | None:
    """Return the days from a debt's issue (else rise) to its settlement; None where it is not settled."""
    if debt.settled_at is None:
        return None
    start = debt.issued_on or debt.arose_at.astimezone(zone).date()
    return (debt.settled_at.astimezone(zone).date() - start).days
