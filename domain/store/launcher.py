"""The embedded server: a PostgreSQL in a data folder, started when needed, stopped when nobody uses it.

    with EmbeddedServer(Path("daybook-data")) as server:
        psycopg.connect(server.url)

Nothing else in Daybook starts or stops PostgreSQL.
"""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

from domain.store import postmaster, supervisor
from domain.store.cluster import OWNER, Cluster
from domain.store.launcher_errors import ServerBusy, ServerDidNotStart, ServerInUse, ServerNotRunning
from domain.store.locks import FileLock, open_own

APPLICATION = "daybook_app"
DATABASE = "daybook"
PAUSE_SECONDS = 0.01
RETRY_PAUSE_SECONDS = 0.2
START_SECONDS = 30.0
RECOVERY_SECONDS = 900.0
LOCK_SECONDS = 120.0
SUPERVISOR_SECONDS = 5.0
CONNECT_SECONDS = 3
LOG_SHOWN = 1000


class Answer(Enum):
    """What the socket says."""

    READY = "ready"
    BARE = "without our role or database"
    STARTING = "starting or stopping"
    NONE = "nobody answers"


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the server answers, its folder, and, if known, its process and its major version."""

    running: bool
    data: Path
    pid: int | None
    version: int | None


class EmbeddedServer:
    """One user's hold on the server of one data folder; the server stays as long as anybody holds it."""

    def __init__(self, data: Path, binaries: Path | None = None) -> None:
        """Name the data folder, and, if they are not to be searched for, the folder of the binaries."""
        self.data = data.absolute()
        self._binaries = binaries
        self._use = FileLock(self.data / "users.lock")

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @property
    def url(self) -> str:
        """The connection URL of the application's role."""
        return self.url_of(APPLICATION)

    @property
    def owner_url(self) -> str:
        """The connection URL of the owner, for migrations."""
        return self.url_of(OWNER)

    def url_of(self, role: str, database: str = DATABASE) -> str:
        """Return the connection URL of a role to a database of this server."""
        folder = quote(str(Cluster.of(self.data).socket_folder), safe="")
        return f"postgresql://{quote(role, safe='')}@/{quote(database, safe='')}?host={folder}&port=5432"

    @property
    def version(self) -> int | None:
        """The major version of the data, or None where there is none yet."""
        return Cluster.of(self.data).made_by

    @property
    def log(self) -> Path:
        """The file of what the server says."""
        return Cluster.of(self.data).log

    @property
    def lives(self) -> bool:
        """Whether the server's main process is there, which does not say that it answers."""
        return postmaster.pid_of(Cluster.of(self.data).pgdata) is not None

    def start(self) -> Self:
        """Hold the server and return once it answers; whoever holds it already finds it running again."""
        cluster = Cluster.of(self.data)
        self._hold(cluster)
        try:
            with _Starting(self.data):
                cluster.stopped.unlink(missing_ok=True)
                supervisor.ensure(self.data)
                self._run(cluster)
        except BaseException:
            self.close()
            raise
        return self

    def revive(self) -> Answer:
        """Take one step to have a held server answer again, and wait for nobody; to be called until it does.

        NONE says that a server was started just now, which may yet fail, STARTING that one starts or ends.
        Refuses where the server was stopped by hand, and where the data it held was removed.
        """
        cluster = Cluster.of(self.data)
        if not self._use.stands or cluster.made_by is None:
            raise ServerNotRunning(value=str(self.data), hint="The data folder was removed.")
        answer = self._ask()
        if answer is not Answer.NONE:
            return answer
        with suppress(ServerBusy), _Starting(self.data, timeout_seconds=0):
            if cluster.stopped.exists():
                raise ServerNotRunning(value=str(self.data), hint="It was stopped by hand.")
            alive = FileLock(self.data / "server.lock")
            if alive.acquire(timeout_seconds=0):
                try:
                    supervisor.ensure(self.data)
                    self._spawn(cluster, alive)
                finally:
                    alive.release()
                return Answer.NONE
        return Answer.STARTING

    def attach(self) -> Self:
        """Hold the server if it runs; refuse if it does not."""
        if not self.status().running:
            raise ServerNotRunning(value=str(self.data))
        self._hold(Cluster.of(self.data))
        with _Starting(self.data):
            supervisor.ensure(self.data)
        if not self.status().running:
            self.close()
            raise ServerNotRunning(value=str(self.data))
        return self

    def close(self) -> None:
        """Let go; the supervisor stops the server when nobody holds it."""
        self._use.release()

    def stop(self, *, force: bool = False) -> bool:
        """Stop the server and return whether one ran; refuse while others hold it, unless by force."""
        cluster = Cluster.of(self.data)
        if cluster.made_by is None:
            return False
        self.close()
        everybody = FileLock(self.data / "users.lock")
        alone = self._alone(everybody)
        if not alone and not force:
            raise ServerInUse(value=str(self.data))
        try:
            with _Starting(self.data):
                if not alone:  # whose keepers would start it again
                    os.close(open_own(cluster.stopped, os.O_WRONLY))
                stopped = cluster.stop()
        finally:
            everybody.release()
        if alone:
            # The supervisor ends now; until it has, it writes into the folder, which may be removed next.
            supervisor = FileLock(self.data / "supervisor.lock")
            supervisor.acquire(timeout_seconds=SUPERVISOR_SECONDS)
            supervisor.release()
        return stopped

    def _alone(self, everybody: FileLock) -> bool:
        """Take the exclusive lock; while a supervisor has it, which shuts out users too, wait."""
        users = FileLock(everybody.path)
        for _ in range(2):
            if everybody.acquire(timeout_seconds=0):
                return True
            users.acquire(shared=True, timeout_seconds=LOCK_SECONDS)
            users.release()
        return everybody.acquire(timeout_seconds=0)

    def status(self) -> Status:
        """Say whether the server answers, changing nothing."""
        cluster = Cluster.of(self.data)
        running = cluster.made_by is not None and self._ask() in (Answer.READY, Answer.BARE)
        return Status(running, self.data, postmaster.pid_of(cluster.pgdata), cluster.made_by)

    def _hold(self, cluster: Cluster) -> None:
        end = time.monotonic() + LOCK_SECONDS
        while True:
            cluster.prepare_folder()
            try:
                held = self._use.acquire(shared=True, timeout_seconds=end - time.monotonic())
            except FileNotFoundError:  # the folder was removed just now
                continue
            if not held:
                raise ServerBusy(value=str(self.data))
            return

    def _run(self, cluster: Cluster) -> None:
        """Start the server until it answers, as often as it fails within the time."""
        begun = heard = time.monotonic()
        alive = FileLock(self.data / "server.lock")
        tried = False
        while (answer := self._ask()) is not Answer.READY:
            if answer is Answer.BARE:
                self._furnish()
                return
            now = time.monotonic()
            heard = now if answer is Answer.STARTING else heard
            if now - heard > START_SECONDS or now - begun > RECOVERY_SECONDS:
                raise ServerDidNotStart(value=str(self.data), hint=_end_of(cluster.log))
            # Not to be had while any process of a server lives, be it starting or the orphan of a killed one.
            if alive.acquire(timeout_seconds=PAUSE_SECONDS):
                try:
                    time.sleep(RETRY_PAUSE_SECONDS if tried else 0)
                    if cluster.made_by is None:
                        cluster.initialise(cluster.binaries(self._binaries), alive)
                    self._spawn(cluster, alive)
                finally:
                    alive.release()
                tried = True

    def _spawn(self, cluster: Cluster, alive: FileLock) -> None:
        """Start a server that may yet fail."""
        binaries = cluster.binaries(self._binaries)
        postmaster.clear_stale(cluster.pgdata, cluster.socket_folder)
        cluster.spawn(binaries, alive)

    def _ask(self) -> Answer:
        """Know a living server by connecting to it: a process number may be a zombie's or a stranger's."""
        if self.version is None:  # what still answers under a short name served a folder that was removed
            return Answer.NONE
        try:
            psycopg.connect(self.url, connect_timeout=CONNECT_SECONDS).close()
        except psycopg.OperationalError as error:
            said = str(error)
        else:
            return Answer.READY
        if "FATAL" not in said:
            return Answer.NONE
        if any(word in said for word in ("starting up", "shutting down", "recovery", "not yet accepting")):
            return Answer.STARTING
        return Answer.BARE if "does not exist" in said else Answer.READY

    def _furnish(self) -> None:
        """Make the application's role and the database where they are missing."""
        with psycopg.connect(self.url_of(OWNER, "postgres"), autocommit=True) as connection:
            for statement in Path(__file__).with_name("embedded.sql").read_bytes().split(b";\n")[:-1]:
                with suppress(psycopg.errors.DuplicateObject, psycopg.errors.DuplicateDatabase):
                    connection.execute(statement)


class _Starting:
    """One process at a time starts the server, or stops it by hand."""

    def __init__(self, data: Path, timeout_seconds: float | None = None) -> None:
        self._lock = FileLock(data / "start.lock")
        self._timeout_seconds = LOCK_SECONDS if timeout_seconds is None else timeout_seconds

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout_seconds=self._timeout_seconds):
            raise ServerBusy(value=str(self._lock.path.parent))

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _end_of(log: Path) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_SHOWN))
        return file.read().decode(errors="replace")
