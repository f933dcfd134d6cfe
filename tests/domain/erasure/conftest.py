"""A house whose ledger has somebody in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.ledger import Ledger
from tests.database import Store
from tests.domain.erasure.house import House, life, record


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    """A house in whose ledger somebody lives."""
    made = House(store, tmp_path).establish()
    with made.open() as ledger:
        record(ledger, *life())
    return made


@pytest.fixture
def ledger(house: House) -> Iterator[Ledger]:
    """Its ledger, open."""
    with house.open() as opened:
        yield opened
