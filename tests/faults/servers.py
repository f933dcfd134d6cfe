"""Embedded servers under attack: which processes they have, and killing them."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from domain.store.launcher import EmbeddedServer
from domain.store.locks import FileLock
from tests.embedded import wait_for


def pid_of(data: Path) -> int:
    """The main process of the folder's server."""
    pid = EmbeddedServer(data).status().pid
    assert pid is not None
    return pid


def processes(server: EmbeddedServer) -> list[int]:
    """Every process of a server, the main one first."""
    pid = pid_of(server.data)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def kill(server: EmbeddedServer) -> None:
    """Kill every process of a server at once, as a power cut would."""
    for each in processes(server):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def supervisor_of(data: Path) -> int:
    """Find the process that supervises the folder, as an operator would."""

    def all_of_them() -> list[int]:
        return [
            int(it.name)
            for it in Path("/proc").glob("[0-9]*")
            if b"domain.store.supervisor" in _command(it) and os.fsencode(data) in _command(it)
        ]

    wait_for(lambda: len(all_of_them()) == 1, "one supervisor")
    return all_of_them()[0]


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def stopped(data: Path) -> bool:
    """Whether no process of the server is left."""
    lock = FileLock(data / "server.lock")
    free = lock.acquire(timeout_seconds=0)
    lock.release()
    return free
