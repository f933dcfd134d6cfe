"""The customer whom the demo shows: a payment, a complaint and a correction of theirs were known late.

The moment of interest is one year before the end. Then the company thought that Mill 17 was late with a bill
and quite content. Now it knows that the bill was paid, too much at that, and that there was a complaint.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from api.demo.account import Bill, cny
from api.demo.billing import issue
from api.demo.character import Character
from api.demo.clock import at, in_office, months_after, start_of, year_ago
from api.demo.life import Life
from api.demo.notices import converse, notify
from api.demo.people import INDUSTRY, Profile
from api.demo.supply import begin
from api.demo.turns import correct
from api.demo.voices import OUTLET

NUMBER: Final = 17
PROFILE: Final = Profile("organisation", "Mill 17", INDUSTRY, 31_400, 1, "prompt", "east", "C13", kva=200)


def protagonist_id(customers: int) -> str:
    """Return the id of the protagonist among so many customers."""
    return f"C-{min(NUMBER, customers):04}"


def protagonist(customer: str, seed: int, years: int) -> Character:
    """Return the protagonist at the beginning of their story."""
    life = Life(customer, seed)
    character = Character(life, PROFILE, start_of(years) + timedelta(days=8, hours=9))
    begin(character)
    first = months_after(character.begins.date().replace(day=1), 1)
    life.plan(at(first.replace(day=5), 2), lambda now: _bill(character, now))
    return character


def _bill(character: Character, when: datetime) -> None:
    """Bill a month; bills are paid in time, and only the one before the moment of interest makes trouble."""
    life = character.life
    life.plan(at(months_after(when.date(), 1), 2), lambda now: _bill(character, now))
    bill = issue(character, character.points[0], when)
    if (year_ago() - when).days in range(20, 30):
        _trouble(character, bill)
        return
    pays = at(bill.due - timedelta(days=life.between(1, 4)), 10, life.between(0, 59))
    life.plan(pays, lambda now: character.pay(now, [bill]))


def _trouble(character: Character, bill: Bill) -> None:
    """Pay in time, by a transfer that the bank reports a month late, and be reminded nevertheless."""
    life, pivot = character.life, year_ago()
    paid = at(bill.due - timedelta(days=4), 11, 20)
    life.plan(paid, lambda now: character.pay(now, [bill], delay=timedelta(days=33)))
    reminded, told, found, outage = (pivot.date() + timedelta(days=days) for days in (-4, -1, 50, 250))
    life.plan(at(reminded, 8), lambda now: notify(character, now, "payment-reminder", about=bill.id))
    life.plan(at(told, 15, 40), lambda now: _complain(character, bill, now))
    back = timedelta(days=64)
    life.plan(at(found, 10, 15), lambda now: correct(character, bill, now, back, percent=-16))
    life.plan(at(outage, 9, 30), lambda now: _outage(character, now))


def _complain(character: Character, bill: Bill, when: datetime) -> None:
    """Complain at an outlet, whose paper arrives a week later; badly handled at first, then well."""
    life = character.life
    case = {"case": life.fresh("CASE")}
    opened = case | {"kind": "complaint", "channel": "counter", "form": "written"}
    opened |= {"person": character.persons[0], "charge": bill.id}
    late = timedelta(days=7, hours=18)
    known = life.say("CaseOpened", when, opened, voice=OUTLET, delay=late).recorded_at
    remedy = case | {"remedy": life.fresh("REM")}
    amount = Decimal("200.00")
    upheld = case | {"outcome": "upheld"}
    end = life.tell(
        known,
        (1, "CaseClassified", case | {"taxonomy": "house", "category": "billing", "severity": "normal"}),
        (2, "CaseRouted", case | {"department": "customer-service"}),
        (100, "CaseRouted", case | {"department": "billing"}),
        (120, "CaseRouted", case | {"department": "treasury"}),
        (90, "CaseClosed", case),
        (70, "CaseReopened", case | {"reason": "no-answer"}),
        (2, "CaseEscalated", case | {"level": "head-of-service"}),
        (20, "CaseAcknowledged", case | {"channel": "phone"}),
        (30, "DepartmentOpinionReturned", case | {"department": "treasury"}),
        (4, "CaseAnswered", upheld | {"timely": False}),
        (1, "CaseOutcomeTold", case | {"channel": "phone"}),
        (0.5, "RemedyOffered", remedy | {"kind": "compensation", "amount": cny(amount)}),
        (26, "RemedyAccepted", remedy),
        (2, "CaseClosed", upheld),
        (140, "ReturnVisitMade", case | {"outcome": "satisfied", "score": 9}),
    )
    life.plan(end, lambda now: character.credit(now, amount))


def _outage(character: Character, when: datetime) -> None:
    """Call about an outage, and have it answered the same day."""
    life = character.life
    case = {"case": life.fresh("CASE")}
    opened = case | {"kind": "complaint", "channel": "phone", "supply_point": character.points[0]}
    known = life.say("CaseOpened", when, opened).recorded_at
    converse(character, when, "outage-question", case=case["case"])
    life.tell(
        known,
        (0.5, "CaseAcknowledged", case | {"channel": "phone"}),
        (1, "CaseRouted", case | {"department": "network"}),
        (2, "DepartmentOpinionReturned", case | {"department": "network"}),
        (1, "CaseAnswered", case | {"outcome": "upheld", "timely": True}),
        (0.2, "CaseOutcomeTold", case | {"channel": "phone"}),
        (1, "CaseClosed", case | {"outcome": "upheld"}),
    )
    visit = in_office(when + timedelta(days=6))
    life.say("ReturnVisitMade", visit, case | {"outcome": "satisfied", "score": 9})
