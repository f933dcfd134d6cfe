"""What is allowed: `decide` returns the events that a fact amounts to, or refuses it.

Refused is what cannot be understood, what is done already under another id, and what cannot be true;
never the order of dates, which these rules are not told.
"""

from collections.abc import Callable
from typing import Any, Final

from domain.events import REGISTER, Event
from domain.refusals import InvalidStream
from domain.rules import cases, contact, contracts, debts, oversight, party, payments
from domain.rules.known import Known

__all__ = ["Known", "check_stream", "decide"]

CUSTOMER_FAMILIES: Final = frozenset({"party", "contact", "cases", "contracts", "money", "oversight"})

DECIDERS: Final[dict[str, Callable[[Known, Any], None]]] = {
    **party.DECIDE,
    **contact.DECIDE,
    **cases.DECIDE,
    **contracts.DECIDE,
    **debts.DECIDE,
    **payments.DECIDE,
    **oversight.DECIDE,
}
"""Stored type name to what may refuse it."""


def decide(known: Known, event: Event) -> tuple[Event, ...]:
    """Return the events to be written for a fact; raises a refusal that names field and value."""
    check = DECIDERS.get(event.TYPE)
    if check is not None:
        check(known, event)
    return (event,)


def check_stream(stream: str, type_name: str) -> None:
    """Refuse a stream of a kind that takes no entries of this type."""
    kind, _, name = stream.partition(":")
    found = REGISTER.get(type_name)
    if kind != "customer" or not name or found is None or found.family not in CUSTOMER_FAMILIES:
        raise InvalidStream("stream", stream, f"{type_name} belongs to a stream such as customer:42.")
