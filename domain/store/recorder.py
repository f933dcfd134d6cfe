"""The recorder: one shard behind the eventsourcing library's interface, and our own append beside it."""

import os
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Subscription,
)
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.rows import tuple_row

from domain.refusals import Conflict, Misconfigured, Refused, Unavailable
from domain.store import reads
from domain.store.appender import Options
from domain.store.closing import close_moment
from domain.store.committer import FORKED, Committer
from domain.store.datastore import LedgerDatastore
from domain.store.intake import ThreadCall, weight
from domain.store.notifier import channel
from domain.store.request import Append, Begun, Opaque, OpaqueRow, Outcome, Recorded, Result, outcome
from domain.store.sql import queries
from domain.store.subscription import ShardSubscription

EVENTS_TABLE: Final = "entries"


class ShardRecorder(PostgresApplicationRecorder):
    """Appends to one shard and reads it, for any number of threads and event loops of one process."""

    datastore: LedgerDatastore

    def __init__(
        self,
        datastore: LedgerDatastore,
        *,
        events_table_name: str = EVENTS_TABLE,
        options: Options | None = None,
    ) -> None:
        """Use a datastore of an initialised database; `options` name the shard and the kind of clock."""
        if datastore.enable_db_functions:
            raise Misconfigured(
                "POSTGRES_ENABLE_DB_FUNCTIONS", hint="In this mode the library loses entries."
            )
        super().__init__(datastore, events_table_name=events_table_name)
        self.options = options or Options()
        self.shard = self.options.shard
        self.channel_name = channel(self.shard)
        self._pid = os.getpid()
        self._committer = Committer(datastore.url, self.options)
        # Also at the end of the process: whoever was still waiting gets an answer.
        self._closing = weakref.finalize(self, self._committer.close)

    def append(self, appends: Sequence[Append]) -> list[Outcome]:
        """Have requests recorded, and wait; returns the fate of each, in order. None fails another."""
        return self.begin(appends)()

    def begin(self, appends: Sequence[Append]) -> Begun:
        """Have requests recorded while the caller goes on."""
        calls: list[tuple[Sequence[Append], ThreadCall | Refused]] = []
        for part, weighing in self._parts(appends):
            try:
                calls.append((part, self._committer.queue(part, weighing)))
            except Refused as refusal:
                calls.append((part, refusal))

        def outcomes() -> list[Outcome]:
            told: list[Outcome] = []
            for part, call in calls:
                results = [call] * len(part) if isinstance(call, Refused) else call.wait()
                told += [outcome(*it, self.shard) for it in zip(part, results, strict=True)]
            return told

        return outcomes

    async def append_async(self, appends: Sequence[Append]) -> list[Outcome]:
        """Do the same from an event loop; whoever is cancelled meanwhile cancels nobody else."""
        outcomes: list[Outcome] = []
        for part, weighing in self._parts(appends):
            try:
                results: Sequence[Result] = await self._committer.call_async(part, weighing)
            except Refused as refusal:
                results = [refusal] * len(part)
            outcomes += [outcome(*it, self.shard) for it in zip(part, results, strict=True)]
        return outcomes

    def close_moment(self, known_at: datetime) -> int:
        """Close a moment, so that no later entry can be of it or before it; returns its position."""
        return close_moment(self.datastore, known_at, self.options)

    def check_process(self) -> None:
        """Raise in a child of the process that opened the ledger: connections and locks cannot be shared."""
        if os.getpid() != self._pid:
            raise RuntimeError(FORKED)

    @contextmanager
    def reading(self) -> Iterator[reads.Connection]:
        """Lend a connection for the functions of `domain.store.reads`."""
        self.check_process()
        with self.datastore.get_connection() as connection:
            yield connection

    def close(self) -> None:
        """Record what is queued, answer everybody, and let go of the connection."""
        self._closing()

    def create_table(self) -> None:
        """Do nothing: `daybook init` makes the tables."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: object) -> Sequence[int] | None:
        """Record stored events of the library's own callers: all at the versions they bear, or none.

        Raises IntegrityError where a stream is at another version, and OperationalError where the database
        is gone. A lost connection is never taken for a conflict.
        """
        unknown = [name for name, value in kwargs.items() if value is not None]
        if unknown:
            raise ProgrammingError(f"unknown to this recorder: {', '.join(unknown)}")
        if not stored_events:
            return []
        rows = [
            OpaqueRow(str(it.originator_id), it.originator_version, it.topic, it.state)
            for it in stored_events
        ]
        request = Opaque(uuid4(), rows)
        result = self._committer.queue([request], weight(request)).wait()[0]
        if isinstance(result, Recorded):
            return list(range(result.position, result.position + len(rows)))
        if isinstance(result, Conflict):
            raise IntegrityError(str(result)) from result
        if isinstance(result, Unavailable):
            raise OperationalError(str(result)) from result
        raise ProgrammingError(str(result)) from result

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return a stream's stored events between two versions."""
        query = "stored_events_backwards" if desc else "stored_events"
        asked = [
            self.shard,
            str(originator_id),
            -1 if gt is None else gt,
            reads.NO_BOUND if lte is None else lte,
            limit,
        ]
        return [StoredEvent(originator_id, *row) for row in self._select(query, asked)]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return entries of the log between two positions, of the types `topics` if any are given."""
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        asked: list[object] = [self.shard, after, reads.NO_BOUND if stop is None else stop]
        if topics:
            asked.append(list(topics))
        rows = self._select("notifications_of_types" if topics else "notifications", [*asked, limit])
        as_id = UUID if self.datastore.originator_id_type == "uuid" else str
        return [
            Notification(as_id(stream), version, kind, state, id=position)
            for position, stream, version, kind, state in rows
        ]

    def max_notification_id(self) -> int | None:
        """Return the last position, None where the log is empty."""
        with self.reading() as connection:
            return reads.head(connection, self.shard).size or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Follow the log after a position."""
        return ShardSubscription(self, gt, topics)

    def _select(self, query: str, asked: Sequence[object]) -> list[Any]:
        with self.reading() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            return cursor.execute(queries("reads")[query], asked, prepare=True).fetchall()

    def _parts(self, appends: Sequence[Append]) -> Iterator[tuple[Sequence[Append], int]]:
        """Cut requests into parts that are each committed in one transaction, and weigh them."""
        most = self.options.batch_entries
        start = weighing = 0
        for n, append in enumerate(appends):
            mine = weight(append)
            if weighing and weighing + mine > most:
                yield appends[start:n], weighing
                start, weighing = n, 0
            weighing += mine
        if start < len(appends):
            yield appends[start:], weighing
