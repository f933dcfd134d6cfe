"""What people are shown of long lists, of amounts and of accounts."""

from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from api.rows import LAST, Rows
from api.show import flat, shown
from api.show_accounts import _amount, account_parts
from domain.customer import fold
from domain.events.money import (
    CreditNoteIssued,
    DepositReceived,
    InvoiceIssued,
    PaymentReceived,
    PaymentReversed,
)
from tests.givens import cny, day, eur, history

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("0.1", "0.10"),
        ("-0.1", "-0.10"),
        ("1234567.891", "1,234,567.891"),
        ("-1234.5", "-1,234.50"),
    ],
)
def test_amounts_are_written_for_people(amount: str, text: str) -> None:
    assert _amount(Decimal(amount)) == text


def test_of_a_long_list_the_last_and_the_open_are_shown() -> None:
    items = list(range(30))
    chosen, rest = Rows().pick(items, lambda item: item == 3)
    assert chosen == [3, *items[-LAST:]]
    assert [line.plain for line in rest] == [f"  and {30 - LAST - 1} earlier, which --all shows"]
    chosen, rest = Rows(all=True).pick(items, bool)
    assert (chosen, list(rest)) == (items, [])
    assert list(Rows().pick(items[:LAST], bool)[1]) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-01-31T09:00:59.000000Z", "2026-01-31 09:00"),
        ("not quite a moment, but Z...Z", "not quite a moment, but Z...Z"),
        ("a text of just that length Z", "a text of just that length Z"),
        ({"amount": "1.00", "currency": "EUR"}, "EUR 1.00"),
        ({"id": "x", "entry_id": "y", "kind": "refund"}, "kind refund"),
        ([{"a": 1}, {"a": 2}], "a 1; a 2"),
        (True, "yes"),
    ],
)
def test_a_cell_is_short(value: object, text: str) -> None:
    assert shown(value, UTC) == text


def test_an_object_is_walked_down_to_its_values() -> None:
    plain = {"a": {"b": [{"c": 1}], "d": ["x", "y"], "e": []}, "f": False}
    assert list(flat(plain)) == [("a.b[0].c", "1"), ("a.d", "x, y"), ("f", "no")]


def test_accounts_are_shown_one_a_currency() -> None:
    customer = fold(
        "customer:1",
        history(
            InvoiceIssued(invoice="inv-1", amount=cny("1234.50"), due=day(2)),
            InvoiceIssued(invoice="inv-2", amount=cny("10.00"), due=day(30)),
            PaymentReceived(payment="p-1", amount=cny("1234.50")),
            PaymentReceived(payment="p-2", amount=cny("5.00")),
            PaymentReversed(payment="p-2", reason="bounced"),
            CreditNoteIssued(credit_note="n-1", amount=eur("7.00")),
            DepositReceived(deposit="d-1", amount=eur("50.00")),
        ),
    )
    console = Console(width=100, file=StringIO())
    console.print(*account_parts(customer.accounts, day(40), Rows()), sep="\n")
    assert isinstance(console.file, StringIO)
    said = [" ".join(line.split()) for line in console.file.getvalue().splitlines()]
    for expected in (
        "Account in CNY",
        "balance 10.00, owed 10.00, overdue on 2026-02-10 10.00",
        "inv-1 invoice 2026-01-02 2026-01-03 1,234.50 2026-01-04",
        "inv-2 invoice 2026-01-03 2026-01-31 10.00 10.00",
        "payment:p-2 2026-01-05 5.00 reversed 2026-01-06",
        "balance -7.00, owed 0.00, in credit 7.00",
        "d-1 0.00 50.00",
    ):
        assert expected in said, said
