"""One ledger for all tests of the verification, which copy it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database import Store, new_ledger
from tests.domain.notary.office import Office
from tests.replay.verify.books import Books, copy_of, new_books


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A ledger of 600 entries, signed five times; not to be changed."""
    folder = tmp_path_factory.mktemp("books") / "original"
    folder.mkdir()
    office = Office(Store(new_ledger()), folder)
    with office.notary() as notary:
        notary.establish()
    Books(new_books(office)).keep()
    yield office
    office.store.drop()


@pytest.fixture
def books(original: Office, tmp_path: Path) -> Iterator[Books]:
    """A copy of it."""
    made = copy_of(original, str(tmp_path / "copy"))
    yield made
    made.store.drop()


@pytest.fixture(scope="module")
def desk(original: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """A copy that the tests of a module share."""
    made = copy_of(original, str(tmp_path_factory.mktemp("desk") / "copy"))
    yield made
    made.store.drop()


@pytest.fixture
def reused(desk: Books, original: Office) -> Books:
    """That copy, as it was before others tampered with it; constraints that they drop stay dropped."""
    desk.restore(original)
    return desk
