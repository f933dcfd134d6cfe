"""Connecting to the ledger's database, and what its errors mean to a caller.

Every session of the application acts as the role `daybook_app`, whoever logged in, and plans by index.
"""

from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import ConnStatus, PipelineStatus, TransactionStatus

from domain.refusals import (
    DatabaseGone,
    IdReused,
    InvalidValue,
    Misconfigured,
    NotInitialised,
    Refused,
    Unavailable,
    VersionConflict,
)
from domain.store.request import Failed
from domain.store.silence import ImpatientConnection
from domain.store.sql import queries

Connection = psycopg.Connection[tuple[Any, ...]]

DEFAULTS: Final = {
    "application_name": "daybook",
    "connect_timeout": "5",
    # A peer that vanished without a word is noticed within some 20 seconds, not after two hours.
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
SETTLED: Final = (TransactionStatus.IDLE, TransactionStatus.INTRANS, TransactionStatus.INERROR)
GRANT_HINT: Final = "A database administrator must run: GRANT daybook_app TO {user};"


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds an append waits: for a lock at a time, a stuck holder, a database gone away.

    `idle` is for how long the server bears a transaction in which nothing is done, and `silence` for how long
    a statement is waited for beyond a lock: a server that is frozen answers nothing, and closes nothing.
    """

    lock: float = 1.0
    stuck: float = 10.0
    away: float = 15.0
    idle: float = 10.0
    silence: float = 60.0


def parameters(url: str) -> dict[str, Any]:
    """Return the connection parameters of a URL, with our defaults where it says nothing."""
    try:
        return {**DEFAULTS, **conninfo_to_dict(url)}
    except psycopg.ProgrammingError as error:
        raise Misconfigured("database_url", hint=_first_line(error)) from None


def connect(url: str, patience: Patience | None = None) -> ImpatientConnection:
    """Connect as whoever the URL names, acting as that user; commits each statement by itself.

    Without `patience`, statements may take as long as they do.
    """
    try:
        connection = ImpatientConnection.connect(**parameters(url), autocommit=True)
    except psycopg.OperationalError as error:
        raise refusal_of(error) from error
    if patience is not None:
        connection.silence_seconds = patience.lock + patience.silence
    return connection


def connect_as_application(url: str, patience: Patience) -> Connection:
    """Connect, and settle the session as one of the application."""
    connection = connect(url, patience)
    try:
        settle(connection, patience)
    except BaseException:
        connection.close()
        raise
    return connection


def settle(connection: psycopg.Connection[Any], patience: Patience) -> None:
    """Make a session one of the application: its role, its settings."""
    sql = queries("connect")
    waits = [f"{int(patience.idle * 1000)}ms", f"{int(patience.lock * 1000)}ms"]
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql["settle"], waits)
            cursor.execute(sql["plan_by_index"])
    except errors.InvalidParameterValue as error:
        raise NotInitialised(hint=_first_line(error)) from error
    except errors.InsufficientPrivilege as error:
        hint = GRANT_HINT.format(user=connection.info.user)
        raise Misconfigured("database_url", hint=hint) from error
    except psycopg.OperationalError as error:
        raise refusal_of(error) from error


def is_lost(connection: psycopg.Connection[Any]) -> bool:
    """Whether the connection can be used no more, or was left where nobody can tell."""
    pgconn = connection.pgconn
    if connection.closed or pgconn.status != ConnStatus.OK or pgconn.pipeline_status != PipelineStatus.OFF:
        # A message that ends a session within a pipeline leaves psycopg in the pipeline, and the status OK.
        return True
    return pgconn.transaction_status not in SETTLED


def refusal_of(error: Exception) -> Refused:
    """Say what an error of the database, or of the program, means to the caller."""
    match error:
        case Refused():
            return error
        case errors.UniqueViolation() if "entries_by_id" in (error.diag.constraint_name or ""):
            return IdReused("id", hint="The id is that of an entry within another command.")
        case errors.UniqueViolation():
            return VersionConflict("version", hint=_first_line(error))
        case errors.UndefinedTable() | errors.InvalidSchemaName():
            return NotInitialised(hint=_first_line(error))
        case errors.InsufficientPrivilege():
            return Misconfigured("database_url", hint=_first_line(error))
        case psycopg.OperationalError() if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
            return DatabaseGone(hint=_first_line(error))
        case psycopg.OperationalError() | errors.ReadOnlySqlTransaction():
            return Unavailable(hint=_first_line(error))
        case psycopg.DataError() | UnicodeError():
            return InvalidValue("", hint=_first_line(error))
        case _:
            return failed(error)


def failed(error: BaseException) -> Failed:
    """Wrap an error that is a defect of the program into a refusal that carries it."""
    refusal = Failed(hint=f"{type(error).__name__}: {_first_line(error)}")
    refusal.__cause__ = error
    return refusal


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
