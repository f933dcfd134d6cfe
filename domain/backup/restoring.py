"""Making a ledger of a backup: all of it in one transaction, its trees grown anew from the entries."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from domain.backup.checking import Backup
from domain.backup.files import read
from domain.backup.fingerprints import Fingerprints
from domain.backup.manifest import File, Log
from domain.backup.progress import Progress, Tell
from domain.backup.published import need_checkpoints, why_ended
from domain.backup.refusals import BackupDamaged, LedgerStands
from domain.backup.tables import ENTRIES, Table
from domain.erasure.remembered import erase_again, generations
from domain.notary.outside import Outside
from domain.notary.refusals import LogNotSound
from domain.seal.checkpoint import Checkpoint, open_checkpoint, origin_of
from domain.seal.keys import Verifier
from domain.seal.refusals import Malformed, NotProved
from domain.seal.tree import Frontier
from domain.store import migrate, seals
from domain.store.backfill import grown
from domain.store.connections import Connection, refusal_of
from domain.store.init import LedgerFacts, as_owner, read_facts, stands
from domain.store.seals import TreeHead
from domain.store.sql import queries

ANOTHER: Final = "Take another backup, or restore an earlier one."


@dataclass(frozen=True, slots=True)
class RestoredLog:
    """A shard's log as it was restored.

    `erased` are the data subjects whose keys were destroyed once more. `ended` says why the log does not go
    on, where more of it was published than the backup holds.
    """

    shard: int
    size: int
    erased: tuple[str, ...]
    ended: LogNotSound | None


@dataclass(frozen=True, slots=True)
class Restored:
    """A ledger that was restored, and its logs."""

    facts: LedgerFacts
    logs: tuple[RestoredLog, ...]


def restore(url: str, backup: Backup, outsides: Sequence[Outside], *, tell: Tell | None = None) -> Restored:
    """Make a ledger of a backup, as the owner, in a database that has none.

    `outsides` say who was erased since and what was published; without any, neither is known. Refuses, and
    leaves nothing, where a ledger stands, and where the entries are not those that were signed. `tell` is
    called with steps done and all: each entry is taken in, and then sealed.
    """
    if outsides:
        need_checkpoints(backup.manifest.logs, outsides)
    try:
        with as_owner(url) as connection, connection.transaction():
            connection.execute(queries("init")["lock"])
            if stands(connection):
                raise LedgerStands("database", connection.info.dbname)
            connection.execute(queries("connect")["plan_by_index"])
            return _Restoring(connection, backup, outsides, tell).run()
    except psycopg.Error as error:
        raise refusal_of(error) from error


class _Restoring:
    """One backup while a ledger is made of it, inside the caller's transaction."""

    def __init__(
        self, connection: Connection, backup: Backup, outsides: Sequence[Outside], tell: Tell | None
    ) -> None:
        self._connection = connection
        self._backup = backup
        self._outsides = outsides
        self._progress = Progress(2 * backup.manifest.entries, tell)
        self._secret = secrets.token_bytes(32)
        self._fingerprints = Fingerprints(self._secret)

    def run(self) -> Restored:
        manifest = self._backup.manifest
        migrate.create(self._connection, distribute=False, version=manifest.schema)
        self._take_in_all()
        migrate.migrate(self._connection)
        facts = read_facts(self._connection)
        if (facts.name, [*range(facts.shards)]) != (manifest.ledger, [log.shard for log in manifest.logs]):
            raise BackupDamaged("ledger", manifest.ledger, f"The ledger in it is {facts.name}. {ANOTHER}")
        return Restored(facts, tuple([self._log(log, facts) for log in manifest.logs]))

    def _take_in_all(self) -> None:
        entries = 0
        for path, file in self._backup.files():
            self._take_in(path, file)
            if file.table == ENTRIES.name:
                entries += file.rows
                self._progress.add(file.rows)
        if self._backup.keys is None:
            self._connection.execute(queries("init")["insert_secret"], [self._secret])
        if entries != self._backup.manifest.entries:
            raise BackupDamaged(
                "entries", entries, f"Its logs have {self._backup.manifest.entries}. {ANOTHER}"
            )

    def _take_in(self, path: Path, file: File) -> None:
        statement = Table(file.table, file.columns).copied_in()
        try:
            with self._connection.cursor() as cursor:
                with cursor.copy(statement) as rows:
                    for block in self._blocks(path, file):
                        rows.write(block)
                taken = cursor.rowcount
        except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
            raise BackupDamaged("file", str(path), f"{str(error).splitlines()[0]}. {ANOTHER}") from error
        if taken != file.rows:
            raise BackupDamaged("file", str(path), f"It has {taken} rows, not {file.rows}. {ANOTHER}")

    def _blocks(self, path: Path, file: File) -> Iterator[bytes]:
        """Return a file's rows; without the key of the fingerprints, these are worked out by a new one."""
        if self._backup.keys is None and file.table == ENTRIES.name:
            return self._fingerprints.renewed(read(path))
        return read(path)

    def _log(self, log: Log, facts: LedgerFacts) -> RestoredLog:
        """Grow a log's tree, and do to it what was done to it since."""
        origin = origin_of(facts.name, log.shard, simulated=facts.simulated)
        self._grow(log, self._signed(log, origin))
        erased = erase_again(self._connection, log.shard, generations(self._outsides, log.shard))
        if self._backup.keys is None:
            # All keys are gone, as after an erasure: what was sealed with them cannot be compared.
            self._connection.execute(queries("vault")["count_erasure"], [log.shard])
        ended = why_ended(self._connection, log.shard, origin, self._outsides)
        return RestoredLog(log.shard, log.size, tuple(erased), ended)

    def _signed(self, log: Log, origin: str) -> Checkpoint | None:
        """Return the checkpoint that the backup names, if this log's own key signed it."""
        if log.checkpoint is None:
            return None
        try:
            keys = [Verifier.from_vkey(it.vkey) for it in seals.keys(self._connection, log.shard)]
            found = open_checkpoint(log.checkpoint.encode(), keys).checkpoint
        except (Malformed, NotProved) as fault:
            raise BackupDamaged("checkpoint", log.checkpoint, f"{fault} {ANOTHER}") from None
        if found.origin != origin:
            raise BackupDamaged("checkpoint", found.origin, f"The log is {origin}. {ANOTHER}")
        return found

    def _grow(self, log: Log, signed: Checkpoint | None) -> None:
        """Grow a log's tree, and compare it with the head and with what was signed."""
        head = seals.tree_head(self._connection, log.shard)
        tree = beginning = Frontier()
        for larger in grown(self._connection, log.shard, head.size, signed.size if signed else 0):
            self._progress.add(larger.size - tree.size)
            tree = larger
            if signed is not None and tree.size == signed.size:
                beginning = tree
        whole = TreeHead(tree.size, tree.root(), tree.to_bytes())
        if whole != head or (log.size, log.root) != (head.size, head.root.hex()):
            hint = f"The entries of shard {log.shard} lead to another. {ANOTHER}"
            raise BackupDamaged("root", log.root, hint)
        if signed is not None and (beginning.size, beginning.root()) != (signed.size, signed.root):
            hint = f"The entries of shard {log.shard} are not those that were signed. {ANOTHER}"
            raise BackupDamaged("checkpoint", log.checkpoint, hint)
