"""Who says what: actor and source of each event, and how soon a source's facts reach the ledger."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from domain.events import REGISTER

STAFF_OF_UNIT: Final = 12


@dataclass(frozen=True, slots=True)
class Voice:
    """A kind of actor, their unit, and the system through which they write."""

    kind: str
    unit: str
    source: str


BILLING: Final = Voice("system", "billing", "billing")
BANK: Final = Voice("system", "bank-gateway", "bank")
POST: Final = Voice("system", "notices", "notices")
DESK: Final = Voice("staff", "customer-service", "crm")
HOTLINE: Final = Voice("staff", "call-centre", "call-centre")
OUTLET: Final = Voice("staff", "outlet-3", "outlet")
SALES: Final = Voice("staff", "key-accounts", "crm")
FIELD: Final = Voice("staff", "field-service", "field")
ARREARS: Final = Voice("staff", "arrears", "crm")
COLLECTOR: Final = Voice("partner", "collector-a", "collections")

OF_FAMILY: Final = {"party": DESK, "contact": DESK, "cases": DESK, "contracts": SALES, "money": BILLING}
OF_TYPE: Final = {
    "PaymentReceived": BANK,
    "PaymentReversed": BANK,
    "RefundPaid": ARREARS,
    "NoticeSent": POST,
    "NoticeDelivered": POST,
    "NoticeFailed": POST,
    "VisitPlanned": SALES,
    "VisitCompleted": FIELD,
    "DepartmentOpinionReturned": FIELD,
    "InstalmentPlanAgreed": ARREARS,
    "InstalmentPlanEnded": ARREARS,
    "ChargeWrittenOff": ARREARS,
    "CollectionStarted": ARREARS,
    "CollectionEnded": COLLECTOR,
}
MINUTES: Final = {
    "billing": (0, 2),
    "notices": (0, 3),
    "call-centre": (1, 15),
    "crm": (1, 90),
    "outlet": (20, 480),
    "field": (60, 600),
    "collections": (5, 240),
    "bank": (360, 1_800),
}
"""Least and most minutes from when a thing happens until a source records it."""


def voice_of(event_type: str) -> Voice:
    """Return who usually says this."""
    return OF_TYPE.get(event_type) or OF_FAMILY[REGISTER[event_type].family]


def usual_delay(voice: Voice, random: Random) -> timedelta:
    """Draw how long a fact of this source is on its way."""
    least, most = MINUTES[voice.source]
    return timedelta(seconds=random.randrange(least * 60 + 1, most * 60 + 1))


def actor_of(voice: Voice, random: Random) -> dict[str, str]:
    """Draw who of the unit it was, as an actor of a document; only staff are counted."""
    if voice.kind != "staff":
        return {"kind": voice.kind, "id": voice.unit}
    number = random.randrange(1, STAFF_OF_UNIT + 1)
    return {"kind": "staff", "id": f"{voice.unit}-{number:02}", "unit": voice.unit}
