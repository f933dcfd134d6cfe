"""One file of a backup: rows as COPY writes them in binary, compressed by gzip, and a digest of the file.

Any PostgreSQL reads it: `gunzip -c FILE | psql -c "COPY ... FROM STDIN (FORMAT BINARY)"`.
"""

import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from domain.backup.refusals import BackupDamaged, BackupOutOfReach
from domain.store.locks import open_own

LEVEL: Final = 1
"""Of zlib: higher ones take twice the time for a seventh less."""

GZIP: Final = 31
BLOCK_BYTES: Final = 1 << 18
DAMAGED: Final = "Its {what} is {found}, and was {written}. Take another backup."


class NewFile:
    """A file while it is written: there is none of its name yet."""

    def __init__(self, path: Path) -> None:
        """Make the file; it is on disk once it is closed."""
        self._file = os.fdopen(open_own(path, os.O_WRONLY | os.O_EXCL), "wb")
        self._gzip = zlib.compressobj(LEVEL, wbits=GZIP)
        self._digest = sha256()
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """The digest of what lies on disk."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._put(self._gzip.compress(data))

    def finish(self) -> None:
        """Have all of it on disk."""
        self._put(self._gzip.flush())
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _put(self, packed: bytes) -> None:
        self._digest.update(packed)
        self.bytes += len(packed)
        self._file.write(packed)


def read(path: Path) -> Iterator[bytes]:
    """Return what was written to a file, block by block."""
    with reaching(path), gzip.open(path) as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def check(path: Path, size: int, digest: str, tell: Callable[[int], None]) -> None:
    """Compare a file with what was written; BackupDamaged where it is missing or differs."""
    hashed = sha256()
    with reaching(path):
        if not path.is_file():
            raise BackupDamaged("file", str(path), "It is missing. Take another backup.")
        found = path.stat().st_size
        if found != size:
            raise BackupDamaged("file", str(path), DAMAGED.format(what="size", found=found, written=size))
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                hashed.update(block)
                tell(len(block))
    if hashed.hexdigest() != digest:
        said = DAMAGED.format(what="SHA-256", found=hashed.hexdigest(), written=digest)
        raise BackupDamaged("file", str(path), said)


@contextmanager
def reaching(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into a refusal."""
    try:
        yield
    except OSError as error:
        raise BackupOutOfReach("file", str(error.filename or path), f"{error.strerror}.") from error
