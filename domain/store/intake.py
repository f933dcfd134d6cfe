"""The bounded queue between callers, in threads and in event loops, and the one thread that commits."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from domain.refusals import Busy, Unavailable
from domain.store.request import Append, Request, Result

Results = Sequence[Result]
LINGER_SECONDS: Final = 0.003
CLOSED_HINT: Final = "This ledger was closed."
FULL_HINT: Final = "The queue of entries is full."

ENTRY_BYTES: Final = 1_000
"""Entries count once more for each so many bytes: what is bounded by entries is bounded by bytes as well."""


class Call:
    """One caller's requests, on their way in and back, and their weight in the queue."""

    __slots__ = ("abandoned", "begun", "requests", "results", "weight")

    def __init__(self, requests: Sequence[Request], weight: int) -> None:
        """Take requests that go into one transaction."""
        self.requests = requests
        self.weight = weight
        self.begun = time.monotonic()
        self.abandoned = False
        self.results: Results = ()


class ThreadCall(Call):
    """A call whose caller waits in a thread."""

    __slots__ = ("_answered",)

    def __init__(self, requests: Sequence[Request], weight: int) -> None:
        """Prepare the answer's signal: a bare lock, the cheapest thing that a thread can wait for."""
        super().__init__(requests, weight)
        self._answered = threading.Lock()
        self._answered.acquire()

    def answer(self, results: Results) -> None:
        """Wake the caller, wherever it is by now."""
        self.results = results
        self._answered.release()

    def wait(self) -> Results:
        """Wait for the answer; an interrupted wait leaves the rest to the committer."""
        try:
            self._answered.acquire()
        except BaseException:
            self.abandoned = True
            raise
        return self.results


class LoopCall(Call):
    """A call whose caller awaits in an event loop."""

    __slots__ = ("future", "loop")

    def __init__(self, requests: Sequence[Request], weight: int) -> None:
        """Prepare a future of the running loop."""
        super().__init__(requests, weight)
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[None] = self.loop.create_future()

    async def wait(self) -> Results:
        """Await the answer; a cancelled await leaves the rest to the committer."""
        try:
            await self.future
        except BaseException:
            self.abandoned = True
            raise
        return self.results


AnyCall = ThreadCall | LoopCall


def weight(request: Request) -> int:
    """Return how many entries a request counts for: more where they are large; at least one, as a lookup."""
    size = 0
    if isinstance(request, Append):
        count = len(request.entries)
        for entry in request.entries:
            size += len(entry.before) + len(entry.between)
    else:
        count = len(request.rows)
        for row in request.rows:
            size += len(row.state)
    return (count or 1) + size // ENTRY_BYTES


def answer_all(calls: Sequence[AnyCall], results: Sequence[Results]) -> None:
    """Answer each call: threads one by one, an event loop with a single wake-up for all its callers."""
    loops: dict[asyncio.AbstractEventLoop, list[LoopCall]] = {}
    for call, mine in zip(calls, results, strict=True):
        if isinstance(call, ThreadCall):
            call.answer(mine)
        else:
            call.results = mine
            loops.setdefault(call.loop, []).append(call)
    for loop, answered in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve, answered)
        except RuntimeError:  # the loop was closed, and its callers with it
            continue


def _resolve(calls: list[LoopCall]) -> None:
    for call in calls:
        if not call.future.done():
            call.future.set_result(None)


class Intake:
    """Calls in the order of arrival, bounded by their weight."""

    def __init__(self, bound: int) -> None:
        """Take calls until so much waits; one call alone may exceed it."""
        self._bound = bound
        self._calls: deque[AnyCall] = deque()
        self._weight = 0
        self._closed = False
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._room = threading.Condition(self._lock)
        self._awaited = 0
        self._together = 1
        self._crowded = 0
        self._awaiting_room: list[asyncio.Future[None]] = []

    def put(self, call: ThreadCall, seconds: float) -> None:
        """Queue a call, waiting for room so long at most."""
        with self._lock:
            if not self._fits(call):
                self._crowded += 1
                try:
                    roomy = self._room.wait_for(lambda: self._fits(call), seconds)
                finally:
                    self._crowded -= 1
                if not roomy:
                    raise Busy(hint=FULL_HINT)
            self._add(call)

    async def put_async(self, call: LoopCall, seconds: float) -> None:
        """Do the same without blocking the loop."""
        latest = time.monotonic() + seconds
        while True:
            with self._lock:
                if self._fits(call):
                    self._add(call)
                    return
                room = call.loop.create_future()
                self._awaiting_room.append(room)
            try:
                await asyncio.wait_for(room, latest - time.monotonic())
            except TimeoutError:
                raise Busy(hint=FULL_HINT) from None

    def take(self, most: int) -> list[AnyCall]:
        """Wait for calls and return as many as weigh so much, one at least; none once closed and empty."""
        with self._lock:
            self._wait_for(self._together)
            taken: list[AnyCall] = []
            weight = 0
            while self._calls and (not taken or weight + self._calls[0].weight <= most):
                call = self._calls.popleft()
                taken.append(call)
                weight += call.weight
            self._weight -= weight
            self._together = len(taken)
            if self._crowded:
                self._room.notify_all()
            self._wake_loops()
        return taken

    def close(self) -> None:
        """Take no more calls."""
        with self._lock:
            self._closed = True
            self._arrived.notify_all()
            self._room.notify_all()
            self._wake_loops()

    def _wait_for(self, calls: int) -> None:
        """Wait for a call; and, a moment longer, for as many as came together the last time.

        Whoever was answered just now is likely to come back at once. Starting without them would make two
        transactions of one, and have the committer fight them for the interpreter.
        """
        if calls > 1 and len(self._calls) < calls and not self._closed:
            self._awaited = calls
            self._arrived.wait(LINGER_SECONDS)
        while not self._calls and not self._closed:
            self._awaited = 1
            self._arrived.wait()
        self._awaited = 0

    def _wake_loops(self) -> None:
        waiting, self._awaiting_room = self._awaiting_room, []
        for room in waiting:
            try:
                room.get_loop().call_soon_threadsafe(_let_in, room)
            except RuntimeError:  # the loop was closed
                continue

    def _fits(self, call: Call) -> bool:
        if self._closed:
            raise Unavailable(hint=CLOSED_HINT)
        return not self._weight or self._weight + call.weight <= self._bound

    def _add(self, call: AnyCall) -> None:
        self._calls.append(call)
        self._weight += call.weight
        if self._awaited and len(self._calls) >= self._awaited:
            self._awaited = 0
            self._arrived.notify()


def _let_in(room: asyncio.Future[None]) -> None:
    if not room.done():
        room.set_result(None)
