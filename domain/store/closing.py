"""Closing a moment: raising a shard's clock past it, so that what was known then can never change."""

import time
from datetime import datetime

import psycopg
from psycopg import errors

from domain.refusals import Busy, TimeInFuture
from domain.store import reads
from domain.store.appender import LOCK_HINT, Options
from domain.store.connections import connect, refusal_of
from domain.store.datastore import LedgerDatastore
from domain.store.holder import HolderWatch
from domain.store.sql import queries


def close_moment(datastore: LedgerDatastore, known_at: datetime, options: Options) -> int:
    """Close a moment on a shard and return its position; a moment in the future of the clock is refused.

    A simulated clock is where its writer sets it: closing a moment moves it there.
    """
    shard, patience = options.shard, options.patience
    holder = HolderWatch(lambda: connect(datastore.url), shard, patience)
    until = time.monotonic() + patience.away + patience.stuck
    while True:
        try:
            with datastore.get_connection() as connection:
                return _close(connection, known_at, options)
        except LockedError as error:
            if time.monotonic() > until:
                raise Busy(hint=LOCK_HINT.format(shard=shard)) from error
            holder.look()


class LockedError(Exception):
    """Somebody else held the head for longer than one wait."""


def _close(connection: reads.Connection, known_at: datetime, options: Options) -> int:
    asked = {"known_at": known_at, "shard": options.shard, "ahead": options.simulated}
    if not reads.position_at(connection, options.shard, known_at).closed:
        try:
            connection.execute(queries("append")["close"], asked, prepare=True)
        except errors.LockNotAvailable as error:
            raise LockedError from error
        except psycopg.Error as error:
            raise refusal_of(error) from error
    cut = reads.position_at(connection, options.shard, known_at)
    if not cut.closed:
        raise TimeInFuture("known_at", known_at.isoformat(), "Leave it out to ask for what is known now.")
    return cut.position
