"""What a mapping makes of the cells of a row, and what it says of those that it cannot read."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from api.importer.numbers import code
from domain.events.contact import InteractionLogged
from domain.events.money import InvoiceIssued
from domain.values import Money
from tests.api.importer.sheets import Desk, fields


def interaction(desk: Desk, setting: str, cell: str, other: str = "") -> Any:  # noqa: ANN401  any field
    """The interaction that a row yields, under one more setting; None where the row was refused."""
    desk.drafts.clear()
    desk.run(f'id,cell,other\n1,"{cell}",{other}\n', fields(setting))
    found = desk.events(InteractionLogged)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("setting", "cell", "expected"),
    [
        ('summary = { column = "cell" }', " a b ", "a b"),
        ('summary = { column = "cell" }', "", None),
        ('summary = { column = "cell", empty = ["N/A"] }', "N/A", None),
        ('summary = { column = "cell", empty = ["N/A"], default = "none" }', "N/A", "none"),
        ('summary = { column = "cell", default_column = "other" }', "", "second"),
        ('summary = { column = "cell", default_column = "other" }', "first", "first"),
        ('summary = { column = "cell", to = "lower" }', "Straße A", "straße a"),
        ('summary = { column = "cell", map = { A = "Answered" } }', "A", "Answered"),
        ('summary = { column = "cell", map = { A = "Answered", "*" = "Other" } }', "B", "Other"),
        ('summary = { column = "cell", map = { A = "Answered" }, default = "A" }', "", "A"),
        ('summary = { text = "{cell} of {other}" }', "one", "one of second"),
        ('summary = { text = "{cell} of {other}" }', "", None),
        ('summary = { text = "{@file} {@row} {@line}" }', "", "rows.csv 1 2"),
        ('summary = { text = "plain" }', "", "plain"),
        ('summary = "said"', "", "said"),
        ('summary = { const = "said" }', "", "said"),
        ('duration_s = { column = "cell", to = "integer" }', "0060", 60),
        ("duration_s = 60", "", 60),
        ('identity_verified = { column = "cell", to = "bool" }', "Yes", True),
        ('identity_verified = { column = "cell", to = "bool" }', "0", False),
        ('identity_verified = { column = "cell", to = "bool", true = ["J"], false = ["N"] }', "j", True),
        ('identity_verified = { column = "cell", map = { Y = true, N = false } }', "N", False),
        ("identity_verified = true", "", True),
        ('touchpoint = { column = "cell", to = "code" }', "Phone / fax", "phone-fax"),
    ],
)
def test_a_value_is_made_of_a_cell(desk: Desk, setting: str, cell: str, expected: object) -> None:
    found = interaction(desk, setting, cell, "second")
    assert getattr(found, setting.partition(" ")[0]) == expected


@pytest.mark.parametrize(
    ("setting", "cell", "hint"),
    [
        ('summary = { column = "cell", map = { A = "Answered" } }', "B", "The map knows A."),
        ('duration_s = { column = "cell", to = "integer" }', "1.0", "Write a whole number."),
        ('duration_s = { column = "cell", to = "integer" }', "٣", "Write a whole number."),
        (
            'identity_verified = { column = "cell", to = "bool" }',
            "maybe",
            "Known words are false, no, 0, true, yes, 1.",
        ),
    ],
)
def test_a_cell_that_does_not_fit_is_refused_by_name_and_value(
    desk: Desk, setting: str, cell: str, hint: str
) -> None:
    assert interaction(desk, setting, cell) is None
    (reject,) = desk.rejects()
    assert (reject["code"], reject["field"], reject["value"]) == (
        "invalid-value",
        f"data.{setting.split(maxsplit=1)[0]}",
        cell,
    )
    assert reject["message"].endswith(hint)


AMOUNT = """
source = "shop"
key = ["id"]
stream = "customer:1"
at = {{ const = "2026-01-01T00:00:00Z" }}
[[entry]]
part = "only"
type = "InvoiceIssued"
[entry.fields]
invoice = {{ column = "id" }}
amount = {{ column = "cell", to = "money", {} }}
"""


@pytest.mark.parametrize(
    ("setting", "cell", "amount"),
    [
        ('currency = "EUR"', "35.0", "35"),
        ('currency = "EUR"', "+35.20", "35.20"),
        ('currency = "EUR", decimal = ","', "35,20", "35.20"),
        ('currency = "EUR", decimal = ",", thousands = "."', "1.234.567,89", "1234567.89"),
        ('currency = "EUR", decimal = ",", thousands = "."', "1234567,89", "1234567.89"),
        ('currency = "EUR", thousands = " "', "12 345", "12345"),
        ('currency = "EUR", times = 0.01', "6877", "68.77"),
        ('currency_column = "other"', "5", "5"),
    ],
)
def test_money_is_read_as_the_source_writes_it(desk: Desk, setting: str, cell: str, amount: str) -> None:
    desk.run(f'id,cell,other\n1,"{cell}",EUR\n', AMOUNT.format(setting))
    (invoice,) = desk.events(InvoiceIssued)
    assert invoice.amount == Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("setting", "cell", "code"),
    [
        ('currency = "EUR"', "1,234.5", "invalid-value"),
        ('currency = "EUR"', "1e3", "invalid-value"),
        ('currency = "EUR"', "NaN", "invalid-value"),
        ('currency = "EUR"', "12.", "invalid-value"),
        ('currency = "EUR", decimal = ",", thousands = "."', "1.2", "invalid-value"),
        ('currency = "EUR", decimal = ",", thousands = "."', "12.34,5", "invalid-value"),
        ('currency = "EUR"', "-5", "negative-amount"),
        ('currency = "EUR"', "", "missing-field"),
        ('currency_column = "other"', "5", "missing-field"),
    ],
)
def test_money_is_never_guessed(desk: Desk, setting: str, cell: str, code: str) -> None:
    desk.run(f'id,cell,other\n1,"{cell}",\n', AMOUNT.format(setting))
    (reject,) = desk.rejects()
    assert reject["code"] == code
    assert reject["field"].startswith("data.amount")
    assert desk.drafts == []


DATED = """
source = "shop"
zone = "Europe/Rome"
key = ["id"]
stream = "customer:1"
{top}
at = {{ column = "cell"{at} }}
[[entry]]
part = "only"
type = "InvoiceIssued"
[entry.fields]
invoice = {{ column = "id" }}
amount = {{ object = {{ amount = "1.00", currency = "EUR" }} }}
due = {{ column = "cell", to = "date"{due} }}
"""


@pytest.mark.parametrize(
    ("top", "at", "due", "cell", "moment", "day"),
    [
        ("", "", "", "2026-01-31", "2026-01-30T23:00:00Z", "2026-01-31"),
        ("", ', time = "09:30"', ", plus_days = 1", "2026-01-31", "2026-01-31T08:30:00Z", "2026-02-01"),
        ('time = "12:00"', "", "", "2026-01-31", "2026-01-31T11:00:00Z", "2026-01-31"),
        ("", "", "", "2026-07-01T00:30:00", "2026-06-30T22:30:00Z", "2026-07-01"),
        ("", "", "", "2026-06-30T23:30:00Z", "2026-06-30T23:30:00Z", "2026-07-01"),
        ("", ', zone = "Asia/Tokyo"', "", "2026-01-31", "2026-01-30T15:00:00Z", "2026-01-31"),
        ('date_format = "%d/%m/%Y"', "", "", "03/01/2012", "2012-01-02T23:00:00Z", "2012-01-03"),
        ('date_format = ["iso", "%m/%d/%y"]', "", "", "9/4/19", "2019-09-03T22:00:00Z", "2019-09-04"),
        ('date_format = "%d.%m.%Y %H:%M"', "", "", "1.2.2026 00:10", "2026-01-31T23:10:00Z", "2026-02-01"),
        ("", ', format = "%Y%m%d"', ', format = "%Y%d%m"', "20260102", "2026-01-01T23:00:00Z", "2026-02-01"),
        # The clocks go forward in the night to 29 March: a day later is 23 hours later.
        ("", ", plus_days = 1", "", "2026-03-28T12:00:00", "2026-03-29T10:00:00Z", "2026-03-28"),
        # The hour from 2 to 3 comes twice on 25 October: the first is meant.
        ("", "", "", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z", "2026-10-25"),
    ],
)
def test_times_are_read_in_their_zone(
    desk: Desk, top: str, at: str, due: str, cell: str, moment: str, day: str
) -> None:
    desk.run(f"id,cell\n1,{cell}\n", DATED.format(top=top, at=at, due=due))
    (draft,) = desk.drafts
    assert draft.occurred_at == datetime.fromisoformat(moment)
    assert draft.occurred_at.tzinfo is UTC
    (invoice,) = desk.events(InvoiceIssued)
    assert invoice.due == date.fromisoformat(day)


@pytest.mark.parametrize("cell", ["31/01/2026", "2026-02-30", "soon", "2026-13-01T00:00:00Z"])
def test_a_time_that_is_none_is_refused(desk: Desk, cell: str) -> None:
    desk.run(f"id,cell\n1,{cell}\n", DATED.format(top="", at="", due=""))
    (reject,) = desk.rejects()
    assert (reject["code"], reject["field"], reject["value"]) == ("invalid-value", "occurred_at", cell)
    assert reject["message"].endswith("Write it as 2026-01-31.")


def test_a_time_that_is_missing_is_refused(desk: Desk) -> None:
    desk.run("id,cell\n1,\n", DATED.format(top="", at="", due=""))
    (reject,) = desk.rejects()
    assert (reject["code"], reject["field"]) == ("missing-field", "occurred_at")


def test_lists_and_objects_leave_out_what_is_empty(desk: Desk) -> None:
    mapping = AMOUNT.format('currency = "EUR"') + (
        'lines = [{ object = { kind = "a", amount = { column = "a", to = "money", currency = "EUR" } } },'
        ' { object = { kind = { column = "b" } } }]'
    )
    desk.run("id,cell,a,b\n1,5,5,\n", mapping)
    (invoice,) = desk.events(InvoiceIssued)
    assert [line.kind for line in invoice.lines] == ["a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("URS Holding, LLC", "urs-holding-llc"),
        ("  (CD) Certificate of deposit ", "cd-certificate-of-deposit"),
        ("Crédit Agricole", "credit-agricole"),
        ("国家电网", "5ae03952"),
        ("国网 Sichuan", "sichuan-5341cb07"),
        ("--", ""),
    ],
)
def test_a_code_is_made_of_a_text(text: str, expected: str) -> None:
    assert code(text) == expected


def test_two_texts_do_not_become_one_code() -> None:
    long = "a" * 100
    assert len({code(text) for text in ["国家电网", "南方电网", long, long + "b", "国 a", "南 a", "a"]}) == 7
    assert len(code(long)) == 80


CONDITIONS = [
    ('{ column = "cell", equals = "a" }', ["a"]),
    ('{ column = "cell", not_equals = "a" }', ["b", "12", ""]),
    ('{ column = "cell", in = ["a", "b"] }', ["a", "b"]),
    ('{ column = "cell", not_in = ["a", "b"] }', ["12", ""]),
    ('{ column = "cell", empty = true }', [""]),
    ('{ column = "cell", empty = false }', ["a", "b", "12"]),
    ('{ column = "cell", matches = "[a-z]|1" }', ["a", "b"]),
    ('{ any = [{ column = "cell", equals = "a" }, { column = "cell", equals = "12" }] }', ["a", "12"]),
    ('[{ column = "cell", not_equals = "a" }, { column = "cell", empty = false }]', ["b", "12"]),
    ('{ column = "cell", not_equals = "a", empty = false }', ["b", "12"]),
]


@pytest.mark.parametrize(("when", "expected"), CONDITIONS)
def test_a_condition_holds_or_not(desk: Desk, when: str, expected: list[str]) -> None:
    mapping = fields('summary = { column = "cell", default = "" }').replace(
        "[entry.fields]", f"when = {when}\n[entry.fields]"
    )
    summary = desk.run("id,cell\n1,a\n2,b\n3,12\n4,\n", mapping)
    assert [event.summary or "" for event in desk.events(InteractionLogged)] == expected
    assert summary.rows_without_entry == 4 - len(expected)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ('{ column = "cell", greater_than = 2 }', ["10", "2.1"]),
        ('{ column = "cell", less_than = 2.1 }', ["2", "-3"]),
        ('{ column = "cell", greater_than = 2, less_than = 9 }', ["2.1"]),
    ],
)
def test_numbers_are_compared_as_numbers(desk: Desk, when: str, expected: list[str]) -> None:
    mapping = fields('summary = { column = "cell" }').replace(
        "[entry.fields]", f"when = {when}\n[entry.fields]"
    )
    desk.run("id,cell\n1,10\n2,2\n3,2.1\n4,-3\n5,\n6,many\n", mapping)
    assert [event.summary for event in desk.events(InteractionLogged)] == expected
    (reject,) = desk.rejects()
    assert (reject["line"], reject["field"], reject["value"]) == (7, "when cell", "many")
