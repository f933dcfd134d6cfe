"""Opens the ledger that the settings name, and holds the embedded server as long as it is used."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from api.settings import Settings
from domain.ledger import Ledger
from domain.refusals import NotInitialised
from domain.store.launcher import EmbeddedServer


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
