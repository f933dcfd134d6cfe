"""A mapping that cannot be used is refused with the place in the TOML and what is wrong there."""

from pathlib import Path

import pytest

from api.importer import load_mapping, shipped_mappings
from api.importer.faults import BadMapping, UnknownMapping
from tests.api.importer.sheets import SMALL, Desk


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_shipped_mapping_can_be_used(name: str) -> None:
    assert load_mapping(name).source == name


def test_the_shipped_mappings_are_these() -> None:
    assert shipped_mappings() == [
        "accounts_receivable", "consumer_complaints", "road_traffic_fines", "road_traffic_fines_full",
    ]  # fmt: skip


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(UnknownMapping, match=r"no_such.*accounts_receivable, consumer_complaints"):
        load_mapping("no_such")


def test_a_file_comes_before_a_shipped_one_of_its_name(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("accounts_receivable", SMALL)
    monkeypatch.chdir(desk.folder)
    assert load_mapping("accounts_receivable").source == "shop"


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('source = "shop"', "", "source: is missing"),
        ('source = "shop"', "source = 'a shop'", "source: "),
        ('source = "shop"', 'sauce = "shop"', "sauce: there is no such setting"),
        ('zone = "Europe/Rome"', 'zone = "Rome"', "zone: write a time zone as in Europe/Rome or UTC"),
        ('zone = "Europe/Rome"', 'zone = "../x"', "zone: write a time zone"),
        ('zone = "Europe/Rome"', 'time = "24:00"', "time: write a time of day as 09:30"),
        ('zone = "Europe/Rome"', 'format.encoding = "utf-9"', "format: there is no encoding 'utf-9'"),
        ('key = ["id"]', "key = []", "key: "),
        ('"customer:{customer}"', '"customer:{customer"', "stream: braces enclose the name of a column"),
        ('at = "day"', "", "the file: the entry 'registered' has no `at`"),
        ('part = "invoice"', 'part = "registered"', "the file: two entries are the part 'registered'"),
        ('part = "invoice"', "", "entry[2].part: is missing"),
        ('"InvoiceIssued"', '"InvoiceSent"', "entry[2] \"invoice\": there is no event type 'InvoiceSent'"),
        ("once = true", 'once = "often"', 'entry[1] "registered" once: '),
        (
            "invoice = {",
            "inwoice = {",
            "entry[2] \"invoice\": InvoiceIssued has no field 'inwoice'; it has invoice,",
        ),
        (
            'column = "amount"',
            'colum = "amount"',
            'entry[2] "invoice" fields.amount.colum: there is no such setting',
        ),
        ('column = "amount",', "", 'entry[2] "invoice" fields.amount: a value needs one of column,'),
        ('column = "amount"', 'column = "amount", text = "a"', "a value needs one of column,"),
        (', currency = "EUR"', "", "money needs one of currency and currency_column"),
        ('currency = "EUR"', 'currency = "euro"', 'entry[2] "invoice" fields.amount.currency: '),
        ('to = "money", ', "", 'a currency belongs to = "money"'),
        ('to = "money"', 'to = "cash"', 'entry[2] "invoice" fields.amount.to: '),
        ('column = "amount"', 'rise_of = "total"', "asks for the rise of 'total': no such running"),
        ('column = "id" }', 'rise_of = "total" }', "the rise of a running column is a number"),
        ('column = "id" }', 'const = "a", default = "b" }', "const takes no further settings"),
        (
            "once = true",
            'when = { column = "day" }',
            'entry[1] "registered" when[1]: a condition needs a column',
        ),
        (
            "once = true",
            'when = { equals = "a" }',
            'entry[1] "registered" when[1]: a condition needs a column',
        ),
        (
            "once = true",
            'when = { column = "day", matches = "(" }',
            "when[1].matches: not a regular expression",
        ),
        ("once = true", 'when = { any = [], column = "day" }', "`any` stands alone"),
        ("once = true", 'once = true\nkey = ["day"]\n', "It is not TOML: "),
        ("[[entry]]", "[entry]", "It is not TOML: "),
        (
            'key = ["id"]',
            'key = ["id"]\ngrouped = ["day"]',
            "the key of 'registered', which comes once, must hold",
        ),
        (
            'key = ["id"]',
            'key = ["id"]\ngrouped = ["customer"]\nrunning = [{ name = "r", column = "a", within = ["id"] }]',
            "running 'r' must run within the grouped columns",
        ),
        ('source = "shop"', 'extends = "mapping.toml"', "`extends` names one other mapping, and no circle."),
    ],
)
def test_a_fault_is_named_with_its_place(desk: Desk, before: str, after: str, fault: str) -> None:
    assert before in SMALL
    text = SMALL.replace(before, after, 1)
    with pytest.raises(BadMapping) as refused:
        desk.mapping(text)
    assert refused.value.field.endswith("mapping.toml")
    assert fault in refused.value.hint


def test_all_faults_are_named_at_once(desk: Desk) -> None:
    text = SMALL.replace('zone = "Europe/Rome"', 'zone = "Rome"').replace("once = true", "twice = true")
    with pytest.raises(
        BadMapping, match=r'zone: .*; entry\[1\] "registered" twice: there is no such setting'
    ):
        desk.mapping(text)


def test_a_mapping_may_extend_another(desk: Desk) -> None:
    desk.write("base.toml", SMALL)
    text = """
    extends = "base.toml"
    source = "branch"
    [[entry]]
    part = "invoice"
    when = { column = "amount", empty = false }
    fields.due = { column = "day", to = "date" }
    [[entry]]
    part = "asked"
    type = "PreferenceRecorded"
    fields = { topic = "a", value = "b" }
    """
    mapping = desk.mapping(text)
    assert (mapping.source, mapping.zone) == ("branch", "Europe/Rome")
    assert [entry.part for entry in mapping.entry] == ["registered", "invoice", "asked"]
    assert set(mapping.entry[1].fields) == {"invoice", "amount", "due"}
    assert len(mapping.entry[1].when) == 1


def test_a_mapping_may_extend_a_shipped_one(desk: Desk) -> None:
    mapping = desk.mapping('extends = "accounts_receivable"\nzone = "Asia/Shanghai"')
    assert (mapping.source, mapping.zone) == ("accounts_receivable", "Asia/Shanghai")


def test_a_mapping_that_extends_nothing_known_is_refused(desk: Desk) -> None:
    with pytest.raises(UnknownMapping, match="missing"):
        desk.mapping('extends = "missing"')


def test_a_mapping_names_the_columns_that_it_reads(desk: Desk) -> None:
    text = (
        SMALL
        + 'period = { object = { start = { column = "from" } } }\n'
        + '[derived]\nday = { text = "{@row}{year}" }\n'
    )
    assert desk.mapping(text).columns() == {"id", "customer", "year", "amount", "from"}


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadMapping, match="codec"):
        load_mapping(path)
