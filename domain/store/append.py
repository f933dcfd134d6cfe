"""The append: one transaction for a batch of requests, in the five steps that the design fixes.

1. Lock the shard's head. 2. Look up ids: what was recorded before gets its first receipt. 3. Compare
versions; decide again what was decided on an older one. 4. Number, stamp, splice. 5. COPY, move the head,
commit. The shard's tree grows with what is copied.

Steps 1 to 3 take one round trip, unless streams have to be loaded for a new decision.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import psycopg

from domain.store.batch import NEXT_IDS, Batch, Found, Key
from domain.store.clock import Clock
from domain.store.connections import Connection
from domain.store.lookups import Lookups
from domain.store.packing import TextArray, accept_packed, text_array, uuid_array
from domain.store.request import Request, Result
from domain.store.sealing import Sealing
from domain.store.sql import queries

Steps = Callable[[str], None]
"""Called with the name of each step as it is reached; tests stop, break or kill there."""

ROW_TYPES: Final = ("int8", "int8", "timestamptz", "int2", "uuid", "text", "text", "bytea", "bytea")

SLICE: Final = 250
"""How many requests are decided at once, while the database is busy with those before them."""

PIPELINED_BYTES_MAX: Final = 16_000
"""How much is asked for within a pipeline. A server that waits for the lock does not read, and psycopg stops
sending when it starts to wait for answers (compare its issue 685): what is larger than the buffers in between
would hang there for ever."""


class NotAllCopiedError(Exception):
    """The database took fewer rows than it was given, or did not commit them."""


class Session:
    """One connection's appends to one shard."""

    def __init__(
        self, connect: Callable[[], Connection], shard: int, *, simulated: bool, steps: Steps | None
    ) -> None:
        """Connect, as the application, each statement committing by itself."""
        self.connection = connection = connect()
        self.lookups = Lookups(connection, shard, connect)
        self.commit_sent = False
        self.results: list[Result] = []
        self._sealing = Sealing(connection, shard)
        self._shard = shard
        self._simulated = simulated
        self._step = steps or _no_step
        self._sql = queries("append")
        accept_packed(connection)
        self._cursors = [connection.cursor(binary=True) for _ in range(4)]

    def append(self, requests: Sequence[Request]) -> list[Result]:
        """Record a batch; after an error, `commit_sent` says whether it may have gone through."""
        self.commit_sent = False
        batch = self._open(requests)
        self._step("locked")
        batch.prefetch(requests)
        self.results = batch.decide(requests[:SLICE])
        self._step("decided")
        if batch.rows or len(requests) > SLICE:
            self._copy(batch, requests[SLICE:])
            self._step("copied")
            self._index(batch)
        if batch.rows:
            self._commit(batch)
        else:
            self._cursors[0].execute(self._sql["commit"])
        self._step("committed")
        return self.results

    def close(self) -> None:
        """Let go of the connections."""
        self.lookups.close()
        with suppress(psycopg.Error):
            self.connection.close()

    def roll_back(self) -> None:
        """Leave a transaction that failed."""
        self.connection.execute(self._sql["roll_back"])

    def _open(self, requests: Sequence[Request]) -> Batch:
        """Steps 1 and 2, and the versions for step 3: in one round trip where they are few."""
        asked: list[Key] = [(it.stream, it.id) for it in requests]
        sql, shard = self._sql, self._shard
        lock, clock, ids, versions = self._cursors
        streams = _all_streams(requests)
        commands = self._commands(asked)
        few = len(streams) + len(commands["ids"]) + len(commands["streams"]) <= PIPELINED_BYTES_MAX
        with self.connection.pipeline() as pipeline:
            lock.execute(sql["begin"], prepare=True)
            lock.execute(sql["lock_head"], [shard], prepare=True)
            clock.execute(sql["clock"], prepare=True)
            if few:
                versions.execute(sql["find_versions"], [streams, shard], prepare=True)
                ids.execute(sql["find_ids"], commands, prepare=True)
            pipeline.sync()
            size, head_recorded_at, peaks, erasures = _only(lock)
            now: datetime = _only(clock)[0]
        if not few:
            versions.execute(sql["find_versions"], [streams, shard], prepare=True)
        known: dict[str, int] = dict(versions.fetchall())
        if not few:
            # A command is looked for in its own stream, so not in one that has no entries.
            asked = [key for key in asked if key[0] in known]
        if not few and asked:
            ids.execute(sql["find_ids"], self._commands(asked), prepare=True)
        found = {asked[number - 1]: Found(*rest) for number, *rest in ids} if asked else {}
        self._sealing.start(size, peaks)
        at = Clock(head_recorded_at, now, simulated=self._simulated)
        batch = Batch(shard, size, at, self.lookups, erasures)
        batch.know(found, known)
        return batch

    def _commands(self, keys: list[Key]) -> dict[str, Any]:
        streams = text_array([stream for stream, _ in keys])
        ids = uuid_array([command_id for _, command_id in keys])
        return {"streams": streams, "ids": ids, "shard": self._shard, "next": NEXT_IDS}

    def _copy(self, batch: Batch, rest: Sequence[Request]) -> None:
        """Send what was decided, and decide the rest while the database is busy with that."""
        cursor, rows, sent = self._cursors[0], batch.rows, 0
        self.lookups.copying = True
        try:
            with cursor.copy(self._sql["copy_entries"]) as copy:
                copy.set_types(ROW_TYPES)
                write = copy.write_row
                for start in range(0, len(rest) + SLICE, SLICE):
                    ready = rows[sent:]
                    for row in ready:
                        write(row)
                    self._sealing.add([row[8] for row in ready])
                    sent = len(rows)
                    self.results += batch.decide(rest[start : start + SLICE])
                self._step("copying")
        finally:
            self.lookups.copying = False
        if cursor.rowcount != len(rows):
            raise NotAllCopiedError(f"{len(rows)} rows were sent, {cursor.rowcount} were taken")

    def _index(self, batch: Batch) -> None:
        """Enter the streams into the index by which they are searched."""
        if batch.index:
            tokens, subjects, streams = zip(*batch.index, strict=True)
            asked = [self._shard, list(tokens), text_array(subjects), text_array(streams)]
            self._cursors[0].execute(self._sql["add_tokens"], asked, prepare=True)

    def _commit(self, batch: Batch) -> None:
        move, commit, *_ = self._cursors
        frontier = self._sealing.grow()
        with self.connection.pipeline() as pipeline:
            peaks, root = frontier.to_bytes(), frontier.root()
            head = [frontier.size, batch.clock.last, peaks, root, self._shard]
            move.execute(self._sql["move_head"], head, prepare=True)
            self._step("committing")
            self.commit_sent = True
            commit.execute(self._sql["commit"], prepare=True)
            pipeline.sync()
        if move.rowcount != 1 or commit.statusmessage != "COMMIT":
            raise NotAllCopiedError(
                f"the head moved {move.rowcount} times; commit said {commit.statusmessage}"
            )
        self._sealing.committed()


def _all_streams(requests: Sequence[Request]) -> TextArray:
    return text_array(list({stream for request in requests for stream in request.streams}))


def _only(cursor: psycopg.Cursor[tuple[Any, ...]]) -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None, "the shard has no head: the ledger was damaged"
    return row


def _no_step(_: str) -> None:
    return None
