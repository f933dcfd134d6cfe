"""Fixtures of databases: a ledger of one's own for each test, copied from a template made once a run."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from domain.store.appender import Options
from domain.store.binaries import SYSTEM
from domain.store.datastore import LedgerDatastore
from domain.store.init import Clock, initialise
from domain.store.recorder import ShardRecorder
from tests.postgres import Database, drop_database, fresh_database, server, template_database

NUMBERS = itertools.count(1)


def system_binaries() -> list[Path]:
    """The folders of the system's PostgreSQL binaries, if it has any."""
    return sorted(SYSTEM.glob("*/bin"))


def unique_name(prefix: str) -> str:
    """A name that no other test and no other worker uses."""
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

    def recorder(self, options: Options | None = None, **kwargs: object) -> ShardRecorder:
        """Open a shard of it. The caller closes it, and its datastore."""
        options = replace(options or Options(), simulated=self.clock == "simulated")
        return ShardRecorder(LedgerDatastore(self.url, **kwargs), options=options)  # type: ignore[arg-type]

    def run(self, statement: str, *values: object, owner: bool = False) -> list[tuple[object, ...]]:
        """Run a statement in a session of its own, as the application or as the owner."""
        url = self.database.owner_url if owner else self.url
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def store() -> Iterator[Store]:
    """A ledger with the database's clock and one shard."""
    made = Store(new_ledger())
    yield made
    drop(made)


def drop(store: Store) -> None:
    """Remove a test's database, with whatever still uses it."""
    name = sql.Identifier(store.url).as_string()
    assert name
    path = psycopg.conninfo.conninfo_to_dict(store.url)["dbname"]
    drop_database(store.database.owner_url, str(path))
