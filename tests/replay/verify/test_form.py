"""The canonical form: what is accepted is canonical by its definition, and all of that is accepted."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import INTEGER_MAX, canonical_bytes
from replay.verify.form import Envelope, NotCanonicalError, read_envelopes

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
KEYS = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=4)
SCALARS = TEXTS | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
PIECES = st.binary(max_size=3) | st.sampled_from([b" ", b'"', b"\\", b"1", b"e", b"null,", b"{}"])
DATA = st.dictionaries(KEYS, VALUES, max_size=4)


def envelope(data: Any, other: Mapping[str, Any] | None = None) -> dict[str, Any]:  # noqa: ANN401  any JSON
    """An entry as plain JSON."""
    return {
        "actor": {"id": "clerk-1", "kind": "staff"},
        "data": data,
        "id": "00000000-0000-4000-8000-000000000000",
        "occurred_at": "2026-01-01T00:00:00.000000Z",
        "recorded_at": "2026-01-01T00:00:00.000001Z",
        "schema": 1,
        "source": "test",
        "stream": "customer:1",
        "type": "Noted",
        "version": 1,
        **(other or {}),
    }


def is_canonical(state: bytes) -> bool:
    """Whether bytes are an entry in canonical form, by its definition."""
    try:
        return canonical_bytes(json.loads(state)) == state
    except Exception:  # noqa: BLE001  whatever is wrong with it
        return False


def accepts(state: bytes) -> bool:
    """Whether bytes are taken for an entry in canonical form."""
    (read,) = read_envelopes([state])
    return isinstance(read, Envelope)


@given(DATA)
def test_all_that_is_canonical_is_accepted(data: dict[str, Any]) -> None:
    (read,) = read_envelopes([canonical_bytes(envelope(data))])
    assert isinstance(read, Envelope), read
    assert read.data == data


@given(DATA, st.data())
def test_nothing_else_is(data: dict[str, Any], draw: st.DataObject) -> None:
    state = bytearray(canonical_bytes(envelope(data)))
    place = draw.draw(st.integers(0, len(state) - 1))
    state[place : place + draw.draw(st.integers(0, 2))] = draw.draw(PIECES)
    assert is_canonical(bytes(state)) or not accepts(bytes(state))


def test_deeper_than_any_event_is_no_fault() -> None:
    deep: Any = "bottom"
    for _ in range(40):
        deep = [{"in": deep}]
    assert accepts(canonical_bytes(envelope({"deep": deep})))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"version": 0}, "version"),
        ({"schema": 0}, "schema"),
        ({"version": "1"}, "version"),
        ({"occurred_at": "2026-01-01T00:00:00Z"}, "moment"),
        ({"source_recorded_at": "yesterday"}, "moment"),
        ({"source_recorded_at": ""}, "moment"),
        ({"recorded_at": "2026-01-01T00:00:00.000000Z\n"}, "moment"),
        ({"actor": {"id": "x", "kind": "ghost"}}, "actor"),
        ({"actor": {"id": "x", "kind": "staff", "name": "y"}}, "actor"),
        ({"extra": 1}, "extra"),
        ({"data": []}, "data"),
        ({"policy_refs": [1]}, "policy_refs"),
    ],
)
def test_it_says_what_is_wrong(other: dict[str, Any], why: str) -> None:
    good, bad = canonical_bytes(envelope({})), canonical_bytes(envelope({}, other))
    one, fault, two = read_envelopes([good, bad, good])
    assert isinstance(fault, NotCanonicalError)
    assert why in str(fault)
    assert isinstance(one, Envelope)
    assert isinstance(two, Envelope)


@pytest.mark.parametrize(
    ("old", "new"), [(b"1", b"1.0"), (b'"p"', b"null"), (b'"p"', b'"\\u0000"'), (b'"a"', b'"\xc3\xa4"')]
)
def test_values_that_no_entry_may_hold_are_named_by_their_place(old: bytes, new: bytes) -> None:
    state = canonical_bytes(envelope({"a": "p"}))
    at = state.index(b'"data"')
    (read,) = read_envelopes([state[:at] + state[at:].replace(old, new, 1)])
    assert isinstance(read, NotCanonicalError)
