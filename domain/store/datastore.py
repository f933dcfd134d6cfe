"""The eventsourcing library's datastore, made from a URL, with sessions that act as the application."""

from collections.abc import Callable
from typing import Any, Final, Literal

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import dict_row

from domain.store.connections import Patience, parameters, settle

SCHEMA = "daybook"
RECONNECT_SECONDS: Final = 5.0


class LedgerDatastore(PostgresDatastore):
    """A pool of connections for readers; the committers have their own."""

    def __init__(
        self,
        url: str,
        *,
        originator_id_type: Literal["uuid", "text"] = "text",
        pool_size: int = 1,
        max_overflow: int = 20,
        patience: Patience | None = None,
    ) -> None:
        """Connect when the first connection is asked for."""
        self.url = url
        self.patience = patience or Patience()
        super().__init__(
            dbname="",
            host="",
            port="",
            user="",
            password="",
            schema=SCHEMA,
            originator_id_type=originator_id_type,
            pool_size=pool_size,
            max_overflow=max_overflow,
            # Sessions end when the server restarts; a reader should not be the one to find out.
            pre_ping=True,
        )
        # The library knows five parameters of a connection; a URL may have others.
        self.pool.kwargs = {**parameters(url), "row_factory": dict_row}
        # It tries ever more rarely, and would be away for as long again as the server was. Once it has given
        # up, the next reader has it try at once.
        self.pool.reconnect_timeout = RECONNECT_SECONDS

    def after_connect_func(self) -> Callable[[psycopg.Connection[Any]], None]:
        """Settle each new connection of the pool."""
        patience = self.patience

        def after_connect(connection: psycopg.Connection[Any]) -> None:
            connection.autocommit = True
            settle(connection, patience)

        return after_connect
