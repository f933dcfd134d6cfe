"""Golden files: the canonical bytes of an entry of each event type and schema version ever written.

A file is named after the type and the version, and is never changed: what it holds must decode for ever.
`index.json` keeps the SHA-256 of each. `python -m tests.golden` adds what is missing, and touches no other.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from domain.door import Door
from domain.entry import prepare, splice
from domain.events import REGISTER
from domain.events.examples import document

FOLDER: Final = Path(__file__).parent
INDEX: Final = FOLDER / "index.json"
NAMESPACE: Final = UUID("0f5b9a52-6b7c-5d1e-8f6e-2f1f0a7f3c11")
RECORDED_AT: Final = b"2026-02-01T02:00:00.000001Z"

Version = tuple[str, int]


def versions() -> Iterator[Version]:
    """Yield every type and schema version that may have been written."""
    for kind in REGISTER.values():
        for schema in range(1, kind.schema + 1):
            yield kind.name, schema


def path_of(version: Version) -> Path:
    """Return where the bytes of a type and schema version lie."""
    return FOLDER / f"{version[0]}.{version[1]}.json"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_index() -> dict[str, str]:
    """Read the SHA-256 of each golden file by its name."""
    index: dict[str, str] = json.loads(INDEX.read_text("utf-8")) if INDEX.exists() else {}
    return index


def golden_bytes(type_name: str) -> bytes:
    """Write the canonical bytes of the example of an event type, with every field of the envelope."""
    written = document(type_name) | {
        "id": str(uuid5(NAMESPACE, type_name)),
        "source_recorded_at": "2026-02-01T01:45:00.5Z",
        "correlation_id": "golden",
        "causation_id": str(uuid5(NAMESPACE, "cause")),
        "policy_refs": ["policy-1"],
    }
    draft = Door(new_id=_no_id).open(written)
    return splice(prepare(draft, draft.event, draft.id), RECORDED_AT, 7)


def add_missing() -> list[str]:
    """Write the golden files of current schema versions that have none, and index them; returns their names.

    An earlier version's cannot be made any more: it stays from when it was current.
    """
    index = read_index()
    for kind in REGISTER.values():
        path = path_of((kind.name, kind.schema))
        if not path.exists() and path.name not in index:
            path.write_bytes(golden_bytes(kind.name))
    names = {path.name for path in FOLDER.glob("*.json")} - {INDEX.name}
    added = sorted(names - index.keys())
    index |= {name: sha256_of(FOLDER / name) for name in added}
    INDEX.write_text(json.dumps(index, indent=1, sort_keys=True) + "\n", "utf-8")
    return added


def _no_id() -> UUID:
    raise AssertionError("a golden file has an id of its own")
