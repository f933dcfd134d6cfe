"""Verifying a ledger: entries a second a core, against a bare SHA-256 of the same bytes."""

import hashlib
import os
import resource
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Final

import psycopg

from replay.verify import Options, Report, verify
from tests.benchmarks.bulk import BATCH, batch
from tests.benchmarks.harness import check, fresh_ledger, line, middle

BATCHES: Final = 150
ROUNDS: Final = 5
STATES: Final = "SELECT state FROM daybook.entries WHERE shard = 0 ORDER BY position"


def run() -> None:
    """Print entries a second of processor time, their ratio to the bare hash, and those by the wall."""
    with fresh_ledger("verify") as ledger:
        for _ in range(BATCHES):
            check(ledger.record(batch()))
        url = ledger.url
    with psycopg.connect(url) as connection, connection.cursor(binary=True) as cursor:
        states = [state for (state,) in cursor.execute(STATES)]
    cores = os.cpu_count() or 1
    bare, ours, wall = [], [], []
    for _ in range(ROUNDS):
        bare.append(len(states) / _processor(lambda: _hash(states)))
        ours.append(len(states) / _processor(lambda: _sound(verify(url))))
        began = perf_counter()
        _sound(verify(url, Options(jobs=cores)))
        wall.append(len(states) / (perf_counter() - began))
    line(
        "verify: entries a second of one core",
        entries_a_second_a_core=middle(ours),
        bare_sha256=middle(bare),
        ratio_to_bare_sha256=middle(a / b for a, b in zip(ours, bare, strict=True)),
        entries_a_second_by_the_wall=middle(wall),
        bytes_each=sum(map(len, states)) / len(states),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        target="at least 100,000 a core",
    )


def _hash(states: list[bytes]) -> list[bytes]:
    return [hashlib.sha256(state).digest() for state in states]


def _sound(report: Report) -> None:
    """Make sure that all was verified: nothing wrong is found fast where nothing is looked at."""
    assert not report.wrong, report.wrong[0].sentence
    assert report.size == BATCHES * BATCH


def _processor(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that something took in this process."""
    began = process_time()
    work()
    return process_time() - began
