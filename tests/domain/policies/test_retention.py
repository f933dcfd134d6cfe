"""Retention: what the shipped file says, what a file may not say, and how a term is counted."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policies.retention import Retention, Rule, load, years_later
from domain.refusals import Misconfigured
from tests.conftest import ROOT

SHIPPED = load()
SHIPPED_FILE = ROOT / "domain/policies/retention.toml"
GIVEN: dict[str, Any] = {
    "id": "test",
    "duty": "keep",
    "on": True,
    "jurisdiction": "XX",
    "valid_from": date(2020, 1, 1),
    "years": 3,
    "counts_from": "entry",
    "families": ("money",),
    "law": "Some Act",
    "source": "a test",
    "tag": "V",
}


def rule(**changes: object) -> Rule:
    return Rule.model_validate(GIVEN | changes)


def test_no_shipped_rule_counts_that_was_not_read_in_the_law(count: Callable[[str], None]) -> None:
    assert {it.id: it.tag for it in SHIPPED.rule if it.on} == {"eu-erasure": "V"}
    off = {it.id: it.cited for it in SHIPPED.rule if not it.on}
    assert all(cited.endswith(" [V3]") for cited in off.values())
    assert {"cn-accounting-vouchers", "cn-accounting-statements", "cn-adverse-credit"} < set(off)
    count(f"retention: {len(off)} shipped rules are off, each shown with its tag")


def test_the_years_of_accounting_records_are_those_that_were_read() -> None:
    years = {it.id: (it.years, it.counts_from) for it in SHIPPED.rule}
    assert years["cn-accounting-vouchers"] == (30, "year-end")
    assert years["cn-accounting-statements"] == (10, "year-end")
    assert years["cn-adverse-credit"] == (5, "entry")


def test_what_is_from_memory_is_cited_with_its_tag() -> None:
    assert (SHIPPED.matters.on, SHIPPED.matters.cited) == (True, "GDPR art. 17(3)(e) [M]")


def test_a_rule_is_about_families_and_types() -> None:
    assert rule().is_about("InvoiceIssued")
    assert not rule().is_about("CaseOpened")
    assert rule(types=("CaseOpened",)).is_about("CaseOpened")


@pytest.mark.parametrize(
    ("valid_until", "days"),
    [(None, [False, True, True]), (date(2020, 1, 1), [False, True, False])],
    ids=["without an end", "for a day"],
)
def test_a_rule_is_valid_from_its_first_day_to_its_last(valid_until: date | None, days: list[bool]) -> None:
    it = rule(valid_until=valid_until)
    assert [it.is_valid(date(*on)) for on in ((2019, 12, 31), (2020, 1, 1), (2020, 1, 2))] == days


@pytest.mark.parametrize(
    ("begins", "month", "ends"),
    [
        (date(2026, 1, 1), 1, date(2030, 1, 1)),
        (date(2026, 12, 31), 1, date(2030, 1, 1)),
        (date(2026, 3, 31), 4, date(2029, 4, 1)),
        (date(2026, 4, 1), 4, date(2030, 4, 1)),
    ],
)
def test_a_year_counts_from_the_first_day_after_the_fiscal_year(begins: date, month: int, ends: date) -> None:
    retention = SHIPPED.model_copy(update={"fiscal_year_begins": month})
    assert retention.term_ends(rule(counts_from="year-end"), begins) == ends


@given(st.dates(max_value=date(9_000, 1, 1)), st.integers(0, 200))
def test_a_term_of_years_ends_on_the_same_day(day: date, years: int) -> None:
    ends = years_later(day, years)
    assert ends.year == day.year + years
    if (day.month, day.day) == (2, 29) and (ends.month, ends.day) != (2, 29):
        assert (ends.month, ends.day) == (3, 1)
    else:
        assert (ends.month, ends.day) == (day.month, day.day)


def test_an_entry_can_refer_to_it() -> None:
    name, version, digest = SHIPPED.ref.split("/")
    assert (name, version, len(digest)) == ("retention", "2026-1", 16)
    assert SHIPPED.model_copy(update={"version": "2026-2"}).ref.split("/")[2] != digest
    assert load().ref == SHIPPED.ref


WRONG: dict[str, tuple[str, str, str]] = {
    "an unknown duty": (
        'duty = "erase"',
        'duty = "forget"',
        "rule[0].duty: Input should be 'keep' or 'erase'",
    ),
    "an unknown setting": ('tag = "M"', 'tag = "M"\nwho = "me"', "matters.who: Extra inputs"),
    "an unknown family": ('["money"]', '["monny"]', "rule[1]: there is no family 'monny'; there are cases"),
    "an unknown type": ('"RefundPaid"', '"RefundMade"', "rule[2]: there is no event type 'RefundMade'"),
    "nothing to count from": ('families = ["money"]', "", "rule[1]: families or types say"),
    "too much to count from": ('counts_from = "year-end"', 'counts_from = "closed"', "rule[1]: families or"),
    "a name twice": (
        '"cn-accounting-statements"',
        '"cn-accounting-vouchers"',
        "the file: two rules are named",
    ),
    "no month": ("fiscal_year_begins = 1", "fiscal_year_begins = 13", "fiscal_year_begins: Input should be"),
    "a year as a text": ("years = 30", 'years = "30"', "rule[1].years: Input should be a valid integer"),
    "no TOML": ("[matters]", "[matters", "It cannot be read: "),
}


@pytest.mark.parametrize(("said", "instead", "refusal"), WRONG.values(), ids=WRONG)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, said: str, instead: str, refusal: str) -> None:
    path = tmp_path / "mine.toml"
    text = SHIPPED_FILE.read_text("utf-8")
    assert said in text
    path.write_text(text.replace(said, instead, 1), "utf-8")
    with pytest.raises(Misconfigured) as caught:
        load(path)
    assert (caught.value.field, caught.value.value) == ("DAYBOOK_RETENTION", str(path))
    assert caught.value.hint.startswith(refusal)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="No such file"):
        load(tmp_path / "nothing.toml")


def test_a_house_may_switch_a_rule_on(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = SHIPPED_FILE.read_text("utf-8")
    path.write_text(text.replace("on = false", "on = true"), "utf-8")
    mine = load(path)
    assert isinstance(mine, Retention)
    assert all(it.on for it in mine.rule)
    assert mine.ref != SHIPPED.ref
