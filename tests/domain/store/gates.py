"""Holds a committer at a step, so that what comes in meanwhile can be seen to wait."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from domain.store.appender import Options
from domain.store.recorder import ShardRecorder
from tests.database import Store

SECONDS = 60.0


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for a condition that must come true."""
    latest = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < latest, "it never came true"
        time.sleep(0.001)


class Gate:
    """Holds the committer at a step until it is opened."""

    def __init__(self, step: str) -> None:
        self._step = step
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, step: str) -> None:
        if step == self._step:
            self.reached.set()
            assert self.opened.wait(SECONDS)


@contextmanager
def held(store: Store, step: str, **options: object) -> Iterator[tuple[ShardRecorder, Gate]]:
    """Open a recorder whose committer stops at a step."""
    gate = Gate(step)
    with store.open(Options(steps=gate, **options)) as recorder:  # type: ignore[arg-type]
        try:
            yield recorder, gate
        finally:
            gate.opened.set()


def queued(recorder: ShardRecorder) -> int:
    """How many calls wait in the queue."""
    return len(recorder._committer._intake._calls)
