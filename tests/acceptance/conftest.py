"""Books for the truths: a fresh ledger in a real database for each source."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.books import Books, new_books


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    """Return a ledger that this module alone writes to."""
    with new_books() as made:
        yield made


@pytest.fixture(scope="session")
def data(shared: Path) -> Path:
    """Return the folder of real data."""
    return shared / "data"
