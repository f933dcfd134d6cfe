"""Searching for customers by what is sealed: whatever the spelling, former names included, nobody erased."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.customer.plain import plain
from domain.events.party import ContactPersonAdded, CustomerDetailsChanged, CustomerRegistered
from domain.ledger import Ledger
from domain.vault.vault import Found
from tests.database import Store
from tests.drafts import draft, refusals
from tests.vaults import open_ledger

NAME, STREAM = "Harbour Mills", "customer:1"


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with its vault."""
    with open_ledger(store.url) as made:
        yield made


def _registered(**fields: Any) -> CustomerRegistered:  # noqa: ANN401  fields of whatever type
    return CustomerRegistered(kind="organisation", **fields)


def test_what_is_found_follows_what_was_recorded(ledger: Ledger, store: Store) -> None:
    ledger.record(
        [
            draft("1", _registered(name=NAME, phone="+86 571 0000 0142", address="Quay 3")),
            draft("2", _registered(name="harbour  MILLS")),
            draft("2", ContactPersonAdded(person="7", name=NAME, phone="0571 0000 0142")),
            draft("1", CustomerDetailsChanged(name="Harbour Mills & Sons")),
        ]
    )
    mine, other, person = Found(STREAM, STREAM), Found("customer:2", "customer:2"), "customer:2/person/7"
    assert ledger.find("name", "Harbour Mills") == [mine, other, Found("customer:2", person)]
    assert ledger.find("name", "harbour mills & sons") == [mine]
    assert ledger.find("phone", "0571-00000142") == [mine, Found("customer:2", person)]
    assert ledger.find("address", "QUAY 3") == [mine]
    assert ledger.find("address", "Harbour Mills") == []
    with open_ledger(store.url) as elsewhere:
        assert elsewhere.find("name", "Harbour Mills") == ledger.find("name", "Harbour Mills")
        elsewhere.need_vault().destroy(STREAM, 0)
        elsewhere.need_vault().destroy(person, 0)
    assert ledger.find("name", "Harbour Mills") == [other]
    assert ledger.find("phone", "0571-00000142") == []


def test_a_refused_draft_is_not_found(ledger: Ledger) -> None:
    assert refusals(ledger.record([draft("1", _registered(name=NAME), expected_version=7)])) == [
        "version-conflict"
    ]
    assert ledger.find("name", NAME) == []


def test_each_shard_has_its_keys_and_all_are_searched(sharded_store: Store) -> None:
    with open_ledger(sharded_store.url) as ledger:
        drafts = [draft(str(n), _registered(name=f"{NAME} {n % 2}")) for n in range(12)]
        assert refusals(ledger.record(drafts)) == [None] * 12
        assert len(ledger.find("name", f"{NAME} 1")) == 6
        for n in range(12):
            found = ledger.customer(str(n)).customer
            state = ledger.need_vault().view(plain(found), found.stream)
            assert state["party"]["name"] == f"{NAME} {n % 2}"
        assert {it.shard for it in ledger.heads() if it.size} == {0, 1, 2, 3}
