"""Migrations lead to the same schema as a fresh start, each applied once."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from domain.store import migrate
from domain.store.connections import connect
from domain.store.sql import parse, queries
from tests.database import unique_name
from tests.postgres import Database, drop_database, fresh_database, server

CATALOGUE = """
    SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
           pg_get_expr(d.adbin, d.adrelid), a.attacl::text
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'daybook'::regnamespace AND a.attnum > 0
    UNION ALL
    SELECT 'relation', relname, relkind::text, reloptions::text, relacl::text, relowner::regrole::text, NULL
      FROM pg_class WHERE relnamespace = 'daybook'::regnamespace
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL, NULL
      FROM pg_constraint WHERE connamespace = 'daybook'::regnamespace
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef, NULL, NULL, NULL
      FROM pg_indexes WHERE schemaname = 'daybook'
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text, NULL, NULL
      FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function', proname, pg_get_functiondef(oid), proacl::text, NULL, NULL, NULL
      FROM pg_proc WHERE pronamespace = 'daybook'::regnamespace
    UNION ALL
    SELECT 'schema', nspname, nspacl::text, NULL, NULL, NULL, NULL FROM pg_namespace WHERE nspname = 'daybook'
"""


@pytest.fixture
def pair() -> Iterator[tuple[Database, Database]]:
    """Two empty databases."""
    names = [unique_name("migrated"), unique_name("fresh")]
    made = [fresh_database(server().owner_url, name) for name in names]
    yield made[0], made[1]
    for database, name in zip(made, names, strict=True):
        drop_database(database.owner_url, name)


def catalogue(database: Database) -> set[tuple[object, ...]]:
    """Everything that the catalogue says about the schema."""
    with psycopg.connect(database.owner_url) as connection:
        return set(connection.execute(CATALOGUE.encode()).fetchall())


def test_migrated_and_fresh_schemas_are_the_same(pair: tuple[Database, Database]) -> None:
    migrated, fresh = pair
    with connect(migrated.owner_url) as connection:
        connection.execute(queries("init")["create_migrations"])
        assert migrate.migrate(connection) == [it.name for it in migrate.migrations()]
        assert migrate.migrate(connection) == []
    with connect(fresh.owner_url) as connection:
        with connection.transaction():
            migrate.create(connection, distribute=False)
        assert migrate.migrate(connection) == []
    assert catalogue(migrated) == catalogue(fresh)
    assert len(catalogue(fresh)) > 50


def test_a_migration_that_fails_leaves_nothing(
    pair: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = pair[0]
    good, number = migrate.migrations(), migrate.newest() + 1
    parts = {
        "tables": b"CREATE TABLE daybook.half (a int)",
        "grants": b"GRANT SELECT ON daybook.none TO daybook_app",
    }
    monkeypatch.setattr(migrate, "migrations", lambda: (*good, migrate.Migration(number, "half", parts)))
    with connect(database.owner_url) as connection:
        connection.execute(queries("init")["create_migrations"])
        with pytest.raises(psycopg.errors.UndefinedTable):
            migrate.migrate(connection)
        assert connection.execute("SELECT * FROM daybook.migrations").fetchall() == []
        assert connection.execute("SELECT to_regclass('daybook.half')").fetchone() == (None,)


CITUS_FUNCTIONS = b"""
    CREATE TABLE spread (name text);
    CREATE FUNCTION create_reference_table(name text) RETURNS void
        BEGIN ATOMIC INSERT INTO spread VALUES (name); END;
    CREATE FUNCTION create_distributed_table(name text, key text, colocate_with text) RETURNS void
        BEGIN ATOMIC INSERT INTO spread VALUES (name); END
"""
"""What a migration asks of the extension, which need not be here; only what was asked for is kept."""


def test_on_distributed_tables_new_ones_are_distributed_and_triggers_left_out(
    pair: tuple[Database, Database],
) -> None:
    with connect(pair[0].owner_url) as connection:
        connection.execute(queries("init")["create_migrations"])
        connection.execute(CITUS_FUNCTIONS)
        for migration in migrate.migrations():
            migrate._apply(connection, migration.parts, distributed=True)
        assert migrate.is_distributed(connection)
        spread = {name for (name,) in connection.execute("SELECT name FROM spread")}
    assert spread == {
        f"daybook.{name}"
        for name in ("tiles", "checkpoints", "seal_keys", "data_keys", "blind_index", "principals")
    }
    assert not [it for it in catalogue(pair[0]) if it[0] == "trigger"]


def test_queries_are_named_explained_and_free_of_comments() -> None:
    text = (
        "-- About the file.\n\n-- one --\n-- Why.\nSELECT 1\n -- no\n + 1;\n\n-- two --\n-- Why.\nSELECT 2;\n"
    )
    assert parse(text) == {"one": b"SELECT 1\n + 1;", "two": b"SELECT 2;"}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1;\n-- one --\n-- Why.\nSELECT 2;",
        "-- one --\n-- Why.\n",
        "-- a --\n-- W.\nX;\n-- a --\n-- W.\nY;",
    ],
)
def test_a_file_of_queries_that_is_not_in_order_is_found(text: str) -> None:
    with pytest.raises(AssertionError):
        parse(text)


def test_every_query_is_explained(root: Path) -> None:
    files = [*(root / "domain/store").glob("*.sql"), *(root / "domain/store/migrations").glob("*.sql")]
    for path in files:
        lines = path.read_text("utf-8").splitlines()
        titles = [n for n, line in enumerate(lines) if line.startswith("-- ") and line.endswith(" --")]
        assert titles, path
        for n in titles:
            assert lines[n + 1].startswith("-- "), f"{path}: {lines[n]} is not explained"
