"""A desk to import at."""

from pathlib import Path

import pytest

from tests.api.importer.sheets import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk with a folder of its own and nothing recorded."""
    return Desk(tmp_path)
