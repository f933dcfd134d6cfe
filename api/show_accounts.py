"""Shows a customer's accounts to people: balances, debts and money that came in, one account a currency."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from api.output import plain_text
from api.rows import Rows
from domain.customer.account import Account, Accounts, Debt, balance, credit, outstanding, overdue, owed
from domain.customer.debts import Funds, held, written_off
from domain.values import amount_text


def account_parts(accounts: Accounts, day: date, rows: Rows) -> Iterator[RenderableType]:
    """Show each account; what is overdue is told as of the end of `day`."""
    for currency, account in sorted(accounts.by_currency.items()):
        zone = ZoneInfo(accounts.zone)
        yield Text()
        yield Text(f"Account in {currency}", style="bold")
        yield Text(_summary(account, day))
        yield from _debts(account, zone, rows)
        yield from _funds(account, zone, rows)
        yield from _deposits(account)


def _summary(account: Account, day: date) -> str:
    said = f"  balance {_amount(balance(account))}, owed {_amount(owed(account))}"
    late = overdue(account, day)
    said += f", overdue on {day} {_amount(late)}" if late else ""
    left = credit(account)
    return said + (f", in credit {_amount(left)}" if left else "")


def _amount(amount: Decimal) -> str:
    """Write an amount as people read it, with commas between thousands."""
    whole, _, fraction = amount_text(amount).partition(".")
    return f"{int(whole):,}.{fraction}" if whole.strip("-0") else f"{whole}.{fraction}"


def _table(*columns: str) -> Table:
    """Make a table; a column whose name ends in a star holds amounts."""
    table = Table(box=None, pad_edge=False)
    for name in columns:
        if name.endswith("*"):
            table.add_column(name.removesuffix("*"), justify="right", no_wrap=True)
        else:
            table.add_column(name, overflow="fold")
    return table


def _debts(account: Account, zone: ZoneInfo, rows: Rows) -> Iterator[RenderableType]:
    debts = sorted(account.debts.values(), key=lambda it: (it.arose_at, it.charge))
    shown, rest = rows.pick(debts, lambda debt: outstanding(debt) != 0)
    if not shown:
        return
    written = any(map(written_off, shown))
    amounts = ("charged*", "written off*", "outstanding*") if written else ("charged*", "outstanding*")
    table = _table("  debt", "kind", "arose", "due", *amounts, "settled")
    for debt in shown:
        first = (f"  {debt.charge}", debt.kind, _day(debt.arose_at, zone), str(debt.due or ""))
        gone = (written_off(debt),) if written else ()
        figures = [_amount(it) if it else "" for it in (_charged(debt), *gone, outstanding(debt))]
        table.add_row(*map(plain_text, first), *figures, _day(debt.settled_at, zone))
    yield table
    yield from rest


def _charged(debt: Debt) -> Decimal:
    return sum((part.charged for part in debt.parts.values()), Decimal(0))


def _funds(account: Account, zone: ZoneInfo, rows: Rows) -> Iterator[RenderableType]:
    funds = sorted(account.funds.values(), key=lambda it: it.number)
    shown, rest = rows.pick(funds, lambda it: it.rest != 0)
    if not shown:
        return
    table = _table("  money", "received", "amount*", "left*", "went to")
    for it in shown:
        left = _amount(it.rest) if it.rest else ""
        name, went = plain_text(f"  {it.key}"), plain_text(_went(it, zone))
        table.add_row(name, _day(it.received_at, zone), _amount(it.amount), left, went)
    yield Text()
    yield table
    yield from rest


def _went(funds: Funds, zone: ZoneInfo) -> str:
    """Say which debts some money paid, with the amounts where it was shared out."""
    if funds.reversed_at is not None:
        return f"reversed {_day(funds.reversed_at, zone)}"
    if len(funds.lines) == 1:
        return funds.lines[0].charge
    return ", ".join(f"{line.charge} {_amount(line.amount)}" for line in funds.lines)


def _deposits(account: Account) -> Iterator[RenderableType]:
    if not account.deposits:
        return
    table = _table("  deposit", "required*", "held*")
    for name, deposit in sorted(account.deposits.items()):
        table.add_row(plain_text(f"  {name}"), _amount(deposit.required), _amount(held(deposit)))
    yield Text()
    yield table


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else str(moment.astimezone(zone).date())
