"""One folder of a backup while it is filled: the rows of a statement go to a file of their own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from domain.backup.files import NewFile, reaching
from domain.backup.manifest import File
from domain.backup.tables import HEADER, TRAILER, Table
from domain.store.connections import Connection
from domain.store.files import make_folder, sync_folder

BLOCK_BYTES: Final = 1 << 18
POSITION_DIGITS: Final = 20

Each = Callable[[bytes], None]


@dataclass(slots=True)
class NewPart:
    """A folder, and the files that were written to it."""

    folder: Path
    files: list[File] = field(default_factory=list)

    def copy(
        self,
        connection: Connection,
        table: Table,
        query: str,
        asked: Mapping[str, Any] | None = None,
        each: Each | None = None,
    ) -> None:
        """Copy the rows that a query of `backup.sql` asks of a table; `each` is called with every row."""
        path = _path(table, asked or {})
        with connection.cursor() as cursor, _new_file(self.folder / path) as file:
            with cursor.copy(table.copied_out(query), asked) as messages:
                for block in _blocks(map(bytes, messages), each):
                    file.write(block)
            rows = cursor.rowcount
        self.files.append(File(path, table.name, table.columns, rows, file.bytes, file.sha256))


def _path(table: Table, asked: Mapping[str, Any]) -> str:
    first = asked.get("first")
    name = table.name if first is None else f"{table.name}-{first:0{POSITION_DIGITS}}"
    return f"{asked['shard']}/{name}.copy.gz" if asked else f"{name}.copy.gz"


@contextmanager
def _new_file(path: Path) -> Iterator[NewFile]:
    """Lend a new file, which is on disk afterwards."""
    with reaching(path):
        make_folder(path.parent)
        file = NewFile(path)
        try:
            yield file
            file.finish()
        finally:
            file.close()
        sync_folder(path.parent)


def _blocks(messages: Iterable[bytes], each: Each | None) -> Iterator[bytes]:
    """Put rows together to blocks; the server sends each row as a message, the header before the first."""
    block, size = [], 0
    for message in messages:
        row = message.removeprefix(HEADER)
        if each is not None and row and row != TRAILER:
            each(row)
        block.append(message)
        size += len(message)
        if size >= BLOCK_BYTES:
            yield b"".join(block)
            block, size = [], 0
    yield b"".join(block)
