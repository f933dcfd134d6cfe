"""Words for tests of the account: short facts about money, and what is so after them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from domain.customer.account import Account, Accounts, balance, credit, evolve, outstanding
from domain.events.money import (
    AllocationLine,
    ChargeAdjusted,
    CostCharged,
    Designation,
    InvoiceIssued,
    LateFeeCharged,
    PaymentReceived,
    PaymentReversed,
)
from domain.values import Money
from tests.givens import cny, day, history

Fact: TypeAlias = Any
"""An event, or one `on` a day. (The register gives event classes their TYPE, which no type checker sees.)"""

Number: TypeAlias = Decimal | int
"""A decimal, which may be compared with a whole number."""


@dataclass(frozen=True, slots=True)
class Story:
    """The accounts after some facts, and the anomalies met on the way."""

    accounts: Accounts
    anomalies: list[str]

    @property
    def account(self) -> Account:
        """The account in yuan."""
        return self.accounts.account("CNY")

    @property
    def left(self) -> dict[str, str]:
        """What is outstanding by debt in yuan, without the debts that are settled."""
        debts = self.account.debts
        return {name: f"{outstanding(debts[name]).normalize():f}" for name in sorted(self.account.open)}

    @property
    def credit(self) -> Number:
        """The credit in yuan."""
        return credit(self.account)

    @property
    def balance(self) -> Number:
        """The balance in yuan."""
        return balance(self.account)

    @property
    def rests(self) -> dict[str, Number]:
        """What is left of all money that came in, in yuan."""
        return {key: funds.rest for key, funds in self.account.funds.items()}

    def owed(self, charge: str, component: str) -> Number:
        """What is outstanding of one component of a debt."""
        return self.account.debts[charge].parts[component].outstanding


def told(*facts: Fact, zone: str = "UTC") -> Story:
    """Fold facts in the order of their days; what is not `on` a day happened on that of its number."""
    accounts = Accounts(zone)
    entries = sorted(history(*facts), key=lambda it: (it.occurred_at, it.version))
    found = [evolve(accounts, it) for it in entries]
    return Story(accounts, [it for it in found if it])


def bill(name: str, amount: str | int, due: int | None = None, **more: Any) -> Fact:  # noqa: ANN401
    """An invoice in yuan, due on a day by its number."""
    return InvoiceIssued(invoice=name, amount=cny(amount), due=None if due is None else day(due), **more)


def pays(name: str, amount: str | int | Money, *wishes: str | tuple[str, str | int]) -> Fact:
    """A payment in yuan, for debts named by the payer, alone or with an amount."""
    designations = tuple(
        Designation(charge=it) if isinstance(it, str) else Designation(charge=it[0], amount=cny(it[1]))
        for it in wishes
    )
    money = amount if isinstance(amount, Money) else cny(amount)
    return PaymentReceived(payment=name, amount=money, designations=designations)


def pays_as_stated(name: str, amount: str | int, *lines: tuple[Any, ...]) -> Fact:
    """A payment in yuan with the source's own allocation: (debt, amount) or (debt, amount, component)."""
    stated = [(*line, "principal")[:3] for line in lines]
    allocation = tuple(
        AllocationLine(charge=charge, amount=it if isinstance(it, Money) else cny(it), component=component)
        for charge, it, component in stated
    )
    return PaymentReceived(payment=name, amount=cny(amount), allocation=allocation)


def bounces(name: str) -> Fact:
    """The reversal of a payment."""
    return PaymentReversed(payment=name, reason="bounced")


def fee(charge: str, amount: str | int, name: str = "F") -> Fact:
    """Interest in yuan on a debt."""
    return LateFeeCharged(fee=name, charge=charge, amount=cny(amount))


def cost(charge: str, amount: str | int, name: str = "K") -> Fact:
    """Costs in yuan on a debt."""
    return CostCharged(cost=name, charge=charge, kind="postage", amount=cny(amount))


def adjust(charge: str, amount: str | int) -> Fact:
    """A rise, or with a negative amount a fall, of a debt in yuan."""
    return ChargeAdjusted(charge=charge, amount=cny(amount), reason="corrected")
