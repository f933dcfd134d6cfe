"""Copies a wheel's binaries out of a folder that is closed to the server's user."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

from domain.store.binaries import Binaries
from domain.store.launcher_errors import FolderOutOfReach
from domain.store.server_user import ServerUser

CACHE = Path("/var/cache/daybook")
NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig", "doc", "__pycache__")


def reachable(binaries: Binaries, user: ServerUser, data: Path) -> Binaries:
    """Return the binaries, or a copy in the data folder, or, if that is closed too, in the system's cache."""
    if _runs(binaries, user):
        return binaries
    if binaries.wheel is None:
        raise FolderOutOfReach(value=str(binaries.folder))
    # Root writes only where nobody else can have put a link in its way.
    parent = data if user.reaches(data) and data.stat().st_uid == 0 else CACHE
    try:
        parent.mkdir(mode=0o755, exist_ok=True)
        copied = _copied(binaries, binaries.wheel, parent / "engine")
    except OSError as error:
        raise FolderOutOfReach(value=str(binaries.folder), hint=str(error)) from error
    if not _runs(copied, user):
        raise FolderOutOfReach(value=str(copied.folder))
    return copied


def _runs(binaries: Binaries, user: ServerUser) -> bool:
    return all(user.run([binaries.folder / name, "--version"])[0] == 0 for name in ("postgres", "initdb"))


def _copied(binaries: Binaries, wheel: Path, engine: Path) -> Binaries:
    """Copy `pginstall` and, beside its package, the libraries: they are found by a relative path."""
    goal = engine / binaries.version
    folder = goal / wheel.name / "pginstall" / "bin"
    if not goal.exists():
        engine.mkdir(mode=0o755, exist_ok=True)
        engine.chmod(0o755)
        new = engine / f"{binaries.version}.{os.getpid()}"
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(wheel / "pginstall", new / wheel.name / "pginstall", ignore=NOT_NEEDED)
        libraries = wheel.with_name(f"{wheel.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, new / libraries.name)
        _open_to_readers(new)
        try:
            new.rename(goal)
        except OSError:  # another data folder's start was faster, and a copy is as good as any other
            shutil.rmtree(new)
    return replace(binaries, folder=folder, wheel=None)


def _open_to_readers(top: Path) -> None:
    top.chmod(0o755)
    for folder, folders, files in os.walk(top):
        for name in folders:
            Path(folder, name).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
