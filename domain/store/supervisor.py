"""Waits, in a session of its own, until nobody uses the embedded server, then stops it.

Users hold `users.lock` shared. The exclusive lock therefore comes when the last has gone, also by kill -9.
New users wait for that lock while the server is being stopped, and then start it again with a new supervisor.
"""

import os
import subprocess
import sys
from pathlib import Path

from domain.store.cluster import Cluster
from domain.store.locks import FileLock, open_own

NEIGHBOUR_SECONDS = 1.0


def ensure(data: Path) -> None:
    """Start a supervisor unless one runs; the caller holds the users' lock and the lock on starts."""
    lock = FileLock(data / "supervisor.lock")
    runs = not lock.acquire(timeout_seconds=0)
    lock.release()
    if runs:
        return
    log = open_own(data / "supervisor.log", os.O_WRONLY | os.O_APPEND)
    try:
        subprocess.run(
            ["/bin/sh", "-c", '"$@" </dev/null >&2 &', "sh", sys.executable, "-m", __name__, str(data)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        )
    finally:
        os.close(log)


def supervise(data: Path) -> None:
    """Wait for the exclusive lock, stop the server, and go; at once if another supervisor runs."""
    alone = FileLock(data / "supervisor.lock")
    if not alone.acquire(timeout_seconds=NEIGHBOUR_SECONDS):
        return
    users = FileLock(data / "users.lock")
    try:
        users.acquire()
        Cluster.of(data).stop()
    except FileNotFoundError:  # the data folder was removed; the server sees that too, and ends itself
        return
    finally:
        # In this order: whoever then gets the users' lock must find no supervisor, and start one.
        alone.release()
        users.release()


if __name__ == "__main__":
    os.chdir("/")
    supervise(Path(sys.argv[1]))
