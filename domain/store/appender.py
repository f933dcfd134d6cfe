"""Appends a batch through lost connections, held locks, and requests that would spoil it for the others."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import psycopg
from psycopg import errors

from domain.refusals import Busy, DatabaseGone, OutcomeUnknown, Refused
from domain.store.append import Session, Steps
from domain.store.connections import (
    Connection,
    Patience,
    connect,
    connect_as_application,
    is_lost,
    refusal_of,
)
from domain.store.holder import HolderWatch
from domain.store.request import Recorded, Request, Result, TreeDamaged

PAUSE_FIRST_SECONDS: Final = 0.02
PAUSE_MOST_SECONDS: Final = 1.0
LOCK_HINT: Final = "Another process holds the head of shard {shard}."
COLLISIONS: Final = (errors.SerializationFailure, errors.DeadlockDetected)


class Watch(Protocol):
    """Whoever answers for the logs: may forbid that anything is appended, and is told of what was."""

    def guard(self, shard: int, *, anew: bool = False) -> None:
        """Refuse where nothing may be appended; asked before each batch, `anew` with each new connection."""

    def grown(self, shard: int) -> None:
        """Take note of a commit."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a committer is given beside its database: shard, clock, bounds; `steps` is for tests alone.

    In the bounds of the queue and of a batch, a large entry counts for several: see `intake.weight`.
    """

    shard: int = 0
    simulated: bool = False
    patience: Patience = field(default_factory=Patience)
    queue_entries: int = 50_000
    queue_seconds: float = 30.0
    batch_entries: int = 5_000
    watch: Watch | None = None
    steps: Steps | None = None


class Appender:
    """Holds the connection of one committer, and makes it anew when it is lost."""

    def __init__(self, url: str, options: Options) -> None:
        """Connect when the first batch comes."""
        self._url = url
        self._options = options
        self._session: Session | None = None
        self._holder = HolderWatch(lambda: connect(url, options.patience), options.shard, options.patience)

    def append(self, requests: Sequence[Request], begun: float) -> list[Result]:
        """Return the fate of each request; `begun` is when the first of them was made, in `time.monotonic()`.

        A request that makes the whole batch fail is found by halves: it fails alone, the others are recorded.
        """
        return self._append(requests, begun, [])

    def _append(
        self, requests: Sequence[Request], begun: float, sent: list[Sequence[Result]]
    ) -> list[Result]:
        """Do so; `sent` are the fates of the requests in commits that were sent and not answered."""
        try:
            return _Trial(self, requests, begun, sent).run()
        except Exception as error:  # noqa: BLE001  whatever it is, it is answered
            if isinstance(error, TreeDamaged) and not sent:
                return [error] * len(requests)
            if len(requests) == 1:
                return [OutcomeUnknown(hint=str(error)) if sent else refusal_of(error)]
        middle = len(requests) // 2
        halves = slice(None, middle), slice(middle, None)
        return [
            result
            for half in halves
            for result in self._append(requests[half], begun, [results[half] for results in sent])
        ]

    def connect(self) -> Connection:
        """Make a connection that acts as the application."""
        return connect_as_application(self._url, self._options.patience)

    def close(self) -> None:
        """Let go of the connection."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def session(self) -> Session:
        """Return the session in use, or a new one; refuses where nothing may be appended."""
        options, session = self._options, self._session
        if session is None:
            # Connected first, looked at second: what the watch finds sound is what this session appends to.
            session = Session(self.connect, options.shard, simulated=options.simulated, steps=options.steps)
        try:
            if options.watch is not None:
                options.watch.guard(options.shard, anew=self._session is None)
        except BaseException:
            self._session = None
            session.close()
            raise
        self._session = session
        return session

    @property
    def holder(self) -> HolderWatch:
        """The watch over who holds the head."""
        return self._holder

    @property
    def options(self) -> Options:
        """What this appender was given."""
        return self._options


class _Trial:
    """The attempts at one batch; each looks up the ids first, so that nothing is recorded twice."""

    def __init__(
        self, appender: Appender, requests: Sequence[Request], begun: float, sent: list[Sequence[Result]]
    ) -> None:
        self._appender = appender
        self._requests = requests
        patience = appender.options.patience
        # Whoever waited long for their turn still gets a second attempt.
        soon = time.monotonic() + patience.lock
        self._away_until = max(begun + patience.away, soon)
        self._locked_until = self._away_until + patience.stuck
        self._pause = PAUSE_FIRST_SECONDS
        self._sent = sent

    def run(self) -> list[Result]:
        """Try until there is an answer; raises what the batch itself is to blame for."""
        while True:
            try:
                session = self._appender.session()
            except Refused as refusal:
                if not isinstance(refusal, DatabaseGone):
                    return self._all(refusal)
                refused = self._wait(refusal)
            else:
                try:
                    results = session.append(self._requests)
                except Exception as error:  # noqa: BLE001  sorted out below
                    refused = self._after(error, session)
                else:
                    self._appender.holder.forget()
                    return self._own(results)
            if refused is not None:
                return self._all(refused)

    def _after(self, error: Exception, session: Session) -> Refused | None:
        """Clean up: None to try again, a refusal to give up; raises again what the batch is to blame for."""
        if session.commit_sent:
            self._sent.append(session.results)
        lost = is_lost(session.connection)
        if not lost:
            try:
                session.roll_back()
            except psycopg.Error:
                lost = True
        if lost or isinstance(error, errors.ReadOnlySqlTransaction):
            self._appender.close()
            return self._wait(DatabaseGone(hint=refusal_of(error).hint))
        if isinstance(error, errors.LockNotAvailable):
            self._appender.holder.look()
            late = time.monotonic() > self._locked_until
            return Busy(hint=LOCK_HINT.format(shard=self._appender.options.shard)) if late else None
        if isinstance(error, COLLISIONS) and time.monotonic() < self._away_until:
            return None
        if isinstance(error, psycopg.OperationalError):
            return refusal_of(error)
        raise error

    def _wait(self, gone: DatabaseGone) -> Refused | None:
        """Wait before the database is tried again; refuse when patience ends."""
        if time.monotonic() + self._pause > self._away_until:
            return gone
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, PAUSE_MOST_SECONDS)
        return None

    def _all(self, refusal: Refused) -> list[Result]:
        """Refuse every request; of a commit that was sent and not answered nobody can tell what became."""
        if self._sent:
            refusal = OutcomeUnknown(hint=refusal.hint)
        return [refusal] * len(self._requests)

    def _own(self, results: list[Result]) -> list[Result]:
        """What is found recorded, and was sent by this very batch, is no repetition."""
        for sent in self._sent:
            for n, (before, now) in enumerate(zip(sent, results, strict=True)):
                if isinstance(now, Recorded) and isinstance(before, Recorded) and now[:4] == before[:4]:
                    results[n] = before
        return results
