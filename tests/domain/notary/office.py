"""What tests of the notary share: a ledger with keys and places outside, copies of it, a still clock."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from domain.ledger import Ledger
from domain.notary.keys import KeyFolder
from domain.notary.notary import Notary
from domain.notary.outside import FolderOutside
from domain.seal.checkpoint import Checkpoint, parse_checkpoint
from domain.seal.keys import Verifier
from domain.seal.note import parse_note
from tests.database import Store, command, unique_name
from tests.postgres import fresh_database, server


@dataclass
class Clock:
    """A clock that goes on when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return the moment."""
        return self.now


@dataclass
class Office:
    """A ledger's database, the folder of its keys, and its places outside."""

    store: Store
    folder: Path
    outsides: tuple[str, ...] = ("outside",)
    clock: Clock = field(default_factory=Clock)

    @property
    def keys(self) -> KeyFolder:
        """The keys."""
        return KeyFolder(self.folder / "keys")

    def outside(self, name: str = "outside") -> FolderOutside:
        """A place outside."""
        return FolderOutside(self.folder / name)

    @contextmanager
    def notary(self) -> Iterator[Notary]:
        """A notary as a process would have it, its clock standing still."""
        places = [self.outside(name) for name in self.outsides]
        made = Notary(self.store.url, self.keys, places, clock=self.clock)
        try:
            yield made
        finally:
            made.close()

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, open with a notary of its own."""
        with self.notary() as notary, Ledger.open(self.store.url, notary=notary) as opened:
            yield opened

    def grow(self, count: int = 1, shard: int = 0) -> None:
        """Add entries without a notary, as a process that was killed before it could sign did."""
        assert shard == 0, "streams of other shards would have to be searched for"
        with self.store.open() as recorder:
            outcomes = recorder.append([command(f"customer:{n}") for n in range(count)])
        assert all(isinstance(it, tuple) for it in outcomes)

    def publish(self, *, anew: bool = False) -> int:
        """Have the log signed by a notary of its own, and return the size that was signed."""
        with self.notary() as notary:
            return notary.publish(0, anew=anew).size

    def guard(self) -> None:
        """Ask as a process does before its first append."""
        with self.notary() as notary:
            notary.guard(0)

    def inside(self) -> list[tuple[int, str]]:
        """Sizes and texts of the checkpoints in the database."""
        rows = self.store.run("SELECT size, note FROM daybook.checkpoints ORDER BY size, signed_at")
        return [(size, note) for size, note in rows]

    def sizes(self) -> list[int]:
        """The sizes of the checkpoints in the database."""
        return [size for size, _ in self.inside()]

    def vkeys(self) -> list[str]:
        """The public keys that the database names, the newest last."""
        rows = self.store.run("SELECT vkey FROM daybook.seal_keys ORDER BY from_size, created_at")
        return [vkey for (vkey,) in rows]

    def verifiers(self) -> list[Verifier]:
        """The same."""
        return [Verifier.from_vkey(it) for it in self.vkeys()]

    def latest(self, name: str = "outside") -> Checkpoint:
        """The last checkpoint of a place outside."""
        note = self.outside(name).latest(0)
        assert note is not None
        return parse_checkpoint(parse_note(note).text)

    def copy(self, folder: str) -> "Office":
        """Copy the database and all folders, as a backup of everything would."""
        name = str(conninfo_to_dict(self.store.url)["dbname"])
        database = fresh_database(server().owner_url, unique_name("copy"), name)
        target = self.folder.parent / folder
        shutil.copytree(self.folder, target)
        return replace(self, store=Store(database, self.store.clock), folder=target)

    def put_back(self, backup: "Office") -> None:
        """Put the database of a backup in the place of this one; the folders stay as they are."""
        self.store.drop()
        self.store = backup.store
