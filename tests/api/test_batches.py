"""Requests taken apart into documents."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.batches import read_documents, take_apart
from domain.refusals import InvalidValue, MissingField

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "entries", "a"]), inner)
    ),
    max_leaves=6,
)


def read(text: bytes) -> list[tuple[int, object]]:
    return [(number, document) for number, document in read_documents(io.BytesIO(text))]


@pytest.mark.parametrize(
    ("body", "documents", "batch"),
    [
        (b'{"a": 1}', [b'{"a": 1}'], False),
        (b'[{"a": 1}, 2]', [b'{"a": 1}', b"2"], True),
        (b'{"entries": [{"a": 1.50}]}', [b'{"a": 1.50}'], True),
        (b'{"type": "X", "entries": []}', [b'{"type": "X", "entries": []}'], False),
        (b"7", [b"7"], False),
        (b'\xef\xbb\xbf {"a": 1}\r\n', [b'{"a": 1}'], False),
    ],
)
def test_a_body_is_one_document_or_a_batch(body: bytes, documents: list[bytes], *, batch: bool) -> None:
    assert take_apart(body) == (documents, batch)


@pytest.mark.parametrize(
    "body", [b"{", b"nonsense", b"{} {}", b"[1,]", b"NaN", b"\xff", b'{"entries": 7}', b"[" * 99_999]
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidValue):
        take_apart(body)


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_body_is_refused(body: bytes) -> None:
    with pytest.raises(MissingField):
        take_apart(body)


@given(st.lists(JSON, min_size=1, max_size=5))
def test_a_list_is_taken_apart_as_it_was_written(values: list[object]) -> None:
    documents, batch = take_apart(json.dumps(values).encode())
    assert batch
    assert [json.loads(it) for it in documents] == values


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b"]), JSON), min_size=1, max_size=5))
def test_lines_are_read_as_they_were_written(values: list[dict[str, object]]) -> None:
    found = read("\n".join(map(json.dumps, values)).encode())
    assert [number for number, _ in found] == list(range(1, len(values) + 1))
    assert [json.loads(str(it, "utf-8")) for _, it in found if isinstance(it, bytes)] == values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'{"a":1}', [(1, b'{"a":1}')]),
        (b'\n\n{"a":1}\n\n{"a":2}\r\n', [(3, b'{"a":1}'), (5, b'{"a":2}')]),
        (b'{"a":1}\nbroken\n{"a":3}', [(1, b'{"a":1}'), (2, b"broken"), (3, b'{"a":3}')]),
        (b'broken\n{"a":2}\n', [(1, b"broken"), (2, b'{"a":2}')]),
        (b'{\n"a": 1\n}\n', [(1, b'{\n"a": 1\n}')]),
        (b'[\n{"a":1},\n{"a":2}\n]', [(1, b'{"a":1}'), (2, b'{"a":2}')]),
        (b'{"entries": [{"a":1},{"a":2}]}', [(1, b'{"a":1}'), (2, b'{"a":2}')]),
        (b"", []),
    ],
)
def test_a_file_is_read_by_lines_or_whole(text: bytes, found: list[tuple[int, bytes]]) -> None:
    assert read(text) == found


def test_lines_are_not_waited_for() -> None:
    class Slow(io.BytesIO):
        def __next__(self) -> bytes:
            line = self.readline()
            assert line != b"never\n", "read ahead of what was asked for"
            return line

    documents = read_documents(Slow(b'{"a":1}\n{"a":2}\nnever\n'))
    assert [next(documents), next(documents)] == [(1, b'{"a":1}'), (2, b'{"a":2}')]
