"""Notices, calls and visits: what passes between the company and its customers in ordinary months."""

from datetime import datetime, timedelta
from typing import Any

from api.demo.character import Character
from api.demo.clock import at, in_office

CHANNELS = ("text_message", "letter", "email")
PURPOSES = ("bill-question", "move", "meter-reading", "tariff-question", "outage-question")


def notify(character: Character, when: datetime, kind: str, *, about: str | None = None) -> datetime:
    """Send a notice, which arrives or, in five of a hundred, does not at first; return when it arrived."""
    life = character.life
    channel = CHANNELS[life.between(0, 2)]
    notice = {"notice": life.fresh("NOT")}
    life.say("NoticeSent", when, notice | {"kind": kind, "channel": channel, "about": about})
    way = timedelta(days=life.between(1, 4)) if channel == "letter" else timedelta(minutes=1)
    if life.chance(5):
        when += way
        life.say("NoticeFailed", when, notice | {"reason": "unreachable"})
        way = timedelta(days=3)
    life.say("NoticeDelivered", when + way, notice)
    return when + way


def converse(character: Character, when: datetime, purpose: str, *, case: str | None = None) -> datetime:
    """Log that the customer got in touch; return when that was known."""
    life = character.life
    channel, touchpoint = life.random.choice(
        (("phone", "hotline"), ("phone", "hotline"), ("portal", "self-service"), ("counter", "outlet-3"))
    )
    data: dict[str, Any] = {"interaction": life.fresh("INT"), "direction": "inbound", "channel": channel}
    data |= {"touchpoint": touchpoint, "purpose": purpose, "identity_verified": life.chance(92)}
    if channel == "phone":
        data["duration_s"] = life.between(45, 1_200)
    return life.say("InteractionLogged", when, data | {"case": case}).recorded_at


def begin_contacts(character: Character) -> None:
    """Plan ordinary contacts: one a quarter or so, visits to large customers, two outages a year."""
    life, first = character.life, character.begins
    life.plan(_later(character, first, 20, 160), lambda now: _call(character, now))
    life.plan(first + timedelta(days=life.between(40, 200)), lambda now: _outage(character, now))
    if character.profile.is_large:
        life.plan(_later(character, first, 30, 90), lambda now: _visit(character, now))


def _later(character: Character, when: datetime, least: int, most: int) -> datetime:
    life = character.life
    return in_office(when + timedelta(days=life.between(least, most), minutes=life.between(0, 400)))


def _call(character: Character, when: datetime) -> None:
    if character.gone:
        return
    life = character.life
    life.plan(_later(character, when, 30, 170), lambda now: _call(character, now))
    converse(character, when, life.random.choice(PURPOSES))
    if life.chance(35):
        _call_back(character, when)


def _call_back(character: Character, when: datetime) -> None:
    """Promise to call back, and do so, or not."""
    life = character.life
    promise = {"promise": life.fresh("PRO")}
    due = in_office(when + timedelta(days=2))
    what = {"what": "We call back with the answer.", "due": due.isoformat()}
    life.say("PromiseMade", when + timedelta(minutes=10), promise | what)
    if life.chance(80):
        back: dict[str, Any] = {"interaction": life.fresh("INT"), "direction": "outbound", "channel": "phone"}
        back |= {"purpose": "call-back", "duration_s": life.between(60, 400)}
        call = in_office(when + timedelta(hours=life.between(3, 30)))
        life.say("InteractionLogged", call, back)
        life.say("PromiseKept", call + timedelta(minutes=8), promise)
    elif life.chance(70):
        life.say("PromiseBroken", in_office(due + timedelta(days=3)), promise | {"reason": "forgotten"})


def _visit(character: Character, when: datetime) -> None:
    """Plan a visit by the account manager; one in ten does not take place."""
    if character.gone:
        return
    life = character.life
    life.plan(_later(character, when, 80, 120), lambda now: _visit(character, now))
    visit = {"visit": life.fresh("VIS")}
    day = in_office(when + timedelta(days=life.between(5, 20)))
    life.say("VisitPlanned", when, visit | {"planned_for": day.isoformat(), "purpose": "care"})
    if life.chance(90):
        data = {"mode": "on_site" if life.chance(70) else "video", "purpose": "care"}
        if life.chance(30):
            data["report"] = "Energy use and the plans for next year were gone through."
        life.say("VisitCompleted", day + timedelta(hours=1), visit | data)


def _outage(character: Character, when: datetime) -> None:
    if character.gone:
        return
    life = character.life
    life.plan(when + timedelta(days=life.between(120, 230)), lambda now: _outage(character, now))
    notify(character, at(when.date(), 8, life.between(0, 59)), "planned-outage")
