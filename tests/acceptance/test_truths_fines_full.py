"""All 150,370 fines: counts, instalments and the sixty days, by the importer alone and in a database."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from api.importer import Outcome, Summary, load_mapping, run_import
from domain.entry import Draft, Receipt
from tests.acceptance.books import Books

MAPPING = "road_traffic_fines_full"
Count = Callable[[str], None]

pytestmark = pytest.mark.xdist_group("fines_full")

ENTRIES = {
    "CustomerRegistered": 150_370,
    "ChargeAssessed": 150_370,
    "NoticeSent": 103_987,
    "CostCharged": 103_987,
    "NoticeDelivered": 79_860,
    "DueDateSet": 79_860,
    "ChargeAdjusted": 79_860,
    "PaymentReceived": 77_601,
    "CollectionStarted": 59_013,
    "CaseOpened": 4_567,
    "InteractionLogged": 4_188,
    "CaseRouted": 4_141,
    "CaseAnswered": 999,
    "CaseOutcomeTold": 896,
    "CaseEscalated": 555,
}


@dataclass(slots=True)
class Tally:
    """What is counted of the entries, in any order across streams and in order within each."""

    types: Counter[str] = field(default_factory=Counter)
    payments: Counter[str] = field(default_factory=Counter)
    due: dict[str, date] = field(default_factory=dict)
    punctual: int = 0

    def add(self, stream: str, event: Any, occurred_at: datetime) -> None:  # noqa: ANN401  any event
        """Count one entry."""
        self.types[event.TYPE] += 1
        match event.TYPE:
            case "PaymentReceived":
                self.payments[stream] += 1
            case "DueDateSet":
                self.due[stream] = event.due
            case "ChargeAdjusted":
                self.punctual += self.due.pop(stream) == occurred_at.astimezone(UTC).date()

    def check(self, count: Count, where: str) -> None:
        """Hold the counts to those published."""
        times = Counter(self.payments.values())
        instalments = sum(times[n] for n in range(2, 7))
        count(
            f"all fines, {where}: {self.types['ChargeAssessed']:,} fines, {self.types.total():,} entries, "
            f"{self.types['CollectionStarted']:,} collections, {len(self.payments):,} with a payment, "
            f"{instalments:,} of them in 2 to 6 instalments, "
            f"{self.punctual:,} of {self.types['ChargeAdjusted']:,} penalties after exactly 60 days"
        )
        assert self.types == ENTRIES
        assert (len(self.payments), instalments, self.punctual) == (69_715, 7_525, 79_860)


@pytest.fixture(scope="module")
def file(data: Path) -> Path:
    return data / "road_traffic_fines" / "traffic_fines_full.csv.gz"


def check_rows(summary: Summary) -> None:
    """Every row of the file is an entry, and none was refused."""
    assert (summary.rows, summary.rows_rejected, summary.rows_without_entry) == (561_470, 0, 0)
    assert summary.refusals == {}
    assert summary.recorded == ENTRIES


@pytest.mark.timeout(900)
def test_the_counts_are_those_published(file: Path, count: Count) -> None:
    tally = Tally()

    def record(drafts: Sequence[Draft]) -> Iterable[Outcome]:
        for draft in drafts:
            tally.add(draft.stream, draft.event, draft.occurred_at)
            yield (Receipt(draft.id, draft.stream, 1, 0, 1, draft.occurred_at, repeated=False),)

    summary = run_import(load_mapping(MAPPING), [file], lambda drafts: list(record(drafts)))
    check_rows(summary)
    tally.check(count, f"mapped at {summary.as_json()['entries_per_second']:,} entries a second")


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_the_counts_are_those_published_in_a_database(books: Books, file: Path, count: Count) -> None:
    summary = books.take_in(MAPPING, file)
    check_rows(summary)
    assert books.ledger.heads()[0].size == summary.entries
    tally = Tally()
    for entry in books.log():
        tally.add(entry.stream, entry.data, entry.occurred_at)
    tally.check(count, f"recorded at {summary.as_json()['entries_per_second']:,} entries a second")
