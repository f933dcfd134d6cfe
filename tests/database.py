"""Databases for tests: a ledger of a test's own, copied from a template that is made once a run."""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from domain.entry import Prepared, Receipt, nth_id
from domain.store.appender import Options
from domain.store.binaries import SYSTEM
from domain.store.datastore import LedgerDatastore
from domain.store.init import Clock, initialise
from domain.store.recorder import ShardRecorder
from domain.store.request import Append, Outcome
from tests.postgres import Database, drop_database, fresh_database, server, template_database

NUMBERS = itertools.count(1)
TILE = 256
FINGERPRINT = b"\x01" * 32


def system_binaries() -> list[Path]:
    """The folders of the system's PostgreSQL binaries, if it has any."""
    return sorted(SYSTEM.glob("*/bin"))


def unique_name(prefix: str) -> str:
    """A database's name that no other test and no other worker uses."""
    return f"{prefix}_{os.getpid()}_{next(NUMBERS)}"


def new_ledger(*, clock: Clock = "database", shards: int = 1, binaries: Path | None = None) -> Database:
    """Make a database with a ledger in it, from a template."""
    started = server(binaries)

    def build(draft: Database) -> None:
        initialise(draft.owner_url, name="test", zone="Asia/Shanghai", clock=clock, shards=shards)

    template = template_database(started, f"ledger_{clock}_{shards}", build)
    return fresh_database(started.owner_url, unique_name("t"), template)


@dataclass(frozen=True, slots=True)
class Store:
    """A ledger of a test's own, and what opens it."""

    database: Database
    clock: Clock = "database"

    @property
    def url(self) -> str:
        """The application's URL."""
        return self.database.url

    @contextmanager
    def open(
        self, options: Options | None = None, id_type: Literal["uuid", "text"] = "text"
    ) -> Iterator[ShardRecorder]:
        """Open a shard."""
        options = replace(options or Options(), simulated=self.clock == "simulated")
        datastore = LedgerDatastore(self.url, originator_id_type=id_type, patience=options.patience)
        recorder = ShardRecorder(datastore, options=options)
        try:
            yield recorder
        finally:
            recorder.close()
            datastore.close()

    def run(self, statement: str, *values: object, owner: bool = False) -> list[tuple[Any, ...]]:
        """Run a statement in a session of its own, as the application or as the owner."""
        url = self.database.owner_url if owner else self.url
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def head(self, shard: int = 0) -> tuple[int, datetime]:
        """The size and the clock of a shard."""
        ((size, recorded_at),) = self.run(
            "SELECT size, recorded_at FROM daybook.heads WHERE shard = %s", shard
        )
        return size, recorded_at

    def drop(self) -> None:
        """Remove the database, and end whatever still uses it."""
        drop_database(self.database.owner_url, str(conninfo_to_dict(self.url)["dbname"]))

    def check(self, shard: int = 0) -> int:
        """Check what must hold of every log, and return its size.

        Positions 1 to the size of the head, versions of each stream 1 to n in the order of positions,
        `recorded_at` never falling, each id once a stream, and the tree over all of it.
        """
        rows = self.run(
            "SELECT position, stream, version, recorded_at, id, state FROM daybook.entries"
            " WHERE shard = %s ORDER BY position",
            shard,
        )
        size, recorded_at = self.head(shard)
        assert [row[0] for row in rows] == list(range(1, size + 1))
        versions: dict[str, int] = {}
        for _, stream, version, _, _, state in rows:
            versions[stream] = versions.get(stream, 0) + 1
            assert version == versions[stream]
            assert state.endswith(b'"version":%d}' % version)
        moments = [row[3] for row in rows]
        assert moments == sorted(moments)
        assert not moments or moments[-1] <= recorded_at
        assert len({(row[1], row[4]) for row in rows}) == size
        self._check_tree(shard, [sha256(b"\x00" + row[5]).digest() for row in rows])
        return int(size)

    def _check_tree(self, shard: int, leaves: list[bytes]) -> None:
        """Check the head's tree and the full tiles against the leaves, as RFC 6962 defines them."""
        ((peaks, root),) = self.run("SELECT peaks, root FROM daybook.heads WHERE shard = %s", shard)
        assert root == merkle_root(leaves)
        assert len(peaks) == 32 * len(leaves).bit_count()
        expected, level = set(), 0
        while len(leaves) >= TILE:
            cuts = [leaves[start : start + TILE] for start in range(0, len(leaves) - TILE + 1, TILE)]
            leaves = [merkle_root(cut) for cut in cuts]
            expected |= {
                (level, n, root, b"".join(cut))
                for n, (root, cut) in enumerate(zip(leaves, cuts, strict=True))
            }
            level += 1
        tiles = self.run("SELECT level, index, root, hashes FROM daybook.tiles WHERE shard = %s", shard)
        assert set(tiles) == expected


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, by the definition of RFC 6962, section 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + merkle_root(leaves[:half]) + merkle_root(leaves[half:])).digest()


def prepared(entry_id: UUID, text: str = "") -> Prepared:
    """An entry's bytes as the append takes them: JSON, but of no type that the register knows."""
    before = b'{"id":"%s","note":"%s","recorded_at":"' % (str(entry_id).encode(), text.encode())
    return Prepared(entry_id, "Noted", before, b'","version":')


def command(stream: str, *, count: int = 1, id: UUID | None = None, **fields: Any) -> Append:  # noqa: ANN401
    """A request to append so many entries to a stream."""
    command_id = id or uuid4()
    entries = tuple(prepared(nth_id(command_id, n), f"{stream} {n}") for n in range(count))
    given: dict[str, Any] = {"fingerprint": FINGERPRINT, "entries": entries, **fields}
    return Append(stream=stream, id=command_id, **given)


def receipts(outcome: Outcome) -> tuple[Receipt, ...]:
    """The receipts of an outcome, which must not be a refusal."""
    assert isinstance(outcome, tuple), outcome
    return outcome


def one_receipt(outcomes: Sequence[Outcome]) -> Receipt:
    """The only receipt of the only outcome."""
    ((receipt,),) = (receipts(outcome) for outcome in outcomes)
    return receipt


def drop(store: Store) -> None:
    """Remove a test's database."""
    store.drop()


@pytest.fixture
def store() -> Iterator[Store]:
    """A ledger with the database's clock and one shard."""
    made = Store(new_ledger())
    yield made
    made.drop()


@pytest.fixture
def simulated_store() -> Iterator[Store]:
    """A ledger with a simulated clock and one shard."""
    made = Store(new_ledger(clock="simulated"), "simulated")
    yield made
    made.drop()


@pytest.fixture
def sharded_store() -> Iterator[Store]:
    """A ledger of four shards."""
    made = Store(new_ledger(shards=4))
    yield made
    made.drop()


@pytest.fixture
def recorder(store: Store) -> Iterator[ShardRecorder]:
    """The recorder of the only shard of `store`."""
    with store.open() as opened:
        yield opened
