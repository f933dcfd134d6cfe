"""Locks between processes that their holder's death releases: flock on a small file."""

import fcntl
import os
import time
from pathlib import Path

from domain.store.launcher_errors import DataFolderNotYours

PAUSE_SECONDS = 0.01


class FileLock:
    """One flock on one file, shared or exclusive, held until `release` or the holder's death."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made when the lock is first asked for."""
        self.path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._handle is not None

    @property
    def stands(self) -> bool:
        """Whether this object holds the lock, and whoever asks for it still comes to the same file."""
        return self._handle is not None and _is(self._handle, self.path)

    @property
    def handle(self) -> int:
        """The open file of a lock that is held; a child that inherits it holds the lock on."""
        if self._handle is None:
            raise ValueError("the lock is not held")
        return self._handle

    def acquire(self, *, shared: bool = False, timeout_seconds: float | None = None) -> bool:
        """Take the lock and return whether it was had in time; without a timeout wait for ever."""
        if self.held:
            return True
        end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        while True:
            handle = _open(self.path)
            try:
                taken = _take(handle, kind, end)
                current = taken and _is(handle, self.path)
            except BaseException:
                os.close(handle)
                raise
            if current:
                self._handle = handle
                return True
            os.close(handle)
            if not taken:
                return False

    def release(self) -> None:
        """Let go. Closing, and not unlocking, leaves a lock that a forked child shares to that child."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _take(handle: int, kind: int, end: float | None) -> bool:
    if end is None:
        fcntl.flock(handle, kind)
        return True
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(PAUSE_SECONDS)
        else:
            return True


def _is(handle: int, path: Path) -> bool:
    """Whether the open file still has that name: its folder may have been removed while we waited."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _open(path: Path) -> int:
    try:
        return open_own(path, os.O_RDWR)
    except PermissionError:
        raise DataFolderNotYours(value=str(path.parent)) from None


def open_own(path: Path, flags: int) -> int:
    """Open a file of the data folder, made if missing, and the folder owner's even if root makes it."""
    handle = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(handle, folder.st_uid, folder.st_gid)
    return handle
