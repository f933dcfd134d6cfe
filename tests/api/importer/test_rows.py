"""Files of many makes become rows with true line numbers, in little memory; what is no row is told."""

import gzip
import tracemalloc
from pathlib import Path

import pytest

from api.importer.faults import BadFile, BadRow, MissingColumn
from api.importer.mapping import Format
from api.importer.rows import RECORD_CHARACTERS_MAX, Row, Unreadable, open_source
from domain.refusals import InvalidValue, TooLarge

NEEDED = {"id", "note"}
PLAIN = "id,note\n1,one\n2,two\n"


def rows_of(path: Path, shape: Format | None = None) -> list[Row | Unreadable]:
    source = open_source(path, shape or Format(), NEEDED)
    try:
        return list(source.rows)
    finally:
        source.close()


def read(tmp_path: Path, content: bytes | str, shape: Format | None = None) -> list[Row | Unreadable]:
    path = tmp_path / "rows"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return rows_of(path, shape)


def cells(rows: list[Row | Unreadable]) -> list[list[str]]:
    return [row.cells for row in rows if isinstance(row, Row)]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        # The time within would be another in each worker, and with it the name of the test.
        gzip.compress(PLAIN.encode(), mtime=0),
        PLAIN.encode("utf-8-sig"),
        gzip.compress(PLAIN.encode("utf-8-sig"), mtime=0),
        PLAIN.encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.rstrip().encode(),
        b"id,note\n\n1,one\n\n\n2,two\n\n",
        b"id,note\n 1 ,one \n2,\t two\n",
        b" id,note \n1,one\n2,two\n",
    ],
)
def test_files_of_many_makes_are_the_same_rows(tmp_path: Path, content: bytes) -> None:
    assert cells(read(tmp_path, content)) == [["1", "one"], ["2", "two"]]


def test_two_gzip_members_are_one_file(tmp_path: Path) -> None:
    members = gzip.compress(b"id,note\n1,one\n") + gzip.compress(b"2,two\n")
    assert cells(read(tmp_path, members)) == [["1", "one"], ["2", "two"]]


def test_a_record_knows_its_first_and_last_line(tmp_path: Path) -> None:
    rows = read(tmp_path, 'id,note\n1,"a\nb, ""c""\nd"\n\n2,two\n')
    assert rows == [Row(1, 2, 4, ["1", 'a\nb, "c"\nd']), Row(2, 6, 6, ["2", "two"])]


def test_another_delimiter_and_encoding_can_be_named(tmp_path: Path) -> None:
    shape = Format(delimiter=";", encoding="latin-1")
    assert cells(read(tmp_path, "id;note\n1;Müller, sì\n".encode("latin-1"), shape)) == [["1", "Müller, sì"]]


def test_columns_can_be_named_where_there_is_no_header(tmp_path: Path) -> None:
    shape = Format(delimiter=" ", columns=("id", "note"), skip_initial_space=True)
    assert read(tmp_path, "  1    one\n  2 two\n", shape) == [
        Row(1, 1, 1, ["1", "one"]),
        Row(2, 2, 2, ["2", "two"]),
    ]


@pytest.mark.parametrize("content", ["", "id,note\n", "id,note", "\ufeff"])
def test_an_empty_file_has_no_rows(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == []


@pytest.mark.parametrize(("line", "found"), [("1", 1), ("1,one,more", 3), ('"1,one"', 1)])
def test_a_row_of_another_width_is_told(tmp_path: Path, line: str, found: int) -> None:
    rows = read(tmp_path, f"id,note\n0,zero\n{line}\n2,two\n")
    assert [type(row) for row in rows] == [Row, Unreadable, Row]
    bad = rows[1]
    assert isinstance(bad, Unreadable)
    assert (bad.number, bad.line, bad.last_line, bad.text) == (2, 3, 3, line)
    assert isinstance(bad.refusal, BadRow)
    assert bad.refusal.hint == f"It has {found} columns where the header has 2."
    assert isinstance(rows[2], Row)
    assert (rows[2].number, rows[2].line) == (3, 4)


def test_a_byte_that_is_no_character_costs_its_row_alone(tmp_path: Path) -> None:
    rows = read(tmp_path, b"id,note\n1,caf\xe9\n2,caf\xc3\xa9\n")
    bad, good = rows
    assert isinstance(bad, Unreadable)
    assert isinstance(bad.refusal, InvalidValue)
    assert (bad.line, bad.text, bad.refusal.hint) == (2, "1,caf\\udce9", "It is not utf-8.")
    assert good == Row(2, 3, 3, ["2", "café"])


def test_a_quote_that_is_never_closed_costs_its_line_alone(tmp_path: Path) -> None:
    rows = read(tmp_path, 'id,note\n1,one\n2,"two\n3,three\n4,four\n')
    assert [(row.number, row.line, row.last_line) for row in rows] == [
        (1, 2, 2),
        (2, 3, 3),
        (3, 4, 4),
        (4, 5, 5),
    ]
    assert isinstance(rows[1], Unreadable)
    assert cells(rows) == [["1", "one"], ["3", "three"], ["4", "four"]]


def test_a_quote_that_is_not_closed_for_long_costs_its_line_alone(tmp_path: Path) -> None:
    many = RECORD_CHARACTERS_MAX // 4
    rows = read(tmp_path, 'id,note\n1,"one\n' + "2,two\n" * many)
    bad, *rest = rows
    assert isinstance(bad, Unreadable)
    assert (bad.line, bad.last_line) == (2, 2)
    assert "within a mebibyte" in bad.refusal.hint
    assert len(rest) == many
    assert rest[-1] == Row(many + 1, many + 2, many + 2, ["2", "two"])


def test_text_behind_a_closing_quote_is_told(tmp_path: Path) -> None:
    rows = read(tmp_path, 'id,note\n1,"one"two\n2,two\n')
    assert isinstance(rows[0], Unreadable)
    assert isinstance(rows[0].refusal, BadRow)
    assert rows[1] == Row(2, 3, 3, ["2", "two"])


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_huge_line_is_told_without_being_held(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "rows"
    first, last = ("id,note", "2,two") if kind == "csv" else ('{"id": "0"}', '{"id": 2, "note": "two"}')
    with path.open("w") as file:
        file.write(first + "\n")
        for _ in range(40):
            file.write("x" * RECORD_CHARACTERS_MAX)
        file.write(f"\n{last}\n")
    tracemalloc.start()
    rows = rows_of(path, Format.model_validate({"kind": kind}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    bad, good = rows[-2:]
    assert isinstance(bad, Unreadable)
    assert isinstance(bad.refusal, TooLarge)
    assert bad.line == 2
    assert isinstance(good, Row)
    assert (good.line, good.cells) == (3, ["2", "two"])
    assert peak < 12 * RECORD_CHARACTERS_MAX


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.gz"
    with gzip.open(path, "wt") as file:
        file.write("id,note\n")
        for _ in range(20_000):
            file.write('1,"' + "y" * 500 + '"\n')
    tracemalloc.start()
    source = open_source(path, Format(), NEEDED)
    assert sum(1 for _ in source.rows) == 20_000
    source.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingColumn) as refused:
        read(tmp_path, "id,remark\n1,one\n")
    assert refused.value.field == "note"
    assert refused.value.hint == "It has 'id', 'remark'."


def test_a_column_that_stands_twice_is_refused_where_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(MissingColumn) as refused:
        read(tmp_path, "id,note,note\n1,one,two\n")
    assert refused.value.hint == "It stands there twice."
    assert cells(read(tmp_path, "id,note,other,other\n1,one,two,3\n")) == [["1", "one", "two", "3"]]


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingColumn):
        read(tmp_path, PLAIN.encode("utf-16-le"))


@pytest.mark.parametrize("cut", [5, -20])
def test_a_broken_off_gzip_is_refused(tmp_path: Path, cut: int) -> None:
    whole = gzip.compress(PLAIN.encode() * 1_000)
    with pytest.raises(BadFile, match="damaged"):
        read(tmp_path, whole[:cut])


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        rows_of(tmp_path / "nothing.csv")
    with pytest.raises(BadFile, match="directory"):
        rows_of(tmp_path)


def test_json_lines_are_rows(tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "note": "one", "more": [1]}',
        "",
        '{"note": true, "id": 12345678901234567890.10}',
        '{"id": "3", "note": null}',
        '{"note": ["a", 1]}',
    ]
    rows = read(tmp_path, "\n".join(lines), Format(kind="jsonl"))
    assert cells(rows) == [["1", "one"], ["12345678901234567890.10", "true"], ["3", ""], ["", '["a", "1"]']]
    assert [(row.number, row.line) for row in rows] == [(1, 1), (2, 3), (3, 4), (4, 5)]


def test_a_column_may_lie_inside_an_object(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_text('{"who": {"name": {"first": "Ada"}}}\n{"who.name.first": "Bo"}\n{"who": 1}\n')
    source = open_source(path, Format(kind="jsonl"), {"who.name.first"})
    assert cells(list(source.rows)) == [["Ada"], ["Bo"], [""]]
    source.close()


@pytest.mark.parametrize(
    "line", ["{", "[]", '"text"', '{"id": NaN}', '{"id": 1} 2', "[" * 100_000, '{"a": "\udce9"}']
)
def test_a_line_that_is_no_object_is_told(tmp_path: Path, line: str) -> None:
    content = f'{line}\n{{"id": 2, "note": "two"}}\n'.encode(errors="surrogateescape")
    bad, good = read(tmp_path, content, Format(kind="jsonl"))
    assert isinstance(bad, Unreadable)
    assert (bad.number, bad.line) == (1, 1)
    assert good == Row(2, 2, 2, ["2", "two"])
