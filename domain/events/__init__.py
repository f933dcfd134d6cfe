"""What can happen: event types, one file a family; importing this package fills the register."""

from domain.events import cases, contact, contracts, money, oversight, party
from domain.events.register import REGISTER, Event, EventType, event, event_type

__all__ = [
    "REGISTER",
    "Event",
    "EventType",
    "cases",
    "contact",
    "contracts",
    "event",
    "event_type",
    "money",
    "oversight",
    "party",
]
