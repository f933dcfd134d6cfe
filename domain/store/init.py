"""Setting a ledger up in a database, once and for ever, and reading what it was set up as."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, cast, get_args
from zoneinfo import ZoneInfo

import psycopg
from psycopg import errors

from domain.refusals import Misconfigured, NotInitialised
from domain.store import migrate
from domain.store.backfill import backfill_trees
from domain.store.connections import Connection, connect, refusal_of
from domain.store.sql import queries

Clock = Literal["database", "simulated"]
SERVER_OLDEST: Final = 140_000
SHARDS_MAX: Final = 1024
NAME_MAX: Final = 200
ROLE_HINT: Final = "A database administrator must run: CREATE ROLE daybook_app; GRANT daybook_app TO {user};"
OWNER_HINT: Final = "Run it as a user who may create a schema in this database; {user} may not."


class NewLedger(NamedTuple):
    """What a new ledger is set up as, unless told otherwise."""

    name: str = "daybook"
    zone: str = "UTC"
    clock: Clock = "database"
    shards: int = 1


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """What a ledger was set up as: name, time zone, clock, number of shards; never changed afterwards."""

    name: str
    zone: str
    clock: Clock
    shards: int
    created_at: datetime
    fingerprint_key: bytes = field(repr=False)

    @property
    def simulated(self) -> bool:
        """Whether the writer sets `recorded_at`."""
        return self.clock == "simulated"


def initialise(
    url: str,
    *,
    name: str | None = None,
    zone: str | None = None,
    clock: Clock | None = None,
    shards: int | None = None,
    distribute: bool = False,
) -> LedgerFacts:
    """Set the ledger up; where it stands, bring its schema up to date and refuse other settings.

    A setting left out is as it stands, and in a new ledger: daybook, UTC, the database's clock, one shard.
    """
    asked: dict[str, Any] = {"name": name, "zone": zone, "clock": clock, "shards": shards}
    chosen = NewLedger(**{setting: value for setting, value in asked.items() if value is not None})
    _check(*chosen)
    with as_owner(url) as connection:
        if not stands(connection):
            _create(connection, chosen, distribute=distribute)
        migrate.migrate(connection)
        backfill_trees(connection)
        facts = read_facts(connection)
        for setting, value in asked.items():
            found = getattr(facts, setting)
            if value is not None and found != value:
                hint = f"The ledger stands already, with {setting} {found}, for ever."
                raise Misconfigured(setting, value, hint)
        if distribute and not migrate.is_distributed(connection):
            raise Misconfigured("distribute", hint="The ledger stands already, in tables on one node.")
    return facts


@contextmanager
def as_owner(url: str) -> Iterator[Connection]:
    """Lend a connection of the owner, on a server that will do, who may act as the application.

    What the owner may not do is refused with what to ask for.
    """
    with connect(url) as connection:
        _check_server(connection)
        try:
            _ensure_role(connection)
            yield connection
        except errors.InsufficientPrivilege as error:
            hint = OWNER_HINT.format(user=connection.info.user)
            raise Misconfigured("database_url", hint=f"{hint} PostgreSQL says: {error}") from error


def stands(connection: Connection) -> bool:
    """Whether there is a ledger in the database."""
    return bool(_one(connection, "has_ledger")[0])


def read_facts(connection: Connection) -> LedgerFacts:
    """Read what the ledger was set up as; refuses where there is none, and one made by a newer Daybook."""
    try:
        row = connection.execute(queries("init")["facts"]).fetchone()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise NotInitialised from None
    except psycopg.Error as error:
        raise refusal_of(error) from error
    if row is None:
        raise NotInitialised
    *facts, version = row
    if version > migrate.newest():
        raise migrate.too_new(version)
    if version < migrate.newest():
        raise Misconfigured(
            "schema", version, "The ledger's schema is older than this Daybook: run `daybook init`."
        )
    return LedgerFacts(*facts)


def _check(name: str, zone: str, clock: str, shards: int) -> None:
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise Misconfigured("name", name, f"A ledger's name has 1 to {NAME_MAX} printable characters.")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise Misconfigured("zone", zone, "Name a time zone such as Asia/Shanghai.") from None
    if clock not in get_args(Clock):
        raise Misconfigured("clock", clock, "The clock is `database` or `simulated`.")
    if not 1 <= shards <= SHARDS_MAX:
        raise Misconfigured("shards", shards, f"A ledger has 1 to {SHARDS_MAX} shards.")


def _check_server(connection: Connection) -> None:
    version, encoding = _one(connection, "server")
    if cast("int", version) < SERVER_OLDEST:
        raise Misconfigured(
            "database_url", connection.info.server_version, "PostgreSQL 14 or later is needed."
        )
    if encoding != "UTF8":
        raise Misconfigured("database_url", encoding, "The database's encoding must be UTF8.")


def _ensure_role(connection: Connection) -> None:
    """Make the application's role where that is allowed, and see to it that this user may act as it."""
    sql = queries("init")
    member, exists = _one(connection, "has_role")
    try:
        if not exists:
            # The init of another database of the same server may be faster.
            with suppress(errors.DuplicateObject, errors.UniqueViolation):
                connection.execute(sql["create_role"])
        if not member:
            connection.execute(sql["join_role"])
    except errors.InsufficientPrivilege as error:
        hint = ROLE_HINT.format(user=connection.info.user)
        raise Misconfigured("database_url", connection.info.user, hint) from error


def _create(connection: Connection, facts: NewLedger, *, distribute: bool) -> None:
    sql = queries("init")
    with connection.transaction():
        connection.execute(sql["lock"])
        if stands(connection):
            return  # another process was faster; what it chose is compared afterwards
        if distribute and not _one(connection, "has_citus")[0]:
            raise Misconfigured("distribute", hint="This server does not offer the Citus extension.")
        migrate.create(connection, distribute=distribute)
        connection.execute(sql["insert_ledger"], facts)
        connection.execute(sql["insert_secret"], [secrets.token_bytes(32)])
        with connection.cursor() as cursor:
            cursor.executemany(sql["insert_head"], [(shard,) for shard in range(facts.shards)])


def _one(connection: Connection, query: str) -> tuple[object, ...]:
    row = connection.execute(queries("init")[query]).fetchone()
    assert row is not None
    return row
