"""A subscription that misses nothing: told of growth by NOTIFY, it also looks by itself now and then."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from eventsourcing.persistence import InterfaceError, OperationalError
from eventsourcing.postgres import PostgresSubscription
from psycopg import sql

if TYPE_CHECKING:
    from domain.store.recorder import ShardRecorder

log = logging.getLogger("daybook.store")

POLL_SECONDS: Final = 1.0
LISTEN_SECONDS: Final = 0.1
RETRY_SECONDS: Final = 0.2


class ShardSubscription(PostgresSubscription):
    """Yields the entries of one shard after a position, in order, each once.

    A message that was lost costs a second, and a lost connection to listen on is made anew; the library's
    own subscription would wait for ever in the first case, and end in the second.
    """

    def __init__(
        self,
        recorder: "ShardRecorder",
        gt: int | None = None,
        topics: Sequence[str] = (),
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        """Begin after position `gt`, with entries of the types `topics` if any are given."""
        self._poll_seconds = poll_seconds
        self._shard_recorder = recorder
        super().__init__(recorder=recorder, gt=gt, topics=topics)

    def _loop_on_pull(self) -> None:
        try:
            while not self._has_been_stopped:
                self._survive(self._pull)
                self._has_been_notified.wait(self._poll_seconds)
        except BaseException as error:  # noqa: BLE001  raised again where the subscription is read
            if self._thread_error is None:
                self._thread_error = error
            self.stop()

    def _pull(self) -> None:
        """Read what is new; where only some types are asked for, remember how far was searched in vain."""
        self._has_been_notified.clear()
        size = self._shard_recorder.max_notification_id() or 0
        if size > (self._last_notification_id or 0):
            super()._pull()
            if self._topics and not self._has_been_stopped:
                self._last_notification_id = max(size, self._last_notification_id or 0)

    def _listen(self) -> None:
        try:
            while not self._has_been_stopped:
                self._survive(self._listen_on_one_connection)
        except BaseException as error:  # noqa: BLE001  as above
            if self._thread_error is None:
                self._thread_error = error
            self.stop()

    def _listen_on_one_connection(self) -> None:
        listen = sql.SQL("LISTEN {}").format(sql.Identifier(self._recorder.channel_name))
        with self._recorder.datastore.get_connection() as connection:
            connection.execute(listen)
            self._has_been_notified.set()  # by what came while nobody listened
            while not self._has_been_stopped:
                for _ in connection.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                    self._has_been_notified.set()
            connection.execute("UNLISTEN *")

    def _survive(self, part: Callable[[], None]) -> None:
        """Do it, and let a database that is away for a while come back; but not a pool that was closed."""
        try:
            part()
        except (InterfaceError, OperationalError) as error:
            if self._recorder.datastore.pool.closed:
                raise
            log.warning("a subscription waits for the database: %s", error)
            time.sleep(RETRY_SECONDS)
