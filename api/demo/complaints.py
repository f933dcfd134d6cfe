"""Cases: enquiries, praise, and complaints handled well or badly."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from api.demo.account import cents, cny
from api.demo.character import Character
from api.demo.clock import in_office
from api.demo.life import Step
from api.demo.notices import converse
from api.demo.voices import OUTLET

A_MONTH: Final = timedelta(days=30)
KINDS: Final = ("enquiry", "consultation", "repair", "suggestion", "praise", "report", "application")
TOPICS: Final = (
    ("billing", "amount", "metering"),
    ("billing", "late-fee", "arrears"),
    ("supply", "voltage", "network"),
    ("supply", "outage", "network"),
    ("service", "waiting-time", "customer-service"),
    ("metering", "meter-fault", "metering"),
)
"""Category, issue, and the department that can tell."""
REGULATOR: Final = "energy-regulator"
OMBUDSMAN: Final = "energy-ombudsman"
A_WEEK_LATE: Final = timedelta(days=7, hours=3)


def begin_cases(character: Character) -> None:
    """Plan to look, month by month, if the customer brings a matter."""
    later = timedelta(days=character.life.between(5, 35), minutes=character.life.between(0, 600))
    character.life.plan(in_office(character.begins + later), lambda now: _month(character, now))


def _month(character: Character, when: datetime) -> None:
    if character.gone:
        return
    life = character.life
    minutes = timedelta(minutes=life.between(0, 500))
    life.plan(in_office(when + A_MONTH + minutes), lambda now: _month(character, now))
    if life.chance(4):
        _simple(character, when)
    if life.chance(6 if character.profile.is_large else 3.5):
        complain(character, when)


def _simple(character: Character, when: datetime) -> None:
    """A matter that is answered and closed within days."""
    life = character.life
    kind = life.random.choice(KINDS)
    case = {"case": life.fresh("CASE")}
    opened = case | {"kind": kind, "channel": "phone", "form": "oral"}
    known = life.say("CaseOpened", when, opened).recorded_at
    steps: list[Step] = [
        (1, "CaseClassified", case | {"taxonomy": "house", "category": kind, "severity": "low"}),
        (life.between(2, 40), "CaseAnswered", case | {"outcome": "informed", "timely": True}),
        (1, "CaseClosed", case | {"outcome": "informed"}),
    ]
    life.tell(known, *steps)


def complain(character: Character, when: datetime) -> None:
    """Open a complaint; some are told at an outlet, which passes them on a week later."""
    life = character.life
    category, issue, department = life.random.choice(TOPICS)
    case = life.fresh("CASE")
    bills = character.account.bills
    charge = bills[-1].id if category == "billing" and bills else None
    outlet = life.chance(18)
    data = {"case": case, "kind": "complaint", "channel": "counter" if outlet else "phone", "charge": charge}
    data |= {"form": "written" if life.chance(30) else "oral"}
    data |= {"person": character.persons[0] if character.persons else None}
    data |= {"supply_point": character.points[0] if category != "service" else None}
    late = A_WEEK_LATE if outlet and life.chance(50) else None
    opened = life.say("CaseOpened", when, data, voice=OUTLET if outlet else None, delay=late)
    if not outlet:
        converse(character, when, "complaint", case=case)
    classified = {"case": case, "taxonomy": "house", "category": category, "issue": issue}
    classified |= {"severity": "high" if life.chance(20) else "normal"}
    start = life.tell(opened.recorded_at, (1, "CaseClassified", classified))
    handle = life.random.choices(HANDLINGS, weights=(56, 20, 12, 6, 6))[0]
    handle(character, case, department, start)
    if charge is not None and life.chance(60):
        _dispute(character, case, charge, opened.recorded_at)


def _routed(case: str, department: str, hours: float) -> Step:
    return (hours, "CaseRouted", {"case": case, "department": department})


def _well(character: Character, case: str, department: str, when: datetime) -> None:
    """Acknowledged, routed once, answered in time, made good, and asked about afterwards."""
    life, named = character.life, {"case": case}
    due = in_office(when + timedelta(days=5))
    opinion = named | {"department": department, "opinion": "Checked on site; the customer is right."}
    amount = Decimal(life.between(2, 20) * 10)
    taken = named | {"remedy": life.fresh("REM")}
    offer: dict[str, Any] = taken | {"kind": "compensation", "amount": cny(amount)}
    promise = {"promise": life.fresh("PRO")}
    said = named | promise | {"what": "An answer within five working days.", "due": due.isoformat()}
    answered = life.tell(
        when,
        (1, "CaseAcknowledged", named | {"channel": "text_message"}),
        (0.1, "PromiseMade", said),
        (1, "CaseRouted", named | {"department": department, "opinion_due": due.isoformat()}),
        (life.between(10, 50), "DepartmentOpinionReturned", opinion),
        (3, "CaseAnswered", named | {"outcome": "upheld", "response": "explained", "timely": True}),
        (0.2, "PromiseKept", promise),
        (1, "CaseOutcomeTold", named | {"channel": "phone"}),
        (0.2, "RemedyOffered", offer),
        (20, "RemedyAccepted", taken),
        (2, "CaseClosed", named | {"outcome": "upheld"}),
    )
    life.plan(answered, lambda now: character.credit(now, amount))
    visit = in_office(answered + timedelta(days=life.between(3, 9)))
    life.say("ReturnVisitMade", visit, named | {"outcome": "satisfied", "score": life.between(8, 10)})


def _plainly(character: Character, case: str, department: str, when: datetime) -> None:
    """Answered, not upheld; the customer declines what is offered, and is half content."""
    life, named = character.life, {"case": case}
    remedy = {"remedy": life.fresh("REM")}
    end = life.tell(
        when,
        (4, "CaseAcknowledged", named | {"channel": "email"}),
        _routed(case, department, 20),
        (life.between(30, 90), "DepartmentOpinionReturned", named | {"department": department}),
        (20, "CaseAnswered", named | {"outcome": "not_upheld", "timely": True}),
        (2, "CaseOutcomeTold", named | {"channel": "letter"}),
        (1, "RemedyOffered", named | remedy | {"kind": "apology"}),
        (60, "RemedyDeclined" if life.chance(40) else "RemedyAccepted", named | remedy),
        (4, "CaseClosed", named | {"outcome": "not_upheld"}),
    )
    reached = life.chance(80)
    visit: dict[str, Any] = named | {"outcome": "neutral" if reached else "not_reached"}
    visit |= {"score": life.between(4, 7)} if reached else {}
    life.say("ReturnVisitMade", in_office(end + timedelta(days=6)), visit)


def _badly(character: Character, case: str, department: str, when: datetime) -> None:
    """Sent round three departments, closed without a word, opened again, escalated, answered late."""
    life, named = character.life, {"case": case}
    life.tell(
        when,
        _routed(case, "customer-service", 30),
        _routed(case, "network" if department != "network" else "billing", 150),
        _routed(case, department, 200),
        (120, "DepartmentOpinionReturned", named | {"department": department}),
        (20, "CaseClosed", named),
        (90, "CaseReopened", named | {"reason": "no-answer"}),
        (10, "CaseEscalated", named | {"level": "head-of-service"}),
        (100, "CaseAnswered", named | {"outcome": "partly_upheld", "timely": False}),
        (3, "CaseOutcomeTold", named | {"channel": "letter"}),
        (24, "CaseClosed", named | {"outcome": "partly_upheld"}),
        (120, "ReturnVisitMade", named | {"outcome": "dissatisfied", "score": life.between(0, 3)}),
    )


def _silence(character: Character, case: str, department: str, when: datetime) -> None:
    """Routed, and never heard of again."""
    life, named = character.life, {"case": case}
    end = life.tell(when, _routed(case, department, 40))
    asked = in_office(end + timedelta(days=life.between(12, 40)))
    converse(character, asked, "complaint-status", case=case)
    promise = {"promise": life.fresh("PRO")}
    said = promise | named | {"what": "An answer by the end of the week."}
    life.tell(asked, (1, "PromiseMade", said), (150, "PromiseBroken", promise | {"reason": "no-opinion"}))


def _outside(character: Character, case: str, department: str, when: datetime) -> None:
    """No agreement: deadlock, and the ombudsman decides."""
    life, named = character.life, {"case": case}
    external = {"external_case": life.fresh("EXT")}
    body = OMBUDSMAN if life.chance(70) else REGULATOR
    taken = named | external | {"body": body, "reference": f"OMB/{life.between(1_000, 9_999)}"}
    end = life.tell(
        when,
        (6, "CaseAcknowledged", named | {"channel": "letter"}),
        _routed(case, department, 30),
        (200, "CaseAnswered", named | {"outcome": "not_upheld", "timely": False}),
        (60, "CaseEscalated", named | {"level": "management"}),
        (160, "DeadlockDeclared", named | {"body": body}),
        (2, "SignpostSent", named | {"body": body, "channel": "letter"}),
        (300, "ExternalCaseOpened", taken),
        (200, "ExternalCaseAnswered", external),
    )
    upheld = life.chance(60)
    award = {"outcome": "upheld", "award": cny(Decimal(300))} if upheld else {"outcome": "not_upheld"}
    decided = life.tell(end, (700, "ExternalCaseDecided", external | award))
    life.tell(decided, (30, "CaseClosed", named | {"outcome": award["outcome"]}))
    if upheld:
        life.plan(in_office(decided + timedelta(days=5)), lambda now: character.credit(now, Decimal(300)))


def _dispute(character: Character, case: str, charge: str, when: datetime) -> None:
    """Dispute the bill that the complaint is about, until it is looked into."""
    when = in_office(when + timedelta(hours=2))
    character.life.plan(when, lambda now: _open_dispute(character, case, charge, now))


def _open_dispute(character: Character, case: str, charge: str, when: datetime) -> None:
    life = character.life
    bill = next(bill for bill in character.account.bills if bill.id == charge)
    if not bill.owed or bill.busy:
        return
    bill.busy = True
    dispute = {"dispute": life.fresh("DIS")}
    life.say("ChargeDisputed", when, dispute | {"charge": charge, "reason": "amount", "case": case})

    def settle(now: datetime) -> None:
        """Settle the dispute, with some relief where it was right; then the bill is paid."""
        upheld = bill.owed > 0 and life.chance(50)
        outcome: dict[str, Any] = {"outcome": "not_upheld"}
        if upheld:
            relief = max(cents(bill.owed / 5), Decimal("0.01"))
            outcome = {"outcome": "partly_upheld", "relief": cny(relief)}
            character.account.relieve(bill, relief)
        life.say("DisputeSettled", now, dispute | outcome)
        bill.busy = False
        life.plan(in_office(now + timedelta(days=4)), lambda later: character.pay(later, [bill]))

    life.plan(in_office(when + timedelta(days=life.between(8, 30))), settle)


Handling = Callable[[Character, str, str, datetime], None]
HANDLINGS: Final[tuple[Handling, ...]] = (_well, _plainly, _badly, _silence, _outside)
