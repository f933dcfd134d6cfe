"""Shows a customer's accounts to people: balances, debts and money that came in, one account a currency."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from api.output import plain_text
from domain.customer.account import Account, Accounts, Debt, balance, credit, outstanding, overdue, owed
from domain.customer.debts import held, written_off
from domain.values import amount_text


def account_parts(accounts: Accounts, day: date) -> Iterator[RenderableType]:
    """Show each account; what is overdue is told as of the end of `day`."""
    for currency, account in sorted(accounts.by_currency.items()):
        yield Text()
        yield Text(f"Account in {currency}", style="bold")
        yield Text(_summary(account, day))
        if account.debts:
            yield _debts(account, ZoneInfo(accounts.zone))
        if account.funds:
            yield Text()
            yield _funds(account, ZoneInfo(accounts.zone))
        yield from _deposits(account)


def _summary(account: Account, day: date) -> str:
    said = f"  balance {amount_text(balance(account))}, owed {amount_text(owed(account))}"
    late = overdue(account, day)
    said += f", overdue on {day} {amount_text(late)}" if late else ""
    left = credit(account)
    return said + (f", in credit {amount_text(left)}" if left else "")


def _table(*columns: str) -> Table:
    """Make a table whose last five columns at most are amounts."""
    table = Table(box=None, pad_edge=False)
    for name in columns:
        amount = name.endswith("*")
        table.add_column(name.removesuffix("*"), justify="right" if amount else "left", overflow="fold")
    return table


def _debts(account: Account, zone: ZoneInfo) -> Table:
    table = _table(
        "  debt", "kind", "arose", "due", "charged*", "paid*", "written off*", "outstanding*", "settled"
    )
    for debt in sorted(account.debts.values(), key=lambda it: (it.arose_at, it.charge)):
        settled = "" if debt.settled_at is None else str(debt.settled_at.astimezone(zone).date())
        row = [f"  {debt.charge}", debt.kind, debt.arose_at.astimezone(zone).date(), debt.due or ""]
        table.add_row(*(plain_text(str(it)) for it in row), *_amounts(debt), settled)
    return table


def _amounts(debt: Debt) -> Iterator[str]:
    charged = sum((part.charged for part in debt.parts.values()), Decimal(0))
    gone, left = written_off(debt), outstanding(debt)
    for amount in (charged, charged - gone - left, gone, left):
        yield amount_text(amount) if amount else ""


def _funds(account: Account, zone: ZoneInfo) -> Table:
    table = _table("  money", "received", "amount*", "left*", "paid")
    for funds in sorted(account.funds.values(), key=lambda it: it.number):
        paid = ", ".join(f"{line.charge} {amount_text(line.amount)}" for line in funds.lines)
        if funds.reversed_at is not None:
            paid = f"reversed {funds.reversed_at.astimezone(zone).date()}"
        left = amount_text(funds.rest) if funds.rest else ""
        day = str(funds.received_at.astimezone(zone).date())
        table.add_row(plain_text(f"  {funds.key}"), day, amount_text(funds.amount), left, plain_text(paid))
    return table


def _deposits(account: Account) -> Iterator[RenderableType]:
    if not account.deposits:
        return
    table = _table("  deposit", "required*", "held*")
    for name, deposit in sorted(account.deposits.items()):
        table.add_row(plain_text(f"  {name}"), amount_text(deposit.required), amount_text(held(deposit)))
    yield Text()
    yield table
