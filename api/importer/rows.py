"""Streaming readers: files of CSV or JSON lines, gzipped or not, as rows of cells with line numbers.

Memory does not grow with the file: a record is at most `RECORD_CHARACTERS_MAX` long. A row that cannot be
read is an `Unreadable`, and reading goes on behind it; a file that cannot be read at all is refused.
"""

import codecs
import csv
import gzip
import json
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, Any, Final, TypeVar, cast

from api.importer.faults import BadFile, BadRow, MissingColumn
from api.importer.mapping import Format
from domain.refusals import InvalidValue, Refused, TooLarge

GZIP_MAGIC: Final = b"\x1f\x8b"
RECORD_CHARACTERS_MAX: Final = 1 << 20
SHOWN_CHARACTERS: Final = 200
BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
T = TypeVar("T")
csv.field_size_limit(RECORD_CHARACTERS_MAX + 1)


@dataclass(slots=True)
class Row:
    """One record: its stripped cells in the order of the columns, its number, its first and last line."""

    number: int
    line: int
    last_line: int
    cells: list[str]


@dataclass(slots=True)
class Unreadable:
    """A record that is no row, and why."""

    number: int
    line: int
    last_line: int
    text: str
    refusal: Refused


class _BadLine(Exception):  # noqa: N818  a signal between the lines and the reader of records
    """Lines make no record; `refusal` says why."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class _Lines:
    """The numbered lines of a text, none longer than a record; those of a record can be read again."""

    def __init__(self, text: TextIOWrapper) -> None:
        self.text = text
        self.number = 0
        self.again: deque[str] = deque()
        self.record: list[str] = []
        self.size = 0
        self.faulty = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        self.record.append(line)
        self.size += len(line)
        if self.size > RECORD_CHARACTERS_MAX:
            if len(self.record) == 1:
                raise _BadLine(TooLarge("row", None, "A row may have a mebibyte."))
            raise _BadLine(BadRow("row", None, "A quote is opened and not closed within a mebibyte."))
        if not line.isascii() and any("\ud800" <= character <= "\udfff" for character in line):
            self.faulty = True
        return line

    def _read(self) -> str:
        """Read a line; of one that is too long, the beginning, and pass over the rest."""
        line = rest = self.text.readline(RECORD_CHARACTERS_MAX + 1)
        while len(rest) > RECORD_CHARACTERS_MAX and not rest.endswith(("\n", "\r")):
            rest = self.text.readline(RECORD_CHARACTERS_MAX + 1)
        return line

    def start_record(self) -> int:
        """Forget the lines of the last record; return the number of the line that comes next."""
        self.record.clear()
        self.size = 0
        self.faulty = False
        return self.number + 1

    def only_first(self) -> None:
        """Take all lines of the record but its first to be read again."""
        self.again.extendleft(reversed(self.record[1:]))
        self.number -= len(self.record) - 1
        del self.record[1:]


@dataclass(slots=True)
class Source:
    """An open file: its name, its columns, its rows in order, and how many of its bytes were read so far."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row | Unreadable]
    tell: Callable[[], int]
    close: Callable[[], None]


def open_source(path: Path, shape: Format, needed: set[str], optional: Sequence[str] = ()) -> Source:
    """Open a file; refuses one that cannot be read, or that lacks a needed column."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise BadFile(str(path), None, f"{error.strerror}.") from None
    try:
        text = _text(raw, shape)
        lines = _Lines(text)
        if shape.kind == "jsonl":
            columns = tuple(sorted(needed))
            rows = _json_rows(lines, columns)
        else:
            columns, rows = _csv_rows(str(path), lines, shape, needed, optional)
    except BaseException:
        raw.close()
        raise

    def close() -> None:
        text.close()
        raw.close()

    return Source(path.name, columns, _guarded(str(path), rows), raw.tell, close)


def _text(raw: BufferedReader, shape: Format) -> TextIOWrapper:
    """Unpack gzip, told by its first bytes, and decode; a byte order mark overrules the mapping."""
    packed = raw.peek(2).startswith(GZIP_MAGIC)
    plain = cast("BufferedReader", gzip.GzipFile(fileobj=raw) if packed else raw)
    head = _guard(raw.name, lambda: plain.peek(4))
    encoding = next((encoding for bom, encoding in BOMS if head.startswith(bom)), shape.encoding)
    return TextIOWrapper(cast("IO[bytes]", plain), encoding=encoding, errors="surrogateescape", newline="")


def _guard(name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (OSError, EOFError, zlib.error, UnicodeError) as error:
        raise BadFile(name, None, f"It is damaged: {error}.") from None


def _guarded(name: str, rows: Iterator[Row | Unreadable]) -> Iterator[Row | Unreadable]:
    try:
        yield from rows
    except (OSError, EOFError, zlib.error, UnicodeError) as error:
        raise BadFile(name, None, f"It is damaged: {error}.") from None


def _csv_rows(
    name: str, lines: _Lines, shape: Format, needed: set[str], optional: Sequence[str]
) -> tuple[tuple[str, ...], Iterator[Row | Unreadable]]:
    records = csv.reader(
        lines, delimiter=shape.delimiter, strict=True, skipinitialspace=shape.skip_initial_space
    )
    columns = shape.columns
    if not columns:
        try:
            header: list[str] = _guard(name, lambda: next(records, []))
        except (csv.Error, _BadLine) as error:
            raise BadFile(name, None, f"Its first line is no header: {error}") from None
        if not header and not lines.number:
            return (), iter(())
        columns = tuple(column.strip() for column in header)
    for column in sorted(needed):
        if columns.count(column) != 1 and column not in optional:
            found = f"It has {', '.join(map(repr, columns))}."
            raise MissingColumn(column, name, found if column not in columns else "It stands there twice.")
    return columns, _csv_records(lines, records, len(columns))


def _csv_records(lines: _Lines, records: Iterator[list[str]], width: int) -> Iterator[Row | Unreadable]:
    number = 0
    while True:
        start = lines.start_record()
        refusal: Refused
        cells: list[str] = []
        try:
            cells = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            lines.only_first()
            refusal = BadRow("row", None, f"{error}.")
        except _BadLine as bad:
            lines.only_first()
            refusal = bad.refusal
        else:
            if not cells:
                continue
            if len(cells) == width and not lines.faulty:
                number += 1
                yield Row(number, start, lines.number, [cell.strip() for cell in cells])
                continue
            refusal = _misfit(lines, len(cells), width)
        number += 1
        yield Unreadable(number, start, lines.number, _shown(lines.record), refusal)


def _misfit(lines: _Lines, found: int, width: int) -> Refused:
    if lines.faulty:
        return InvalidValue("row", None, f"It is not {lines.text.encoding}.")
    return BadRow("row", None, f"It has {found} columns where the header has {width}.")


def _shown(lines: Iterable[str]) -> str:
    text = "".join(line[:SHOWN_CHARACTERS] for line in list(lines)[:2])[:SHOWN_CHARACTERS]
    return text.rstrip("\r\n").encode(errors="backslashreplace").decode()


def _json_rows(lines: _Lines, columns: tuple[str, ...]) -> Iterator[Row | Unreadable]:
    number = 0
    while True:
        start = lines.start_record()
        try:
            line = next(lines)
            if not line.strip():
                continue
            cells = _json_cells(line, columns, _misfit(lines, 0, 0) if lines.faulty else None)
        except StopIteration:
            return
        except _BadLine as bad:
            number += 1
            yield Unreadable(number, start, lines.number, _shown(lines.record), bad.refusal)
        else:
            number += 1
            yield Row(number, start, lines.number, cells)


def _json_cells(line: str, columns: tuple[str, ...], fault: Refused | None) -> list[str]:
    """Return the values of an object's columns as texts; `a.b` is the column b of the object a."""
    if fault is not None:
        raise _BadLine(fault)
    try:
        # Numbers stay texts: a float would lose digits.
        found = json.loads(line, parse_float=str, parse_int=str, parse_constant=_not_a_number)
    except (ValueError, RecursionError) as error:
        raise _BadLine(BadRow("row", None, f"It is not JSON: {error}.")) from None
    if not isinstance(found, dict):
        raise _BadLine(BadRow("row", None, "A line holds one JSON object."))
    return [_json_cell(found, column) for column in columns]


def _json_cell(found: dict[str, Any], column: str) -> str:
    value: Any = found.get(column)
    if value is None and "." in column:
        value = found
        for step in column.split("."):
            value = value.get(step) if isinstance(value, dict) else None
    match value:
        case str():
            return value.strip()
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return json.dumps(value)


def _not_a_number(name: str) -> str:
    raise ValueError(f"{name} is no number")
