"""The whole path: validate, decide, write the bytes, append; on the simulated company."""

from itertools import islice
from time import perf_counter
from typing import Any, Final

from api.demo.simulation import documents
from domain.door import open_batch
from domain.refusals import Refused
from tests.benchmarks.harness import fresh_ledger, line, middle

BATCH: Final = 1_000
ENTRIES: Final = 30_000
ROUNDS: Final = 3


def run() -> None:
    """Print entries a second of the whole path, and its ratio to the append alone of the same entries."""
