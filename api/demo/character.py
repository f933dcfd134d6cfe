"""A character of the story: a life, a profile, what they hold, and what they owe."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from api.demo.account import Account, Bill, cents, cny
from api.demo.life import Fact, Life
from api.demo.people import Profile
from api.demo.voices import OUTLET, Voice


@dataclass(slots=True)
class Character:
    """A customer whom the story follows from `begins`; `resting` while their contract is suspended."""

    life: Life
    profile: Profile
    begins: datetime
    points: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    contract: str = ""
    end_of_terms: date | None = None
    account: Account = field(default_factory=Account)
    resting: bool = False
    dunned: bool = False
    gone: bool = False
    others: list[Life] = field(default_factory=list)

    def lives(self) -> list[Life]:
        """Return their life, and those of others that came from it: a successor, a double, a stranger."""
        return [self.life, *self.others]

    def terms(self, payment_days: int = 20) -> dict[str, Any]:
        """Return the terms of the contract: all of them, as each version says all."""
        profile = self.profile
        terms: dict[str, Any] = {"kind": "supply", "supply_points": list(self.points)}
        terms |= profile.price_terms()
        if profile.kva is not None:
            terms["contract_kva"] = str(profile.kva)
        if self.end_of_terms is not None:
            terms["end"] = self.end_of_terms.isoformat()
        return terms | {"payment_days": payment_days}

    def owe(self, event_type: str, when: datetime, amount: Decimal, due: date, data: dict[str, Any]) -> Bill:
        """Say that a debt arose, and keep it; `data` names it last."""
        name = self.life.fresh({"InvoiceIssued": "INV", "ChargeAssessed": "CHG"}[event_type])
        field_name = "invoice" if event_type == "InvoiceIssued" else "charge"
        self.life.say(
            event_type, when, {field_name: name, "amount": cny(amount), "due": due.isoformat()} | data
        )
        return self.account.charge(Bill(name, due, amount))

    def pay(
        self,
        when: datetime,
        bills: list[Bill],
        amount: Decimal | None = None,
        *,
        method: str = "bank_transfer",
        named: bool = True,
        delay: timedelta | None = None,
    ) -> Fact | None:
        """Pay bills: all that is owed on them, or as much of it as is given; None where that is nothing.

        A payment that names no bill may be of any amount.
        """
        owed = sum((bill.owed for bill in bills), Decimal(0))
        amount = cents(owed if amount is None else min(amount, owed) if named else amount)
        if amount <= 0:
            return None
        single = len(bills) == 1 and named
        shares = self.account.receive(amount, bills if named else [])
        data: dict[str, Any] = {
            "payment": self.life.fresh("PAY"),
            "amount": cny(amount),
            "method": method,
            "value_date": when.date().isoformat(),
        }
        if single:
            data["designations"] = [{"charge": bills[0].id}]
        elif named:
            data["designations"] = [{"charge": bill.id, "amount": cny(share)} for bill, share in shares]
        voice: Voice | None = OUTLET if method == "cash" else None
        fact = self.life.say("PaymentReceived", when, data, voice=voice, delay=delay)
        for bill in bills:
            bill.unbooked.append(fact.recorded_at)
        return fact

    def credit(self, when: datetime, amount: Decimal) -> None:
        """Issue a credit note as a remedy: off the largest open bill, else off the account."""
        bills = sorted(self.account.open(), key=lambda bill: (bill.owed, bill.id))[-1:]
        note = {"credit_note": self.life.fresh("CN"), "amount": cny(amount), "reason": "remedy"}
        if bills:
            note["charge"] = bills[0].id
        self.life.say("CreditNoteIssued", when, note)
        self.account.receive(amount, bills)
