"""A ledger behind both doors: the app to call, and the command to run."""

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from domain.ledger import Ledger
from tests.api.doors import Client, Command, client_of
from tests.database import Store, new_ledger


@pytest.fixture(scope="module")
def home() -> Iterator[Store]:
    """A ledger for all tests of a module, each of which uses customers of its own."""
    made = Store(new_ledger())
    yield made
    made.drop()


@pytest.fixture(scope="module")
def ledger(home: Store) -> Iterator[Ledger]:
    """That ledger, open."""
    with Ledger.open(home.url) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(ledger: Ledger) -> Iterator[Client]:
    """Its HTTP door, without a network."""
    with client_of(ledger) as opened:
        yield opened


@pytest.fixture
def command(home: Store, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The `daybook` command on that ledger."""
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", home.url)
    monkeypatch.setenv("DAYBOOK_ACTOR", "staff:tester")
    return Command(CliRunner())
