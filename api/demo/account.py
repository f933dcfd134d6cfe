"""What a character of the story owes: enough for them and the company to act upon, not a ledger."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Round to whole cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def cny(amount: Decimal) -> dict[str, str]:
    """Write an amount of yuan as documents do."""
    return {"amount": str(amount), "currency": "CNY"}


@dataclass(slots=True)
class Bill:
    """A debt; `busy` while a plan, a dispute or a collector has it, so that nothing else is done about it."""

    id: str
    due: date
    owed: Decimal
    busy: bool = False
    unbooked: list[datetime] = field(default_factory=list)

    def looks_open(self, when: datetime) -> bool:
        """Tell if the company thinks that it is unpaid: it is, or the payment has not been recorded yet."""
        return self.owed > 0 or any(recorded_at > when for recorded_at in self.unbooked)


Share = tuple[Bill, Decimal]
"""A bill, and so much of a sum for it."""


@dataclass(slots=True)
class Account:
    """Bills and credit; credit pays what is open at once, the earliest due first."""

    bills: list[Bill] = field(default_factory=list)
    credit: Decimal = ZERO

    def open(self) -> list[Bill]:
        """Return what is owed, the earliest due first."""
        return sorted((bill for bill in self.bills if bill.owed), key=lambda bill: (bill.due, bill.id))

    def overdue(self, on: date) -> list[Bill]:
        """Return what is past its due day and in nobody's hands."""
        return [bill for bill in self.open() if bill.due < on and not bill.busy]

    def charge(self, bill: Bill) -> Bill:
        """Add a bill."""
        self.bills.append(bill)
        self.settle()
        return bill

    def receive(self, amount: Decimal, bills: list[Bill]) -> list[Share]:
        """Take money for these bills, in their order; return what went to each. The rest pays others."""
        shares = []
        for bill in bills:
            share = min(bill.owed, amount)
            if share:
                bill.owed -= share
                amount -= share
                shares.append((bill, share))
        self.credit += amount
        self.settle()
        return shares

    def relieve(self, bill: Bill, amount: Decimal) -> None:
        """Let a bill fall by an amount; what was paid already becomes credit."""
        self.receive(amount, [bill])

    def restore(self, bill: Bill, amount: Decimal) -> None:
        """Let a bill be owed again, as its payment was none."""
        bill.owed += amount
        self.settle()

    def settle(self) -> None:
        """Let credit pay."""
        for bill in self.open():
            share = min(bill.owed, self.credit)
            bill.owed -= share
            self.credit -= share
