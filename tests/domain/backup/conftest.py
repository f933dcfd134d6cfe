"""Archives of ledgers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database import Store
from tests.domain.backup.archive import Archive, Home


@pytest.fixture
def archive(store: Store, tmp_path: Path) -> Iterator[Archive]:
    """A signed, empty ledger of one shard."""
    made = Archive(Home(store, tmp_path / "home").establish(), tmp_path / "backups")
    yield made
    made.close()


@pytest.fixture
def sharded(sharded_store: Store, tmp_path: Path) -> Iterator[Archive]:
    """The same of four shards."""
    made = Archive(Home(sharded_store, tmp_path / "home").establish(), tmp_path / "backups")
    yield made
    made.close()
