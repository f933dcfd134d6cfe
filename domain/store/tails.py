"""The ends of streams, for requests that have to be decided again on what came in since."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.vault.sealed import KeyId

Row = tuple[int, int, datetime, int, UUID, str, str, bytes, bytes]
"""Position, version, recorded_at, shard, id, stream, type, fingerprint, state: as COPY takes it."""

Tail = list[tuple[str, bytes]]
"""Type and canonical bytes of a stream's last entries, in order."""


class Database(Protocol):
    """What a batch asks of the shard, inside the transaction that holds the head."""

    def tails(self, after: dict[str, int]) -> dict[str, Tail]:
        """Return the committed entries after a version, for each stream asked for."""

    def ids_after(self, stream: str, version: int, most: int) -> list[UUID]:
        """Return the ids of the entries that follow a version in a stream."""

    def destroyed(self, keys: Sequence[KeyId]) -> set[KeyId]:
        """Return those of these keys of data subjects that are destroyed."""

    def is_erased(self, stream: str, entry_id: UUID) -> bool:
        """Whether a committed entry holds what is sealed with a destroyed key."""


class Tails:
    """What streams hold after a version: loaded from the database, and accepted in this batch."""

    def __init__(self, database: Database, committed: dict[str, int], rows: list[Row]) -> None:
        """Start with the committed versions of streams, and the rows of the batch, which grow."""
        self._database = database
        self._committed = committed
        self._rows = rows
        self._indexed = 0
        self._accepted: dict[str, list[Row]] = {}
        self._loaded: dict[str, tuple[int, Tail]] = {}
        self._views: dict[str, View] = {}

    def prefetch(self, after: dict[str, int]) -> None:
        """Load the ends of many streams at once."""
        if after:
            tails = self._database.tails(after)
            self._loaded.update({stream: (low, tails.get(stream, [])) for stream, low in after.items()})

    def view(self, stream: str, version: int) -> "View":
        """Return the batch's view of a stream, which is at a version now."""
        view = self._views.setdefault(stream, View(self, stream))
        view.version = version
        return view

    def after(self, stream: str, version: int) -> Tail:
        """Return what a stream holds after a version: the committed, then what this batch accepted."""
        for row in self._rows[self._indexed :]:
            self._accepted.setdefault(row[5], []).append(row)
        self._indexed = len(self._rows)
        news = [(row[6], row[8]) for row in self._accepted.get(stream, []) if row[1] > version]
        return [*self._committed_after(stream, version), *news]

    def committed(self, stream: str) -> int:
        """Return the version of a stream's last entry that is committed."""
        return self._committed.get(stream, 0)

    def _committed_after(self, stream: str, version: int) -> Tail:
        if version >= self.committed(stream):
            return []
        if stream not in self._loaded or self._loaded[stream][0] > version:
            self.prefetch({stream: version})
        low, tail = self._loaded[stream]
        return tail[version - low :]


class View:
    """A stream as a request sees it that has to be decided again; one for all requests of a batch."""

    def __init__(self, tails: Tails, stream: str) -> None:
        """Begin with nothing remembered."""
        self.version = 0
        self.committed = tails.committed(stream)
        self.memo: object = None
        self._tails = tails
        self._stream = stream

    def after(self, version: int) -> Sequence[tuple[str, bytes]]:
        """Return type and canonical bytes of the entries of higher versions, in order."""
        return self._tails.after(self._stream, max(version, 0))
