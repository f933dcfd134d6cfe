"""One customer at a moment on both clocks, in lines that anybody understands; and what was learnt late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.customer.account import Account, balance, outstanding, overdue
from domain.customer.contracts import terms_on
from domain.customer.customer import Customer
from domain.customer.debts import Funds
from domain.customer.plain import plain
from domain.entry import Entry
from domain.ledger import CustomerAt, Ledger
from domain.values import Money, decimal_text
from replay.compare import compare

CURRENCY: Final = "CNY"
NOTHING: Final = "-"
ABOUT: Final = ("amount", "kind", "meter", "purpose")
"""Fields that say best what an entry is about."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A customer at a moment on both clocks: the question, the cut that answers it, and names with values."""

    title: str
    as_of: datetime
    known_at: datetime
    cut: str
    values: Mapping[str, str]
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Late:
    """An entry that happened before a moment and was recorded after it."""

    occurred_at: datetime
    recorded_at: datetime
    type: str
    about: str


def glance(title: str, found: CustomerAt, zone: ZoneInfo) -> Glance:
    """Look at a customer."""
    customer = found.customer
    as_of = found.as_of or found.cut.known_at
    day = as_of.astimezone(zone).date()
    values = {
        "entries behind it": str(customer.entries),
        **_money(customer, day, zone),
        **_complaints(customer, zone),
        **_supply(customer, day, zone),
    }
    state = plain(customer)
    assert isinstance(state, dict)
    return Glance(title, as_of, found.cut.known_at, str(found.cut), values, state)


def differing(left: Glance, right: Glance) -> int:
    """Count the values that differ between two states, of which a glance shows a few."""
    return len(compare(left.state, right.state))


def learnt_late(ledger: Ledger, stream: str, moment: datetime) -> list[Late]:
    """Return what had happened to a stream by a moment and was not known then."""
    return [
        Late(entry.occurred_at, entry.recorded_at, entry.type, _about(entry))
        for entry in sorted(ledger.stream(stream), key=lambda entry: entry.occurred_at)
        if entry.occurred_at <= moment < entry.recorded_at
    ]


def _about(entry: Entry[Any]) -> str:
    for name in ABOUT:
        value = getattr(entry.data, name, None)
        if value is not None:
            return (
                f"{value.currency} {money(value.amount)}" if isinstance(value, Money) else f"{name} {value}"
            )
    return ""


def money(amount: Decimal) -> str:
    """Write an amount for people, who are told the currency beside it."""
    return f"{amount:,.2f}"


def _money(customer: Customer, day: date, zone: ZoneInfo) -> dict[str, str]:
    account = customer.accounts.by_currency.get(CURRENCY) or Account(CURRENCY)
    bills = [debt for debt in account.debts.values() if debt.kind == "invoice"]
    unpaid = sum(1 for debt in bills if outstanding(debt))
    late, rest = overdue(account, day), balance(account)
    owes = f"{money(abs(rest))} {'in credit' if rest < 0 else 'owed'}" if rest else "nothing"
    paid = max((it for it in account.funds.values() if _is_payment(it)), key=_received, default=None)
    last = NOTHING if paid is None else f"{money(paid.amount)} on {_received(paid).astimezone(zone):%Y-%m-%d}"
    reminders = sum(1 for it in customer.contacts.notices.values() if it.kind == "payment-reminder")
    return {
        "bills": f"{len(bills)}, {unpaid} unpaid",
        f"balance, {CURRENCY}": owes,
        f"overdue, {CURRENCY}": money(late) if late else NOTHING,
        f"last paid, {CURRENCY}": last,
        "reminders sent": str(reminders),
    }


def _is_payment(funds: Funds) -> bool:
    return funds.key.startswith("payment:") and funds.reversed_at is None


def _received(funds: Funds) -> datetime:
    return funds.received_at


def _complaints(customer: Customer, zone: ZoneInfo) -> dict[str, str]:
    cases = [case for case in customer.cases.cases.values() if case.kind == "complaint"]
    opened = sum(case.status == "open" for case in cases)
    visits = [visit for case in cases for visit in case.return_visits if visit.score is not None]
    last = max(visits, key=lambda visit: visit.at, default=None)
    return {
        "complaints": f"{len(cases)}, {opened} open" if cases else "none",
        "reopened, escalated": _times(cases),
        "last rating by them": f"{last.score} of 10 on {last.at.astimezone(zone):%Y-%m-%d}"
        if last
        else NOTHING,
    }


def _times(cases: Iterable[Any]) -> str:
    reopened, escalated = (
        sum(len(getattr(case, name)) for case in cases) for name in ("reopened_at", "escalations")
    )
    return f"{reopened}, {escalated}" if reopened or escalated else NOTHING


def _supply(customer: Customer, day: date, zone: ZoneInfo) -> dict[str, str]:
    contract = next(iter(customer.contracts.contracts.values()))
    terms = terms_on(contract, day, zone)
    until = f", until {terms.end}" if terms is not None and terms.end is not None else ""
    point = next(iter(customer.party.supply_points.values()))
    voltage = f" at {decimal_text(point.voltage_kv)} kV" if point.voltage_kv is not None else ""
    return {"contract": f"{contract.status}{until}", "meter": f"{point.meter}{voltage}"}
