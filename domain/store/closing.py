"""Closing a moment: raising a shard's clock past it, so that what was known then can never change."""

from datetime import datetime

from domain.refusals import TimeInFuture
from domain.store import reads
from domain.store.appender import Options
from domain.store.datastore import LedgerDatastore
from domain.store.heads import with_head
from domain.store.sql import queries


def close_moment(datastore: LedgerDatastore, known_at: datetime, options: Options) -> int:
    """Close a moment on a shard and return its position; a moment in the future of the clock is refused.

    A simulated clock is where its writer sets it: closing a moment moves it there.
    """

    def close(connection: reads.Connection) -> int:
        return _close(connection, known_at, options)

    return with_head(datastore, options.shard, options.patience, close)


def _close(connection: reads.Connection, known_at: datetime, options: Options) -> int:
    asked = {"known_at": known_at, "shard": options.shard, "ahead": options.simulated}
    if not reads.position_at(connection, options.shard, known_at).closed:
        connection.execute(queries("append")["close"], asked, prepare=True)
    cut = reads.position_at(connection, options.shard, known_at)
    if not cut.closed:
        raise TimeInFuture("known_at", known_at.isoformat(), "Leave it out to ask for what is known now.")
    return cut.position
