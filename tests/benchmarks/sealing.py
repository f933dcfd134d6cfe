"""Sealing: appending with the tree kept against appending without one."""

from collections.abc import Sequence
from typing import Final
from unittest.mock import patch

from domain.seal.tree import Frontier
from tests.benchmarks.bulk import BATCH, batch, ledger_seconds
from tests.benchmarks.harness import line, middle

BATCHES: Final = 30
ROUNDS: Final = 7


class Unsealed:
    """Stands in for `Sealing`, and does nothing."""

    def __init__(self, *_: object) -> None:
        """Take what `Sealing` takes."""
        self._size = 0

    def start(self, size: int, _: bytes) -> None:
        """Begin at the head's size."""
        self._size = size

    def add(self, states: Sequence[bytes]) -> None:
        """Count entries, and hash nothing."""
        self._size += len(states)

    def grow(self) -> Frontier:
        """Leave the tree empty."""
        return Frontier(self._size)

    def committed(self) -> None:
        """Keep nothing."""


def run() -> None:
    """Print entries a second with the seal and without, and their ratio, round by round."""
    sealed: list[float] = []
    unsealed: list[float] = []
    for _ in range(ROUNDS):
        drafts = [batch() for _ in range(BATCHES)]
        sealed.append(BATCHES * BATCH / ledger_seconds(drafts))
        with patch("domain.store.append.Sealing", Unsealed):
            unsealed.append(BATCHES * BATCH / ledger_seconds(drafts))
    line(
        "append: with the seal against without, 1,000 a batch, entries a second",
        sealed=middle(sealed),
        unsealed=middle(unsealed),
        ratio=middle(a / b for a, b in zip(sealed, unsealed, strict=True)),
        target="at least 0.8",
    )
