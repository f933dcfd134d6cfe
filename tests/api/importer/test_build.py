"""Rows become drafts: ids that are the same each time, what comes once, rises of running totals, groups."""

from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from api.importer import run_id
from domain.entry import Actor
from domain.events.money import InvoiceIssued, PaymentReceived
from domain.events.party import CustomerRegistered
from tests.api.importer.sheets import HEADER, SMALL, Desk

ROWS = HEADER + "1,ann,2026-01-01,5\n2,bob,2026-01-02,6\n3,ann,2026-01-03,7\n"

TOTALS = """
source = "meter"
key = ["row"]
stream = "customer:{{customer}}"
at = "day"
{extra}
[[running]]
name = "paid"
column = "total"
within = ["customer"]
[[entry]]
part = "payment"
type = "PaymentReceived"
when = {{ column = "kind", equals = "payment" }}
[entry.fields]
payment = {{ column = "row" }}
amount = {{ rise_of = "paid", to = "money", currency = "EUR" }}
"""
TOTALS_HEADER = "row,customer,kind,day,total\n"


def paid(desk: Desk) -> list[tuple[str, Decimal]]:
    """What was paid, in order."""
    return [(event.payment, event.amount.amount) for event in desk.events(PaymentReceived)]


def test_an_id_follows_from_source_key_part_and_revision(desk: Desk) -> None:
    desk.run(ROWS)
    shop = uuid5(uuid5(NAMESPACE_URL, "urn:daybook:imports"), "shop")
    assert [draft.id for draft in desk.drafts] == [
        uuid5(shop, name)
        for name in [
            '["ann","registered",1]',
            '["1","invoice",1]',
            '["bob","registered",1]',
            '["2","invoice",1]',
            '["3","invoice",1]',
        ]
    ]


def test_columns_of_a_key_do_not_run_together(desk: Desk) -> None:
    mapping = SMALL.replace('key = ["id"]', 'key = ["id", "customer"]')
    desk.run(HEADER + "1,2 3,2026-01-01,5\n1 2,3,2026-01-01,5\n", mapping)
    assert len({draft.id for draft in desk.drafts}) == 4


def test_the_envelope_says_where_it_comes_from(desk: Desk) -> None:
    desk.run(ROWS, SMALL.replace("[[entry]]", 'source_recorded_at = "day"\n[[entry]]', 1))
    draft = desk.drafts[-1]
    assert (draft.stream, draft.source) == ("customer:ann", "shop")
    assert draft.actor == Actor("system", "shop")
    assert draft.correlation_id == str(run_id("shop", 1))
    assert draft.source_recorded_at == draft.occurred_at
    assert draft.expected_version is None


def test_the_actor_can_be_named(desk: Desk) -> None:
    desk.run(
        ROWS,
        SMALL.replace("[[entry]]", '[actor]\nkind = "staff"\nid = "k-7"\nunit = "billing"\n[[entry]]', 1),
    )
    assert desk.drafts[0].actor == Actor("staff", "k-7", "billing")


def test_the_order_of_rows_and_of_entries_is_kept(desk: Desk) -> None:
    rows = [f"{n},c{n % 7},2026-01-0{1 + n % 3},5\n" for n in range(100)]
    desk.run(HEADER + "".join(rows), batch=9)
    numbers = [int(event.invoice) for event in desk.events(InvoiceIssued)]
    assert numbers == list(range(100))
    parts: list[type[object]] = [type(draft.event) for draft in desk.drafts if draft.stream == "customer:c3"]
    assert parts == [CustomerRegistered] + [InvoiceIssued] * 14


def test_what_comes_once_comes_with_the_first_row_of_its_key(desk: Desk) -> None:
    desk.run(ROWS)
    registered = [
        (draft.stream, draft.occurred_at.day)
        for draft in desk.drafts
        if isinstance(draft.event, CustomerRegistered)
    ]
    # Midnight in Rome is the day before in UTC.
    assert registered == [("customer:ann", 31), ("customer:bob", 1)]


def test_what_comes_once_waits_for_its_condition(desk: Desk) -> None:
    mapping = SMALL.replace("once = true", 'once = true\nwhen = { column = "amount", equals = "7" }')
    desk.run(ROWS, mapping)
    assert len(desk.events(CustomerRegistered)) == 1
    assert isinstance(desk.drafts[-2].event, CustomerRegistered)


def test_what_comes_once_waits_for_a_row_that_is_sound(desk: Desk) -> None:
    desk.run(ROWS.replace("2026-01-01", "soon"))
    assert [reject["part"] for reject in desk.rejects()] == ["registered", "invoice"]
    assert [draft.stream for draft in desk.drafts if isinstance(draft.event, CustomerRegistered)] == [
        "customer:bob",
        "customer:ann",
    ]


def test_what_comes_once_does_so_across_files(desk: Desk) -> None:
    first, second = desk.write("a.csv", ROWS), desk.write("b.csv", HEADER + "4,ann,2026-02-01,5\n")
    summary = desk.run_files([first, second])
    assert summary.recorded == {"CustomerRegistered": 2, "InvoiceIssued": 4}


def test_an_empty_key_is_refused_with_its_column(desk: Desk) -> None:
    desk.run(HEADER + ",ann,2026-01-01,5\n")
    (reject,) = desk.rejects()
    assert (reject["part"], reject["code"], reject["field"]) == ("invoice", "missing-field", "id")
    assert reject["message"].endswith("The key column id is empty.")


def test_rises_of_a_running_total_are_the_payments(desk: Desk) -> None:
    rows = [
        "1,ann,opening,2026-01-01,10.50",
        "2,bob,payment,2026-01-01,3",
        "3,ann,payment,2026-01-02,12",
        "4,bob,payment,2026-01-02,",
        "5,ann,payment,2026-01-03,12.00",
        "6,ann,payment,2026-01-03,11",
        "7,bob,payment,2026-01-03,3.01",
        "8,ann,payment,2026-01-04,12.5",
    ]
    summary = desk.run(TOTALS_HEADER + "\n".join(rows), TOTALS.format(extra=""))
    assert paid(desk) == [
        ("2", Decimal(3)),
        ("3", Decimal("1.50")),
        ("7", Decimal("0.01")),
        ("8", Decimal("0.50")),
    ]
    assert summary.rows_without_entry == 4


def test_a_total_that_is_no_number_is_refused_where_it_counts(desk: Desk) -> None:
    rows = ["1,ann,opening,2026-01-01,none", "2,ann,payment,2026-01-02,much", "3,ann,payment,2026-01-03,2"]
    desk.run(TOTALS_HEADER + "\n".join(rows), TOTALS.format(extra=""))
    (reject,) = desk.rejects()
    assert (reject["line"], reject["field"], reject["value"]) == (3, "data.amount", "much")
    assert paid(desk) == [("3", Decimal(2))]


def test_the_memory_of_a_group_ends_with_it(desk: Desk) -> None:
    rows = [f"{n},c{n // 3},payment,2026-01-01,{1 + n % 3}" for n in range(300)]
    grouped = desk.run(TOTALS_HEADER + "\n".join(rows), TOTALS.format(extra='grouped = ["customer"]'))
    found = paid(desk)
    desk.drafts.clear()
    plain = desk.run(TOTALS_HEADER + "\n".join(rows), TOTALS.format(extra=""))
    assert paid(desk) == found
    assert {amount for _, amount in found} == {Decimal(1)}
    assert (grouped.rows_rejected, plain.rows_rejected) == (0, 0)


def test_a_group_that_returns_is_refused_not_counted_anew(desk: Desk) -> None:
    rows = ["1,ann,payment,2026-01-01,5", "2,bob,payment,2026-01-01,5", "3,ann,payment,2026-01-02,6"]
    rows.append("4,bob,payment,2026-01-02,6")
    summary = desk.run(TOTALS_HEADER + "\n".join(rows), TOTALS.format(extra='grouped = ["customer"]'))
    rejects = desk.rejects()
    assert [(reject["line"], reject["code"], reject["value"]) for reject in rejects] == [
        (4, "group-returned", "ann")
    ]
    assert paid(desk) == [("1", Decimal(5)), ("2", Decimal(5)), ("4", Decimal(1))]
    assert (summary.rows, summary.rows_rejected) == (4, 1)


def test_a_derived_column_can_be_used_like_any_other(desk: Desk) -> None:
    mapping = SMALL.replace(
        "[[entry]]", '[derived]\nref = { column = "id", default_column = "@row" }\n[[entry]]', 1
    )
    mapping = mapping.replace('key = ["id"]', 'key = ["ref"]').replace(
        '{ column = "id" }', '{ text = "no-{ref}" }'
    )
    desk.run(HEADER + "a,ann,2026-01-01,5\n,ann,2026-01-02,6\n", mapping)
    assert [event.invoice for event in desk.events(InvoiceIssued)] == ["no-a", "no-2"]


def test_an_optional_column_may_be_missing(desk: Desk) -> None:
    mapping = (
        SMALL.replace("[[entry]]", 'optional = ["due"]\n[[entry]]', 1)
        + 'due = { column = "due", to = "date" }\n'
    )
    desk.run(ROWS, mapping)
    assert {event.due for event in desk.events(InvoiceIssued)} == {None}
    desk.drafts.clear()
    desk.run("due," + HEADER + "2026-03-01,9,ann,2026-01-01,5\n", mapping)
    assert [str(event.due) for event in desk.events(InvoiceIssued)] == ["2026-03-01"]


def test_files_may_hold_their_columns_in_another_order(desk: Desk) -> None:
    files = [desk.write("a.csv", ROWS), desk.write("b.csv", "amount,id,day,customer\n8,4,2026-01-04,ann\n")]
    desk.run_files(files)
    amounts = [event.amount.amount for event in desk.events(InvoiceIssued)]
    assert amounts == [5, 6, 7, 8]
