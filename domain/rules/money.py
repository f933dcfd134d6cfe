"""What a stream names of money, and what the rules about debts and about payments share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.events import Event
from domain.refusals import CurrencyMismatch, NameAlreadyTaken, UnknownCharge
from domain.rules.part import Part, need
from domain.values import Money


@dataclass(slots=True)
class KnownMoney(Part):
    """Names of the Money family.

    Charges (invoices, charges, opening balances), payments and disputes tell their currency; plans and
    collections whether they ended; deposits their currency and what is held of them. `names` are of what is
    named once and not referred to: (field, name).
    """

    charges: dict[str, str] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)
    disputes: dict[str, str] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    plans: dict[str, bool] = field(default_factory=dict)
    collections: dict[str, bool] = field(default_factory=dict)
    deposits: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)


def need_debt(known: KnownMoney, charge: str | None, field: str) -> None:
    """Refuse a debt that the account does not know."""
    need(known.charges, charge, field, UnknownCharge)


def need_currency(money: Money | None, currency: str, field: str) -> None:
    """Refuse an amount of another currency; where one of them is not known it is not refused."""
    if money is not None and currency and money.currency != currency:
        raise CurrencyMismatch(f"{field}.currency", money.currency, f"It is in {currency}.")


def need_unnamed(known: KnownMoney, name: str, field: str) -> None:
    """Refuse a name that an event bore already in this field."""
    if (field, name) in known.names:
        raise NameAlreadyTaken(field, name)


def learn_name(field: str) -> Callable[[KnownMoney, Any], None]:
    """Make what learns the name that an event bears in this field."""

    def learn(known: KnownMoney, event: Event) -> None:
        known.names.add((field, getattr(event, field)))

    return learn
