"""A ledger behind both doors: the app to call, and the command to run."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.opening import establish, vault_of
from domain.ledger import Ledger
from tests.api.doors import Client, Command, client_of
from tests.api.people import people  # noqa: F401  a fixture
from tests.database import Store, new_ledger


@pytest.fixture(scope="module")
def home() -> Iterator[Store]:
    """A ledger for all tests of a module, each of which uses customers of its own."""
    made = Store(new_ledger())
    yield made
    made.drop()


@pytest.fixture(scope="module")
def folders(home: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of its keys and of its checkpoints."""
    folder = tmp_path_factory.mktemp("folders")
    keys, checkpoints = folder / "keys", folder / "checkpoints"
    assert establish(home.url, keys, [checkpoints]) == [0]
    return keys, checkpoints


@pytest.fixture(scope="module")
def ledger(home: Store, folders: tuple[Path, Path]) -> Iterator[Ledger]:
    """That ledger, open."""
    with Ledger.open(home.url, vault=vault_of(home.url, folders[0])) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(ledger: Ledger) -> Iterator[Client]:
    """Its HTTP door, without a network."""
    with client_of(ledger) as opened:
        yield opened


@pytest.fixture
def command(home: Store, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The `daybook` command on that ledger."""
    _name(monkeypatch, home, *folders)
    monkeypatch.setenv("DAYBOOK_ACTOR", "staff:tester")
    return Command(CliRunner())


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Store], Path]:
    """Has the `daybook` command use another ledger, without keys yet; returns where its folders will lie."""

    def use(other: Store) -> Path:
        _name(monkeypatch, other, tmp_path / "keys", tmp_path / "checkpoints")
        monkeypatch.setenv("DAYBOOK_OWNER_URL", other.database.owner_url)
        return tmp_path

    return use


def _name(monkeypatch: pytest.MonkeyPatch, store: Store, keys: Path, checkpoints: Path) -> None:
    folders = {"KEYS": os.fspath(keys), "CHECKPOINTS": os.fspath(checkpoints)}
    for name, value in {"DATABASE_URL": store.url, **folders}.items():
        monkeypatch.setenv(f"DAYBOOK_{name}", value)
