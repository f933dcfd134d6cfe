"""Rarer turns: corrections known late; customers who move out, merge, split, or had no name at first."""

from datetime import datetime, timedelta
from decimal import Decimal

from api.demo.account import Bill, cents, cny
from api.demo.character import Character
from api.demo.clock import at, in_office
from api.demo.life import Life
from api.demo.notices import notify
from api.demo.voices import BILLING, FIELD, HOTLINE

TWO_MONTHS = timedelta(days=61)


def begin_turns(character: Character) -> None:
    """Plan what is rare."""
    life = character.life
    when = in_office(character.begins + timedelta(days=life.between(150, 650)))
    turn = life.random.choices((None, _correct, _move_out, _leave), weights=(84, 11, 3, 2))[0]
    if turn is not None:
        life.plan(when, lambda now: turn(character, now))
    if life.chance(2):
        character.others.append(_provisional(character, when))
    if life.chance(1.5):
        character.others.append(_merged(character, when + timedelta(hours=3)))
    if life.chance(1):
        character.others.append(_split(character, when + timedelta(hours=5)))


def _correct(character: Character, when: datetime) -> None:
    """Find that a meter was exchanged two months ago, and correct the bill of then."""
    day = (when - TWO_MONTHS).date()
    bills = [bill for bill in character.account.bills if bill.due < day and not bill.owed]
    if bills and not character.gone and character.profile.habit in {"debit", "early", "prompt"}:
        correct(character, bills[-1], when, TWO_MONTHS, percent=character.life.between(-30, 20) or 5)


def correct(character: Character, bill: Bill, when: datetime, back: timedelta, percent: int) -> Decimal:
    """Adjust a paid bill by a share of a month's use, as of so long ago; return the amount."""
    life, profile = character.life, character.profile
    month = Decimal(profile.kwh) * Decimal(profile.tariff.price)
    amount = cents(month * percent / 100)
    then = when - back
    point = {"supply_point": character.points[0], "meter": f"M-{life.between(100_000, 999_999)}"}
    life.say("SupplyPointChanged", then, point, voice=FIELD, delay=back)
    data = {"charge": bill.id, "amount": cny(amount), "reason": "meter-exchange"}
    life.say("ChargeAdjusted", then, data, voice=BILLING, delay=back + timedelta(minutes=20))
    if amount < 0:
        character.account.relieve(bill, -amount)
        return amount
    bill.owed += amount
    due = when.date() + timedelta(days=30)
    bill.due = due
    data = {"charge": bill.id, "due": due.isoformat(), "reason": "back-billing"}
    life.say("DueDateSet", when + timedelta(hours=1), data)
    life.plan(at(due, 10) - timedelta(days=4), lambda now: character.pay(now, [bill]))
    notify(character, when + timedelta(hours=2), "correction", about=bill.id)
    return amount


def _move_out(character: Character, when: datetime) -> None:
    """End the contract at the customer's wish, and the relation with it, once all is paid."""
    if character.gone:
        return
    life = character.life
    data = {"contract": character.contract, "reason": "moved-out", "by": "customer"}
    life.say("ContractTerminated", when, data)
    for point in character.points:
        removed = {"supply_point": point, "reason": "moved-out"}
        life.say("SupplyPointRemoved", when + timedelta(hours=2), removed)
    character.gone = True
    _say_goodbye(character, when)


def _leave(character: Character, when: datetime) -> None:
    """Pass the contract on to another customer, who has a stream of their own."""
    if character.gone:
        return
    life = character.life
    other = f"{life.customer}-N"
    passed = {"contract": character.contract, "direction": "to", "other": other}
    life.say("ContractTransferred", when, passed)
    character.gone = True
    heir = Life(other, life.seed)
    character.others.append(heir)
    details = {"kind": character.profile.kind, "name": f"Successor of {character.profile.name}"}
    heir.say("CustomerRegistered", when - timedelta(hours=1), details)
    for point in character.points:
        data = {"supply_point": point, "tariff": character.profile.tariff.code}
        heir.known[point] = None
        heir.say("SupplyPointAdded", when - timedelta(minutes=30), data)
    came = {"contract": character.contract, "direction": "from", "other": life.customer}
    heir.say("ContractTransferred", when, came | {"terms": character.terms()})
    _say_goodbye(character, when)


def _say_goodbye(character: Character, when: datetime) -> None:
    later = in_office(when + timedelta(days=40))

    def close(now: datetime) -> None:
        """Close the relation where nothing is owed."""
        if not character.account.open():
            character.life.say("CustomerClosed", now, {"reason": "moved-out"})

    character.life.plan(later, close)


def _provisional(character: Character, when: datetime) -> Life:
    """Somebody calls without saying who they are; days later it turns out to be this customer."""
    known = character.life
    stranger = Life(f"P-{known.customer.removeprefix('C-')}", known.seed)
    noted = {"channel": "phone", "hint": "Calls about a bill, gives no number."}
    when = stranger.say("ProvisionalCustomerNoted", when, noted, voice=HOTLINE).recorded_at
    call = {"interaction": stranger.fresh("INT"), "direction": "inbound", "channel": "phone"}
    stranger.say("InteractionLogged", when, call | {"purpose": "bill-question", "identity_verified": False})
    found = in_office(when + timedelta(days=known.between(1, 12)))
    identified = {"customer": known.customer, "evidence": "call-back-number"}
    stranger.say("ProvisionalCustomerIdentified", found, identified)
    linked = {"provisional": stranger.customer}
    known.plan(found, lambda now: known.say("ProvisionalCustomerLinked", now, linked))
    return stranger


def _merged(character: Character, when: datetime) -> Life:
    """A second file turns out to be about this customer."""
    known = character.life
    double = Life(f"{known.customer}-B", known.seed)
    details = {"kind": character.profile.kind, "name": character.profile.name}
    double.say("CustomerRegistered", when - timedelta(days=90), details)
    double.say("CustomerMerged", when, {"direction": "into", "other": known.customer})
    merged = {"direction": "from", "other": double.customer}
    known.plan(when, lambda now: known.say("CustomerMerged", now, merged))
    return double


def _split(character: Character, when: datetime) -> Life:
    """A part of this customer becomes a customer of its own."""
    known = character.life
    part = Life(f"{known.customer}-S", known.seed)
    details = {"kind": character.profile.kind, "name": f"Branch of {character.profile.name}"}
    part.say("CustomerRegistered", when - timedelta(hours=1), details)
    part.say("CustomerSplit", when, {"direction": "from", "other": known.customer})
    split = {"direction": "into", "other": part.customer}
    known.plan(when, lambda now: known.say("CustomerSplit", now, split))
    return part
