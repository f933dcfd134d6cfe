"""Locking a shard's head from outside the committer: waiting one's turn, and ending a holder who is stuck."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
from psycopg import errors

from domain.refusals import Busy
from domain.store.appender import LOCK_HINT
from domain.store.connections import Patience, connect, refusal_of
from domain.store.datastore import LedgerDatastore
from domain.store.holder import HolderWatch
from domain.store.reads import Connection

T = TypeVar("T")


def with_head(
    datastore: LedgerDatastore, shard: int, patience: Patience, work: Callable[[Connection], T]
) -> T:
    """Do work that locks a shard's head, as often as it takes to get the lock; Busy after too long."""
    holder = HolderWatch(lambda: connect(datastore.url, patience), shard, patience)
    until = time.monotonic() + patience.away + patience.stuck
    while True:
        try:
            with datastore.get_connection() as connection:
                return _do(connection, work)
        except LockedError as error:
            if time.monotonic() > until:
                raise Busy(hint=LOCK_HINT.format(shard=shard)) from error
            holder.look()


class LockedError(Exception):
    """Somebody else held the head for longer than one wait."""


def _do(connection: Connection, work: Callable[[Connection], T]) -> T:
    try:
        return work(connection)
    except errors.LockNotAvailable as error:
        raise LockedError from error
    except psycopg.Error as error:
        raise refusal_of(error) from error
