"""How money meets debts: paying, freeing and taking back, so that every cent can be traced and returned.

Within a debt a payment pays costs, then interest, then the principal (Article 561 of the Civil Code of
China); what we concede (a credit note, relief) lessens the principal first. Between debts see
`allocation`.
"""

from bisect import insort
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.customer.allocation import Claim, allocate, cover, minor_digits
from domain.customer.debts import ZERO, Account, Debt, Funds, Line, dues, outstanding, written_off
from domain.entry import Entry

PAYING: Final = ("costs", "interest", "principal")
CONCEDING: Final = ("principal", "interest", "costs")


def open_debt(account: Account, entry: Entry[Any], debt: Debt) -> None:
    """Add a new debt to the account; credit that there is pays it at once."""
    account.debts[debt.charge] = debt
    account.open.add(debt.charge)
    if account.credits:
        settle(account, entry.occurred_at)


def add_funds(account: Account, entry: Entry[Any], key: str, amount: Decimal) -> Funds:
    """Add money that came in, as yet without any use."""
    funds = Funds(entry.id, key, len(account.funds), amount, entry.occurred_at, amount)
    account.funds[key] = funds
    account.credits.append((funds.number, key))
    return funds


def touch(account: Account, debt: Debt, at: datetime) -> None:
    """Bring a debt up to date after its parts changed: open, settled, or written off."""
    if outstanding(debt):
        account.open.add(debt.charge)
        debt.settled_at = None
        return
    account.open.discard(debt.charge)
    if written_off(debt):
        debt.settled_at = None
    elif debt.settled_at is None:
        debt.settled_at = at


def pay(
    account: Account,
    funds: Funds,
    debt: Debt,
    at: datetime,
    limit: Decimal | None = None,
    order: tuple[str, ...] = PAYING,
) -> Decimal:
    """Put what is left of the funds, at most `limit`, into a debt; return what it took (Article 561)."""
    rest = left = funds.rest if limit is None or limit > funds.rest else limit
    for component in order:
        part = debt.parts.get(component)
        if part is not None and left and part.outstanding:
            taken = min(part.outstanding, left)
            part.outstanding -= taken
            left -= taken
            funds.lines.append(Line(debt.charge, component, taken))
    _book(account, funds, debt, rest - left, at)
    return rest - left


def recover(
    account: Account, funds: Funds, debt: Debt, at: datetime, limit: Decimal, order: tuple[str, ...] = PAYING
) -> Decimal:
    """Put money meant for a debt into what was written off of it, at most `limit`; return what it took."""
    rest = left = min(limit, funds.rest)
    for component in order:
        part = debt.parts.get(component)
        if part is not None and left and part.written_off:
            taken = min(part.written_off, left)
            part.written_off -= taken
            left -= taken
            funds.lines.append(Line(debt.charge, component, taken, recovered=True))
    _book(account, funds, debt, rest - left, at)
    return rest - left


def pay_named(
    account: Account,
    funds: Funds,
    debt: Debt,
    at: datetime,
    limit: Decimal | None = None,
    order: tuple[str, ...] = PAYING,
) -> Decimal:
    """Put money meant for a debt into what is outstanding of it, then into what was written off."""
    limit = funds.rest if limit is None else min(limit, funds.rest)
    paid = pay(account, funds, debt, at, limit, order)
    return paid + recover(account, funds, debt, at, limit - paid, order)


def _book(account: Account, funds: Funds, debt: Debt, taken: Decimal, at: datetime) -> None:
    if not taken:
        return
    funds.rest -= taken
    if not funds.rest:
        account.credits.remove((funds.number, funds.key))
    if debt.paid_by[-1:] != [funds.key]:
        debt.paid_by.append(funds.key)
    touch(account, debt, at)


def settle(account: Account, at: datetime) -> None:
    """Let credit pay what is open, the oldest money first, by the order of Article 560 on the day of `at`."""
    while account.credits and account.open:
        funds = account.funds[account.credits[0][1]]
        if len(account.open) == 1:
            (charge,) = account.open
            pay(account, funds, account.debts[charge], at)
            continue
        zone = ZoneInfo(account.zone)
        day = at.astimezone(zone).date()
        # Money is used up or all debts are settled, so the loop ends.
        for share in allocate(funds.rest, claims(account, zone), day, minor_digits(account.currency)):
            pay(account, funds, account.debts[share.charge], at, share.amount)


def claims(account: Account, zone: ZoneInfo) -> Iterator[Claim]:
    """Return what is open as claims of Article 560; without a due day a debt is due from its first day."""
    for due in dues(account):
        debt = account.debts[due.charge]
        day = due.due or debt.arose_at.astimezone(zone).date()
        secured = cover(debt.security, outstanding(debt)) if debt.security else 0
        yield Claim(due.charge, due.amount, day, secured, debt.burden)


def take_back(account: Account, funds: Funds, at: datetime) -> None:
    """Undo what money paid, in the very components it paid, and the money itself: it never came in."""
    lines, funds.lines = funds.lines, []
    if funds.rest:
        account.credits.remove((funds.number, funds.key))
    funds.rest = ZERO
    funds.reversed_at = at
    for line in lines:
        debt = account.debts[line.charge]
        part = debt.parts[line.component]
        if line.recovered:
            part.written_off += line.amount
        else:
            part.outstanding += line.amount
        debt.paid_by = [key for key in debt.paid_by if key != funds.key]
        touch(account, debt, at)
    settle(account, at)


def lessen(account: Account, debt: Debt, amount: Decimal, at: datetime) -> Decimal:
    """Lower a debt's principal; return by how much, which is less than asked where there is no more of it.

    What is outstanding falls first, then what is written off; then the money that paid it, latest first,
    becomes credit.
    """
    part = debt.parts["principal"]
    fall = left = min(amount, part.charged)
    part.charged -= fall
    taken = min(left, part.outstanding)
    part.outstanding -= taken
    left -= taken
    taken = min(left, part.written_off)
    part.written_off -= taken
    left -= taken
    if left:
        _free(account, debt, left)
    touch(account, debt, at)
    return fall


def _free(account: Account, debt: Debt, amount: Decimal) -> None:
    for key in reversed(debt.paid_by):
        funds = account.funds[key]
        for line in reversed(funds.lines):
            if line.charge == debt.charge and line.component == "principal":
                taken = min(line.amount, amount)
                line.amount -= taken
                amount -= taken
                funds.rest += taken
        if funds.rest and (funds.number, key) not in account.credits:
            insort(account.credits, (funds.number, key))
        funds.lines = [line for line in funds.lines if line.amount]
