"""Making a backup of a ledger that goes on meanwhile: each log as it was at one moment, and all before it.

Of a shard, the head and what goes with it is read in one short transaction. The entries below that head never
change, so that they are read afterwards, some thousands at a time, whatever is appended meanwhile.
"""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Final

import psycopg

from domain.backup import tables
from domain.backup.files import reaching
from domain.backup.manifest import FORMAT, Log, Manifest, write_manifest
from domain.backup.part import NewPart
from domain.backup.progress import Progress, Tell
from domain.backup.refusals import EntriesChanged, FoldersNotApart, FolderTaken
from domain.seal.tree import Frontier, leaf_hash
from domain.store import migrate, seals
from domain.store.connections import Connection, Patience, connect_as_application, refusal_of
from domain.store.files import make_folder
from domain.store.init import read_facts
from domain.store.seals import TreeHead
from domain.store.sql import queries

ENTRIES_A_FILE: Final = 20_000
SIZES_A_FILE: Final = 1_000_000
"""Checkpoints of so many sizes: at most one is signed a second."""

PATIENCE: Final = Patience(idle=300.0)
"""A slow disk may keep the transaction of a snapshot waiting; it locks nothing."""

DAMAGED: Final = "Shard {shard}. Run `daybook verify`: it names the position of what is wrong."


def take(
    url: str,
    folder: Path,
    keys: Path | None = None,
    *,
    tell: Tell | None = None,
) -> Manifest:
    """Back a ledger up, as the application, into a new or empty folder.

    The keys of personal data, and what else opens it, go to the folder `keys`, or are left out. FolderTaken
    where there is something already, EntriesChanged where the ledger is damaged. `tell` is called with
    entries copied and all.
    """
    try:
        with connect_as_application(url, PATIENCE) as connection:
            facts = read_facts(connection)
            _prepare(folder, keys)
            return _Taking(connection, folder, keys, tell).run(facts.name, range(facts.shards))
    except psycopg.Error as error:
        raise refusal_of(error) from error


def _prepare(folder: Path, keys: Path | None) -> None:
    """Make the folders; refuses where anything is in them, or one is in the other."""
    if keys is not None:
        here, there = folder.resolve(), keys.resolve()
        if here.is_relative_to(there) or there.is_relative_to(here):
            raise FoldersNotApart("keys", str(keys))
    for it in filter(None, (folder, keys)):
        with reaching(it):
            make_folder(it.absolute())
            if any(it.iterdir()):
                raise FolderTaken("folder", str(it), "Name a new one.")


class _Taking:
    """One backup while it is made."""

    def __init__(self, connection: Connection, folder: Path, keys: Path | None, tell: Tell | None) -> None:
        self._connection = connection
        self._ledger = NewPart(folder)
        self._keys = None if keys is None else NewPart(keys)
        self._progress = Progress(0, tell)

    def run(self, name: str, shards: range) -> Manifest:
        ((made_at,),) = self._connection.execute(queries("append")["clock"]).fetchall()
        self._copy_small_tables()
        heads, logs = zip(*[self._snapshot(shard) for shard in shards], strict=True)
        self._progress.total = sum(head.size for head in heads)
        for shard, head in zip(shards, heads, strict=True):
            self._copy_checkpoints(shard, head.size)
            self._copy_entries(shard, head)
        manifest = Manifest(
            format=FORMAT,
            part="ledger",
            id=secrets.token_hex(16),
            made_at=made_at,
            ledger=name,
            schema=migrate.newest(),
            logs=logs,
            files=tuple(self._ledger.files),
        )
        if self._keys is not None:
            files = tuple(self._keys.files)
            write_manifest(self._keys.folder, replace(manifest, part="keys", logs=(), files=files))
        write_manifest(self._ledger.folder, manifest)
        return manifest

    def _copy_small_tables(self) -> None:
        self._ledger.copy(self._connection, tables.LEDGER, "rows")
        self._ledger.copy(self._connection, tables.PRINCIPALS, "rows")
        if self._keys is not None:
            self._keys.copy(self._connection, tables.SECRETS, "rows")

    def _snapshot(self, shard: int) -> tuple[TreeHead, Log]:
        """Copy the head and what goes with it, as they were at one moment."""
        connection, asked = self._connection, {"shard": shard}
        with connection.transaction():
            connection.execute(queries("backup")["snapshot"])
            head, signed = seals.tree_head(connection, shard), seals.newest(connection, shard)
            self._ledger.copy(connection, tables.HEADS, "rows_of_shard", asked)
            self._ledger.copy(connection, tables.SEAL_KEYS, "rows_of_shard", asked)
            self._ledger.copy(connection, tables.KEYS_TAKEN_OUT, "keys_taken_out", asked)
            if self._keys is not None:
                self._keys.copy(connection, tables.DATA_KEYS, "rows_of_shard", asked)
                self._keys.copy(connection, tables.BLIND_INDEX, "rows_of_shard", asked)
        return head, Log(shard, head.size, head.root.hex(), signed and signed.note.decode())

    def _copy_checkpoints(self, shard: int, size: int) -> None:
        for first in range(0, size + 1, SIZES_A_FILE):
            asked = {"shard": shard, "first": first, "end": min(first + SIZES_A_FILE, size + 1)}
            self._ledger.copy(self._connection, tables.CHECKPOINTS, "rows_between", asked)

    def _copy_entries(self, shard: int, head: TreeHead) -> None:
        """Copy the entries below a head, and see that they are those that it stands for."""
        frontier = Frontier()
        leaves: list[bytes] = []

        def keep(row: bytes) -> None:
            leaves.append(leaf_hash(tables.first_column(row)))

        for first in range(1, head.size + 1, ENTRIES_A_FILE):
            asked = {"shard": shard, "first": first, "end": min(first + ENTRIES_A_FILE, head.size + 1)}
            leaves.clear()
            self._ledger.copy(self._connection, tables.ENTRIES, "rows_between", asked, keep)
            frontier = frontier.extend(leaves)
            self._progress.add(len(leaves))
        if TreeHead(frontier.size, frontier.root(), frontier.to_bytes()) != head:
            raise EntriesChanged("root", head.root.hex(), DAMAGED.format(shard=shard))
