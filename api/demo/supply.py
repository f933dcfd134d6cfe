"""How a customer's story begins and what changes about them: registration, supply points, the contract."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from api.demo.account import Bill, cny
from api.demo.character import Character
from api.demo.clock import at, in_office, months_after
from api.demo.life import Step

ROLES: Final = (("Manager", "plant", "executive"), ("Electrician", "technical", "grassroots"))
CHANNELS: Final = ("electronic", "text_message", "portal", "paper")


def begin(character: Character) -> None:
    """Register the customer with persons, supply points and contract, and plan what changes later."""
    life, profile = character.life, character.profile
    when = character.begins
    details = {"kind": profile.kind, "name": profile.name, "country": "CN", "region": profile.region}
    details |= {"segment": "large" if profile.is_large else "small"}
    if profile.industry is not None:
        details["industry"] = profile.industry
    when = life.say("CustomerRegistered", when, details).recorded_at
    for title, role, level in ROLES[: profile.points if profile.is_large else 0]:
        when += timedelta(minutes=10)
        _add_person(character, when, title, role, level)
    for _ in range(profile.points):
        when += timedelta(minutes=15)
        _add_point(character, when)
    when = _contract(character, in_office(when + timedelta(hours=1)))
    _carry_balance(character, when + timedelta(minutes=5))
    _preferences(character, when + timedelta(hours=2))
    _plan_changes(character)


def _add_person(character: Character, when: datetime, title: str, role: str, level: str) -> None:
    person = character.life.fresh("PER")
    character.persons.append(person)
    data = {"person": person, "name": f"{title} of {character.profile.name}", "role": role, "level": level}
    character.life.say("ContactPersonAdded", when, data | {"consent": True})


def _add_point(character: Character, when: datetime) -> None:
    life, profile = character.life, character.profile
    point = life.fresh("POINT")
    character.points.append(point)
    data = {
        "supply_point": point,
        "voltage_kv": profile.tariff.voltage_kv,
        "contract_kva": None if profile.kva is None else str(profile.kva),
        "tariff": profile.tariff.code,
        "meter": f"M-{life.between(100_000, 999_999)}",
        "route": f"{profile.region}-{life.between(1, 9)}",
    }
    life.say("SupplyPointAdded", when, data)


def _contract(character: Character, when: datetime) -> datetime:
    """Conclude the contract: negotiated with large customers, else signed as it stands; return when."""
    life, profile = character.life, character.profile
    contract = character.contract = life.fresh("CON")
    named: dict[str, Any] = {"contract": contract}
    if not profile.is_large:
        how = "electronic" if life.chance(60) else "paper"
        data = named | {"method": how, "signer": profile.name, "terms": character.terms()}
        return life.say("ContractSigned", when, data).recorded_at
    character.end_of_terms = date(character.begins.year + 1, 12, 31)
    asked = character.terms(payment_days=30)
    steps: list[Step] = [(1, "ContractOffered", named | {"terms": character.terms()})]
    if life.chance(60):
        steps.append((70, "ContractCountered", named | {"by": "customer", "terms": asked}))
        steps.append((50, "ContractAccepted", named | {"by": "us"}))
    else:
        steps.append((60, "ContractAccepted", named | {"by": "customer"}))
    steps.append((26, "ContractSigned", named | {"signer": f"Manager of {profile.name}", "method": "paper"}))
    return life.tell(when, *steps)


def _carry_balance(character: Character, when: datetime) -> None:
    """Carry over what an older system says of the account, for one customer in eight."""
    life = character.life
    if not life.chance(12):
        return
    owes = life.chance(70)
    amount = Decimal(life.between(800, 30_000) * (10 if character.profile.is_large else 1)) / 100
    due = when.date() + timedelta(days=14)
    name = life.fresh("BAL")
    data = {"balance": name, "amount": cny(amount if owes else -amount)}
    life.say("OpeningBalanceCarried", when, data | ({"due": due.isoformat()} if owes else {}))
    if not owes:
        character.account.credit += amount
        return
    bill = character.account.charge(Bill(name, due, amount))
    life.plan(at(due - timedelta(days=3), 10), lambda now: _pay_balance(character, bill, now))


def _pay_balance(character: Character, bill: Bill, when: datetime) -> None:
    character.pay(when, [bill], method="cash")


def _preferences(character: Character, when: datetime) -> None:
    life = character.life
    channel = CHANNELS[life.between(0, 3)]
    life.say("BillPreferenceSet", when, {"channel": channel})
    if life.chance(25):
        data = {"topic": "call-time", "value": "mornings" if life.chance(50) else "evenings"}
        life.say("PreferenceRecorded", when + timedelta(minutes=2), data)
    if character.profile.is_large and life.chance(40):
        data = {"need": life.fresh("NEED"), "kind": "backup-supply", "priority": "high"}
        life.say("NeedRecorded", when + timedelta(minutes=5), data)
    if character.profile.is_large and life.chance(30):
        data = {"group": f"group-{life.between(1, 5)}", "role": "member"}
        life.say("GroupJoined", when + timedelta(minutes=9), data)
        if life.chance(30):
            left = {"group": data["group"]}
            life.plan(when + timedelta(days=300), lambda now: life.say("GroupLeft", now, left))


def _plan_changes(character: Character) -> None:
    life, first = character.life, character.begins
    if character.end_of_terms is not None:
        life.plan(at(date(first.year + 1, 12, 1), 10), lambda now: _renew(character, now))
    for percent, change in ((12, _amend), (8, _persons), (6, _details)):
        if life.chance(percent):
            when = in_office(first + timedelta(days=life.between(60, 600)))
            life.plan(when, partial(change, character))


def _renew(character: Character, when: datetime) -> None:
    """Renew a negotiated contract by a year, each year, unless it is over."""
    if character.gone or character.end_of_terms is None:
        return
    character.end_of_terms = months_after(character.end_of_terms.replace(day=28), 12).replace(day=31)
    data = {"contract": character.contract, "end": character.end_of_terms.isoformat()}
    character.life.say("ContractRenewed", in_office(when), data)
    character.life.plan(at(date(when.year + 1, 12, 1), 10), lambda now: _renew(character, now))


def _amend(character: Character, when: datetime) -> None:
    """Change the supply point's meter and route, and the contract with it."""
    if character.gone:
        return
    life = character.life
    point = {"supply_point": character.points[0], "meter": f"M-{life.between(100_000, 999_999)}"}
    life.say("SupplyPointChanged", when, point)
    effective = when.date() + timedelta(days=14)
    data = {"contract": character.contract, "terms": character.terms(payment_days=25)}
    data |= {"effective": effective.isoformat(), "reason": "capacity-review"}
    life.say("ContractAmended", when + timedelta(hours=1), data)


def _persons(character: Character, when: datetime) -> None:
    life = character.life
    if character.persons:
        person = {"person": character.persons[0]}
        life.say("ContactPersonChanged", when, person | {"level": "middle"})
        if life.chance(50):
            later = in_office(when + timedelta(days=60))
            life.say("ContactPersonRemoved", later, person | {"reason": "left"})


def _details(character: Character, when: datetime) -> None:
    segment = "key" if character.profile.is_large else "new"
    character.life.say("CustomerDetailsChanged", when, {"segment": segment})
