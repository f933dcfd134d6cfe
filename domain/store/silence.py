"""A connection that does not wait for ever for a server that stopped, or whose disk did.

Keepalives do not tell: the system answers them for a process that is frozen.
"""

import math
import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

R = TypeVar("R")


class ImpatientConnection(psycopg.Connection[tuple[Any, ...]]):
    """Closes, and raises `OperationalError`, where a statement waited for `silence_seconds` in vain.

    What counts is the time in which nothing came from the server, and nothing sent to it went out. At first
    that may be any.
    """

    silence_seconds: float = math.inf

    def wait(self, gen: PQGen[R], *args: Any, **kwargs: Any) -> R:  # noqa: ANN401  whatever the library takes
        """Run one operation, as the library does for every one of them."""
        return super().wait(self._while_heard(gen), *args, **kwargs)

    def _while_heard(self, gen: PQGen[R]) -> PQGen[R]:
        """Pass on what an operation waits for; the library looks in some ten times a second with nothing."""
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard >= self.silence_seconds:
                    self.close()
                    raise psycopg.OperationalError(f"the server said nothing for {self.silence_seconds:g} s")
                wanted = gen.send(ready)
        except StopIteration as done:
            result: R = done.value
            return result
