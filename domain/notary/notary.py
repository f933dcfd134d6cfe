"""The notary of a process: guards appends, and has the log signed when it has grown.

It has one thread and one connection, both made when they are first needed: whoever only reads needs no key.
A log that cannot be signed for now (a full disk, a place that is away) goes on growing, as its entries are
sealed in the head already; how far it is behind is shown. Only a log that is not sound stops: nothing is
appended to it.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import psycopg

from domain.notary.keys import KeyFolder
from domain.notary.outside import Outside
from domain.notary.refusals import LogNotSound
from domain.notary.signing import Published, Sealer
from domain.refusals import InvalidValue, Refused
from domain.seal.checkpoint import Opened, origin_of, parse_checkpoint
from domain.seal.keys import Witness
from domain.seal.note import parse_note
from domain.seal.refusals import OtherLog
from domain.store.connections import (
    Connection,
    Patience,
    connect_as_application,
    refusal_of,
)
from domain.store.init import read_facts

log = logging.getLogger("daybook.notary")
PUBLISHED_EACH_SECONDS: Final = 1.0
LOOKED_AGAIN_SECONDS: Final = 1.0


@dataclass(slots=True)
class _Shard:
    """What is known of one shard: whether its log is sound, and what keeps it from being signed."""

    sound: bool = False
    refusal: Refused | None = None
    trouble: str = ""
    looked_at: float = float("-inf")
    signed_at: float = float("-inf")


class Notary:
    """Signs for all shards of one ledger; safe to use from any number of threads of one process."""

    def __init__(
        self,
        url: str,
        keys: KeyFolder,
        outsides: Sequence[Outside],
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the database as the application, the folder of keys, and all places for checkpoints."""
        self.keys = keys
        self.outsides = tuple(outsides)
        self._url = url
        self._patience = patience or Patience()
        self._clock = clock
        self._pid = os.getpid()
        self._connection: Connection | None = None
        self._sealers: list[Sealer] = []
        self._shards: dict[int, _Shard] = {}
        self._lock = threading.RLock()
        self._due: set[int] = set()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._running = False

    def guard(self, shard: int, *, anew: bool = False) -> None:
        """Refuse where nothing may be appended; cheap once the log was found sound.

        `anew` has it looked at again: to be asked for with each new connection, as the database may have been
        put back meanwhile.
        """
        known = self._shards.get(shard)
        if known is None or not known.sound or anew:
            self.check(shard, anew=anew)

    def check(self, shard: int, *, anew: bool = True) -> None:
        """Check that the log extends all that was signed of it, and that it can be signed; refuses otherwise.

        Without `anew`, what was found a moment ago is told again.
        """
        with self._lock:
            known = self._shard(shard)
            now = self._clock()
            if known.refusal is not None and not anew and now - known.looked_at < LOOKED_AGAIN_SECONDS:
                raise type(known.refusal)(*known.refusal.args)
            known.looked_at = now
            if anew:
                self._drop()  # the old connection may lead to a server that is no longer the one in use
            try:
                with self._connected() as connection:
                    self._sealer(connection, shard).check(connection)
            except Refused as refusal:
                self._note(shard, refusal)
                known.sound, known.refusal = False, refusal
                raise
            if known.refusal is not None:
                self._note(shard)
            known.sound, known.refusal = True, None

    def grown(self, shard: int) -> None:
        """Have the log signed soon; to be called after each commit."""
        self._due.add(shard)
        if not self._running:
            with self._lock:
                self._start()
        self._wake.set()

    def publish(self, shard: int, *, anew: bool = False) -> Published:
        """Sign the log now, if it has grown, and return its last checkpoint; refuses where that cannot be.

        `anew` begins the places outside again, where all they held is lost for good.
        """
        with self._lock:
            known = self._shard(shard)
            known.signed_at = self._clock()
            self._due.discard(shard)
            try:
                with self._connected() as connection:
                    published = self._sealer(connection, shard).publish(connection, anew=anew)
            except BaseException as error:
                self._due.add(shard)
                if isinstance(error, Refused):
                    self._note(shard, error)
                raise
            self._note(shard, *published.troubles)
            return published

    def rotate(self, shard: int, *, remove_old: bool = False) -> Published:
        """Change the key of a log; what both keys signed is returned."""
        with self._lock, self._connected() as connection:
            return self._sealer(connection, shard).rotate(connection, remove_old=remove_old)

    def take_cosigned(self, note: bytes, witnesses: Sequence[Witness]) -> Opened:
        """Keep a checkpoint of one of the logs with the cosignatures that it came back with."""
        origin = parse_checkpoint(parse_note(note).text).origin
        with self._lock, self._connected() as connection:
            self._sealer(connection, 0)
            sealer = next((it for it in self._sealers if it.origin == origin), None)
            if sealer is None:
                logs = ", ".join(it.origin for it in self._sealers)
                raise OtherLog("origin", origin, f"The logs here: {logs}.")
            return sealer.take_cosigned(connection, note, witnesses)

    def establish(self) -> list[int]:
        """Make the first key of each log that has none, and sign these logs; returns their shards."""
        with self._lock, self._connected() as connection:
            self._sealer(connection, 0)
            return [it.shard for it in self._sealers if it.establish(connection)]

    def troubles(self) -> dict[int, str]:
        """Say by shard what keeps the notary from signing, where anything does."""
        return {shard: known.trouble for shard, known in sorted(self._shards.items()) if known.trouble}

    def turn(self) -> float | None:
        """Sign for every shard whose turn it is; return the seconds to the next turn, None if none is due."""
        for shard in self._due_in(0.0):
            self._publish_if_possible(shard)
        return min((self._wait(shard) for shard in tuple(self._due)), default=None)

    def close(self) -> None:
        """Sign what has grown, and stop; does nothing in a forked child, nor a second time."""
        if os.getpid() != self._pid or self._closed.is_set():
            return
        self._closed.set()
        self._wake.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()
        try:
            for shard in self._due_in(PUBLISHED_EACH_SECONDS):
                self._publish_if_possible(shard)
        finally:
            with self._lock:
                self._drop()

    def _publish_if_possible(self, shard: int) -> None:
        """Have a log signed; what keeps it from that is noted, and keeps no other log from it."""
        try:
            self.publish(shard)
        except Refused:
            return  # noted already
        except Exception:
            log.exception("shard %d could not be signed", shard)

    def _start(self) -> None:
        if not self._running and not self._closed.is_set():
            thread = threading.Thread(target=self._run, name="notary", daemon=True)
            thread.start()
            self._thread, self._running = thread, True

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                wait = self.turn()
            except Exception:  # the thread must live on: the log would never be signed again
                log.exception("a turn of the notary failed")
                wait = PUBLISHED_EACH_SECONDS
            if wait is None:
                self._wake.wait()
            else:
                self._closed.wait(wait)
            self._wake.clear()

    def _due_in(self, seconds: float) -> list[int]:
        """Return the shards that are due within so many seconds."""
        # The copy is made at once, as committers add to the set at any time.
        return [shard for shard in tuple(self._due) if self._wait(shard) <= seconds]

    def _wait(self, shard: int) -> float:
        """Return in how many seconds a shard may be signed for again."""
        return max(0.0, self._shard(shard).signed_at + PUBLISHED_EACH_SECONDS - self._clock())

    def _note(self, shard: int, *troubles: Refused) -> None:
        """Remember what went wrong, if anything, and tell it once."""
        known = self._shard(shard)
        before, known.trouble = known.trouble, " ".join(map(str, troubles))
        if known.trouble and known.trouble != before:
            log.warning("shard %d: %s", shard, known.trouble)
        elif before and not known.trouble:
            log.warning("shard %d is signed again", shard)
        unsound = next((it for it in troubles if isinstance(it, LogNotSound)), None)
        if unsound is not None:
            known.sound, known.refusal, known.looked_at = False, unsound, self._clock()

    def _shard(self, shard: int) -> _Shard:
        return self._shards.setdefault(shard, _Shard())

    def _sealer(self, connection: Connection, shard: int) -> Sealer:
        if not self._sealers:
            facts = read_facts(connection)
            self._sealers = [
                Sealer(it, origin_of(facts.name, it, simulated=facts.simulated), self.keys, self.outsides)
                for it in range(facts.shards)
            ]
        if shard >= len(self._sealers):
            raise InvalidValue("shard", shard, f"The ledger has the shards 0 to {len(self._sealers) - 1}.")
        return self._sealers[shard]

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Lend the connection, made anew where the last one was lost; what the database says is a refusal."""
        if self._connection is None:
            self._connection = connect_as_application(self._url, self._patience)
        try:
            yield self._connection
        except psycopg.Error as error:
            self._drop()
            raise refusal_of(error) from error

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()
