"""What is kept of a stream after a refusal: what was learnt of committed entries, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from domain.ledger import Ledger
from domain.store.appender import Options
from domain.store.lookups import Lookups
from domain.store.tails import Tail
from tests.database import Store
from tests.drafts import draft, opened, payment, refusals
from tests.vaults import open_ledger


@pytest.fixture
def read_tails(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """What was asked for each time that appends read the ends of streams."""
    asked: list[dict[str, int]] = []
    read = Lookups.tails

    def tails(self: Lookups, after: dict[str, int]) -> dict[str, Tail]:
        asked.append(dict(after))
        return read(self, after)

    monkeypatch.setattr(Lookups, "tails", tails)
    return asked


def test_a_refused_command_that_is_repeated_reads_the_stream_once(
    store: Store, read_tails: list[dict[str, int]]
) -> None:
    with open_ledger(store.url) as other, open_ledger(store.url) as ledger:
        other.record([draft("1", opened("A")), draft("1", payment("P"))])
        again = draft("1", opened("A"))
        for _ in range(3):
            assert refusals(ledger.record([again])) == ["case-already-opened"]
        assert read_tails == [{"customer:1": 0}]
        other.record([draft("1", opened("B"))])
        for _ in range(3):
            assert refusals(ledger.record([draft("1", opened("B"))])) == ["case-already-opened"]
        assert read_tails == [{"customer:1": 0}, {"customer:1": 2}]
        assert refusals(ledger.record([draft("1", opened("C"))])) == [None]
    assert len(read_tails) == 2


@contextmanager
def failing_ledger(store: Store) -> Iterator[tuple[Ledger, list[str]]]:
    """A ledger that cannot commit until the list is emptied."""
    failing = ["committing"]

    def fail(step: str) -> None:
        if step in failing:
            raise psycopg.errors.DiskFull("the disk is full")

    with open_ledger(store.url, options=Options(steps=fail)) as ledger:
        yield ledger, failing


def test_what_may_yet_not_commit_is_not_kept_after_a_refusal(store: Store) -> None:
    with open_ledger(store.url) as other, failing_ledger(store) as (ledger, failing):
        other.record([draft("1", payment("P1"))])
        names = ["P1", "P2", "P2"]
        told = refusals(ledger.record([draft("1", payment(name)) for name in names]))
        assert told == ["unavailable"] * 3
        kept = ledger.scribe.decisions.streams.kept["customer:1"]
        assert (kept.version, set(kept.current().money.payments)) == (1, {"P1"})
        failing.clear()
        told = refusals(ledger.record([draft("1", payment(name)) for name in names]))
        assert told == ["payment-already-exists", None, "payment-already-exists"]


def test_a_refusal_after_what_may_yet_not_commit_keeps_nothing(store: Store) -> None:
    with open_ledger(store.url) as other, failing_ledger(store) as (ledger, _):
        other.record([draft("1", payment("P1"))])
        told = refusals(ledger.record([draft("1", payment("P2")), draft("1", payment("P2"))]))
        assert told == ["unavailable"] * 2
        assert "customer:1" not in ledger.scribe.decisions.streams.kept
