"""Entries: canonical bytes of every example, the splice, the fingerprint, the bound, and reading back."""

import dataclasses
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid5

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import INTEGER_MAX
from domain.door import Door
from domain.entry import (
    ENTRY_BYTES_MAX,
    Actor,
    Draft,
    Prepared,
    fingerprint,
    nth_id,
    prepare,
    read_entry,
    splice,
)
from domain.events import REGISTER
from domain.events.examples import EXAMPLES, document
from domain.refusals import TooLarge, UnknownType
from domain.values import moment_text

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
KEY = b"k" * 32
STAMP = b"2026-03-01T00:00:00.000000Z"
DOOR = Door(new_id=lambda: ID)

moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


def _prepared(written: dict[str, Any]) -> Prepared:
    draft = DOOR.open(written)
    return prepare(draft, draft.event, draft.id)


def _paid(amount: str, **envelope: object) -> Prepared:
    data = {"payment": "p-1", "amount": {"amount": amount, "currency": "CNY"}}
    return _prepared(document("PaymentReceived") | {"data": data} | envelope)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_bytes_of_every_example_are_canonical(name: str) -> None:
    state = splice(_prepared(document(name)), STAMP, 1)
    assert rfc8785.dumps(json.loads(state)) == state
    assert b"null" not in state


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_comes_back(name: str) -> None:
    draft = DOOR.open(document(name))
    entry = read_entry(name, splice(prepare(draft, draft.event, draft.id), STAMP, 3), 2, 9)
    assert entry.data == draft.event
    assert (entry.id, entry.stream, entry.type, entry.schema) == (ID, draft.stream, name, draft.event.SCHEMA)
    assert (entry.version, entry.shard, entry.position) == (3, 2, 9)
    assert (entry.occurred_at, entry.actor, entry.source) == (draft.occurred_at, draft.actor, draft.source)
    assert moment_text(entry.recorded_at).encode() == STAMP
    assert (entry.source_recorded_at, entry.correlation_id, entry.policy_refs) == (None, None, ())


def test_the_splice_is_the_whole_entry() -> None:
    state = splice(_paid("12.30", correlation_id="run-1", policy_refs=["a", "b"]), STAMP, 12)
    assert state == (
        b'{"actor":{"id":"clerk-7","kind":"staff","unit":"customer-service"},"correlation_id":"run-1",'
        b'"data":{"amount":{"amount":"12.30","currency":"CNY"},"payment":"p-1"},'
        b'"id":"01890a5d-ac96-774b-bcce-b302099a8057","occurred_at":"2026-02-01T01:30:00.000000Z",'
        b'"policy_refs":["a","b"],"recorded_at":"2026-03-01T00:00:00.000000Z","schema":1,"source":"crm",'
        b'"stream":"customer:42","type":"PaymentReceived","version":12}'
    )


@given(
    st.builds(
        Draft,
        id=st.uuids(),
        stream=st.from_regex(r"customer:[^\x00-\x1f\x7f]{1,120}", fullmatch=True),
        event=st.just(DOOR.open(document("PaymentReceived")).event),
        occurred_at=moments,
        actor=st.builds(Actor, kind=st.just("staff"), id=st.text(st.characters(codec="utf-8"), min_size=1)),
        source=st.text(st.characters(codec="utf-8"), min_size=1),
        source_recorded_at=st.none() | moments,
        correlation_id=st.none() | st.text(st.characters(codec="utf-8")),
        causation_id=st.none() | st.uuids(),
        policy_refs=st.lists(st.text(st.characters(codec="utf-8"))).map(tuple),
    ),
    moments,
    st.integers(1, INTEGER_MAX),
)
def test_any_envelope_is_canonical_and_comes_back(draft: Draft, recorded_at: datetime, version: int) -> None:
    state = splice(prepare(draft, draft.event, draft.id), moment_text(recorded_at).encode(), version)
    assert rfc8785.dumps(json.loads(state)) == state
    entry = read_entry("PaymentReceived", state, 0, 1)
    for field in Draft.__struct_fields__:
        if field not in {"event", "expected_version", "recorded_at", "said"}:
            assert getattr(entry, field) == getattr(draft, field)
    assert (entry.data, entry.version, entry.recorded_at) == (draft.event, version, recorded_at)


def test_times_always_have_six_digits() -> None:
    entry = json.loads(splice(_paid("1", source_recorded_at="2026-02-01T00:00:00.5Z"), STAMP, 1))
    assert entry["occurred_at"] == "2026-02-01T01:30:00.000000Z"
    assert entry["source_recorded_at"] == "2026-02-01T00:00:00.500000Z"


def test_equal_amounts_have_one_fingerprint() -> None:
    assert (
        fingerprint(KEY, _paid("12.3"))
        == fingerprint(KEY, _paid("12.30"))
        == fingerprint(KEY, _paid("012.300"))
    )
    assert fingerprint(KEY, _paid("12.3")) != fingerprint(KEY, _paid("12.31"))
    assert fingerprint(KEY, _paid("12.3")) != fingerprint(b"another key", _paid("12.3"))


@pytest.mark.parametrize("size", [0, 1, 32, 63, 64, 65, 200])
def test_the_fingerprint_is_an_hmac_whatever_the_keys_length(size: int) -> None:
    key, secret, entry = bytes(range(size)), b"secret", _paid("1")
    content = entry.before + entry.between
    assert fingerprint(key, entry) == hmac.digest(key, content, "sha256")
    assert fingerprint(key, entry, secret) == hmac.digest(key, secret + content, "sha256")


def test_the_fingerprint_leaves_out_what_the_ledger_sets() -> None:
    simulated = Door(new_id=lambda: ID, simulated=True)
    written = document("PaymentReceived")
    prints = set()
    for more in ({}, {"expected_version": 4}, {"recorded_at": "2026-05-05T00:00:00Z"}):
        draft = simulated.open(written | more)
        prints.add(fingerprint(KEY, prepare(draft, draft.event, draft.id)))
    assert len(prints) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"occurred_at": "2026-02-01T09:30:00.000001+08:00"},
        {"stream": "customer:43"},
        {"source": "erp"},
        {"actor": {"kind": "staff", "id": "clerk-7"}},
        {"correlation_id": "x"},
        {"causation_id": str(ID)},
        {"policy_refs": ["x"]},
        {"source_recorded_at": "2026-02-01T09:30:00+08:00"},
    ],
)
def test_the_fingerprint_covers_the_envelope(other: dict[str, Any]) -> None:
    assert fingerprint(KEY, _paid("1")) != fingerprint(KEY, _paid("1", **other))


def _of_size(size: int) -> Prepared:
    """Prepare an entry whose canonical bytes at the greatest version have this size."""
    written = document("InteractionLogged")
    bare = _prepared(written | {"data": written["data"] | {"summary": ""}})
    draft = DOOR.open(written)
    text = "x" * (size - len(splice(bare, STAMP, INTEGER_MAX)))
    return prepare(draft, dataclasses.replace(cast("Any", draft.event), summary=text), ID)


def test_an_entry_may_have_65_535_bytes_and_no_more() -> None:
    assert ENTRY_BYTES_MAX == 65_535
    assert len(splice(_of_size(65_535), STAMP, INTEGER_MAX)) == 65_535
    with pytest.raises(TooLarge) as refused:
        _of_size(65_536)
    assert refused.value.value == "65536 bytes"


def test_a_commands_entries_have_ids_that_follow_from_its_own() -> None:
    assert [nth_id(ID, n) for n in range(3)] == [ID, uuid5(ID, "1"), uuid5(ID, "2")]


def test_an_entry_of_a_later_schema_version_is_not_read_as_one_of_ours() -> None:
    for name in ("PaymentReceived", "InteractionLogged"):
        current = REGISTER[name].schema
        state = splice(_prepared(document(name)), STAMP, 1)
        later = state.replace(b'"schema":%d' % current, b'"schema":%d' % (current + 1))
        with pytest.raises(UnknownType):
            read_entry(name, later, 0, 1)


def test_an_entry_of_a_type_that_nobody_registered_is_refused() -> None:
    with pytest.raises(UnknownType):
        read_entry("NeverRegistered", b"{}", 0, 1)


def test_a_draft_is_a_value() -> None:
    draft = DOOR.open(document("CaseOpened"))
    assert draft == DOOR.open(document("CaseOpened"))
    assert hash(draft) == hash(DOOR.open(document("CaseOpened")))
    later = msgspec.structs.replace(draft, occurred_at=draft.occurred_at + timedelta(days=1))
    assert later != draft
