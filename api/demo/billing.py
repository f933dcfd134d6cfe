"""A month's bill for each supply point, and how its payer behaves."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from api.demo.account import Bill, cents, cny
from api.demo.character import Character
from api.demo.clock import at, months_after
from api.demo.dunning import watch

SEASON: Final = (125, 115, 100, 90, 90, 110, 135, 140, 115, 90, 95, 120)
"""Consumption by month, in percent of a month in spring."""
DAYS_TO_PAY: Final = 20
LATE_NEWS: Final = timedelta(days=31)


def begin_billing(character: Character) -> None:
    """Plan the first bill of each supply point; points are billed on days of their own."""
    first = months_after(character.begins.date().replace(day=1), 1)
    for index, point in enumerate(character.points):
        _plan_bill(character, point, first.replace(day=3 + 2 * index))


def _plan_bill(character: Character, point: str, day: date) -> None:
    character.life.plan(at(day, 2), lambda now: _bill(character, point, now))


def _bill(character: Character, point: str, when: datetime) -> None:
    """Issue the bill for the month before, and see to it that it is paid, or asked for."""
    _plan_bill(character, point, months_after(when.date(), 1))
    if character.gone or character.resting:
        return
    bill = issue(character, point, when)
    PAYERS[habit_of(character, when)](character, bill)
    watch(character, bill)


def issue(character: Character, point: str, when: datetime) -> Bill:
    """Issue an invoice for the month before `when`."""
    profile, life = character.profile, character.life
    this_month = when.date().replace(day=1)
    start, end = months_after(this_month, -1), this_month - timedelta(days=1)
    kwh = profile.kwh * SEASON[start.month - 1] * life.between(85, 115) // 10_000
    energy = cents(Decimal(kwh) * Decimal(profile.tariff.price))
    lines: list[dict[str, Any]] = [
        {"kind": "energy", "amount": cny(energy), "quantity": str(kwh), "unit": "kWh"},
    ]
    total = energy
    if profile.kva is not None and profile.tariff.price_kva is not None:
        capacity = cents(Decimal(profile.kva) * Decimal(profile.tariff.price_kva))
        kva = {"quantity": str(profile.kva), "unit": "kVA"}
        lines.append({"kind": "capacity", "amount": cny(capacity)} | kva)
        total += capacity
    if profile.habit == "debit":
        lines.append({"kind": "direct-debit-rebate", "amount": cny(Decimal(-1))})
        total -= 1
    due = when.date() + timedelta(days=DAYS_TO_PAY)
    data = {
        "issued_on": when.date().isoformat(),
        "period": {"start": start.isoformat(), "end": end.isoformat()},
        "supply_point": point,
        "lines": lines,
    }
    return character.owe("InvoiceIssued", when, total, due, data)


def habit_of(character: Character, when: datetime) -> str:
    """Return how a bill of now is paid: troubles begin after half a year, and some months are good."""
    habit = character.profile.habit
    if habit == "troubled" and (when - character.begins).days < 180:  # noqa: PLR2004
        return "prompt"
    if habit == "late" and character.life.chance(45):
        return "prompt"
    if habit == "partly" and character.life.chance(50):
        return "early"
    return habit


def _debit(character: Character, bill: Bill) -> None:
    """Debit the account on the due day; sometimes that bounces, and the customer pays by transfer."""
    character.life.plan(at(bill.due, 6), lambda now: _draw(character, bill, now))


def _draw(character: Character, bill: Bill, when: datetime) -> None:
    life, owed = character.life, bill.owed
    payment = character.pay(when, [bill], method="direct_debit")
    if payment is None or not life.chance(1.5):
        return
    bounced = when + timedelta(days=2)
    life.plan(bounced, lambda now: _bounce(character, bill, owed, payment.document, now))


def _bounce(
    character: Character, bill: Bill, amount: Decimal, payment: dict[str, Any], when: datetime
) -> None:
    """Take a payment back, charge what the bank asks for that, and let the customer pay both."""
    life = character.life
    data = {"payment": payment["data"]["payment"], "reason": "insufficient-funds"}
    character.account.restore(bill, amount)
    reversal = life.say("PaymentReversed", when, data)
    fee = {"kind": "returned-debit"}
    due = when.date() + timedelta(days=14)
    charge = character.owe("ChargeAssessed", when + timedelta(hours=3), Decimal("8.00"), due, fee)
    again = reversal.recorded_at + timedelta(days=life.between(3, 9))
    life.plan(again, lambda now: character.pay(now, [bill, charge]))


def _early(character: Character, bill: Bill) -> None:
    _pay_before(character, bill, least=8, most=17)


def _prompt(character: Character, bill: Bill) -> None:
    _pay_before(character, bill, least=0, most=5)


def _pay_before(character: Character, bill: Bill, least: int, most: int) -> None:
    """Pay so many days ahead; some payments are known a month late, and some are made twice."""
    life = character.life
    method = "cash" if character.profile.is_home and life.chance(15) else "bank_transfer"
    when = at(bill.due, life.between(8, 17), life.between(0, 59)) - timedelta(days=life.between(least, most))
    late = LATE_NEWS + timedelta(hours=life.between(0, 90)) if life.chance(1.2) else None
    life.plan(when, lambda now: character.pay(now, [bill], method=method, delay=late))
    if life.chance(0.6):
        amount = bill.owed
        life.plan(when + timedelta(hours=1), lambda now: _pay_twice(character, amount, now))


def _pay_twice(character: Character, amount: Decimal, when: datetime) -> None:
    """Pay a bill once more by mistake; what is left of it is paid back some days later."""
    if amount > 0:
        character.pay(when, [], amount, named=False)
        days = character.life.between(2, 12)
        character.life.plan(when + timedelta(days=days), lambda now: _refund(character, now))


def _refund(character: Character, when: datetime) -> None:
    amount = character.account.credit
    if amount > 0:
        character.account.credit -= amount
        data = {"refund": character.life.fresh("REF"), "amount": cny(amount), "reason": "paid-twice"}
        character.life.say("RefundPaid", when, data)


def _late(character: Character, bill: Bill) -> None:
    """Pay up to seven weeks after the due day, with all that has come to it."""
    life = character.life
    when = at(bill.due, life.between(8, 20), life.between(0, 59)) + timedelta(days=life.between(2, 48))
    life.plan(when, lambda now: _pay_free(character, bill, now))


def _partly(character: Character, bill: Bill) -> None:
    """Pay a round part about the due day, naming no bill, and the rest when reminded."""
    life = character.life
    when = at(bill.due, life.between(9, 19), life.between(0, 59)) + timedelta(days=life.between(-2, 6))
    part = Decimal(int(bill.owed) * life.between(30, 80) // 1_000 * 10)
    life.plan(when, lambda now: _pay_part(character, bill, part, now))
    life.plan(when + timedelta(days=life.between(10, 40)), lambda now: _pay_free(character, bill, now))


def _pay_part(character: Character, bill: Bill, part: Decimal, when: datetime) -> None:
    if not bill.busy and bill.owed > part:
        character.pay(when, [bill], part, named=False)


def _pay_free(character: Character, bill: Bill, when: datetime) -> None:
    """Pay a bill, unless a plan or a collector has it."""
    if not bill.busy:
        character.pay(when, [bill])


def _troubled(character: Character, bill: Bill) -> None:
    """Leave two bills in three to the company's patience."""
    if character.life.chance(35):
        _late(character, bill)


PAYERS: Final[dict[str, Callable[[Character, Bill], None]]] = {
    "debit": _debit,
    "early": _early,
    "prompt": _prompt,
    "late": _late,
    "partly": _partly,
    "troubled": _troubled,
}
"""What a payer of each habit does about a bill."""
