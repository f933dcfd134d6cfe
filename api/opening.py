"""Opens the ledger that the settings name, and keeps the embedded server running as long as it is used."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from api.settings import Settings
from domain.ledger import Ledger
from domain.notary.keys import KeyFolder
from domain.notary.notary import Notary
from domain.notary.outside import FolderOutside
from domain.refusals import NotInitialised
from domain.store.keeper import Keeper
from domain.store.launcher import EmbeddedServer
from domain.vault.keys import KekFolder, load_kek
from domain.vault.vault import Vault

Trouble = Callable[[], str]
"""Says in a sentence what keeps the database away; nothing where it answers, as far as is known."""


def no_trouble() -> str:
    """Know of no trouble."""
    return ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ledger lies: the URLs of the application and of the owner, and what is amiss there."""

    url: str
    owner_url: str
    trouble: Trouble = no_trouble


@contextmanager
def place(settings: Settings, *, create: bool = False) -> Iterator[Place]:
    """Hold the place of the ledger; an embedded server is started, and again whenever it dies meanwhile.

    It is made only where `create` says so.
    """
    if settings.database_url is not None:
        yield Place(settings.database_url, settings.owner_url or settings.database_url)
        return
    server = EmbeddedServer(settings.data)
    if server.version is None and not create:
        raise NotInitialised("DAYBOOK_DATA", str(settings.data))
    with server, Keeper(server) as keeper:
        yield Place(server.url, server.owner_url, lambda: keeper.trouble)


def ledger_at(found: Place, settings: Settings) -> Ledger:
    """Open the ledger of a place that is held; refuses where there is none."""
    tolerance = timedelta(seconds=settings.future_tolerance_s)
    notary = notary_of(found.url, settings.keys, settings.checkpoints)
    vault = vault_of(found.url, settings.keys, settings.kek)
    return Ledger.open(found.url, future_tolerance=tolerance, notary=notary, vault=vault)


@contextmanager
def opened(settings: Settings) -> Iterator[Ledger]:
    """Open the ledger, and close it afterwards; refuses where there is none."""
    with place(settings) as found, ledger_at(found, settings) as ledger:
        yield ledger


def notary_of(url: str, keys: Path, checkpoints: Iterable[Path]) -> Notary:
    """Make the notary of a ledger; it asks for keys and folders when it first has to sign."""
    return Notary(url, KeyFolder(keys), [FolderOutside(folder) for folder in checkpoints])


def vault_of(url: str, keys: Path, kek: str | None = None) -> Vault:
    """Make the vault of a ledger; it asks for its key when it first has to seal or to open."""
    return Vault.open(url, load_kek(keys, kek))


def establish(url: str, keys: Path, checkpoints: Iterable[Path], kek: str | None = None) -> list[int]:
    """Make the keys of a ledger that has none; returns the shards whose logs got one."""
    with closing(notary_of(url, keys, checkpoints)) as notary:
        shards = notary.establish()
    with closing(vault_of(url, keys, kek)) as vault:
        if not vault.has_keys():
            if kek is None:
                KekFolder(keys).make()
            vault.keys.index_key()
    return shards
