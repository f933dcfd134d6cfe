"""What becomes of each request of a batch: decided in memory, under the head's lock, after the lookups."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from domain.entry import Prepared, nth_id, splice
from domain.refusals import IdReused, InvalidValue, Misconfigured, Refused, VersionConflict
from domain.store.connections import failed
from domain.store.request import Append, Opaque, Recorded, Request, Result
from domain.values import moment_text

MICROSECOND: Final = timedelta(microseconds=1)
NO_FINGERPRINT: Final = b""
FIRST_VERSIONS: Final = (0, 1)
NEXT_IDS: Final = 8
"""How many ids that follow a command's first are looked up with it."""

Row = tuple[int, int, datetime, int, UUID, str, str, bytes, bytes]
"""Position, version, recorded_at, shard, id, stream, type, fingerprint, state: as COPY takes it."""

Key = tuple[str, UUID]
"""A stream and a command's id: the scope in which an id means one thing."""

Tail = list[tuple[str, bytes]]


class Found(NamedTuple):
    """A command recorded before: its first entry, its fingerprint, and ids that follow in its stream."""

    position: int
    version: int
    recorded_at: datetime
    fingerprint: bytes
    next_ids: Sequence[UUID]


class Database(Protocol):
    """What a batch asks of the shard, inside the transaction that holds the head."""

    def tails(self, after: dict[str, int]) -> dict[str, Tail]:
        """Return type and bytes of the committed entries after a version, for each stream asked for."""

    def ids_after(self, stream: str, version: int, most: int) -> list[UUID]:
        """Return the ids of the entries that follow a version in a stream."""


class Batch:
    """The requests accepted so far: their rows, and where streams, clock and positions stand after them."""

    def __init__(self, shard: int, size: int, clock: "Clock", database: Database) -> None:
        """Start at the head's size."""
        self.shard = shard
        self.size = size
        self.rows: list[Row] = []
        self._clock = clock
        self._database = database
        self._found: dict[Key, Found | Recorded] = {}
        self._fingerprints: dict[Key, bytes] = {}
        self._versions: dict[str, int] = {}
        self._tails = _Tails(database)
        self._views: dict[str, _View] = {}

    @property
    def recorded_at(self) -> datetime:
        """The head's clock after this batch."""
        return self._clock.last

    def know(self, found: dict[Key, Found], versions: dict[str, int]) -> None:
        """Take what the lookups told: commands recorded before, and versions of streams that have entries."""
        self._found.update(found)
        self._versions.update(versions)
        self._tails.committed = versions.copy()

    def decide_all(self, requests: Sequence[Request]) -> list[Result]:
        """Accept or refuse each request in the order of arrival, each seeing what was accepted before it."""
        self._tails.prefetch(self._stale(requests))
        results = []
        for request in requests:
            accepted = len(self.rows)
            result: Result
            try:
                result = self._opaque(request) if isinstance(request, Opaque) else self._append(request)
            except Refused as refusal:
                result = refusal
            except Exception as error:  # noqa: BLE001  whatever breaks in one request fails that one alone
                result = failed(error)
            if isinstance(result, Refused):
                del self.rows[accepted:]
            results.append(result)
        return results

    def _stale(self, requests: Iterable[Request]) -> dict[str, int]:
        """Return streams that moved on since requests were decided, with the lowest version decided on."""
        stale: dict[str, int] = {}
        for request in requests:
            if isinstance(request, Append) and request.decided_at is not None and request.decide is not None:
                stream = request.stream
                behind = request.decided_at < self._versions.get(stream, 0)
                if behind and (stream, request.id) not in self._found:
                    stale[stream] = min(stale.get(stream, request.decided_at), request.decided_at)
        return stale

    def _append(self, request: Append) -> Result:
        stream = request.stream
        key = stream, request.id
        if key in self._found:
            return self._repeated(key, request)
        version = self._versions.get(stream, 0)
        if request.expected_version is not None and request.expected_version != version:
            raise VersionConflict(
                "expected_version", request.expected_version, f"The stream is at {version}."
            )
        entries = request.entries
        if request.decided_at is not None and request.decided_at != version:
            entries = self._decide_again(request, version)
        recorded_at, text = self._clock.stamp(request.recorded_at)
        start = len(self.rows)
        position = self.size + start
        for n, prepared in enumerate(entries, 1):
            state = splice(prepared, text, version + n)
            self.rows.append(
                (
                    position + n,
                    version + n,
                    recorded_at,
                    self.shard,
                    prepared.id,
                    stream,
                    prepared.type,
                    request.fingerprint,
                    state,
                )
            )
        result = Recorded(
            position + 1, version + 1, recorded_at, tuple([it.id for it in entries]), repeated=False
        )
        self._accept(key, result, request.fingerprint, stream, start)
        return result

    def _decide_again(self, request: Append, version: int) -> tuple[Prepared, ...]:
        if request.decide is None:
            raise VersionConflict("version", request.decided_at, f"The stream is at {version}.")
        view = self._views.get(request.stream)
        if view is None:
            view = self._views[request.stream] = _View(request.stream, self._tails, self.rows)
        view.version = version
        return request.decide(view)

    def _accept(self, key: Key, result: Recorded, fingerprint: bytes, stream: str, start: int) -> None:
        stop = len(self.rows)
        if stop == start:
            return
        if self.rows[start][4] != key[1]:
            raise InvalidValue(
                "id", str(self.rows[start][4]), "A command's first entry bears the command's id."
            )
        self._found[key] = result
        self._fingerprints[key] = fingerprint
        self._versions[stream] = self.rows[-1][1]
        self._tails.accepted.setdefault(stream, []).append((start, stop))
        self._clock.accept(result.recorded_at)

    def _repeated(self, key: Key, request: Append) -> Result:
        """Answer a command that was recorded before with its first receipts, if it is the same one."""
        found = self._found[key]
        recorded_before = self._fingerprints[key] if isinstance(found, Recorded) else found.fingerprint
        if recorded_before != request.fingerprint:
            raise IdReused("id", str(request.id))
        if isinstance(found, Recorded):
            return found._replace(repeated=True)
        ids = self._ids_of_command(request, found)
        return Recorded(found.position, found.version, found.recorded_at, ids, repeated=True)

    def _ids_of_command(self, request: Append, found: Found) -> tuple[UUID, ...]:
        """Find a command's entries: they stand together, and their ids follow from the command's."""
        ids = [request.id]
        following = found.next_ids
        while following:
            for entry_id in following:
                if entry_id != nth_id(request.id, len(ids)):
                    return tuple(ids)
                ids.append(entry_id)
            if len(following) < NEXT_IDS:
                break
            following = self._database.ids_after(request.stream, found.version + len(ids) - 1, NEXT_IDS)
        return tuple(ids)

    def _opaque(self, request: Opaque) -> Result:
        """Record the library's stored events at exactly their versions, or none of them."""
        found = self._found.get((request.stream, request.id))
        ids = tuple([UUID(int=request.id.int ^ n) for n in range(len(request.rows))])
        if found is not None:  # this very call: its commit went through and its answer was lost
            return Recorded(found.position, found.version, found.recorded_at, ids, repeated=False)
        recorded_at, _ = self._clock.stamp(None)
        position = self.size + len(self.rows)
        start = len(self.rows)
        versions = {row.stream: self._versions.get(row.stream) for row in request.rows}
        for n, (stream, version, kind, state) in enumerate(request.rows):
            last = versions[stream]
            if version not in (FIRST_VERSIONS if last is None else (last + 1,)):
                raise VersionConflict("version", version, f"{stream} is at {last}.")
            versions[stream] = version
            self.rows.append(
                (
                    position + n + 1,
                    version,
                    recorded_at,
                    self.shard,
                    ids[n],
                    stream,
                    kind,
                    NO_FINGERPRINT,
                    state,
                )
            )
        for n, row in enumerate(request.rows, start):
            self._versions[row.stream] = row.version
            self._tails.accepted.setdefault(row.stream, []).append((n, n + 1))
        self._clock.accept(recorded_at)
        return Recorded(position + 1, request.rows[0].version, recorded_at, ids, repeated=False)


class Clock:
    """Stamps requests so that `recorded_at` never falls, and is later than the head's."""

    def __init__(self, head: datetime, now: datetime, *, simulated: bool) -> None:
        """Start at the head's clock; `now` is the database's, read after the lock."""
        self.last = head
        self._simulated = simulated
        self._now = max(now, head + MICROSECOND)
        self._now_text = moment_text(self._now).encode()

    def stamp(self, asked: datetime | None) -> tuple[datetime, bytes]:
        """Return the moment at which a request is recorded, and its canonical text."""
        if not self._simulated:
            if asked is not None:
                raise Misconfigured("recorded_at", asked, "Only a ledger with a simulated clock takes it.")
            return self._now, self._now_text
        # Each request has a moment of its own, so that the bytes do not depend on how requests were batched.
        earliest = self.last + MICROSECOND
        moment = earliest if asked is None else max(asked.astimezone(UTC), earliest)
        return moment, moment_text(moment).encode()

    def accept(self, moment: datetime) -> None:
        """Move on to the moment of a request that was accepted."""
        self.last = moment


class _Tails:
    """The ends of streams: loaded from the database, and accepted in this batch."""

    def __init__(self, database: Database) -> None:
        self.committed: dict[str, int] = {}
        self.accepted: dict[str, list[tuple[int, int]]] = {}
        self._loaded: dict[str, tuple[int, Tail]] = {}
        self._database = database

    def prefetch(self, after: dict[str, int]) -> None:
        """Load the ends of many streams at once."""
        if after:
            tails = self._database.tails(after)
            self._loaded.update({stream: (low, tails.get(stream, [])) for stream, low in after.items()})

    def after(self, stream: str, version: int) -> Tail:
        """Return the committed entries of a stream after a version."""
        if version >= self.committed.get(stream, 0):
            return []
        if stream not in self._loaded or self._loaded[stream][0] > version:
            self.prefetch({stream: version})
        low, tail = self._loaded[stream]
        return tail[version - low :]


class _View:
    """A stream as a request sees it that has to be decided again."""

    def __init__(self, stream: str, tails: _Tails, rows: list[Row]) -> None:
        self.version = 0
        self.memo: object = None
        self._stream = stream
        self._tails = tails
        self._rows = rows

    def after(self, version: int) -> Sequence[tuple[str, bytes]]:
        accepted = self._tails.accepted.get(self._stream, [])
        news = [row for start, stop in accepted for row in self._rows[start:stop] if row[1] > version]
        return [*self._tails.after(self._stream, version), *((row[6], row[8]) for row in news)]
