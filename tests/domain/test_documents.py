"""JSON texts at the door: what is no document is refused, whatever it is, and nothing ever crashes."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.documents import DOCUMENT_BYTES_MAX, read_bytes, read_mapping
from domain.door import Door
from domain.entry import Draft, prepare
from domain.events.examples import EXAMPLES, document
from domain.refusals import InvalidValue, Refused, TooLarge

DOOR = Door(new_id=lambda: UUID(int=1))

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=12)
    | st.sampled_from(
        ["12.30", "-1", "86400", "2026-01-31", "2026-01-31T09:00:00", "0001-01-01T00:00:00+14:00"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
"""JSON values, and what Python takes for some: halves of surrogate pairs, numbers that are none."""


def _paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += _paths(item, (*path, key))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A valid document in which up to three places were changed, dropped, renamed or added to."""
    written: dict[str, Any] = json.loads(json.dumps(document(draw(st.sampled_from(sorted(EXAMPLES))))))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(_paths(written)))
        place: Any = written
        for step in way:
            place = place[step]
        match draw(st.sampled_from(["change", "drop", "rename", "add"])):
            case "change":
                place[last] = draw(anything)
            case "drop":
                del place[last]
            case "rename" if isinstance(place, dict):
                place[draw(st.text(max_size=8)) + str(last)] = place.pop(last)
            case _ if isinstance(place, dict):
                place[draw(st.text(max_size=8))] = draw(anything)
            case _:
                place.append(draw(anything))
        if not _paths(written):
            break
    return written


def _check_told(refused: Refused) -> None:
    assert refused.message
    assert refused.code


def _fate(written: bytes | str | dict[str, Any]) -> Draft | None:
    """Open a document; whatever is refused must be able to say so, and what is not can be recorded."""
    try:
        draft = DOOR.open(written)
    except Refused as refused:
        _check_told(refused)
        return None
    prepare(draft, draft.event, draft.id)
    return draft


@given(mutated())
def test_a_mutated_document_is_taken_or_refused_the_same_as_text_and_as_values(
    written: dict[str, Any],
) -> None:
    as_values = _fate(written)
    try:
        text = json.dumps(written, allow_nan=False)
    except ValueError:
        assert as_values is None
        return
    assert _fate(text) == as_values


@given(st.sampled_from(sorted(EXAMPLES)), anything)
def test_any_data_is_taken_or_refused(name: str, data: object) -> None:
    _fate(document(name) | {"data": data})


@given(st.dictionaries(st.sampled_from(["stream", "type", "data", "id", "schema", "actor", "x"]), anything))
def test_any_object_is_taken_or_refused(written: dict[str, Any]) -> None:
    _fate(written)
    _fate(document("InteractionLogged") | written)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(raw: bytes) -> None:
    assert _fate(raw) is None


@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_a_text_with_a_byte_changed_is_taken_or_refused(name: str, data: st.DataObject) -> None:
    raw = bytearray(json.dumps(document(name)).encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    _fate(bytes(raw))


DEEP = 100_000


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"NaN", "a number"),
        (b'{"type": NaN}', "a number"),
        (b'\xef\xbb\xbf{"type": "CaseOpened"}', "not JSON"),
        (b'{"type": "\xff"}', "not JSON"),
        (b'{"type": 1e999}', "a number"),
        (b'{"type": ' + b"1" * 10_000 + b"}", "not JSON"),
        (b"[" * DEEP, "nested too deeply"),
        (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "nested too deeply"),
        (b"[]", "JSON object"),
        (b'"text"', "JSON object"),
        (b"null", "JSON object"),
        (b'{"type": "\\ud800"}', "surrogate"),
        ('{"type": "\ud800"}', "surrogate"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"data": {"b": {"a": 1, "a": 2}}}', "twice"),
        (b'{"data": {"b": "\\u003a", "b": 2}}', "twice"),
        (b'{"data": [{"a": 1, "\\u0061": 2}]}', "twice"),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(raw: bytes | str, reason: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        DOOR.open(raw)
    assert reason in refused.value.hint
    assert len(refused.value.message) < 600


def test_colons_in_texts_are_no_doubled_names() -> None:
    plain, written = read_bytes(b'{"a:b": ":::", "c": "\\u003a:", "d": {"a": 1}, "e": {"a": 2}}')
    assert plain == {"a:b": ":::", "c": "::", "d": {"a": 1}, "e": {"a": 2}}
    assert json.loads(written) == plain


def test_a_backslash_before_u0000_is_no_nul() -> None:
    text = json.dumps({"a": "\\u0000"})
    assert read_bytes(text)[0] == {"a": "\\u0000"}
    assert json.loads(read_mapping({"a": "\\u0000", "b": "null"})) == {"a": "\\u0000", "b": "null"}


def test_a_document_has_at_most_one_mebibyte() -> None:
    frame = len(b'{"a":""}')
    fits = {"a": "x" * (DOCUMENT_BYTES_MAX - frame)}
    raw = json.dumps(fits, separators=(",", ":"))
    assert read_bytes(raw)[0] == fits
    assert len(read_mapping(fits)) == DOCUMENT_BYTES_MAX
    too_large: list[Callable[[], object]] = [
        lambda: read_bytes(raw + " "),
        lambda: read_bytes(b"[" * (DOCUMENT_BYTES_MAX + 1)),
        lambda: read_mapping({"a": fits["a"] + "x"}),
    ]
    for read in too_large:
        with pytest.raises(TooLarge):
            read()


def test_a_dictionary_that_holds_itself_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["a"] = endless
    with pytest.raises(InvalidValue, match="nested too deeply"):
        DOOR.open(endless)
