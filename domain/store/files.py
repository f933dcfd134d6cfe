"""Files that are on disk, whole or not at all, before the call that writes them returns.

Whoever writes one holds a lock of the folder, as two writers would share the name of the unfinished file.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600


def make_folder(path: Path, mode: int = PRIVATE_FOLDER) -> None:
    """Make a folder, and those above it; one that is there stays as it is."""
    if path.is_dir():
        return
    make_folder(path.parent, mode)
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        return  # another process was faster; what is no folder is told by whoever uses it
    _own(path, path.parent)
    sync_folder(path.parent)


def write_whole(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
    """Write a file under another name, and give it its own once all of it is on disk."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    with _opened(unfinished, os.O_WRONLY | os.O_TRUNC, mode) as handle:
        _write(handle, data)
    _own(unfinished, path.parent)
    unfinished.replace(path)
    sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file; what a crash left unfinished at its end is dropped, as nobody was told of it."""
    with _opened(path, os.O_RDWR, PRIVATE_FILE) as handle:
        end = os.lseek(handle, 0, os.SEEK_END)
        whole = os.pread(handle, end, 0).rfind(b"\n") + 1
        os.ftruncate(handle, whole)
        os.lseek(handle, whole, os.SEEK_SET)
        _write(handle, line + b"\n")
    _own(path, path.parent)
    sync_folder(path.parent)


def read_lines(path: Path) -> list[bytes]:
    """Return the finished lines of a file, none where there is no file."""
    try:
        return path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []


def sync_folder(path: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _opened(path: Path, flags: int, mode: int) -> Iterator[int]:
    """Open a file, made where missing, and have it on disk at the end."""
    handle = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        yield handle
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _own(path: Path, folder: Path) -> None:
    """Give what root makes in another user's folder to that user, who has to read it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
