"""Where checkpoints are kept outside the database, so that a database that was put back betrays itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from domain.notary.refusals import CheckpointNotOurs, LogForked, OutsideOutOfReach
from domain.seal.checkpoint import Checkpoint, parse_checkpoint
from domain.seal.note import SIGNATURES_MAX, Note, parse_note
from domain.seal.refusals import Malformed
from domain.store.files import append_line, make_folder, read_lines, write_whole
from domain.store.launcher_errors import DataFolderNotYours
from domain.store.locks import FileLock

SIZE_DIGITS: Final = 20
PUBLIC_FOLDER: Final = 0o755
PUBLIC_FILE: Final = 0o644
LOCK_SECONDS: Final = 10.0


class Outside(Protocol):
    """One place outside the database; safe to use from any number of processes.

    What cannot be read or written raises OutsideOutOfReach, what is there and is no checkpoint
    CheckpointNotOurs.
    """

    def place(self, shard: int) -> str:
        """Say where the last checkpoint of a shard lies, for messages."""

    def latest(self, shard: int) -> bytes | None:
        """Return the last checkpoint of a shard as it was signed; None where there is none."""

    def keep(self, shard: int, note: bytes) -> None:
        """Keep a checkpoint for ever; it becomes the last one unless that is larger.

        Where one of its size is kept, the signatures of both are; LogForked where that has another root.
        """

    def kept(self, shard: int) -> Iterator[tuple[int, bytes]]:
        """Return all checkpoints of a shard ever kept, by size."""

    def remember_erasure(self, shard: int, line: str) -> None:
        """Add a line to those of a shard's erasures; it is there for ever when this returns."""

    def erasures(self, shard: int) -> list[str]:
        """Return the lines of a shard's erasures, in order."""


class FolderOutside:
    """A folder on a file system, with a folder for each shard.

    0/checkpoint                         the last one
    0/checkpoints/00000000000000000042   each one, by its size
    0/erasures                           lines of JSON
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when something is kept."""
        self.folder = folder.absolute()

    def place(self, shard: int) -> str:
        """Say where the last checkpoint of a shard lies."""
        return str(self._latest(shard))

    def latest(self, shard: int) -> bytes | None:
        """Return the last checkpoint of a shard."""
        with _refusing(self.folder):
            return _read(self._latest(shard))

    def keep(self, shard: int, note: bytes) -> None:
        """Keep a checkpoint for ever, and as the last one unless that is larger."""
        size = _opened(note, "checkpoint")[1].size
        with self._locked(shard) as folder:
            make_folder(folder / "checkpoints", PUBLIC_FOLDER)
            _keep(folder / "checkpoints" / f"{size:0{SIZE_DIGITS}}", note)
            latest = _read(folder / "checkpoint")
            if latest is None or _opened(latest, self.place(shard))[1].size <= size:
                _keep(folder / "checkpoint", note)

    def kept(self, shard: int) -> Iterator[tuple[int, bytes]]:
        """Return all checkpoints of a shard ever kept, by size."""
        folder = self.folder / str(shard) / "checkpoints"
        with _refusing(self.folder):
            names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
            for name in names:
                if name.isdecimal() and len(name) == SIZE_DIGITS:
                    yield int(name), (folder / name).read_bytes()

    def remember_erasure(self, shard: int, line: str) -> None:
        """Add a line to those of a shard's erasures."""
        assert "\n" not in line, "one erasure is one line"
        with self._locked(shard) as folder:
            append_line(folder / "erasures", line.encode())

    def erasures(self, shard: int) -> list[str]:
        """Return the lines of a shard's erasures."""
        with _refusing(self.folder):
            return [line.decode() for line in read_lines(self.folder / str(shard) / "erasures")]

    def _latest(self, shard: int) -> Path:
        return self.folder / str(shard) / "checkpoint"

    @contextmanager
    def _locked(self, shard: int) -> Iterator[Path]:
        """Lend the folder of a shard to one writer at a time."""
        folder = self.folder / str(shard)
        lock = FileLock(folder / ".lock")
        with _refusing(folder):
            make_folder(folder, PUBLIC_FOLDER)
            if not lock.acquire(timeout_seconds=LOCK_SECONDS):
                raise OutsideOutOfReach("checkpoints", str(folder), "Another process holds its lock.")
            try:
                yield folder
            finally:
                lock.release()


def _keep(path: Path, note: bytes) -> None:
    """Write a checkpoint to a file; one of its size that is there already lends its signatures."""
    before = _read(path)
    whole = note if before is None else joined(before, note, str(path))
    if whole != before:
        write_whole(path, whole, PUBLIC_FILE)


def joined(before: bytes, note: bytes, where: str) -> bytes:
    """Return a checkpoint with the signatures of both copies; one of another size replaces the one before.

    Raises LogForked where two of one size say different things of the log.
    """
    (kept, earlier), (new, later) = _opened(before, where), _opened(note, "checkpoint")
    if earlier.size != later.size:
        return note
    if kept.text != new.text:
        hint = f"One of the same size {later.size} lies there, with another root or origin."
        raise LogForked("checkpoint", where, hint)
    more = [it for it in new.signatures if it not in kept.signatures]
    return kept.with_signatures(*more[: SIGNATURES_MAX - len(kept.signatures)]).to_bytes()


def _opened(note: bytes, where: str) -> tuple[Note, Checkpoint]:
    try:
        found = parse_note(note)
        return found, parse_checkpoint(found.text)
    except Malformed as fault:
        raise CheckpointNotOurs("checkpoint", where, f"It is damaged: {fault}") from None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutsideOutOfReach("checkpoints", str(folder), f"{error.strerror}.") from error
    except DataFolderNotYours as error:
        raise OutsideOutOfReach("checkpoints", str(folder), "It belongs to another user.") from error
