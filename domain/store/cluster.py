"""One data folder: its layout, how it is made, and how its server is started. The launcher decides when."""

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from domain.store import engine, postmaster
from domain.store.binaries import Binaries, find
from domain.store.launcher_errors import (
    DataFolderNotEmpty,
    DataFolderNotYours,
    EmbeddedVersionMismatch,
    FolderOutOfReach,
    ServerDidNotStart,
)
from domain.store.locks import FileLock, open_own
from domain.store.server_user import ServerUser, choose, private_folder

OWNER = "daybook_owner"
SHORT = Path("/tmp")  # noqa: S108  a socket's path is at most 107 bytes long; the folder made here is checked
SOCKET_FOLDER_MAX = 80
PLAIN = re.compile(rb"[A-Za-z0-9/._+-]+")
BUILTIN_LOCALE_SINCE = 17
LOG_MAX_BYTES = 10_000_000
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "200",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A log beside the ledger must not repeat what the ledger holds of persons.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data folder and the user of its server."""

    data: Path
    user: ServerUser

    @classmethod
    def of(cls, data: Path) -> "Cluster":
        """Look at the folder, changing nothing."""
        data = data.absolute()
        try:
            return cls(data, choose(data, data / "pgdata"))
        except PermissionError:
            raise DataFolderNotYours(value=str(data)) from None

    @property
    def pgdata(self) -> Path:
        """PostgreSQL's own folder, which is there only once it is complete."""
        return self.data / "pgdata"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.data / "server.log"

    @property
    def stopped(self) -> Path:
        """There while the server was stopped by hand although it was in use: only by hand is it started."""
        return self.data / "stopped"

    @property
    def made_by(self) -> int | None:
        """The major version that made the data, or None where there is none yet."""
        path = self.pgdata / "PG_VERSION"
        return int(path.read_text()) if path.exists() else None

    @property
    def socket_folder(self) -> Path:
        """Where the socket is: in the data folder, or, if that lies too deep for one, under a short name."""
        run = self.data / "run"
        name = os.fsencode(run)
        if len(name) <= SOCKET_FOLDER_MAX and PLAIN.fullmatch(name):
            return run
        digest = hashlib.sha256(os.fsencode(self.data.resolve())).hexdigest()[:16]
        return SHORT / f"daybook-{digest}-{self.user.uid}"

    def prepare_folder(self) -> None:
        """Make the data folder, or refuse one that holds something else; root's can be entered, not read."""
        logs = {"server.log", "server.log.1", "supervisor.log"}
        # Keys and checkpoints are there before a server where a ledger is to be restored.
        known = {"pgdata", "pgdata.new", "engine", "run", "stopped", "keys", "checkpoints"} | logs
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = {p.name for p in self.data.iterdir() if not p.name.endswith(".lock")}
            if "pgdata" not in found and found - known:
                raise DataFolderNotEmpty(value=str(self.data))
            if self.user.dropped and self.data.stat().st_uid == 0:
                self.data.chmod(0o711)
        except PermissionError:
            raise DataFolderNotYours(value=str(self.data)) from None

    def binaries(self, folder: Path | None) -> Binaries:
        """Find binaries that fit the data and that the server's user can run."""
        return engine.reachable(find(self.made_by, folder), self.user, self.data)

    def initialise(self, binaries: Binaries, alive: FileLock) -> None:
        """Make the data with `initdb`, aside, so that an interrupted one is never taken for whole.

        `initdb` and the server inherit the lock `alive`, and so hold it for as long as they live.
        """
        new = self.data / "pgdata.new"
        if new.exists():
            shutil.rmtree(new)
        private_folder(new, self.user)
        locale = ["--locale=C"]
        if binaries.major >= BUILTIN_LOCALE_SINCE:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        with self._seen_by_server() as (data, handles):
            args = [str(binaries.folder / "initdb"), "-D", f"{data}/pgdata.new", "-U", OWNER]
            args += ["--encoding=UTF8", *locale, "--auth-local=trust", "--auth-host=reject"]
            args += ["--data-checksums", "--no-instructions"]
            code, said = self.user.run(args, (*handles, alive.handle))
        if code != 0:
            raise ServerDidNotStart(value=str(self.data), hint=said[-1000:])
        new.rename(self.pgdata)

    def spawn(self, binaries: Binaries, alive: FileLock) -> None:
        """Start the server in a session of its own; it may yet fail."""
        if self.made_by != binaries.major:
            raise EmbeddedVersionMismatch(hint=f"Made by {self.made_by}; these are {binaries.version}.")
        private_folder(self.socket_folder, self.user)
        if self.log.exists() and self.log.stat().st_size > LOG_MAX_BYTES:
            self.log.rename(self.log.with_name("server.log.1"))
        with self._seen_by_server() as (data, handles):
            inside = self.socket_folder.parent == self.data
            socket = f"{data}/run" if inside else str(self.socket_folder)
            args = [str(binaries.folder / "postgres"), "-D", f"{data}/pgdata"]
            for name, value in {**SETTINGS, "unix_socket_directories": socket}.items():
                args += ["-c", f"{name}={value}"]
            self._detached(args, (*handles, alive.handle))

    def stop(self) -> bool:
        """Stop the server and return whether one ran."""
        ran = postmaster.stop(self.data)
        if self.socket_folder.parent == SHORT:
            with suppress(OSError):
                self.socket_folder.rmdir()
        return ran

    def _detached(self, args: list[str], handles: tuple[int, ...]) -> None:
        """Let a shell start it in the background: it is then no child of ours, to be waited for."""
        script = '"$@" </dev/null >&2 &'
        log = open_own(self.log, os.O_WRONLY | os.O_APPEND)
        try:
            command = ["/bin/sh", "-c", script, "sh", *args]
            with self.user.popen(command, handles, log, session=True) as shell:
                shell.communicate()
        finally:
            os.close(log)

    @contextmanager
    def _seen_by_server(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield the data folder's name for the server, and the open folders to hand on to it.

        Below a folder that is closed to the server's user (such as /root) the path is of no use to it, but a
        folder opened before root was dropped is, under /proc. So no permission changes and no right is kept.
        """
        if self.user.reaches(self.data):
            yield str(self.data), ()
            return
        if sys.platform != "linux":
            raise FolderOutOfReach(value=str(self.data))
        handle = os.open(self.data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{handle}", (handle,)
        finally:
            os.close(handle)
