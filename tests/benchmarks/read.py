"""Reading: one customer of 1,000 entries, at a moment in the past, on both clocks."""

import gc
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final
from uuid import uuid4

import psycopg

from tests.benchmarks.harness import fresh_ledger, line, now, payment, percentile

ENTRIES: Final = 1_000
LATER: Final = 10
OTHERS: Final = 20_000
READS: Final = 400
SELECT: Final = "SELECT type, state FROM daybook.entries WHERE shard = 0 AND stream = %s ORDER BY version"


def run() -> None:
    """Print how long an answer takes with 1,000 entries inside the question, and more after it."""
    with fresh_ledger("read") as ledger:
        start = now() - timedelta(days=400)
        drafts = [payment("reader", start + timedelta(hours=n)) for n in range(ENTRIES + LATER)]
        ledger.record([payment(uuid4().hex, now()) for _ in range(OTHERS)])
        ledger.record(drafts[:ENTRIES])
        known_at = ledger.heads()[0].recorded_at
        as_of = start + timedelta(hours=ENTRIES)
        ledger.record(drafts[ENTRIES:])
        assert ledger.customer("reader", as_of=as_of, known_at=known_at).customer.entries == ENTRIES

        def ask(as_of: datetime, known: datetime) -> float:
            began = perf_counter()
            ledger.customer("reader", as_of=as_of, known_at=known)
            return perf_counter() - began

        gc.collect()
        gc.freeze()
        past = [ask(as_of, known_at) for _ in range(READS)]
        gc.unfreeze()
        bare = _bare(ledger.url)
    line(
        "read: one customer of 1,000 entries, all payments, at a past moment",
        p50_ms=percentile(past, 0.5),
        p99_ms=percentile(past, 0.99),
        bare_select_p50_ms=percentile(bare, 0.5),
        ratio_to_bare_select=percentile(past, 0.5) / percentile(bare, 0.5),
        target="p99 under 15 ms",
    )


def _bare(url: str) -> list[float]:
    taken = []
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor(binary=True) as cursor:
        for _ in range(READS):
            began = perf_counter()
            cursor.execute(SELECT, ["customer:reader"], prepare=True).fetchall()
            taken.append(perf_counter() - began)
    return taken
