"""One embedded server for a whole run of the tests, shared by its workers, and fresh databases in it.

    pair = fresh_database(server().owner_url, "my_test")

The server runs in a temporary folder that the last worker removes; the supervisor stops it if that is killed.
"""

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from domain.store.cluster import Cluster
from domain.store.launcher import APPLICATION, EmbeddedServer
from domain.store.locks import FileLock

SUPERVISOR_SECONDS = 2.0
FREE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Database:
    """The two connection URLs of one database: the application's and the owner's."""

    url: str
    owner_url: str


@cache
def server(binaries: Path | None = None) -> EmbeddedServer:
    """Return the run's server, started at the first call, and one for each folder of binaries asked for."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:16]
    kind = "" if binaries is None else "-" + "".join(c for c in str(binaries) if c.isalnum())[-24:]
    started = EmbeddedServer(Path(tempfile.gettempdir()) / f"daybook-tests-{run}{kind}", binaries)
    atexit.register(_leave, started, os.getpid())
    return started.start()


def fresh_database(owner_url: str, name: str, template: str | None = None) -> Database:
    """Make the database anew, from a template database if one is named, and return its URLs."""
    drop_database(owner_url, name)
    with psycopg.connect(on(owner_url, "postgres"), autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        names = [sql.Identifier(name), sql.Identifier(template or "template1")]
        _execute_when_free(connection, made.format(*names))
    mine = on(owner_url, name)
    owner = urlsplit(mine).username or ""
    return Database(mine.replace(f"//{owner}@", f"//{APPLICATION}@", 1), mine)


def drop_database(owner_url: str, name: str) -> None:
    """Remove the database and end its connections."""
    with psycopg.connect(on(owner_url, "postgres"), autocommit=True) as connection:
        dropped = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        _execute_when_free(connection, dropped)


def _execute_when_free(connection: psycopg.Connection, statement: sql.Composed) -> None:
    """Run a statement on a database that nobody may be connected to: sessions that were closed end later."""
    latest = time.monotonic() + FREE_SECONDS
    while True:
        try:
            connection.execute(statement)
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > latest:
                raise
        else:
            return


def template_database(started: EmbeddedServer, name: str, build: Callable[[Database], None]) -> str:
    """Make a template once a run, whichever worker comes first; `build` must leave no connection open."""
    lock = FileLock(started.data / f"{name}.lock")
    lock.acquire()
    try:
        with psycopg.connect(started.url_of("daybook_owner", "postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            draft = fresh_database(started.owner_url, f"{name}_draft")
            build(draft)
            with psycopg.connect(started.url_of("daybook_owner", "postgres"), autocommit=True) as connection:
                renamed = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                names = [sql.Identifier(f"{name}_draft"), sql.Identifier(name)]
                _execute_when_free(connection, renamed.format(*names))
    finally:
        lock.release()
    return name


def on(url: str, name: str) -> str:
    """Return the URL with another database's name in it."""
    return urlsplit(url)._replace(path="/" + quote(name, safe="")).geturl()


def _leave(started: EmbeddedServer, pid: int) -> None:
    """Let go, and if nobody else holds the server, stop it and remove its folder."""
    if os.getpid() != pid:
        return
    started.close()
    everybody = FileLock(started.data / "users.lock")
    try:
        if everybody.acquire(timeout_seconds=SUPERVISOR_SECONDS):
            Cluster.of(started.data).stop()
            shutil.rmtree(started.data)
    except FileNotFoundError:  # another worker was the last
        return
    finally:
        everybody.release()
