"""Appending: in bulk, and one entry at a time from many callers."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Final
from uuid import uuid4

from domain.entry import Draft
from domain.ledger import Ledger, Outcome
from domain.refusals import Refused
from tests.benchmarks.harness import fresh_ledger, in_threads, line, middle, now, payment, percentile, seconds
from tests.benchmarks.peers import bare_copy, bare_table, library_recorder, ready_rows, stored_events

BATCH: Final = 1_000
BATCHES: Final = 30
ROUNDS: Final = 3
CALLERS: Final = 64
CALLS_EACH: Final = 60
DUPLICATE_EVERY: Final = 10
BATCHES_BY_TEN: Final = 20


def run() -> None:
    """Print the figures of bulk appends and of single ones."""
    bulk()
    singles()


def bulk() -> None:
    """1,000 entries a batch: the ledger's append against a bare COPY and the library's recorder, round by round."""
    ours, bare, library = [], [], []
    for _ in range(ROUNDS):
        batches = [_drafts(BATCH) for _ in range(BATCHES)]
        bare.append(BATCHES * BATCH / _bare_seconds(batches))
        ours.append(BATCHES * BATCH / _ledger_seconds(batches))
        library.append(BATCHES_BY_TEN * BATCH / _library_seconds(batches[:BATCHES_BY_TEN]))
    line(
        "append: bulk, 1,000 a batch, entries a second",
        entries_a_second=middle(ours),
        bare_copy=middle(bare),
        library=middle(library),
        ratio_to_bare_copy=middle(a / b for a, b in zip(ours, bare, strict=True)),
        ratio_to_library=middle(a / b for a, b in zip(ours, library, strict=True)),
        target="at least 0.45 of bare COPY, at least 3 times the library",
    )


def singles() -> None:
    """One entry a call from 64 callers, against the library's recorder with 64 threads."""
    threads, loops, duplicates, library = [], [], [], []
    worst: list[list[float]] = [[], [], [], []]
    for _ in range(ROUNDS):
        for figures, latencies, measure in (
            (library, worst[0], _library_singles),
            (threads, worst[1], _thread_singles),
            (loops, worst[2], _loop_singles),
            (duplicates, worst[3], _loop_singles_with_duplicates),
        ):
            rate, taken = measure()
            figures.append(rate)
            latencies.extend(taken)
    taken = [sorted(latencies) for latencies in worst]
    for name, figures, latencies, target in (
        ("64 threads", threads, taken[1], "at least 6 times the library, p99 under 50 ms"),
        ("64 asyncio callers", loops, taken[2], "at least 10 times the library, p99 under 50 ms"),
    ):
        line(
            f"append: one entry a call, {name}, calls a second",
            calls_a_second=middle(figures),
            p50_ms=percentile(latencies, 0.5),
            p99_ms=percentile(latencies, 0.99),
            library=middle(library),
            library_p99_ms=percentile(taken[0], 0.99),
            ratio_to_library=middle(a / b for a, b in zip(figures, library, strict=True)),
            target=target,
        )
    line(
        "append: one entry a call, 64 asyncio callers, every tenth a duplicate, calls a second",
        calls_a_second=middle(duplicates),
        p99_ms=percentile(taken[3], 0.99),
        ratio_to_none=middle(a / b for a, b in zip(duplicates, loops, strict=True)),
        target="at least 0.8 of the figure without duplicates",
    )


def _drafts(count: int) -> list[Draft]:
    at = now()
    return [payment(uuid4().hex, at) for _ in range(count)]


def _bare_seconds(batches: Sequence[Sequence[Draft]]) -> float:
    rows = ready_rows([draft for batch in batches for draft in batch])
    parts = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    with bare_table() as connection:
        return seconds(lambda: [bare_copy(connection, part) for part in parts])


def _ledger_seconds(batches: Sequence[Sequence[Draft]]) -> float:
    """Time the append alone: what is to be written was decided and prepared before, as the bare COPY's rows were."""
    with fresh_ledger("bulk") as ledger:
        prepared = [ledger.appends(batch) for batch in batches]
        return seconds(lambda: [_check(ledger.recorders[0].append(appends)) for appends in prepared])


def _library_seconds(batches: Sequence[Sequence[Draft]]) -> float:
    stored = [stored_events(batch) for batch in batches]
    with library_recorder() as recorder:
        return seconds(lambda: [recorder.insert_events(events) for events in stored])


def _check(outcomes: Sequence[Outcome]) -> None:
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert not refused, refused[0]


def _library_singles() -> tuple[float, list[float]]:
    stored = [[stored_events(_drafts(1)) for _ in range(CALLS_EACH // 4)] for _ in range(CALLERS)]

    with library_recorder(pool=CALLERS) as recorder:

        def caller(k: int) -> list[float]:
            return [seconds(lambda events=events: recorder.insert_events(events)) for events in stored[k]]

        taken, latencies = in_threads(CALLERS, caller)
    return len(latencies) / taken, latencies


def _thread_singles() -> tuple[float, list[float]]:
    drafts = [_drafts(CALLS_EACH) for _ in range(CALLERS)]
    with fresh_ledger("threads") as ledger:

        def caller(k: int) -> list[float]:
            return [seconds(lambda draft=draft: _check(ledger.record([draft]))) for draft in drafts[k]]

        taken, latencies = in_threads(CALLERS, caller)
    return len(latencies) / taken, latencies


def _loop_singles() -> tuple[float, list[float]]:
    return _in_loop([_drafts(CALLS_EACH) for _ in range(CALLERS)])


def _loop_singles_with_duplicates() -> tuple[float, list[float]]:
    """As `_loop_singles`, but each tenth call of a caller repeats the one before it."""
    callers = [_drafts(CALLS_EACH) for _ in range(CALLERS)]
    for drafts in callers:
        for index in range(DUPLICATE_EVERY - 1, CALLS_EACH, DUPLICATE_EVERY):
            drafts[index] = drafts[index - 1]
    return _in_loop(callers)


def _in_loop(callers: list[list[Draft]]) -> tuple[float, list[float]]:
    latencies: list[float] = []

    async def caller(ledger: Ledger, drafts: list[Draft]) -> None:
        for draft in drafts:
            start = perf_counter()
            _check(await ledger.record_async([draft]))
            latencies.append(perf_counter() - start)

    async def all_callers(ledger: Ledger) -> float:
        start = perf_counter()
        await asyncio.gather(*(caller(ledger, drafts) for drafts in callers))
        return perf_counter() - start

    with fresh_ledger("loop") as ledger:
        taken = asyncio.run(all_callers(ledger))
    return len(latencies) / taken, sorted(latencies)
