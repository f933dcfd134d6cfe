"""A ledger with a notary and a vault, backups of it, and ledgers that are restored from them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.backup.checking import Backup, open_backup
from domain.backup.manifest import Manifest
from domain.backup.progress import Tell
from domain.backup.restoring import Restored, restore
from domain.backup.taking import take
from domain.customer import Customer
from domain.entry import Draft, Receipt
from domain.events.party import CustomerRegistered
from domain.ledger import Ledger
from domain.notary.keys import KeyFolder
from domain.notary.notary import Notary
from domain.notary.outside import FolderOutside
from domain.streams import customer_stream, shard_of
from domain.vault.subjects import customer_subject
from tests.database import Store, unique_name
from tests.drafts import draft, payment
from tests.postgres import fresh_database, server
from tests.vaults import vault_of


@dataclass(frozen=True, slots=True)
class Home:
    """A ledger, and the folders where its seal keys and its checkpoints lie."""

    store: Store
    folder: Path

    @property
    def outside(self) -> FolderOutside:
        """The place outside the database."""
        return FolderOutside(self.folder / "outside")

    @contextmanager
    def notary(self) -> Iterator[Notary]:
        """Its notary."""
        made = Notary(self.store.url, KeyFolder(self.folder / "keys"), [self.outside])
        try:
            yield made
        finally:
            made.close()

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, open."""
        with (
            self.notary() as notary,
            Ledger.open(self.store.url, notary=notary, vault=vault_of(self.store.url)) as ledger,
        ):
            yield ledger

    def establish(self) -> "Home":
        """Make the seal keys."""
        with self.notary() as notary:
            notary.establish()
        return self

    def record(self, *drafts: Draft) -> list[Receipt]:
        """Record drafts, and have them signed."""
        with self.ledger() as ledger:
            outcomes = ledger.record(drafts)
        assert all(isinstance(it, tuple) for it in outcomes), outcomes
        return [receipt for outcome in outcomes if isinstance(outcome, tuple) for receipt in outcome]

    def live(self, *customers: str) -> list[Draft]:
        """Record that customers registered and paid; returns what was asked."""
        drafts = [
            it
            for name in customers
            for it in (draft(name, person(name)), *(draft(name, payment(f"{name}-{n}")) for n in range(5)))
        ]
        self.record(*drafts)
        return drafts

    def erase(self, customer: str) -> None:
        """Destroy the keys of a customer, as it is done: said outside, then done inside."""
        stream, shard = customer_stream(customer), self.shard(customer)
        line = json.dumps({"subject": customer_subject(stream), "generation": 1, "reason": "asked"})
        self.outside.remember_erasure(shard, line)
        vault = vault_of(self.store.url)
        assert vault.destroy(customer_subject(stream), shard) == 1
        vault.close()

    def shard(self, customer: str) -> int:
        """The shard of a customer."""
        ((shards,),) = self.store.run("SELECT shards FROM daybook.ledger")
        return shard_of(customer_stream(customer), shards)

    def customers(self, *names: str) -> dict[str, Customer]:
        """The states of customers."""
        with self.ledger() as ledger:
            return {name: ledger.customer(name).customer for name in names}

    def names(self, *names: str) -> dict[str, Any]:
        """What may be read of the names of customers."""
        vault = vault_of(self.store.url)
        try:
            return {
                name: vault.view(state.party.name, customer_stream(name))
                for name, state in self.customers(*names).items()
            }
        finally:
            vault.close()

    def found(self, name: str) -> list[str]:
        """The streams where a name is found."""
        vault = vault_of(self.store.url)
        try:
            return [it.stream for it in vault.find("name", name)]
        finally:
            vault.close()

    def tree(self) -> list[tuple[Any, ...]]:
        """Size, root and peaks of each shard."""
        return self.store.run("SELECT shard, size, root, peaks FROM daybook.heads ORDER BY shard")


@dataclass
class Archive:
    """A home, the backups that are taken of it, and the homes that are made of these."""

    home: Home
    folder: Path
    made: list[Store] = field(default_factory=list)

    def place(self, name: str) -> tuple[Path, Path]:
        """The two folders of a backup."""
        return self.folder / name, self.folder / f"{name}.keys"

    def take(self, name: str = "first", tell: Tell | None = None) -> Manifest:
        """Take a backup."""
        return take(self.home.store.url, *self.place(name), tell=tell)

    def open(self, name: str = "first") -> Backup:
        """Read one back."""
        return open_backup(*self.place(name))

    def empty(self) -> Store:
        """A database with nothing in it."""
        made = Store(fresh_database(server().owner_url, unique_name("back")), self.home.store.clock)
        self.made.append(made)
        return made

    def restore(self, name: str = "first", tell: Tell | None = None) -> tuple[Restored, Home]:
        """Make another ledger of a backup, with the folders of this one."""
        store = self.empty()
        restored = restore(store.database.owner_url, self.open(name), [self.home.outside], tell=tell)
        return restored, Home(store, self.home.folder)

    def close(self) -> None:
        """Remove what was made."""
        for store in self.made:
            store.drop()


def person(name: str) -> CustomerRegistered:
    """Somebody who does not exist registers."""
    return CustomerRegistered(kind="household", name=f"Zebedee {name}", phone="+49 170 0000042")


def has_ledger(store: Store) -> bool:
    """Whether anything of a ledger is in a database."""
    return bool(store.run("SELECT FROM pg_namespace WHERE nspname = 'daybook'", owner=True))
