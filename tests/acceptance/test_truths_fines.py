"""10,000 real fines: what is due, paid and left, against the simplest reckoning from the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.importer import Summary
from domain.customer import Customer, state_at
from domain.customer.account import balance
from domain.entry import Entry
from tests.acceptance.books import Books, read_csv

FINES = 10_000
Count = Callable[[str], None]

pytestmark = [pytest.mark.xdist_group("fines"), pytest.mark.timeout(600)]


@dataclass(slots=True)
class Reckoned:
    """A fine by the file: due is the largest amount and all expenses, paid the largest total."""

    amount: Decimal = Decimal(0)
    expenses: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    collected: bool = False

    @property
    def due(self) -> Decimal:
        return self.amount + self.expenses


@pytest.fixture(scope="module")
def file(data: Path) -> Path:
    return data / "road_traffic_fines" / "traffic_fines_10000cases.csv.gz"


@pytest.fixture(scope="module")
def imported(books: Books, file: Path) -> Summary:
    return books.take_in("road_traffic_fines", file)


@pytest.fixture(scope="module")
def streams(books: Books, imported: Summary) -> Mapping[str, list[Entry[Any]]]:
    return books.streams()


@pytest.fixture(scope="module")
def customers(books: Books, imported: Summary) -> dict[str, Customer]:
    return books.customers()


@pytest.fixture(scope="module")
def reckoned(file: Path) -> dict[str, Reckoned]:
    fines: dict[str, Reckoned] = {}
    for row in read_csv(file):
        fine = fines.setdefault(f"customer:fine-{row['case_id']}", Reckoned())
        fine.amount = max(fine.amount, Decimal(row["amount"] or 0))
        fine.expenses += Decimal(row["expense"] or 0)
        fine.paid = max(fine.paid, Decimal(row["totalpaymentamount"] or 0))
        fine.collected |= row["activity"] == "Send for Credit Collection"
    return fines


def charged(customer: Customer) -> Decimal:
    """All that was ever charged for the fine."""
    parts = customer.accounts.by_currency["EUR"].debts["fine"].parts
    return sum((part.charged for part in parts.values()), Decimal(0))


def paid(customer: Customer) -> Decimal:
    """All that was ever paid."""
    funds = customer.accounts.by_currency["EUR"].funds.values()
    return sum((fund.amount for fund in funds), Decimal(0))


def test_every_row_is_in_the_ledger(imported: Summary, books: Books, count: Count) -> None:
    # Six payment rows do not raise the total: they say that nothing more was paid.
    assert (imported.rows, imported.rows_without_entry, imported.rows_rejected) == (34_724, 6, 0)
    assert imported.recorded == {
        "CustomerRegistered": FINES,
        "ChargeAssessed": FINES,
        "NoticeSent": 6_570,
        "CostCharged": 6_570,
        "NoticeDelivered": 4_635,
        "DueDateSet": 4_635,
        "ChargeAdjusted": 4_635,
        "PaymentReceived": 4_904,
        "CaseOpened": 248,
        "InteractionLogged": 232,
        "CaseRouted": 227,
        "CaseAnswered": 55,
        "CaseOutcomeTold": 54,
        "CaseEscalated": 19,
        "CollectionStarted": 3_387,
    }
    assert books.ledger.heads()[0].size == imported.entries
    count(f"fines: {imported.rows:,} rows, {imported.entries:,} entries recorded, none refused")


def test_due_paid_and_balance_are_what_the_file_says(
    customers: dict[str, Customer], reckoned: dict[str, Reckoned], count: Count
) -> None:
    assert customers.keys() == reckoned.keys()
    due = paid_up = left = 0
    for stream, fine in reckoned.items():
        customer = customers[stream]
        due += charged(customer) == fine.due
        paid_up += paid(customer) == fine.paid
        left += balance(customer.accounts.by_currency["EUR"]) == fine.due - fine.paid
    count(f"fines: due {due:,}, paid {paid_up:,}, balance {left:,} of {len(reckoned):,}")
    assert (due, paid_up, left) == (FINES, FINES, FINES)


def test_nothing_is_collected_where_nothing_is_owed(customers: dict[str, Customer], count: Count) -> None:
    collected = [customer for customer in customers.values() if customer.accounts.collections]
    settled = [customer for customer in customers.values() if charged(customer) <= paid(customer)]
    assert (len(collected), len(settled)) == (3_387, 4_354)
    owing = sum(balance(customer.accounts.by_currency["EUR"]) > 0 for customer in collected)
    spared = sum(not customer.accounts.collections for customer in settled)
    count(f"fines: {owing:,} of 3,387 collected ones owe, {spared:,} of 4,354 settled ones were spared")
    assert (owing, spared) == (3_387, 4_354)


def test_something_was_owed_when_the_collection_began(
    books: Books, streams: Mapping[str, list[Entry[Any]]], count: Count
) -> None:
    owing = 0
    for stream, entries in streams.items():
        for entry in entries:
            if entry.type == "CollectionStarted":
                then = state_at(stream, entries, entry.occurred_at, books.ledger.facts.zone)
                owing += balance(then.accounts.by_currency["EUR"]) > 0
    count(f"fines: {owing:,} of 3,387 owed something on the day of collection")
    assert owing == 3_387


def test_the_penalty_comes_on_the_due_day(streams: Mapping[str, list[Entry[Any]]], count: Count) -> None:
    on_the_day = penalties = 0
    for entries in streams.values():
        due = next((entry.data.due for entry in entries if entry.type == "DueDateSet"), None)
        for entry in entries:
            if entry.type == "ChargeAdjusted":
                penalties += 1
                on_the_day += entry.occurred_at.date() == due
    count(f"fines: {on_the_day:,} of {penalties:,} penalties 60 days after notification")
    assert (on_the_day, penalties) == (4_635, 4_635)


def test_appeals_are_cases_with_what_became_of_them(customers: dict[str, Customer], count: Count) -> None:
    cases = [customer.cases.cases["appeal"] for customer in customers.values() if customer.cases.cases]
    answered = sum(case.answered_at is not None for case in cases)
    told = sum(case.told_at is not None for case in cases)
    escalated = sum(bool(case.escalations) for case in cases)
    assert (len(cases), answered, told, escalated) == (248, 55, 54, 19)
    assert {case.kind for case in cases} == {"appeal"}
    count(f"fines: {len(cases)} appeals, {answered} answered, {told} told, {escalated} before a judge")


def test_the_only_oddity_is_the_files_own(customers: dict[str, Customer]) -> None:
    # One offender was told the result on the day on which it came, in a row before the one that received it.
    odd = [(stream, it.code) for stream, customer in customers.items() for it in customer.anomalies]
    assert odd == [("customer:fine-A2512", "case-not-answered")]


def test_a_second_run_changes_nothing(books: Books, imported: Summary, file: Path) -> None:
    before = books.ledger.heads()
    again = books.take_in("road_traffic_fines", file)
    assert (again.repeated, again.recorded.total()) == (imported.recorded, 0)
    assert books.ledger.heads() == before
