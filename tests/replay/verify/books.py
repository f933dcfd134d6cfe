"""What tests of the verification share: a small ledger with all kinds of entries, and copies of it."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg

from domain.entry import Draft, fingerprint, nth_id, prepare
from domain.events.money import PaymentReceived
from domain.events.party import CustomerRegistered
from domain.events.register import Event
from domain.notary.outside import FolderOutside
from domain.seal.checkpoint import Checkpoint, sign_checkpoint
from domain.seal.growth import Tile
from domain.seal.keys import Signer, Verifier
from domain.seal.tiles import TILE_WIDTH
from domain.seal.tree import leaf_hash
from domain.store.backfill import backfill_trees
from domain.store.connections import connect
from domain.store.init import read_facts
from domain.store.request import Append
from domain.values import Money
from domain.vault.sealed import DataKey, Place, seal
from replay.verify import Finding, Options, Report, verify
from tests.database import Store, merkle_root, receipts
from tests.domain.notary.office import Office
from tests.givens import CLERK, DAY_ZERO

SIGNED = (100, 300, 520, 590)
"""The sizes at which the ledger is signed, besides 0."""

SIZE = 600
"""Its size: two full tiles, and an unfinished one under the peaks over 64, 16 and 8 entries."""

SEALED = 40
"""Every so manieth entry holds a sealed field."""

PAIR = 90
"""Every so manieth entry is the first of a command of two."""

STREAMS = 7
TABLES = ("entries", "tiles", "heads", "checkpoints", "seal_keys")
SUBJECT = DataKey.of("customer:1", 1, bytes(32))


def entry_id(number: int) -> UUID:
    """The id of the command whose first entry has a number."""
    return UUID(bytes=hashlib.sha256(b"%d" % number).digest()[:16], version=4)


def event(number: int, stream: str) -> Event:
    """The event of an entry."""
    if number % SEALED == 0:
        place = Place(stream, entry_id(number), "name")
        name = seal(f"Nobody {number}", SUBJECT, place, number.to_bytes(16), number.to_bytes(12))
        return CustomerRegistered(kind="person", name=name)
    return PaymentReceived(payment=f"p-{number}", amount=Money(Decimal("12.30"), "CNY"), method="bank")


def command(key: bytes, number: int, count: int) -> Append:
    """A command of so many entries."""
    stream = f"customer:{number % STREAMS}"
    drafts = [
        Draft(
            id=entry_id(number),
            stream=stream,
            event=event(number + n, stream),
            occurred_at=DAY_ZERO,
            actor=CLERK,
            source="test",
        )
        for n in range(count)
    ]
    entries = tuple([prepare(it, it.event, nth_id(it.id, n)) for n, it in enumerate(drafts)])
    return Append(
        stream=stream, id=entry_id(number), fingerprint=fingerprint(key, entries[0]), entries=entries
    )


def commands(key: bytes, first: int, last: int) -> Iterator[Append]:
    """Commands whose entries have these numbers."""
    number = first
    while number <= last:
        count = 2 if number % PAIR == 0 and number < last else 1
        yield command(key, number, count)
        number += count


def fill(store: Store, first: int, last: int, *, batch: int = 50) -> None:
    """Append the entries of these numbers, as the ledger would."""
    with connect(store.url) as connection:
        key = read_facts(connection).fingerprint_key
    with store.open() as recorder:
        waiting = list(commands(key, first, last))
        for start in range(0, len(waiting), batch):
            for outcome in recorder.append(waiting[start : start + batch]):
                receipts(outcome)


def settle(store: Store) -> None:
    """Have the index-only scans of a fresh table as fast as those of an old one."""
    store.run("VACUUM ANALYZE daybook.entries", owner=True)


def new_books(office: Office) -> Office:
    """Fill a ledger whose empty log is signed, and have it signed on the way."""
    filled = 0
    for size in SIGNED:
        fill(office.store, filled + 1, size)
        assert office.publish() == size
        filled = size
    fill(office.store, filled + 1, SIZE)
    settle(office.store)
    return office


@dataclass
class Books:
    """A copy of the ledger that may be tampered with."""

    office: Office
    keys: tuple[Verifier, ...] = ()

    @property
    def store(self) -> Store:
        """Its database."""
        return self.office.store

    @property
    def shelf(self) -> Path:
        """The folder outside of its shard."""
        return self.office.folder / "outside" / "0"

    def note(self, size: int) -> Path:
        """The file outside of a checkpoint."""
        return self.shelf / "checkpoints" / f"{size:020}"

    @property
    def signer(self) -> Signer:
        """The secret key of the log."""
        signer = self.office.keys.known(0)
        assert signer is not None
        return signer

    def tamper(self, *statements: str) -> None:
        """Change what the database forbids to change, as its owner can."""
        with psycopg.connect(self.store.database.owner_url) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement.encode())

    def keep(self) -> None:
        """Keep all tables as they are now beside the ledger's, for `restore`."""
        kept = [f"CREATE TABLE kept.{table} AS TABLE daybook.{table}" for table in TABLES]
        self.tamper("CREATE SCHEMA kept", *kept)

    def restore(self, original: Office) -> None:
        """Undo what was done to rows and files; to make another copy takes longer."""
        emptied = [f"DELETE FROM daybook.{table}" for table in TABLES]
        filled = [f"INSERT INTO daybook.{table} SELECT * FROM kept.{table}" for table in TABLES]
        self.tamper(*emptied, *filled)
        shutil.rmtree(self.office.folder)
        shutil.copytree(original.folder, self.office.folder)

    def reseal(self) -> None:
        """Work the tree out anew, as somebody who wants to hide a change would."""
        self.tamper(
            "TRUNCATE daybook.tiles",
            "UPDATE daybook.heads SET peaks = '', root = sha256(''),"
            " size = (SELECT count(*) FROM daybook.entries)",
        )
        with connect(self.store.database.owner_url) as connection:
            backfill_trees(connection)

    def tile(self, number: int) -> Tile:
        """Work a full tile of level 0 out from the entries as they are now."""
        first = number * TILE_WIDTH
        rows = self.store.run(
            "SELECT state FROM daybook.entries WHERE position > %s AND position <= %s ORDER BY position",
            first,
            first + TILE_WIDTH,
        )
        leaves = [leaf_hash(state) for (state,) in rows]
        return Tile(0, number, b"".join(leaves), merkle_root(leaves))

    def sign(self, size: int, root: bytes, signer: Signer | None = None) -> bytes:
        """Sign a checkpoint of the log, whether it is true or not."""
        signer = signer or self.signer
        return sign_checkpoint(Checkpoint(signer.name, size, root), signer).to_bytes()

    def verify(self, jobs: int = 1) -> Report:
        """Verify it."""
        outside = FolderOutside(self.office.folder / "outside")
        return verify(self.store.url, Options(outsides=[outside], keys=self.keys, jobs=jobs))

    def told(self) -> list[str]:
        """Verify it, and say briefly what was found."""
        report = self.verify()
        assert not report.left_out
        return sorted(brief(it) for it in report.findings)


def copy_of(books: Office, folder: str) -> Books:
    """Copy a ledger, its database and its folders."""
    return Books(books.copy(folder))


def brief(finding: Finding) -> str:
    """A finding as a test writes it down: kind, then column, tile, size and positions where it has them."""
    parts: list[str] = [finding.kind]
    parts += [it for it in (finding.column, finding.tile) if it]
    if finding.checkpoint is not None:
        parts.append(f"@{finding.checkpoint}")
    if finding.first:
        parts.append(
            f"{finding.first}" if finding.first == finding.last else f"{finding.first}-{finding.last}"
        )
    assert "{" not in finding.sentence
    return " ".join(parts)


def dropped(office: Office) -> None:
    """Remove a copy's database."""
    office.store.drop()


def kinds(findings: Sequence[Finding]) -> set[str]:
    """The kinds of findings."""
    return {it.kind for it in findings}


def without_outside(office: Office) -> Office:
    """The same ledger, without any place outside."""
    return replace(office, outsides=())
