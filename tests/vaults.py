"""Vaults for tests: a fixed key-encryption key, which is no secret."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.ledger import Ledger
from domain.vault.keys import KeyRing, LocalKek
from domain.vault.vault import Vault
from tests.database import Store

KEK = LocalKek(b"\x4b" * 32)
OTHER_KEK = LocalKek(b"\x4c" * 32)
RING = KeyRing.of(KEK)


def vault_of(url: str, ring: KeyRing = RING) -> Vault:
    """The vault of a database; whoever opens a ledger with it closes both."""
    return Vault.open(url, ring)


def open_ledger(url: str, **asked: Any) -> Ledger:  # noqa: ANN401  what `Ledger.open` takes
    """Open the ledger of a database with its vault."""
    return Ledger.open(url, vault=vault_of(url), **asked)


@pytest.fixture
def vault(store: Store) -> Iterator[Vault]:
    """The vault of `store`."""
    made = vault_of(store.url)
    yield made
    made.close()
