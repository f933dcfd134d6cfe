"""A ledger with a notary's office: keys made, the empty log signed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database import Store
from tests.domain.notary.office import Office


@pytest.fixture
def bare(store: Store, tmp_path: Path) -> Iterator[Office]:
    """A ledger that has no key yet."""
    (tmp_path / "mine").mkdir()
    made = Office(store, tmp_path / "mine")
    yield made
    if made.store is not store:
        made.store.drop()


@pytest.fixture
def office(bare: Office) -> Office:
    """A ledger whose key is made, and whose empty log is signed."""
    with bare.notary() as notary:
        assert notary.establish() == [0]
    return bare
