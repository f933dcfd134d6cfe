"""20,000 published complaints: answers, timeliness and disputes as their rows have them; and all columns."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.importer import Summary
from domain.customer import Customer
from domain.customer.case import Case
from tests.acceptance.books import Books, read_csv

COMPLAINTS = 20_000
NEW_YORK = ZoneInfo("America/New_York")
Count = Callable[[str], None]

pytestmark = [pytest.mark.xdist_group("complaints"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def folder(data: Path) -> Path:
    return data / "consumer_complaints"


@pytest.fixture(scope="module")
def imported(books: Books, folder: Path) -> Summary:
    return books.take_in("consumer_complaints", folder / "complaints.csv.gz")


@pytest.fixture(scope="module")
def full_columns(books: Books, folder: Path) -> Summary:
    return books.take_in("consumer_complaints", folder / "fixture.csv")


@pytest.fixture(scope="module")
def customers(books: Books, imported: Summary, full_columns: Summary) -> dict[str, Customer]:
    return books.customers()


def case_of(customers: dict[str, Customer], ref: str) -> Case:
    """The only case of a complaint."""
    (case,) = customers[f"customer:complainant-{ref}"].cases.cases.values()
    return case


def test_every_row_is_in_the_ledger(imported: Summary, count: Count) -> None:
    assert (imported.rows, imported.rows_without_entry) == (COMPLAINTS, 0)
    assert imported.recorded == {
        "CustomerRegistered": COMPLAINTS,
        "CaseOpened": COMPLAINTS,
        "CaseClassified": COMPLAINTS,
        "CaseAnswered": 19_981,
        "CaseClosed": 19_880,
        "CaseReopened": 3_938,
    }
    count(f"complaints: {imported.rows:,} rows, {imported.entries:,} entries recorded, none refused")


def test_each_case_says_what_its_row_says(customers: dict[str, Customer], folder: Path, count: Count) -> None:
    assert [stream for stream, customer in customers.items() if customer.anomalies] == []
    agreed = 0
    seen: Counter[str] = Counter()
    for number, row in enumerate(read_csv(folder / "complaints.csv.gz"), 1):
        case = case_of(customers, f"row-{number}")
        response, disputed = row["Company response to consumer"], row["Consumer disputed?"]
        answered = response != "In progress"
        closed = response.startswith("Closed")
        agreed += (
            (case.answered_at is not None) == answered
            and case.response == (response.lower().replace(" ", "-") if answered else None)
            and case.timely == ({"1": True, "0": False}[row["Timely response?"]] if answered else None)
            and bool(case.reopened_at) == (disputed == "1")
            and (case.status == "closed") == (closed and disputed != "1")
            and case.opened_at.astimezone(NEW_YORK).date().isoformat() == row["Date received"]
        )
        seen[f"late: {case.timely is False}"] += 1
        seen["not said whether disputed"] += disputed == ""
    count(f"complaints: {agreed:,} of {COMPLAINTS:,} cases as their rows")
    count(f"complaints: {seen['late: True']} answered late, {seen['not said whether disputed']} did not say")
    assert agreed == COMPLAINTS
    assert (seen["late: True"], seen["not said whether disputed"]) == (564, 725)


def test_the_full_columns_are_read_by_the_same_mapping(
    full_columns: Summary, customers: dict[str, Customer], folder: Path, count: Count
) -> None:
    rows = read_csv(folder / "fixture.csv")
    agreed = 0
    for row in rows:
        case = case_of(customers, row["Complaint ID"])
        assert case.classification is not None
        assert case.classification.issue is not None
        agreed += (
            case.department == row["Company"].lower().replace(" ", "-")
            and (case.status == "closed") == row["Company response to consumer"].startswith("Closed")
            and not case.reopened_at
            and case.channel == row["Submitted via"].lower()
        )
    assert (len(rows), agreed) == (30, 30)
    assert full_columns.recorded["CaseRouted"] == 30
    assert "CaseReopened" not in full_columns.recorded
    count(f"complaints: {agreed} of {len(rows)} with all columns as their rows")
