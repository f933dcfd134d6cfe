"""Tells listeners that a log has grown: after the commit, on another connection, many commits at once."""

import contextlib
import threading
from collections.abc import Callable
from typing import Final

import psycopg
from psycopg import sql

from domain.refusals import Refused
from domain.store.connections import Connection

PAUSE_SECONDS: Final = 0.01
CHANNEL: Final = "daybook_{shard}"


def channel(shard: int) -> str:
    """Return the channel on which the growth of a shard is told. A database holds one ledger."""
    return CHANNEL.format(shard=shard)


class Notifier:
    """Sends NOTIFY when told to, from a thread; what it cannot send is lost, as listeners also look."""

    def __init__(self, connect: Callable[[], Connection], name: str) -> None:
        """Send to the channel `name`, over a connection made when first needed."""
        self._connect = connect
        self._statement = sql.SQL("NOTIFY {}").format(sql.Identifier(name))
        self._connection: Connection | None = None
        self._due = threading.Event()
        self._closed = threading.Event()
        self._told = False
        self._thread = threading.Thread(target=self._run, name=f"notify {name}", daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """Have a message sent soon."""
        self._told = True
        self._due.set()

    def close(self) -> None:
        """Send what is due, and stop."""
        self._closed.set()
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while self._told or not self._closed.is_set():
            self._due.wait()
            self._due.clear()
            if self._told:
                self._told = False
                self._send()
            # The database serialises messages at their commit, and each costs the committer's thread a turn.
            self._closed.wait(PAUSE_SECONDS)
        if self._connection is not None:
            self._connection.close()

    def _send(self) -> None:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.execute(self._statement)
        except (psycopg.Error, Refused):
            with contextlib.suppress(psycopg.Error):
                if self._connection is not None:
                    self._connection.close()
            self._connection = None
