"""The manifest of a backup: JSON, written last, so that a backup without one is known to be unfinished.

A backup has two parts in two folders, each with a manifest: the ledger, and the keys that open what the
ledger holds sealed. They are of one run where their `id` is the same.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from domain.backup.files import reaching
from domain.backup.refusals import BackupDamaged, BackupOfOtherDaybook, BackupUnfinished, NoBackup
from domain.store.files import write_whole

FORMAT: Final = 1
NAME: Final = "manifest.json"

Part: TypeAlias = Literal["ledger", "keys"]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Hash: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Name: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z_]+\Z")]
FilePath: TypeAlias = Annotated[str, Meta(pattern=r"^([0-9]+/)?[a-z_]+(-[0-9]+)?\.copy\.gz\Z")]
"""It never leads out of the folder."""


@dataclass(frozen=True, slots=True)
class File:
    """One file: which table and columns its rows are of, and what lies on disk."""

    path: FilePath
    table: Name
    columns: tuple[Name, ...]
    rows: Count
    bytes: Count
    sha256: Hash


@dataclass(frozen=True, slots=True)
class Log:
    """How far a shard's log had grown, and the largest checkpoint that was signed of it by then."""

    shard: Count
    size: Count
    root: Hash
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one part of a backup consists of."""

    format: int
    part: Part
    id: str
    made_at: datetime
    ledger: str
    schema: Annotated[int, Meta(ge=1)]
    logs: tuple[Log, ...]
    files: tuple[File, ...]

    @property
    def bytes(self) -> int:
        """How much all files hold as they lie there."""
        return sum(file.bytes for file in self.files)

    @property
    def entries(self) -> int:
        """How many entries all logs have."""
        return sum(log.size for log in self.logs)


@dataclass(frozen=True, slots=True)
class _Format:
    format: int


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest, which makes the folder a backup."""
    with reaching(folder):
        write_whole(folder / NAME, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder; refuses one without, one that is damaged, one of another format."""
    path = folder / NAME
    with reaching(path):
        if not folder.is_dir() or not any(folder.iterdir()):
            raise NoBackup("folder", str(folder))
        if not path.exists():
            raise BackupUnfinished("folder", str(folder), "Remove it, and take another.")
        data = path.read_bytes()
    try:
        found = msgspec.json.decode(data, type=_Format).format
        if found != FORMAT:
            hint = f"It has format {found}, and this Daybook reads {FORMAT}: install the one that made it."
            raise BackupOfOtherDaybook("format", found, hint)
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupDamaged("file", str(path), f"{error}. Take another backup.") from None
