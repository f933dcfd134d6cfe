"""Bytes once written decode for ever, and the same facts give the same bytes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import rfc8785

from domain.door import Door
from domain.entry import Draft, Entry, prepare, read_entry, splice
from domain.events import REGISTER
from domain.events.contact import InteractionLogged
from tests import golden
from tests.golden import FOLDER, Version, add_missing, path_of, read_index, sha256_of, versions

ALL = sorted(versions())
CURRENT = [version for version in ALL if REGISTER[version[0]].schema == version[1]]


def _name(version: Version) -> str:
    return path_of(version).name


def _no_id() -> UUID:
    raise AssertionError("a golden file has an id of its own")


def _draft(state: bytes) -> Draft:
    """Read golden bytes as if they came in at the door, which shares no code with the reader of entries."""
    written = json.loads(state)
    del written["version"], written["recorded_at"]
    return Door(new_id=_no_id).open(written)


def _entry(version: Version) -> Entry[Any]:
    return read_entry(version[0], path_of(version).read_bytes(), 0, 7)


def test_every_type_and_schema_version_has_a_file_and_no_other_has(count: Callable[[str], None]) -> None:
    files = {path.name for path in FOLDER.glob("*.json")} - {golden.INDEX.name}
    assert files == {_name(version) for version in ALL}, "run `python -m tests.golden`"
    count(f"golden files: {len(files)} of {len(ALL)} schema versions")


def test_no_file_was_ever_changed() -> None:
    assert read_index() == {_name(version): sha256_of(path_of(version)) for version in ALL}


@pytest.mark.parametrize("version", ALL, ids=_name)
def test_todays_code_decodes_it(version: Version) -> None:
    entry = _entry(version)
    draft = _draft(path_of(version).read_bytes())
    assert entry.data == draft.event
    assert type(entry.data) is REGISTER[version[0]].cls
    for field in ("id", "stream", "occurred_at", "actor", "source", "source_recorded_at", "correlation_id"):
        assert getattr(entry, field) == getattr(draft, field)
    assert (entry.causation_id, entry.policy_refs) == (draft.causation_id, draft.policy_refs)
    assert (entry.type, entry.schema, entry.version, entry.position) == (*version, 7, 7)


@pytest.mark.parametrize("version", CURRENT, ids=_name)
def test_the_same_facts_give_the_same_bytes(version: Version) -> None:
    state = path_of(version).read_bytes()
    draft = _draft(state)
    assert splice(prepare(draft, draft.event, draft.id), golden.RECORDED_AT, 7) == state


@pytest.mark.parametrize("version", ALL, ids=_name)
def test_the_bytes_are_canonical(version: Version) -> None:
    state = path_of(version).read_bytes()
    assert rfc8785.dumps(json.loads(state)) == state


def test_an_interaction_of_schema_1_held_minutes() -> None:
    assert _entry(("InteractionLogged", 1)).data == InteractionLogged(
        interaction="call-1",
        direction="inbound",
        channel="phone",
        purpose="complaint",
        touchpoint="hotline",
        person="person-1",
        case="case-1",
        identity_verified=True,
        duration_s=240,
        summary="asks why the bill of January is so high",
    )


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in FOLDER.glob("*.json"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    monkeypatch.setattr(golden, "INDEX", tmp_path / "index.json")
    return tmp_path


def test_the_generator_adds_what_is_missing_and_never_overwrites(copy: Path) -> None:
    kept, missing = copy / "PaymentReceived.1.json", copy / "CaseOpened.1.json"
    before = read_index()
    kept.write_bytes(b"{}")
    missing.unlink()
    (copy / "index.json").write_text(json.dumps({k: v for k, v in before.items() if k != missing.name}))
    assert add_missing() == [missing.name]
    assert missing.read_bytes() == path_of(("CaseOpened", 1)).read_bytes()
    assert kept.read_bytes() == b"{}"
    assert read_index() == before


def test_the_generator_does_not_bring_back_a_file_that_was_deleted(copy: Path) -> None:
    (copy / "CaseOpened.1.json").unlink()
    assert add_missing() == []
    assert not (copy / "CaseOpened.1.json").exists()
