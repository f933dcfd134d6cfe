"""Frees a shard whose head is held by a session that does nothing: a frozen process, an open transaction."""

import contextlib
import logging
import time
from collections.abc import Callable

import psycopg

from domain.refusals import Refused
from domain.store.connections import Connection, Patience
from domain.store.sql import queries

log = logging.getLogger("daybook.store")


class HolderWatch:
    """Sees who holds a shard's head, and ends a holder that has waited for its client for too long.

    It is stuck if at every look of the whole patience it waited for its client, and in between did nothing:
    no statement began or ended, no bytes of a COPY came in. A holder is known by its process and transaction,
    so that writers who take turns are never taken for one. One that works, however slowly, is left alone.
    A client that does not read what it is sent is taken for stuck, as nobody can see how much it has read.
    """

    def __init__(self, connect: Callable[[], Connection], shard: int, patience: Patience) -> None:
        """Use connections that act as whoever logged in: they see and end more than the application."""
        self._connect = connect
        self._shard = shard
        self._patience = patience
        self._seen: tuple[int, str] | None = None
        self._since = 0.0

    def look(self) -> None:
        """To be called each time that a wait for the lock has ended in vain."""
        with contextlib.suppress(psycopg.Error, Refused), self._connect() as connection:
            row = connection.execute(queries("append")["holder"], [self._shard]).fetchone()
            if row is None:
                self.forget()
                return
            pid, progress, waits_for_client = row
            now = time.monotonic()
            if not waits_for_client or (pid, progress) != self._seen:
                self._seen, self._since = (pid, progress), now
            elif now - self._since >= self._patience.stuck:
                connection.execute(queries("append")["terminate"], [pid])
                log.warning(
                    "session %d held the head of shard %d for too long and is ended", pid, self._shard
                )
                self.forget()

    def forget(self) -> None:
        """To be called when the lock was had."""
        self._seen = None
