"""Setting a ledger up: once, for ever, and refused where it cannot be."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from domain.refusals import DatabaseGone, Misconfigured, NotInitialised
from domain.store import connections, init, migrate
from domain.store.connections import Patience, connect, connect_as_application
from domain.store.init import LedgerFacts, initialise, read_facts
from tests.database import Store, unique_name
from tests.postgres import Database, drop_database, fresh_database, on, server

ASKED: dict[str, object] = {"name": "acme", "zone": "Asia/Shanghai", "clock": "database", "shards": 2}


@pytest.fixture
def empty() -> Iterator[Database]:
    """A database with nothing in it."""
    name = unique_name("empty")
    made = fresh_database(server().owner_url, name)
    yield made
    drop_database(made.owner_url, name)


def facts(url: str) -> LedgerFacts:
    with connect_as_application(url, Patience()) as connection:
        return read_facts(connection)


def set_up(database: Database, **asked: object) -> LedgerFacts:
    return initialise(database.owner_url, **{**ASKED, **asked})  # type: ignore[arg-type]


def test_a_ledger_is_set_up_and_read_back(empty: Database) -> None:
    made = set_up(empty)
    assert (made.name, made.zone, made.clock, made.shards) == ("acme", "Asia/Shanghai", "database", 2)
    assert len(made.fingerprint_key) == 32
    assert facts(empty.url) == made
    assert made.fingerprint_key.hex() not in repr(made)
    assert repr(made.fingerprint_key) not in repr(made)
    assert not made.simulated


def test_setting_it_up_again_changes_nothing(empty: Database) -> None:
    assert set_up(empty) == set_up(empty)


@pytest.mark.parametrize(
    ("field", "value"), [("name", "other"), ("zone", "UTC"), ("clock", "simulated"), ("shards", 3)]
)
def test_other_settings_are_refused_and_change_nothing(empty: Database, field: str, value: object) -> None:
    made = set_up(empty)
    with pytest.raises(Misconfigured) as refused:
        set_up(empty, **{field: value})
    assert (refused.value.field, refused.value.value) == (field, value)
    assert facts(empty.url) == made


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\nb"),
        ("zone", "Mars/North"),
        ("clock", "sundial"),
        ("shards", 0),
        ("shards", 2000),
    ],
)
def test_senseless_settings_are_refused(empty: Database, field: str, value: object) -> None:
    with pytest.raises(Misconfigured) as refused:
        set_up(empty, **{field: value})
    assert (refused.value.field, refused.value.value) == (field, value)
    with pytest.raises(NotInitialised):
        facts(empty.url)


def test_many_may_set_it_up_at_once(empty: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = [it.result() for it in [pool.submit(set_up, empty) for _ in range(6)]]
    assert len({it.fingerprint_key for it in made}) == 1


def test_without_citus_distribution_is_refused(empty: Database) -> None:
    with pytest.raises(Misconfigured) as refused:
        set_up(empty, distribute=True)
    assert refused.value.field == "distribute"
    assert "Citus" in refused.value.message
    set_up(empty)
    with pytest.raises(Misconfigured) as refused:
        set_up(empty, distribute=True)
    assert "on one node" in refused.value.message


def test_the_application_cannot_set_a_ledger_up(empty: Database) -> None:
    with pytest.raises(Misconfigured) as refused:
        set_up(Database(empty.url, empty.url))
    assert "may create a schema" in refused.value.message


def test_what_is_not_there_is_said(empty: Database) -> None:
    with pytest.raises(NotInitialised):
        facts(empty.url)
    with pytest.raises(DatabaseGone):
        connect(on(empty.url, "no_such_database"))
    with pytest.raises(Misconfigured):
        connect("postgresql://a b c")


def test_a_ledger_of_a_newer_daybook_is_refused(empty: Database) -> None:
    set_up(empty)
    with psycopg.connect(empty.owner_url) as connection:
        connection.execute("INSERT INTO daybook.migrations VALUES (9999, 'from_the_future')")
    with pytest.raises(Misconfigured, match="9999"):
        facts(empty.url)
    with pytest.raises(Misconfigured, match="9999"):
        set_up(empty)


def test_a_ledger_of_an_older_daybook_is_refused_until_it_is_raised(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(empty)
    known = migrate.migrations()
    more = migrate.Migration(len(known) + 1, "more", {"tables": b"CREATE TABLE daybook.more (a int)"})
    monkeypatch.setattr(migrate, "migrations", lambda: (*known, more))
    with pytest.raises(Misconfigured, match="daybook init"):
        facts(empty.url)
    set_up(empty)
    assert facts(empty.url).name == "acme"


@pytest.mark.parametrize(
    ("server_said", "hint"), [((130_010, "UTF8"), "14 or later"), ((150_000, "LATIN1"), "UTF8")]
)
def test_an_unfit_server_is_refused(
    empty: Database, monkeypatch: pytest.MonkeyPatch, server_said: tuple[int, str], hint: str
) -> None:
    monkeypatch.setattr(init, "_one", lambda *_: server_said)
    with pytest.raises(Misconfigured, match=hint):
        set_up(empty)


@pytest.fixture
def plain_user(empty: Database) -> Iterator[str]:
    """The URL of a user who owns the database and may create no role."""
    user = unique_name("plain")
    name = on(empty.owner_url, "").partition("//")[2]
    with psycopg.connect(empty.owner_url, autocommit=True) as connection:
        database = connection.info.dbname
        connection.execute(f"CREATE ROLE {user} LOGIN".encode())
        connection.execute(f"ALTER DATABASE {database} OWNER TO {user}".encode())
    yield empty.owner_url.replace(name.partition("@")[0], user, 1)
    with psycopg.connect(empty.owner_url, autocommit=True) as connection:
        connection.execute(f"REASSIGN OWNED BY {user} TO CURRENT_USER".encode())
        connection.execute(f"DROP OWNED BY {user}".encode())
        connection.execute(f"DROP ROLE {user}".encode())


def test_a_user_who_may_not_act_as_the_application_is_told_what_to_ask_for(
    empty: Database, plain_user: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        initialise(plain_user, **ASKED)  # type: ignore[arg-type]
    assert "CREATE ROLE daybook_app; GRANT daybook_app TO plain_" in refused.value.message
    with pytest.raises(Misconfigured, match="GRANT daybook_app TO plain_"):
        connect_as_application(plain_user, Patience())


def test_any_user_who_owns_the_database_and_is_granted_the_role_will_do(
    empty: Database, plain_user: str
) -> None:
    with psycopg.connect(empty.owner_url, autocommit=True) as connection:
        user = plain_user.partition("//")[2].partition("@")[0]
        connection.execute(f"GRANT daybook_app TO {user}".encode())
    made = initialise(plain_user, **ASKED)  # type: ignore[arg-type]
    assert facts(plain_user) == facts(empty.url) == made
    with connect_as_application(plain_user, Patience()) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("daybook_app",)


def test_every_session_waits_for_the_disk_and_speaks_utc(store: Store) -> None:
    with connect_as_application(store.url, Patience()) as connection:
        for name, value in {
            "synchronous_commit": "on",
            "TimeZone": "UTC",
            "application_name": "daybook",
            "idle_in_transaction_session_timeout": "10s",
            "lock_timeout": "1s",
        }.items():
            assert connection.execute("SELECT current_setting(%s)", [name]).fetchone() == (value,)


def test_a_url_may_set_what_we_would_set() -> None:
    given = connections.parameters("postgresql://a@b/c?connect_timeout=1&sslmode=require")
    assert (given["connect_timeout"], given["sslmode"], given["tcp_user_timeout"]) == (
        "1",
        "require",
        "20000",
    )
