"""What every benchmark shares: a real server, latencies, and the line that is printed."""

import gc
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter
from typing import TypeVar
from uuid import UUID, uuid4

import uuid_utils.compat

from domain.entry import Actor, Draft
from domain.events.money import PaymentReceived
from domain.ledger import Ledger, Outcome
from domain.refusals import Refused
from domain.store.init import Clock, initialise
from domain.store.request import Append
from domain.values import Money
from tests.postgres import fresh_database, server
from tests.vaults import open_ledger

T = TypeVar("T")


@contextmanager
def fresh_ledger(name: str, *, clock: Clock = "database") -> Iterator[Ledger]:
    """Make and open an empty ledger of one shard on the run's server."""
    database = fresh_database(server().owner_url, f"bench_{name}_{uuid4().hex[:8]}")
    initialise(database.owner_url, name="bench", zone="UTC", clock=clock, shards=1, distribute=False)
    with open_ledger(database.url) as ledger:
        yield ledger


def payment(customer: str, at: datetime, entry_id: UUID | None = None) -> Draft:
    """Make an ordinary entry: a payment, about 370 bytes in canonical form."""
    name = entry_id or uuid_utils.compat.uuid7()
    return Draft(
        id=name,
        stream=f"customer:{customer}",
        event=PaymentReceived(
            payment=f"PAY-{name.hex[-16:]}", amount=Money(Decimal("123.45"), "CNY"), method="bank"
        ),
        occurred_at=at,
        actor=Actor("staff", "clerk-7", "billing"),
        source="billing",
    )


def now() -> datetime:
    """Return the wall clock, which is what the database's ledger goes by."""
    return datetime.now(UTC)


def seconds(work: Callable[[], object]) -> float:
    """Run something once and return how long it took.

    What the benchmark itself has made ready is hidden from the garbage collector, which would walk it again
    and again, for ours and for the peers.
    """
    gc.collect()
    gc.freeze()
    start = perf_counter()
    work()
    taken = perf_counter() - start
    gc.unfreeze()
    return taken


def timed(work: Callable[[T], object], what: T) -> float:
    """Do something with a thing and return how long it took, in seconds."""
    start = perf_counter()
    work(what)
    return perf_counter() - start


def check(outcomes: Sequence[Outcome]) -> None:
    """Make sure that all was recorded: a benchmark of refusals would be a fast one."""
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert not refused, refused[0]


def sound(appends: Sequence[Append | Refused]) -> list[Append]:
    """Make sure that none of the drafts was refused."""
    kept = [append for append in appends if not isinstance(append, Refused)]
    assert len(kept) == len(appends)
    return kept


def in_threads(count: int, work: Callable[[int], list[float]]) -> tuple[float, list[float]]:
    """Run `work(k)` in threads; return the seconds of all and the latencies that they return."""
    latencies: list[float] = []
    threads = [Thread(target=lambda k=k: latencies.extend(work(k))) for k in range(count)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return perf_counter() - start, latencies


def percentile(latencies: list[float], share: float) -> float:
    """Return a percentile of latencies, in milliseconds."""
    return round(sorted(latencies)[min(len(latencies) - 1, int(len(latencies) * share))] * 1e3, 2)


def middle(figures: Iterable[float]) -> float:
    """Return the median of several rounds: one slow round of a shared machine says nothing."""
    return median(figures)


def line(name: str, **figures: float | str) -> None:
    """Print one JSON line: what was measured, on which machine, at which commit."""
    rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in figures.items()}
    sys.stdout.write(json.dumps({"benchmark": name, **rounded, **_where()}) + "\n")
    sys.stdout.flush()


@cache
def _where() -> dict[str, str | int | None]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    )
    return {
        "commit": commit.stdout.strip() or None,
        "python": platform.python_version(),
        "postgresql": server().version,
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }
