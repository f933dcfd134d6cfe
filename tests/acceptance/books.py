"""What the truths are asked of: a ledger in a database, filled by the importer, and its customers folded."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from api.importer import Options, Summary, load_mapping, run_import
from domain.customer import Customer, fold
from domain.entry import Entry
from domain.ledger import Ledger
from tests.database import new_ledger
from tests.postgres import drop_database
from tests.vaults import open_ledger

PAGE = 20_000


@dataclass(frozen=True, slots=True)
class Books:
    """An open ledger."""

    ledger: Ledger

    @property
    def zone(self) -> ZoneInfo:
        """The ledger's zone, whose days count."""
        return ZoneInfo(self.ledger.facts.zone)

    def take_in(self, mapping: str, *files: Path) -> Summary:
        """Import files by a shipped mapping; nothing may be refused."""
        summary = run_import(load_mapping(mapping), files, self.ledger.record, Options())
        assert summary.stopped is None
        assert summary.refusals == {}
        return summary

    def log(self) -> Iterator[Entry[Any]]:
        """Every entry, in the order of the log."""
        after = 0
        while page := self.ledger.log(after=after, limit=PAGE):
            yield from page
            after = page[-1].position

    def streams(self) -> dict[str, list[Entry[Any]]]:
        """All entries by stream, in the order of their versions."""
        found: dict[str, list[Entry[Any]]] = defaultdict(list)
        for entry in self.log():
            found[entry.stream].append(entry)
        return found

    def customers(self) -> dict[str, Customer]:
        """Every customer, folded from all their entries."""
        zone = self.ledger.facts.zone
        return {stream: fold(stream, entries, zone) for stream, entries in self.streams().items()}


@contextmanager
def new_books() -> Iterator[Books]:
    """Open a ledger in a database of its own, which is removed afterwards."""
    database = new_ledger()
    try:
        with open_ledger(database.url) as ledger:
            yield Books(ledger)
    finally:
        drop_database(database.owner_url, database.url.rpartition("/")[2].partition("?")[0])


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a file by the shortest way, to compare with what the importer made of it."""
    with (
        gzip.open(path, "rt", newline="", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(newline="") as file
    ):
        return list(csv.DictReader(file))
