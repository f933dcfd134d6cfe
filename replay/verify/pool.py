"""Work shared out among processes, its outcomes taken in order; memory stays flat.

Processes are spawned, not forked: threads and connections of this one do not come along.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Final

import psycopg

from domain.store.connections import refusal_of
from replay.verify.order import Order, Ordered, verify_order
from replay.verify.ranges import Outcome, Range, verify_range
from replay.verify.reading import Reader

AHEAD: Final = 3
"""How many pieces of work a process has before it, so that none waits for the slowest."""

Work = Range | Order
Done = Outcome | Ordered
Perform = Callable[[Iterable[Work]], Iterator[Done]]

_readers: Final[list[Reader]] = []
_open: Final = ExitStack()


@contextmanager
def performers(url: str, jobs: int) -> Iterator[Perform]:
    """Lend what performs work, here or in so many processes; ranges come in order."""
    if jobs == 1:
        with Reader.open(url) as reader:
            yield lambda works: (_perform(reader, work) for work in works)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(url,))
    try:
        yield lambda works: _in_order(pool, works, jobs * AHEAD)
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(pool: ProcessPoolExecutor, works: Iterable[Work], ahead: int) -> Iterator[Done]:
    waiting: deque[Future[Done]] = deque()
    aside: list[Future[Done]] = []
    for work in works:
        future = pool.submit(_perform_here, work)
        if isinstance(work, Order):
            aside.append(future)
            continue
        waiting.append(future)
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    for future in (*waiting, *aside):
        yield future.result()


def _begin(url: str) -> None:
    """Connect, once in each process; Ctrl-C is for the first process to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _readers.append(_open.enter_context(Reader.open(url)))


def _perform_here(work: Work) -> Done:
    return _perform(_readers[0], work)


def _perform(reader: Reader, work: Work) -> Done:
    try:
        return verify_order(reader, work) if isinstance(work, Order) else verify_range(reader, work)
    except psycopg.Error as error:
        raise refusal_of(error) from None
