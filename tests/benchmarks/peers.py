"""The peers that figures are held against: the eventsourcing library's own recorder, and a bare COPY."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from domain.entry import Draft, prepare, splice
from domain.store.init import initialise
from domain.values import moment_text
from tests.benchmarks.harness import now
from tests.postgres import fresh_database, server

COLUMNS: Final = ["int8", "int8", "timestamptz", "int2", "uuid", "text", "text", "bytea", "bytea"]
COPY: Final = (
    "COPY daybook.entries (position, version, recorded_at, shard, id, stream, type, fingerprint, state)"
    " FROM STDIN (FORMAT BINARY)"
)
Row = tuple[Any, ...]

MODULE: Any = import_module("psycopg._pipeline_base")
PIPELINE: Final = MODULE.pipeline_communicate


def _communicate(pgconn: Any, commands: Any) -> Any:  # noqa: ANN401  inside psycopg nothing is typed
    """Send a pipeline's commands to the last byte, then go on as psycopg does.

    psycopg 3.3 starts to wait for answers while bytes are unsent, and so the library hangs now and then at
    1,000 events a call. With this the peer runs as it is meant to.
    """
    results = yield from PIPELINE(pgconn, commands)
    while pgconn.flush():
        yield psycopg.waiting.WAIT_W
    return results


@contextmanager
def library_recorder(pool: int = 20) -> Iterator[PostgresApplicationRecorder]:
    """Make the library's recorder with text ids, in its default and safe mode, on a database of its own."""
    database = fresh_database(server().owner_url, f"peer_{uuid4().hex[:8]}")
    where = conninfo_to_dict(database.owner_url)
    datastore = PostgresDatastore(
        str(where["dbname"]),
        str(where["host"]),
        str(where.get("port", 5432)),
        str(where["user"]),
        "",
        pool_size=pool,
        max_overflow=80,
        originator_id_type="text",
    )
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    MODULE.pipeline_communicate = _communicate
    try:
        yield recorder
    finally:
        MODULE.pipeline_communicate = PIPELINE
        datastore.close()


@contextmanager
def bare_table() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Connect to the ledger's own table in a database of its own, as its owner, past the ledger."""
    database = fresh_database(server().owner_url, f"bare_{uuid4().hex[:8]}")
    initialise(database.owner_url, name="bare", zone="UTC", clock="database", shards=1, distribute=False)
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


def bare_copy(connection: psycopg.Connection[tuple[Any, ...]], rows: Sequence[Row]) -> None:
    """COPY rows that are ready, in one transaction: the least that any append of them could do."""
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types(COLUMNS)
        for row in rows:
            copy.write_row(row)


def ready_rows(drafts: Sequence[Draft], after: int = 0) -> list[Row]:
    """Make the rows that the ledger would write for drafts of new streams: a COPY has only to send them."""
    recorded_at = now()
    stamp = moment_text(recorded_at).encode()
    versions: dict[str, int] = {}
    rows: list[Row] = []
    for position, draft in enumerate(drafts, after + 1):
        version = versions[draft.stream] = versions.get(draft.stream, 0) + 1
        prepared = prepare(draft, draft.event, draft.id)
        state = splice(prepared, stamp, version)
        rows.append(
            (
                position,
                version,
                recorded_at,
                0,
                draft.id,
                draft.stream,
                prepared.type,
                secrets.token_bytes(32),
                state,
            )
        )
    return rows


def stored_events(drafts: Sequence[Draft]) -> list[StoredEvent]:
    """Make the library's stored events of the same bytes, one version a stream after another."""
    return [StoredEvent(row[5], row[1], row[6], row[8]) for row in ready_rows(drafts)]


Work = Callable[[Sequence[Draft]], object]
