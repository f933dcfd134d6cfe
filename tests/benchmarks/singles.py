"""Appending one entry a call, from many callers at once, against the library's recorder."""

import asyncio
import gc
from collections.abc import Callable
from time import perf_counter
from typing import Final
from uuid import uuid4

from domain.entry import Draft
from domain.ledger import Ledger
from tests.benchmarks.harness import (
    check,
    fresh_ledger,
    in_threads,
    line,
    middle,
    now,
    payment,
    percentile,
    timed,
)
from tests.benchmarks.peers import library_recorder, stored_events

ROUNDS: Final = 5
CALLERS: Final = 64
CALLS_EACH: Final = 100
LIBRARY_CALLS_EACH: Final = 15
DUPLICATE_EVERY: Final = 10

Measure = Callable[[], tuple[float, list[float]]]


def run() -> None:
    """Print calls a second and latencies, and the ratios of each round's figures."""
    measures: dict[str, Measure] = {
        "library": _library,
        "threads": _threads,
        "asyncio": lambda: _in_loop(_callers()),
        "duplicates": lambda: _in_loop(_with_duplicates(_callers())),
    }
    rates: dict[str, list[float]] = {name: [] for name in measures}
    latencies: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            gc.collect()
            gc.freeze()
            rate, taken = measure()
            gc.unfreeze()
            rates[name].append(rate)
            latencies[name] += taken
    _print_against_library("64 threads", "threads", rates, latencies, 6)
    _print_against_library("64 asyncio callers", "asyncio", rates, latencies, 10)
    line(
        "append: one entry a call, 64 asyncio callers, every tenth call a duplicate",
        calls_a_second=middle(rates["duplicates"]),
        p99_ms=percentile(latencies["duplicates"], 0.99),
        ratio_to_none=middle(a / b for a, b in zip(rates["duplicates"], rates["asyncio"], strict=True)),
        target="at least 0.8 of the figure without duplicates",
    )


def _print_against_library(
    title: str, name: str, rates: dict[str, list[float]], latencies: dict[str, list[float]], times: int
) -> None:
    line(
        f"append: one entry a call, {title}",
        calls_a_second=middle(rates[name]),
        p50_ms=percentile(latencies[name], 0.5),
        p99_ms=percentile(latencies[name], 0.99),
        library=middle(rates["library"]),
        library_p99_ms=percentile(latencies["library"], 0.99),
        ratio_to_library=middle(a / b for a, b in zip(rates[name], rates["library"], strict=True)),
        target=f"at least {times} times the library, p99 under 50 ms",
    )


def _callers(calls_each: int = CALLS_EACH) -> list[list[Draft]]:
    at = now()
    return [[payment(uuid4().hex, at) for _ in range(calls_each)] for _ in range(CALLERS)]


def _with_duplicates(callers: list[list[Draft]]) -> list[list[Draft]]:
    """Let each tenth call of a caller repeat the one before it."""
    for drafts in callers:
        for index in range(DUPLICATE_EVERY - 1, len(drafts), DUPLICATE_EVERY):
            drafts[index] = drafts[index - 1]
    return callers


def _library() -> tuple[float, list[float]]:
    stored = [[stored_events([draft]) for draft in drafts] for drafts in _callers(LIBRARY_CALLS_EACH)]
    with library_recorder(pool=CALLERS) as recorder:

        def caller(k: int) -> list[float]:
            return [timed(recorder.insert_events, events) for events in stored[k]]

        taken, latencies = in_threads(CALLERS, caller)
    return len(latencies) / taken, latencies


def _threads() -> tuple[float, list[float]]:
    drafts = _callers()
    with fresh_ledger("threads") as ledger:

        def record(draft: Draft) -> None:
            check(ledger.record([draft]))

        taken, latencies = in_threads(CALLERS, lambda k: [timed(record, draft) for draft in drafts[k]])
    return len(latencies) / taken, latencies


def _in_loop(callers: list[list[Draft]]) -> tuple[float, list[float]]:
    latencies: list[float] = []

    async def caller(ledger: Ledger, drafts: list[Draft]) -> None:
        for draft in drafts:
            start = perf_counter()
            check(await ledger.record_async([draft]))
            latencies.append(perf_counter() - start)

    async def all_callers(ledger: Ledger) -> float:
        start = perf_counter()
        await asyncio.gather(*(caller(ledger, drafts) for drafts in callers))
        return perf_counter() - start

    with fresh_ledger("loop") as ledger:
        taken = asyncio.run(all_callers(ledger))
    return len(latencies) / taken, latencies
