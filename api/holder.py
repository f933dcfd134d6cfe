"""A process that does nothing but hold the embedded server, so that it keeps running: `daybook db start`."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.refusals import AlreadyDone
from domain.store.launcher import EmbeddedServer
from domain.store.launcher_errors import ServerDidNotStart, ServerDidNotStop
from domain.store.locks import FileLock

LOCK = "holder.lock"
END_SECONDS = 30.0
PID_DIGITS_MAX = 20


@contextmanager
def until_told_to_stop() -> Iterator[threading.Event]:
    """Turn Ctrl-C and requests to end into an event, so that what is held is let go in order."""
    told = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: told.set()) for number in numbers}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def holding(server: EmbeddedServer) -> Iterator[None]:
    """Say, in a file that is locked while it is true, that this process keeps the server running."""
    lock = _lock(server.data)
    if not lock.acquire(timeout_seconds=0):
        raise AlreadyDone("DAYBOOK_DATA", str(server.data), "Another `daybook db start` keeps it running.")
    try:
        os.ftruncate(lock.handle, 0)
        os.pwrite(lock.handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        lock.release()


def is_held(data: Path) -> bool:
    """Whether a process of `daybook db start` keeps the server of a folder running."""
    lock = _lock(data)
    try:
        free = lock.acquire(timeout_seconds=0)
    except FileNotFoundError:
        return False
    lock.release()
    return not free


def detach(server: EmbeddedServer) -> None:
    """Start a process that holds the server, and return once it does."""
    with server:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "api.cli", "db", "start", "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdout is not None
        with process.stdout as said:
            line = said.readline()
        if b'"url"' not in line and not is_held(server.data):
            raise ServerDidNotStart(value=str(server.data), hint=line.decode(errors="replace"))
        process.returncode = 0  # it lives on, and is nobody's child to wait for


def end(data: Path) -> bool:
    """End the process that holds the server of a folder; return whether there was one."""
    if not is_held(data):
        return False
    lock = _lock(data)
    pid = lock.path.read_text("ascii")[:PID_DIGITS_MAX]
    if pid:
        os.kill(int(pid), signal.SIGTERM)
    if not lock.acquire(timeout_seconds=END_SECONDS):
        raise ServerDidNotStop(value=pid, hint="The process that keeps it running did not end.")
    lock.release()
    return True


def _lock(data: Path) -> FileLock:
    return FileLock(data.absolute() / LOCK)
