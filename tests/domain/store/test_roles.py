"""What the database itself forbids: to the application by grants, to the owner by triggers."""

import psycopg
import pytest
from psycopg import errors

from domain.store.recorder import ShardRecorder
from tests.database import Store, command

DENIED = [
    "UPDATE daybook.entries SET type = 'x'",
    "DELETE FROM daybook.entries",
    "TRUNCATE daybook.entries",
    "DROP TABLE daybook.entries",
    "ALTER TABLE daybook.entries DISABLE TRIGGER ALL",
    "CREATE TABLE daybook.mine (a int)",
    "INSERT INTO daybook.heads VALUES (7, 0, now())",
    "UPDATE daybook.heads SET shard = 7",
    "DELETE FROM daybook.heads",
    "TRUNCATE daybook.heads",
    "UPDATE daybook.ledger SET name = 'x'",
    "DELETE FROM daybook.ledger",
    "INSERT INTO daybook.secrets VALUES ('mine', 'x')",
    "UPDATE daybook.secrets SET secret = 'x'",
    "DELETE FROM daybook.migrations",
    "SET session_replication_role = replica",
]

STOPPED = [
    "UPDATE daybook.entries SET type = 'x'",
    "UPDATE daybook.entries SET type = 'x' WHERE false",
    "DELETE FROM daybook.entries",
    "TRUNCATE daybook.entries",
    "UPDATE daybook.heads SET size = size - 1",
    "UPDATE daybook.heads SET recorded_at = recorded_at - interval '1 microsecond'",
    "UPDATE daybook.heads SET shard = 7",
    "DELETE FROM daybook.heads",
    "TRUNCATE daybook.heads",
    "UPDATE daybook.ledger SET name = 'x'",
    "DELETE FROM daybook.ledger",
]


@pytest.fixture
def written(store: Store, recorder: ShardRecorder) -> Store:
    """A ledger with an entry in it."""
    recorder.append([command("customer:1")])
    return store


@pytest.mark.parametrize("statement", DENIED)
def test_the_application_may_not(written: Store, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        written.run(statement)
    assert written.check() == 1


@pytest.mark.parametrize("statement", STOPPED)
def test_the_owner_is_stopped_by_a_trigger(written: Store, statement: str) -> None:
    with pytest.raises(errors.RestrictViolation, match="never changed"):
        written.run(statement, owner=True)
    assert written.check() == 1


def test_the_application_may_read_and_add(written: Store) -> None:
    for table in ("entries", "heads", "ledger", "secrets", "migrations"):
        assert written.run(f"TABLE daybook.{table}")
    written.run("UPDATE daybook.heads SET size = size, recorded_at = recorded_at")


def test_others_may_nothing(written: Store) -> None:
    with psycopg.connect(written.database.owner_url) as connection:
        connection.execute("CREATE ROLE stranger")
        connection.execute("SET LOCAL ROLE stranger")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM daybook.entries")
        connection.rollback()


def test_a_ledger_that_was_damaged_is_noticed(store: Store, recorder: ShardRecorder) -> None:
    """Positions and versions are guarded by unique indexes, should the head ever be wrong."""
    recorder.append([command("customer:1")])
    store.run("ALTER TABLE daybook.heads DISABLE TRIGGER USER", owner=True)
    store.run("UPDATE daybook.heads SET size = 0", owner=True)
    (outcome,) = recorder.append([command("customer:2")])
    assert not isinstance(outcome, tuple)
    assert store.run("SELECT count(*) FROM daybook.entries") == [(1,)]
