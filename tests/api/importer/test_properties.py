"""Whatever a CSV writer writes comes back; however rows are cut into files, the drafts are the same."""

import csv
import gzip
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from api.importer.mapping import Format
from api.importer.rows import Row, open_source
from tests.api.importer.sheets import HEADER, Desk

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12)
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])
ENDS = st.sampled_from(["\n", "\r\n"])


def written(table: list[tuple[str, str, str]], delimiter: str, end: str) -> str:
    """Write a table as the standard library does."""
    text = io.StringIO(newline="")
    # Unquoted, the writer of some versions lets a lone carriage return break the row.
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows(table)
    return text.getvalue()


@given(table=TABLES, delimiter=DELIMITERS, end=ENDS, packed=st.booleans())
def test_what_is_written_is_read(
    table: list[tuple[str, str, str]], delimiter: str, end: str, *, packed: bool
) -> None:
    plain = written(table, delimiter, end).encode()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        path.write_bytes(gzip.compress(plain) if packed else plain)
        source = open_source(path, Format(delimiter=delimiter), {"a", "b", "c"})
        rows = list(source.rows)
        source.close()
    assert [row.cells for row in rows if isinstance(row, Row)] == [
        [it.strip() for it in row] for row in table
    ]
    assert len(rows) == len(table)
    last = 1
    for number, row in enumerate(rows, 1):
        assert row.number == number
        assert last < row.line <= row.last_line
        last = row.last_line


ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.integers(1, 28), st.integers(-1, 3)), max_size=20
)


@given(ROWS, st.integers(0, 20), st.integers(1, 7))
def test_files_and_batches_make_no_difference(
    rows: list[tuple[int, str, int, int]], cut: int, batch: int
) -> None:
    lines = [f"{name},{customer},2026-01-{day:02},{amount}\n" for name, customer, day, amount in rows]
    with TemporaryDirectory() as folder:
        whole, parts = Desk(Path(folder)), Desk(Path(folder))
        one = whole.run(HEADER + "".join(lines))
        files = [
            parts.write("a.csv", HEADER + "".join(lines[:cut])),
            parts.write("b.csv", HEADER + "".join(lines[cut:])),
        ]
        two = parts.run_files(files, batch=batch)
    assert parts.drafts == whole.drafts
    assert (two.recorded, two.repeated, two.rejected) == (one.recorded, one.repeated, one.rejected)
    assert one.recorded.total() + one.repeated.total() + one.rejected.total() >= len(rows)
