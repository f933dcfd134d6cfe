"""The server's main process: which it is, whether it lives, how it is stopped. Needs no connection."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from domain.store.launcher_errors import ServerDidNotStop
from domain.store.locks import FileLock

PAUSE_SECONDS = 0.01
FAST_SECONDS = 60.0
IMMEDIATE_SECONDS = 15.0
PROCESSES = Path("/proc")


def lives(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    stat = PROCESSES / str(pid) / "stat"
    try:
        return stat.read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False if PROCESSES.joinpath("self").exists() else _listed(pid, "stat=")[:1] not in ("", "Z")


def is_server_of(pid: int, pgdata: Path) -> bool:
    """Whether the process is a living PostgreSQL at work in this folder; in doubt, yes."""
    if not lives(pid):
        return False
    try:
        name = (PROCESSES / str(pid) / "comm").read_text()
    except FileNotFoundError:
        return "postgres" in _listed(pid, "comm=")
    if not name.startswith("postgres"):
        return False
    try:
        return (PROCESSES / str(pid) / "cwd").samefile(pgdata)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True


def pid_of(pgdata: Path) -> int | None:
    """Return the process that the folder's pid file names, if it is this folder's living server."""
    pid = _named_in(pgdata / "postmaster.pid")
    return pid if pid is not None and is_server_of(pid, pgdata) else None


def clear_stale(pgdata: Path, socket_folder: Path) -> None:
    """Remove a pid file, and a socket with its lock, that belong to no living server of this folder.

    PostgreSQL removes those of a process that is gone, but takes a zombie, or a stranger of the same number,
    for a living server. Server processes that outlived their parent it knows by its own shared memory.
    A socket left by the server of a removed folder might still be answered, and be taken for ours.
    """
    socket = socket_folder / ".s.PGSQL.5432"
    lock = socket_folder / ".s.PGSQL.5432.lock"
    for path in (pgdata / "postmaster.pid", lock):
        pid = _named_in(path)
        if pid is None or not is_server_of(pid, pgdata):
            path.unlink(missing_ok=True)
    if not lock.exists():
        socket.unlink(missing_ok=True)


def stop(data: Path) -> bool:
    """Stop the folder's server and return whether one ran: fast, or, if it lingers, at once.

    Every process of the server has inherited `server.lock`, so it can be had when the last of them has gone,
    and a server that has not yet written its pid file is not missed.
    """
    alive = FileLock(data / "server.lock")
    if alive.acquire(timeout_seconds=0):
        alive.release()
        return False
    for number, seconds in ((signal.SIGINT, FAST_SECONDS), (signal.SIGQUIT, IMMEDIATE_SECONDS)):
        if _gone(data / "pgdata", alive, number, seconds):
            return True
    raise ServerDidNotStop(value=str(data))


def _gone(pgdata: Path, alive: FileLock, number: int, seconds: float) -> bool:
    """Send the signal once to the main process, as soon as that is known, and wait for the end of all."""
    end = time.monotonic() + seconds
    told = None
    while time.monotonic() < end:
        pid = pid_of(pgdata)
        if pid is not None and pid != told:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            told = pid
        if alive.acquire(timeout_seconds=PAUSE_SECONDS):
            alive.release()
            return True
    return False


def _named_in(path: Path) -> int | None:
    try:
        return abs(int(path.read_text().split()[0]))
    except (FileNotFoundError, ValueError, IndexError):
        return None


def _listed(pid: int, column: str) -> str:
    """What `ps` knows, on systems without /proc."""
    ran = subprocess.run(
        ["/bin/ps", "-o", column, "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return ran.stdout.strip()
