"""Opens the ledger that the settings name, and holds the embedded server as long as it is used."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from api.settings import Settings
from domain.entry import Actor
from domain.ledger import Ledger
from domain.refusals import InvalidValue, NotInitialised
from domain.store.launcher import EmbeddedServer

KINDS: Final = frozenset({"staff", "customer", "system", "partner"})
_actor: Final = TypeAdapter(Actor)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ledger lies: the URLs of the application and of the owner."""

    url: str
    owner_url: str


@contextmanager
def place(settings: Settings, *, create: bool = False) -> Iterator[Place]:
    """Hold the place of the ledger; an embedded server is started, and made only where `create` says so."""
    if settings.database_url is not None:
        yield Place(settings.database_url, settings.owner_url or settings.database_url)
        return
    server = EmbeddedServer(settings.data)
    if server.version is None and not create:
        raise NotInitialised("DAYBOOK_DATA", str(settings.data))
    with server:
        yield Place(server.url, server.owner_url)


@contextmanager
def opened(settings: Settings) -> Iterator[Ledger]:
    """Open the ledger, and close it afterwards; refuses where there is none."""
    with ExitStack() as stack:
        found = stack.enter_context(place(settings))
        tolerance = timedelta(seconds=settings.future_tolerance_s)
        yield stack.enter_context(Ledger.open(found.url, future_tolerance=tolerance))


def actor_of(settings: Settings) -> Actor:
    """Return who records at the command line."""
    return read_actor(settings.actor, settings.actor_unit)


def read_actor(text: str, unit: str | None = None) -> Actor:
    """Read `kind:id`, or an id of staff; refuses what is neither."""
    kind, colon, name = text.partition(":")
    plain = {"kind": kind, "id": name} if colon and kind in KINDS else {"kind": "staff", "id": text}
    try:
        return _actor.validate_json(json.dumps(plain | ({"unit": unit} if unit else {})))
    except ValidationError as error:
        raise InvalidValue("actor", text, f"{error.errors()[0]['msg']}.") from None
