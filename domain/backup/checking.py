"""Reading a backup back, before anything is made of it: whole, undamaged, with the keys of the same run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from domain.backup.files import check
from domain.backup.manifest import File, Manifest, Part, read_manifest
from domain.backup.progress import Progress, Tell
from domain.backup.refusals import KeysNotOfBackup, NoBackup
from domain.backup.tables import KEYS_TAKEN_OUT
from domain.store import migrate

OTHER_PART = {
    "ledger": "It holds the keys of one.",
    "keys": "It is a backup; its keys lie in another folder.",
}


class FoundPart(NamedTuple):
    """One folder of a backup."""

    folder: Path
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup whose files are as they were written; without keys, what it holds sealed stays so."""

    ledger: FoundPart
    keys: FoundPart | None

    @property
    def manifest(self) -> Manifest:
        """The manifest of the ledger."""
        return self.ledger.manifest

    @property
    def parts(self) -> tuple[FoundPart, ...]:
        """The folders that there are."""
        return (self.ledger,) if self.keys is None else (self.ledger, self.keys)

    def files(self) -> Iterator[tuple[Path, File]]:
        """Return all that is to be taken in, and where it lies: the keys, or that they were taken out."""
        for part in self.parts:
            for file in part.manifest.files:
                if part is self.keys or self.keys is None or file.table != KEYS_TAKEN_OUT.name:
                    yield part.folder / file.path, file


def open_backup(folder: Path, keys: Path | None = None, *, tell: Tell | None = None) -> Backup:
    """Read a backup, and compare every file with what was written.

    Refuses what is no backup, was not finished, is damaged, is of a newer Daybook, and keys of another run.
    `tell` is called with bytes read and all.
    """
    backup = Backup(_part(folder, "ledger"), None if keys is None else _part(keys, "keys"))
    manifest = backup.manifest
    if manifest.schema > migrate.newest():
        raise migrate.too_new(manifest.schema)
    if backup.keys is not None and backup.keys.manifest.id != manifest.id:
        made_at = backup.keys.manifest.made_at
        raise KeysNotOfBackup(
            "keys", str(keys), f"The backup is of {manifest.made_at}, they are of {made_at}."
        )
    progress = Progress(sum(part.manifest.bytes for part in backup.parts), tell)
    for part in backup.parts:
        for file in part.manifest.files:
            check(part.folder / file.path, file.bytes, file.sha256, progress.add)
    return backup


def _part(folder: Path, wanted: Part) -> FoundPart:
    found = read_manifest(folder)
    if found.part != wanted:
        refusal = NoBackup if wanted == "ledger" else KeysNotOfBackup
        raise refusal("folder", str(folder), OTHER_PART[wanted])
    return FoundPart(folder, found)
