"""Names as people type them: who records, and which customer."""

import json
import re
from typing import Final

from pydantic import TypeAdapter, ValidationError

from api.settings import Settings
from domain.canonical import check_text
from domain.entry import Actor
from domain.refusals import InvalidValue
from domain.values import CONTROL_FREE

CUSTOMER_ID_MAX: Final = 120
KINDS: Final = frozenset({"staff", "customer", "system", "partner"})
_actor: Final = TypeAdapter(Actor)


def default_actor(settings: Settings) -> Actor:
    """Return who records at the command line."""
    return read_actor(settings.actor, settings.actor_unit)


def read_actor(text: str, unit: str | None = None) -> Actor:
    """Read `kind:id`, or an id of staff; refuses what is neither."""
    check_text(text, "actor")
    kind, colon, name = text.partition(":")
    plain = {"kind": kind, "id": name} if colon and kind in KINDS else {"kind": "staff", "id": text}
    try:
        return _actor.validate_json(json.dumps(plain | ({"unit": unit} if unit else {})))
    except ValidationError as error:
        raise InvalidValue("actor", text, f"{error.errors()[0]['msg']}.") from None


def read_customer_id(text: str, field: str) -> str:
    """Return the id of a customer; refuses what no stream can be named after."""
    check_text(text, field)
    if len(text) > CUSTOMER_ID_MAX or not re.fullmatch(CONTROL_FREE, text):
        raise InvalidValue(field, text, f"An id has 1 to {CUSTOMER_ID_MAX} characters, none of them control.")
    return text
