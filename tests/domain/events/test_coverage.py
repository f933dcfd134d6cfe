"""The catalogue of event types, and the items of the papers that they serve."""

import re
from collections.abc import Callable
from pathlib import Path

from domain.events import REGISTER
from domain.events.coverage import ITEMS_TOTAL, FieldFacts, catalogue, coverage, fields_of
from domain.events.money import InvoiceIssued


def test_the_items_are_those_of_the_papers(shared: Path) -> None:
    papers = (shared / "reference" / "domain.md").read_text("utf-8")
    numbers = {int(it) for it in re.findall(r"^\| *([0-9]+) \|", papers, re.MULTILINE)}
    assert numbers >= set(range(1, ITEMS_TOTAL + 1))
    assert ITEMS_TOTAL + 1 not in numbers


def test_each_item_names_the_types_that_serve_it(count: Callable[[str], None]) -> None:
    found = coverage()
    assert found.total == ITEMS_TOTAL
    assert set(found.served) | set(found.unserved) == set(range(1, ITEMS_TOTAL + 1))
    assert not set(found.served) & set(found.unserved)
    for kind in REGISTER.values():
        assert all(kind.name in found.served[item] for item in kind.items)
    assert sum(map(len, found.served.values())) == sum(len(kind.items) for kind in REGISTER.values())
    count(f"items of the papers with event types: {len(found.served)} of {found.total}")


def test_families_are_counted() -> None:
    found = coverage()
    assert sum(found.types_by_family.values()) == len(REGISTER)
    assert list(found.types_by_family) == list(found.items_by_family) == sorted(found.items_by_family)
    contracts = {item for kind in REGISTER.values() if kind.family == "contracts" for item in kind.items}
    assert found.items_by_family["contracts"] == len(contracts)


def test_the_catalogue_describes_every_type_by_family() -> None:
    facts = catalogue()
    assert {it.name for it in facts} == set(REGISTER)
    assert [it.family for it in facts] == sorted(it.family for it in facts)
    call = next(it for it in facts if it.name == "InteractionLogged")
    assert (call.schema, call.family, call.items) == (2, "contact", (8, 18, 20, 25, 30))
    assert call.sentence == "The customer and the enterprise spoke, wrote or met."
    assert FieldFacts("direction", "inbound | outbound", "", needed=True) in call.fields
    assert FieldFacts("duration_s", "whole number", "seconds", needed=False) in call.fields


def test_fields_are_told_in_words() -> None:
    told = {field.name: (field.type, field.unit, field.needed) for field in fields_of(InvoiceIssued)}
    assert told["invoice"] == ("identifier", "", True)
    assert told["amount"] == ("money", "its currency", True)
    assert told["due"] == ("day", "", False)
    assert told["period"] == ("period", "", False)
    assert told["lines"] == ("list of InvoiceLine", "", False)
    assert told["burden_percent_a_year"] == ("decimal", "percent a year", False)
