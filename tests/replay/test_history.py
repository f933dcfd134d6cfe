"""History read from the log, page by page."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.customer.plain import plain
from domain.cut import Cut
from domain.entry import Entry
from replay import history
from replay.history import read_log, replay_customer
from tests.drafts import payment
from tests.givens import at, entry

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class Pages:
    """A log in memory, which counts the pages asked for."""

    entries: list[Entry[Any]]
    asked: int = 0

    def log(self, *, shard: int = 0, after: int = 0, limit: int = 1_000) -> list[Entry[Any]]:
        self.asked += 1
        assert shard == 0
        return self.entries[after : after + limit]


def _log(count: int) -> Pages:
    return Pages(
        [
            entry(payment(f"P{n}"), day=n % 7, version=n, stream=f"customer:{n % 2}")
            for n in range(1, count + 1)
        ]
    )


@pytest.mark.parametrize("position", [0, 1, 3, 4, 10])
def test_a_log_is_read_up_to_the_cut_and_no_further(position: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE", 3)
    pages = _log(10)
    found = list(read_log(pages, 0, Cut((position,), NOW, closed=True)))
    assert [it.position for it in found] == list(range(1, position + 1))
    assert pages.asked == -(-position // 3)


def test_a_customer_is_replayed_from_their_own_entries_alone() -> None:
    customer = replay_customer(_log(10), "1", Cut((10,), NOW, closed=True), at(3))
    assert customer.stream == "customer:1"
    assert customer.entries == len([n for n in (1, 3, 5, 7, 9) if n % 7 <= 3])
    assert plain(customer)
