"""What the company does about unpaid bills: reminders, late fees, plans, deposits, collection, write-offs."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from api.demo.account import Bill, cents, cny
from api.demo.character import Character
from api.demo.clock import at, in_office, months_after
from api.demo.notices import notify

REMINDED_AFTER: Final = 5
FEE_AFTER: Final = 20
DEMANDED_AFTER: Final = 45
COLLECTED_AFTER: Final = 80
"""Days past the due day."""
FEE_A_DAY: Final = {True: Decimal("0.001"), False: Decimal("0.002")}
"""Late fee a day as a share of what is owed: for homes, and for others."""


def watch(character: Character, bill: Bill) -> None:
    """Plan what is to happen to a bill that stays open."""
    plan = character.life.plan
    plan(at(bill.due + timedelta(days=REMINDED_AFTER), 8), lambda now: _remind(character, bill, now))
    plan(at(bill.due + timedelta(days=FEE_AFTER), 8), lambda now: _charge_fee(character, bill, now))
    plan(at(bill.due + timedelta(days=DEMANDED_AFTER), 8), lambda now: _demand(character, bill, now))
    plan(at(bill.due + timedelta(days=COLLECTED_AFTER), 9), lambda now: _last_resort(character, bill, now))


def _remind(character: Character, bill: Bill, when: datetime) -> None:
    """Remind of a bill that looks unpaid, which it may not be; who wonders why calls the hotline."""
    if bill.busy or not bill.looks_open(when):
        return
    told = notify(character, when, "payment-reminder", about=bill.id)
    life = character.life
    if not bill.owed and life.chance(60):
        call = in_office(told + timedelta(hours=life.between(2, 30)))
        data: dict[str, Any] = {"interaction": life.fresh("INT"), "direction": "inbound", "channel": "phone"}
        data |= {"purpose": "paid-already", "duration_s": life.between(60, 700), "identity_verified": True}
        life.say("InteractionLogged", call, data)


def _charge_fee(character: Character, bill: Bill, when: datetime) -> None:
    if not bill.owed or bill.busy:
        return
    start, end = bill.due + timedelta(days=1), when.date()
    days = (end - start).days + 1
    amount = max(cents(bill.owed * days * FEE_A_DAY[character.profile.is_home]), Decimal("0.50"))
    data = {"fee": character.life.fresh("FEE"), "charge": bill.id, "amount": cny(amount)}
    data |= {"period": {"start": start.isoformat(), "end": end.isoformat()}}
    character.life.say("LateFeeCharged", when, data)
    bill.owed += amount


def _demand(character: Character, bill: Bill, when: datetime) -> None:
    """Demand payment by letter, at the customer's cost; then agree on a plan, or let the supply rest."""
    if not bill.owed or bill.busy:
        return
    life = character.life
    notify(character, when, "final-demand", about=bill.id)
    data = {"cost": life.fresh("COST"), "charge": bill.id, "kind": "postage", "amount": cny(Decimal("12.00"))}
    life.say("CostCharged", when + timedelta(minutes=5), data)
    bill.owed += Decimal("12.00")
    if character.gone:
        return
    if life.chance(45):
        life.plan(in_office(when + timedelta(days=4)), lambda now: _agree_plan(character, now))
    elif not character.resting and life.chance(40):
        life.plan(in_office(when + timedelta(days=10)), lambda now: _rest(character, bill, now))


def _agree_plan(character: Character, when: datetime) -> None:
    """Let what is overdue be paid in three to six parts."""
    life = character.life
    bills = character.account.overdue(when.date())
    total = sum((bill.owed for bill in bills), Decimal(0))
    if total < 50:  # noqa: PLR2004  yuan, below which nobody makes a plan
        return
    parts = life.between(3, 6)
    first = months_after(when.date().replace(day=15), 1)
    share = cents(total / parts)
    amounts = [share] * (parts - 1) + [total - share * (parts - 1)]
    days = [months_after(first, index) for index in range(parts)]
    plan = life.fresh("PLAN")
    instalments = [
        {"due": day.isoformat(), "amount": cny(amount)} for day, amount in zip(days, amounts, strict=True)
    ]
    data = {"plan": plan, "charges": [bill.id for bill in bills], "instalments": instalments}
    life.say("InstalmentPlanAgreed", when, data)
    for bill in bills:
        bill.busy = True
    promise = {"promise": life.fresh("PRO"), "what": "No collection while the instalments are paid."}
    life.say("PromiseMade", when + timedelta(minutes=1), promise)
    keeps = life.chance(60 if character.profile.habit != "troubled" else 35)
    breaks_at = parts if keeps else life.between(1, parts - 1)
    for index in range(breaks_at):
        life.plan(at(days[index], 11), partial(character.pay, bills=bills, amount=amounts[index]))
    ended = at(days[breaks_at - 1] if keeps else days[breaks_at] + timedelta(days=10), 15)
    life.plan(ended, lambda now: _end_plan(character, plan, bills, promise["promise"], now))


def _end_plan(character: Character, plan: str, bills: list[Bill], promise: str, when: datetime) -> None:
    left = any(bill.owed for bill in bills)
    for bill in bills:
        bill.busy = False
    life = character.life
    life.say("InstalmentPlanEnded", when, {"plan": plan, "outcome": "broken" if left else "completed"})
    if left:
        life.plan(in_office(when + timedelta(days=12)), lambda now: _collect(character, now))
    else:
        life.say("PromiseKept", when + timedelta(minutes=1), {"promise": promise})


def _rest(character: Character, bill: Bill, when: datetime) -> None:
    """Let the contract rest until the bill is paid, or a collector is asked."""
    if character.gone or character.resting or bill.busy or not bill.owed:
        return
    life = character.life
    character.resting = True
    life.say("ContractSuspended", when, {"contract": character.contract, "reason": "arrears"})
    pays = life.chance(70)
    if pays:
        life.plan(in_office(when + timedelta(days=life.between(2, 9))), lambda now: _wake(character, now))
    else:
        life.plan(in_office(when + timedelta(days=30)), lambda now: _collect(character, now))


def _wake(character: Character, when: datetime) -> None:
    """Pay all that is overdue; the contract no longer rests, and a deposit is asked for."""
    life = character.life
    character.pay(when, character.account.overdue(when.date()))
    character.resting = False
    later = in_office(when + timedelta(hours=5))
    life.say("ContractResumed", later, {"contract": character.contract})
    deposit = life.fresh("DEP")
    amount = cents(Decimal(character.profile.kwh) * Decimal(character.profile.tariff.price) * 2)
    due = when.date() + timedelta(days=15)
    asked = {"deposit": deposit, "amount": cny(amount), "due": due.isoformat()}
    life.say("DepositRequired", later + timedelta(minutes=5), asked)
    if life.chance(75):
        paid = at(due, 10) - timedelta(days=3)
        life.plan(paid, lambda now: _leave_deposit(character, deposit, amount, now))


def _leave_deposit(character: Character, deposit: str, amount: Decimal, when: datetime) -> None:
    life = character.life
    named: dict[str, Any] = {"deposit": deposit, "amount": cny(amount)}
    life.say("DepositReceived", when, named)
    half_a_year = in_office(when + timedelta(days=180))
    life.plan(half_a_year, lambda now: _settle_deposit(character, deposit, amount, now))


def _settle_deposit(character: Character, deposit: str, amount: Decimal, when: datetime) -> None:
    """Let the deposit pay what is overdue, and give back the rest."""
    life = character.life
    for bill in character.account.overdue(when.date()):
        part = min(amount, bill.owed)
        if part:
            amount -= part
            data = {"deposit": deposit, "amount": cny(part), "charge": bill.id}
            life.say("DepositApplied", when, data)
            character.account.receive(part, [bill])
            when += timedelta(minutes=5)
    if amount:
        life.say("DepositReturned", when, {"deposit": deposit, "amount": cny(amount)})


def _last_resort(character: Character, bill: Bill, when: datetime) -> None:
    if bill.owed and not bill.busy:
        _collect(character, when)


def _collect(character: Character, when: datetime) -> None:
    """Hand all that is overdue to a collector."""
    bills = character.account.overdue(when.date())
    if not bills:
        return
    life = character.life
    collection = life.fresh("COL")
    data = {"collection": collection, "charges": [bill.id for bill in bills], "agency": "collector-a"}
    life.say("CollectionStarted", when, data)
    for bill in bills:
        bill.busy = True
    later = in_office(when + timedelta(days=life.between(25, 110)))
    life.plan(later, lambda now: _end_collection(character, collection, bills, now))


def _end_collection(character: Character, collection: str, bills: list[Bill], when: datetime) -> None:
    """The collector brings all, a part or nothing; what is left is written off, and the supply may end."""
    life = character.life
    paid = life.random.choices((100, 40, 0), weights=(50, 20, 30))[0]
    total = sum((bill.owed for bill in bills), Decimal(0))
    if paid:
        character.pay(when, bills, cents(total * paid / 100), method="collector")
    outcome = {100: "paid", 40: "partly_paid", 0: "failed"}[paid]
    when += timedelta(days=1)
    life.say("CollectionEnded", when, {"collection": collection, "outcome": outcome})
    for bill in bills:
        bill.busy = False
        if bill.owed:
            data = {"write_off": life.fresh("WO"), "charge": bill.id, "amount": cny(bill.owed)}
            life.say("ChargeWrittenOff", when + timedelta(hours=3), data | {"reason": "uncollectable"})
            bill.owed = Decimal(0)
    if paid and character.resting and not character.gone:
        character.resting = False
        life.say("ContractResumed", when + timedelta(hours=5), {"contract": character.contract})
    elif not paid and not character.gone and life.chance(50):
        data = {"contract": character.contract, "reason": "arrears", "by": "us"}
        life.say("ContractTerminated", when + timedelta(hours=5), data)
        character.gone = True
