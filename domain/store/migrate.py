"""Migrations: numbered SQL files that raise a ledger's schema to the newest form, each applied once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from domain.refusals import Misconfigured
from domain.store.connections import Connection
from domain.store.sql import FOLDER, parse, queries

FILE_NAME: Final = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
LEFT_OUT: Final = {True: "triggers", False: "distribution"}
"""The part of a migration that is left out where tables are distributed, and where they are not."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its number, name and parts; on distributed tables `distribution` stands for `triggers`."""

    number: int
    name: str
    parts: dict[str, bytes]


@cache
def migrations() -> tuple[Migration, ...]:
    """Return all migrations in order; their numbers run from 1 without gaps."""
    found = []
    for path in sorted((FOLDER / "migrations").glob("*.sql")):
        match = FILE_NAME.match(path.name)
        assert match, f"a migration is named NNNN_what_it_does.sql, not {path.name}"
        found.append(Migration(int(match[1]), match[2], parse(path.read_text("utf-8"))))
    assert [it.number for it in found] == list(range(1, len(found) + 1)), "the numbers have a gap"
    return tuple(found)


def newest() -> int:
    """Return the number of the newest migration: the schema version that this code reads and writes."""
    return migrations()[-1].number


def migrate(connection: Connection) -> list[str]:
    """Apply what is missing, all or nothing, one process at a time; return the names of what was applied."""
    sql = queries("init")
    with connection.transaction():
        connection.execute(sql["lock"])
        done = {number for number, _ in connection.execute(sql["applied"])}
        if max(done, default=0) > newest():
            raise too_new(max(done))
        distributed = bool(done) and is_distributed(connection)
        missing = [it for it in migrations() if it.number not in done]
        for migration in missing:
            _apply(connection, migration.parts, distributed=distributed)
            connection.execute(sql["keep"], [migration.number, migration.name])
    return [it.name for it in missing]


def create(connection: Connection, *, distribute: bool, version: int | None = None) -> None:
    """Make the schema of a version, the newest if none is named, inside the caller's transaction.

    The database has none yet.
    """
    sql = queries("init")
    version = version or newest()
    connection.execute(sql["create_migrations"])
    if version == newest():
        _apply(connection, queries("schema"), distributed=distribute)
    for migration in migrations()[:version]:
        if version < newest():
            _apply(connection, migration.parts, distributed=distribute)
        connection.execute(sql["keep"], [migration.number, migration.name])


def is_distributed(connection: Connection) -> bool:
    """Whether the ledger's tables are distributed."""
    row = connection.execute(queries("init")["is_distributed"]).fetchone()
    return bool(row and row[0])


def too_new(version: int) -> Misconfigured:
    """Say that the ledger was made by a newer Daybook."""
    hint = f"This ledger's schema has version {version}; this Daybook knows {newest()}. Install a newer one."
    return Misconfigured("schema", version, hint)


def _apply(connection: Connection, parts: Mapping[str, bytes], *, distributed: bool) -> None:
    for name, statements in parts.items():
        if name != LEFT_OUT[distributed]:
            connection.execute(statements)
