"""Keeps a held embedded server running: looks now and then whether it lives, and starts it where it does not.

    with EmbeddedServer(Path("daybook-data")) as server, Keeper(server) as keeper:
        ...

Its connection URL stays the same. Of several processes that hold the server each has a keeper, and whichever
comes first starts it.
"""

import logging
import threading
from types import TracebackType
from typing import Final, Self

from domain.refusals import Refused
from domain.store.launcher import Answer, EmbeddedServer

log = logging.getLogger("daybook.store")

LOOK_SECONDS: Final = 0.5
PAUSE_MOST_SECONDS: Final = 10.0
STARTING: Final = "The embedded PostgreSQL had ended and is being started again."
FAILED: Final = "The embedded PostgreSQL had ended and does not start again (attempts: {failed}); see {log}."


class Keeper:
    """Watches over a server that the caller holds, from a thread of its own, until it is closed.

    A server that was stopped by hand, or whose data folder was removed, is left alone.
    """

    def __init__(self, server: EmbeddedServer) -> None:
        """Take a server that is held for longer than this keeper lives."""
        self._server = server
        self._trouble = ""
        self._started = 0
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keep the server", daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @property
    def trouble(self) -> str:
        """Why the server does not answer, in a sentence; empty where it does, as far as is known."""
        return self._trouble

    def close(self) -> None:
        """Watch no longer; a step that was begun is ended first."""
        self._leaving.set()
        self._thread.join()

    def _run(self) -> None:
        pause = LOOK_SECONDS
        while not self._leaving.wait(pause):
            pause = self._look()

    def _look(self) -> float:
        """Take a step where the server is away; return how many seconds later to look again."""
        try:
            if self._trouble or not self._server.lives:
                self._step()
        except Exception as error:  # noqa: BLE001  whatever it is, it may be over by the next look
            self._started += 1
            self._tell(str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}")
        # The first look after a start comes soon, and those after failed ones ever later.
        return float(min(LOOK_SECONDS * 2 ** max(self._started - 1, 0), PAUSE_MOST_SECONDS))

    def _step(self) -> None:
        answer = self._server.revive()
        if answer in {Answer.READY, Answer.BARE}:
            self._started = 0
            self._tell("")
            return
        self._started += answer is Answer.NONE
        failed = self._started - 1
        self._tell(FAILED.format(failed=failed, log=self._server.log) if failed > 0 else STARTING)

    def _tell(self, trouble: str) -> None:
        """Keep what is to be told, and log it where it is new."""
        before, self._trouble = self._trouble, trouble
        if trouble != before:
            log.warning("%s", trouble or "The embedded PostgreSQL answers again.")
