"""What becomes of each request of a batch: decided in memory, under the head's lock, after the lookups."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeGuard
from uuid import UUID

import psycopg

from domain.entry import Prepared, nth_id, splice
from domain.refusals import DatabaseGone, IdReused, InvalidValue, Refused, VersionConflict
from domain.store.clock import Clock
from domain.store.connections import failed
from domain.store.request import TAIL_MAX, Append, KeysChanged, Opaque, Recorded, Request, Result
from domain.store.tails import Database, Row, Tails
from domain.vault.sealed import KeyId

NO_FINGERPRINT: Final = b""
FIRST_VERSIONS: Final = (0, 1)
NEXT_IDS: Final = 8
"""How many ids that follow a command's first are looked up with it."""

Key = tuple[str, UUID]
"""A stream and a command's id: the scope in which an id means one thing."""

IndexRow = tuple[bytes, str, str]
"""A token of the blind index, the data subject it is of, and the stream that it finds."""


class Found(NamedTuple):
    """A command recorded before: its first entry, its fingerprint, and ids that follow in its stream."""

    position: int
    version: int
    recorded_at: datetime
    fingerprint: bytes
    next_ids: Sequence[UUID]


class Batch:
    """The requests accepted so far: their rows, and where streams, clock and positions stand after them."""

    def __init__(self, shard: int, size: int, clock: Clock, database: Database, erasures: int = 0) -> None:
        """Start at the head's size, clock and number of erasures."""
        self.shard = shard
        self.size = size
        self.clock = clock
        self.erasures = erasures
        self.rows: list[Row] = []
        self.index: list[IndexRow] = []
        self._database = database
        self._found: dict[Key, Found] = {}
        self._accepted: dict[Key, tuple[Recorded, bytes]] = {}
        self._versions: dict[str, int] = {}
        self._last: dict[str, UUID] = {}
        self._put_off: set[Key] = set()
        self._destroyed: set[KeyId] = set()
        self._tails = Tails(database, {}, self.rows)

    def know(self, found: dict[Key, Found], versions: dict[str, int]) -> None:
        """Take what the lookups told: commands recorded before, and versions of streams that have entries."""
        self._found = found
        self._versions = versions
        self._tails = Tails(self._database, versions.copy(), self.rows)

    def prefetch(self, requests: Sequence[Request]) -> None:
        """Load what came into streams since the requests were decided, and which keys ended since."""
        self._tails.prefetch(self._stale(requests))
        if self.erasures:
            keys = {key for it in requests if self._is_sealed_before(it) for key in it.sealed_with}
            self._destroyed = self._database.destroyed(list(keys)) if keys else set()

    def decide(self, requests: Sequence[Request]) -> list[Result]:
        """Accept or refuse each request in the order of arrival, each seeing what was accepted before it."""
        results: list[Result] = []
        for request in requests:
            accepted = len(self.rows)
            try:
                if type(request) is Append:
                    results.append(self._append(request))
                else:
                    assert isinstance(request, Opaque)
                    results.append(self._opaque(request))
            except DatabaseGone:
                raise  # a lookup's, for the same reason
            except Refused as refusal:
                results.append(refusal)
                del self.rows[accepted:]
            except psycopg.Error:
                raise  # the database, not the request: the whole batch is tried again
            except Exception as error:  # noqa: BLE001  whatever breaks in one request fails that one alone
                results.append(failed(error))
                del self.rows[accepted:]
        return results

    def _stale(self, requests: Iterable[Request]) -> dict[str, int]:
        """Return streams that moved on since requests were decided, with the lowest version known of them."""
        stale: dict[str, int] = {}
        versions = self._versions
        if not versions:
            return stale
        for request in requests:
            if type(request) is not Append or request.decided_at is None or request.decider is None:
                continue
            stream, learnt, version = request.stream, request.learnt, versions.get(request.stream, 0)
            moved_on = request.decided_at < version and 0 < version - learnt <= TAIL_MAX
            if moved_on and (stream, request.id) not in self._found:
                stale[stream] = min(stale.get(stream, learnt), learnt)
        return stale

    def _is_sealed_before(self, request: Request) -> TypeGuard[Append]:
        """Whether somebody was erased since a request was sealed, or the database was put back since."""
        sealed_at = request.sealed_at if type(request) is Append else None
        return sealed_at is not None and sealed_at != self.erasures

    def _append(self, request: Append) -> Recorded:
        stream, fingerprint = request.stream, request.fingerprint
        key = stream, request.id
        if key in self._accepted or key in self._found:
            return self._repeated(key, request)
        if self._destroyed or self._put_off:
            self._check_keys(key, request)
        version = self._versions.get(stream, 0)
        expected, decided_at, entries = request.expected_version, request.decided_at, request.entries
        if expected is not None and expected != version:
            raise VersionConflict("expected_version", expected, f"The stream is at {version}.")
        again = decided_at is not None and (decided_at != version or self._is_presumptuous(request))
        if again:
            entries = self._decide_again(request, version)
        moment, text = self.clock.stamp(request.recorded_at)
        rows, shard = self.rows, self.shard
        position = self.size + len(rows)
        # In a tuple, without its name: named fields would cost a tenth of the whole append.
        recorded = _recorded(
            Recorded, (position + 1, version + 1, moment, tuple([it.id for it in entries]), False, again)
        )
        for prepared in entries:
            version += 1
            position += 1
            state = splice(prepared, text, version)
            rows.append(
                (position, version, moment, shard, prepared.id, stream, prepared.type, fingerprint, state)
            )
        if entries:
            self._accept(key, recorded, fingerprint, version)
            if request.index:
                self.index += [(token, subject, stream) for token, subject in request.index]
            if again:
                # What was decided on this one was decided on what it was at first.
                self._last.pop(stream, None)
        return recorded

    def _accept(self, key: Key, recorded: Recorded, fingerprint: bytes, version: int) -> None:
        if recorded.ids[0] != key[1]:
            hint = "A command's first entry bears the command's id."
            raise InvalidValue("id", str(recorded.ids[0]), hint)
        self._accepted[key] = recorded, fingerprint
        self._versions[key[0]] = version
        self._last[key[0]] = key[1]
        self.clock.last = recorded.recorded_at

    def _is_presumptuous(self, request: Append) -> bool:
        """Whether a request counts on one that was not accepted, or not last in the stream.

        The version alone does not tell: another process's entry may stand where that one was to be.
        """
        return request.presumes is not None and self._last.get(request.stream) != request.presumes

    def _decide_again(self, request: Append, version: int) -> tuple[Prepared, ...]:
        if request.decider is None:
            raise VersionConflict("version", request.decided_at, f"The stream is at {version}.")
        return request.decider.again(self._tails.view(request.stream, version))

    def _check_keys(self, key: Key, request: Append) -> None:
        """Put off what is sealed with a key that is destroyed by now, and what counts on it."""
        stream, presumed = key[0], request.presumes
        changed = not self._destroyed.isdisjoint(request.sealed_with)
        if changed or (presumed is not None and (stream, presumed) in self._put_off):
            self._put_off.add(key)
            raise KeysChanged

    def _repeated(self, key: Key, request: Append) -> Recorded:
        """Answer a command that was recorded before with its first receipts, if it is the same one.

        What is sealed with a key that is destroyed has a fingerprint that nobody can work out any more. It is
        taken for the same.
        """
        if key in self._accepted:
            recorded, recorded_fingerprint = self._accepted[key]
        else:
            found = self._found[key]
            recorded_fingerprint = found.fingerprint
            recorded = Recorded(*found[:3], self._ids_of_command(key, found), repeated=True)
        if recorded_fingerprint != request.fingerprint and not _is_unsealed(request, recorded_fingerprint):
            self._check_keys(key, request)
            if key in self._accepted or not self.erasures or not self._database.is_erased(*key):
                raise IdReused("id", str(key[1]))
        return recorded._replace(repeated=True)

    def _ids_of_command(self, key: Key, found: Found) -> tuple[UUID, ...]:
        """Find a command's entries: they stand together, and their ids follow from the command's."""
        stream, command_id = key
        ids = [command_id]
        following = found.next_ids
        while following:
            for entry_id in following:
                if entry_id != nth_id(command_id, len(ids)):
                    return tuple(ids)
                ids.append(entry_id)
            if len(following) < NEXT_IDS:
                break
            following = self._database.ids_after(stream, found.version + len(ids) - 1, NEXT_IDS)
        return tuple(ids)

    def _opaque(self, request: Opaque) -> Recorded:
        """Record the library's stored events at exactly their versions, or none of them."""
        first = request.id.int
        ids = tuple([UUID(int=first ^ n) for n in range(len(request.rows))])
        found = self._found.get((request.stream, request.id))
        if found is not None:  # by this very call, whose commit went through while its answer was lost
            return Recorded(*found[:3], ids, repeated=False)
        moment, _ = self.clock.stamp(None)
        position = self.size + len(self.rows)
        versions: dict[str, int] = {}
        for n, (stream, version, kind, state) in enumerate(request.rows):
            last = versions.get(stream, self._versions.get(stream))
            if version not in (FIRST_VERSIONS if last is None else (last + 1,)):
                raise VersionConflict("version", version, f"{stream} is at {last}.")
            versions[stream] = version
            self.rows.append(
                (position + n + 1, version, moment, self.shard, ids[n], stream, kind, NO_FINGERPRINT, state)
            )
        self._versions.update(versions)
        self.clock.last = moment
        return Recorded(position + 1, request.rows[0].version, moment, ids, repeated=False)


def _is_unsealed(request: Append, fingerprint: bytes) -> bool:
    """Whether this is the fingerprint of the same content, recorded before there were vaults."""
    decider = request.decider if request.sealed_at is not None else None
    return decider is not None and decider.unsealed() == fingerprint


_recorded = tuple.__new__
