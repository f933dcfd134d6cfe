"""2,466 invoices: days late, days to settle and who is billed how, as the source itself reckons."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from api.importer import Options, Rehearsal, Summary, load_mapping, run_import
from domain.customer import Customer, bill_channel_on, state_at
from domain.customer.account import balance, days_late, days_to_settle
from tests.acceptance.books import Books, new_books, read_csv

INVOICES = 2_466
Count = Callable[[str], None]

pytestmark = pytest.mark.xdist_group("receivables")


@pytest.fixture(scope="module")
def file(data: Path) -> Path:
    return data / "accounts_receivable" / "accounts_receivable.csv"


@pytest.fixture(scope="module")
def rows(file: Path) -> list[dict[str, str]]:
    return read_csv(file)


@pytest.fixture(scope="module")
def imported(books: Books, file: Path) -> Summary:
    return books.take_in("accounts_receivable", file)


@pytest.fixture(scope="module")
def customers(books: Books, imported: Summary, rows: list[dict[str, str]]) -> dict[str, Customer]:
    return {name: books.ledger.customer(name).customer for name in {row["customerID"] for row in rows}}


def day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007  a day has no zone


def test_every_row_is_in_the_ledger(imported: Summary, books: Books, count: Count) -> None:
    assert imported.rows == INVOICES
    assert imported.recorded == {
        "CustomerRegistered": 100,
        "BillPreferenceSet": 100,
        "InvoiceIssued": INVOICES,
        "PaymentReceived": INVOICES,
        "ChargeDisputed": 561,
    }
    assert books.ledger.heads()[0].size == imported.entries
    count(f"receivables: {imported.rows:,} rows, {imported.entries:,} entries recorded, none refused")


def test_days_late_and_days_to_settle_are_the_sources(
    books: Books, customers: dict[str, Customer], rows: list[dict[str, str]], count: Count
) -> None:
    late = settle = 0
    for row in rows:
        debt = customers[row["customerID"]].accounts.by_currency["USD"].debts[row["invoiceNumber"]]
        late += days_late(debt, books.zone) == int(row["DaysLate"])
        settle += days_to_settle(debt, books.zone) == int(row["DaysToSettle"])
    count(f"receivables: DaysLate {late:,} of {len(rows):,}, DaysToSettle {settle:,} of {len(rows):,}")
    assert (late, settle) == (INVOICES, INVOICES)


def test_bills_are_electronic_strictly_after_the_day_of_the_preference(
    books: Books, customers: dict[str, Customer], rows: list[dict[str, str]], count: Count
) -> None:
    agreed = 0
    for row in rows:
        channel = bill_channel_on(customers[row["customerID"]], day(row["InvoiceDate"]), books.zone)
        agreed += (channel == "electronic") == (row["PaperlessBill"] == "Electronic")
    count(f"receivables: electronic or paper {agreed:,} of {len(rows):,}")
    assert agreed == INVOICES


def test_the_same_holds_for_what_was_true_when_each_invoice_went_out(
    books: Books, imported: Summary, rows: list[dict[str, str]], count: Count
) -> None:
    streams = books.streams()
    agreed = 0
    for row in rows:
        stream = f"customer:{row['customerID']}"
        (invoice,) = [
            entry
            for entry in streams[stream]
            if entry.type == "InvoiceIssued" and entry.data.invoice == row["invoiceNumber"]
        ]
        then = state_at(stream, streams[stream], invoice.occurred_at, books.ledger.facts.zone)
        channel = bill_channel_on(then, day(row["InvoiceDate"]), books.zone)
        agreed += (channel == "electronic") == (row["PaperlessBill"] == "Electronic")
    count(f"receivables: electronic or paper as of each invoice {agreed:,} of {len(rows):,}")
    assert agreed == INVOICES


def test_all_is_paid_and_nothing_is_odd(customers: dict[str, Customer], count: Count) -> None:
    accounts = [customer.accounts.by_currency["USD"] for customer in customers.values()]
    assert len(accounts) == 100
    assert {balance(account) for account in accounts} == {0}
    disputed = sum(bool(debt.disputes) for account in accounts for debt in account.debts.values())
    assert disputed == sum(len(account.disputes) for account in accounts) == 561
    assert [anomaly for customer in customers.values() for anomaly in customer.anomalies] == []
    count(f"receivables: {len(accounts)} accounts with nothing owed, {disputed} disputes")


def test_a_second_run_changes_nothing(books: Books, imported: Summary, file: Path) -> None:
    before = books.ledger.heads()
    again = books.take_in("accounts_receivable", file)
    assert again.repeated == imported.recorded
    assert again.recorded.total() == 0
    assert books.ledger.heads() == before


def test_a_rehearsal_tells_what_would_happen_and_writes_nothing(
    books: Books, imported: Summary, file: Path
) -> None:
    before = books.ledger.heads()
    options = Options(dry_run=True)
    again = run_import(load_mapping("accounts_receivable"), [file], Rehearsal.at(books.ledger), options)
    assert (again.repeated, again.recorded.total(), again.refusals) == (imported.recorded, 0, {})
    with new_books() as empty:
        record = Rehearsal.at(empty.ledger)
        first = run_import(load_mapping("accounts_receivable"), [file], record, options)
        assert (first.recorded, first.refusals) == (imported.recorded, {})
        assert empty.ledger.heads()[0].size == 0
    assert books.ledger.heads() == before
