"""Helpers for tests of the importer: a small mapping, files made on the spot, runs that keep their drafts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.importer import Mapping, Options, Outcome, Rehearsal, Summary, load_mapping, run_import
from domain.entry import Draft

SMALL = """
source = "shop"
zone = "Europe/Rome"
key = ["id"]
stream = "customer:{customer}"
at = "day"

[[entry]]
part = "registered"
type = "CustomerRegistered"
key = ["customer"]
once = true
fields = { kind = "person" }

[[entry]]
part = "invoice"
type = "InvoiceIssued"
[entry.fields]
invoice = { column = "id" }
amount = { column = "amount", to = "money", currency = "EUR" }
"""
HEADER = "id,customer,day,amount\n"


@dataclass(slots=True)
class Desk:
    """Runs imports one after the other against what it has been shown, which it keeps."""

    folder: Path
    record: Rehearsal = field(default_factory=Rehearsal)
    drafts: list[Draft] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def mapping(self, text: str = SMALL) -> Mapping:
        """Read a mapping from its text."""
        return load_mapping(self.write("mapping.toml", text))

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run(self, content: str | bytes, mapping: Mapping | str = SMALL, **options: object) -> Summary:
        """Import one file of this content."""
        return self.run_files([self.write("rows.csv", content)], mapping, **options)

    def run_files(self, files: Sequence[Path], mapping: Mapping | str = SMALL, **options: object) -> Summary:
        """Import files."""
        found = self.mapping(mapping) if isinstance(mapping, str) else mapping
        named: dict[str, Any] = {"rejects": self.folder / "rejects.jsonl", **options}
        return run_import(found, files, self._take, Options(**named))

    def rejects(self) -> list[dict[str, Any]]:
        """The lines of the rejects file."""
        lines = (self.folder / "rejects.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def events(self, event_type: type[Any]) -> list[Any]:
        """The events of a type that were given to the ledger, in order."""
        return [draft.event for draft in self.drafts if isinstance(draft.event, event_type)]

    def _take(self, drafts: Sequence[Draft]) -> Sequence[Outcome]:
        self.batches.append(len(drafts))
        self.drafts += drafts
        return self.record(drafts)


def fields(*settings: str) -> str:
    """A mapping whose only entry has these lines as its fields, on an interaction with the customer."""
    lines = "\n".join(settings)
    return f"""
source = "shop"
key = ["id"]
stream = "customer:1"
at = {{ const = "2026-01-01T00:00:00Z" }}
[[entry]]
part = "only"
type = "InteractionLogged"
[entry.fields]
interaction = {{ column = "id" }}
direction = "inbound"
channel = "phone"
purpose = "asked"
{lines}
"""
