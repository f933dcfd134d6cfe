"""Data keys: made where a data subject has none, unwrapped, and kept for a while.

Whoever seals must not use a key that another process destroys meanwhile. So keys are handed out with the
*epoch* of their shard, the number of its erasures read before them; where it is another one by the time of
the append, under the head's lock, the append looks whether these keys are still there.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any, Final, NamedTuple

from eventsourcing.persistence import PersistenceError
from psycopg.rows import tuple_row

from domain.store.connections import refusal_of
from domain.store.datastore import LedgerDatastore
from domain.store.reads import Connection
from domain.store.sql import queries
from domain.vault.keys import KeyRing
from domain.vault.refusals import KeyMissing
from domain.vault.sealed import KEY_BYTES, DataKey, KeyId
from domain.vault.subjects import INDEX_SUBJECT

KEPT_MAX: Final = 20_000
KEPT_SECONDS: Final = 60.0
"""For how long keys are used without asking whether somebody was erased."""

ROUNDS_MAX: Final = 5


class Held(NamedTuple):
    """The keys of some data subjects of a shard, and the epoch before which none of them was destroyed."""

    epoch: int
    keys: Mapping[str, DataKey]


class DataKeys:
    """The data keys of one ledger, for any number of threads; at most `kept_max` are kept unwrapped."""

    def __init__(self, datastore: LedgerDatastore, ring: KeyRing, kept_max: int = KEPT_MAX) -> None:
        """Read nothing yet."""
        self._datastore = datastore
        self._ring = ring
        self._kept_max = kept_max
        self._kept: OrderedDict[tuple[int, str], DataKey] = OrderedDict()
        self._epochs: dict[int, int] = {}
        self._read_at: dict[int, float] = {}
        self._index_key: bytes | None = None
        self._lock = RLock()

    def index_key(self) -> bytes:
        """Return the key of the index; WrongKey where the KEK is not that of this ledger.

        It is the first data key of a ledger. So no other is ever made by a process whose KEK is wrong.
        """
        if self._index_key is None:
            self._index_key = self._ensure(0, [INDEX_SUBJECT]).keys[INDEX_SUBJECT].secret
        return self._index_key

    @property
    def started(self) -> bool:
        """Whether the key of the index is known, so that the KEK was found to be the right one."""
        return self._index_key is not None

    def at_hand(self, shard: int, subjects: Iterable[str]) -> Held | None:
        """Return keys without asking the database; None where not all are kept."""
        with self._lock:
            epoch = self._epochs.get(shard)
            if epoch is None or time.monotonic() - self._read_at[shard] > KEPT_SECONDS:
                return None
            found = {}
            for subject in subjects:
                key = self._kept.get((shard, subject))
                if key is None:
                    return None
                self._kept.move_to_end((shard, subject))
                found[subject] = key
        return Held(epoch, found)

    def ensure(self, shard: int, subjects: Sequence[str]) -> Held:
        """Return the latest key of each data subject, made where there is none.

        A new key is on disk when this returns: what is sealed with it may outlive a crash of the server.
        """
        self.index_key()
        return self._ensure(shard, subjects)

    def refresh(self, shard: int) -> None:
        """Forget what is kept of a shard: somebody was erased there."""
        with self.reading() as connection:
            self._read_epoch(connection, shard)

    def opening(self, shard: int, wanted: Iterable[KeyId]) -> dict[KeyId, DataKey | None]:
        """Return these very keys, None where one is destroyed now, nothing of one that never was."""
        asked = list(wanted)
        if not asked:
            return {}
        values = [[subject for subject, _ in asked], [generation for _, generation in asked], shard]
        with self.reading() as connection:
            kept = rows(connection, "keys", values)
        found: dict[KeyId, DataKey | None] = {}
        for subject, generation, kek, wrapped in kept:
            if wrapped is None:
                self._forget(shard, subject, generation)
                found[subject, generation] = None
            else:
                found[subject, generation] = self._unwrapped(shard, subject, generation, kek, wrapped)
        return found

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection; a database that is gone is a refusal."""
        with refusing(), self._datastore.get_connection() as connection:
            yield connection

    def _ensure(self, shard: int, subjects: Sequence[str]) -> Held:
        keys: dict[str, DataKey] = {}
        with self.reading() as connection:
            epoch = self._read_epoch(connection, shard)
            for _ in range(ROUNDS_MAX):
                lacking = self._read(connection, shard, [it for it in subjects if it not in keys], keys)
                if lacking:
                    keys |= self._make(connection, shard, lacking)
                if len(keys) == len(subjects):
                    self._keep(shard, keys, epoch)
                    return Held(epoch, keys)
        # Somebody erases the same persons again and again.
        raise KeyMissing("subject", next(it for it in subjects if it not in keys))

    def _read(
        self, connection: Connection, shard: int, subjects: Sequence[str], keys: dict[str, DataKey]
    ) -> dict[str, int]:
        """Read the latest keys of data subjects; return the next generation of those who have none."""
        lacking = dict.fromkeys(subjects, 1)
        for subject, generation, kek, wrapped in rows(connection, "latest_keys", [list(subjects), shard]):
            if wrapped is None:
                lacking[subject] = generation + 1
            else:
                del lacking[subject]
                keys[subject] = self._unwrapped(shard, subject, generation, kek, wrapped)
        return lacking

    def _make(self, connection: Connection, shard: int, lacking: Mapping[str, int]) -> dict[str, DataKey]:
        """Make keys; return those for which no other process was faster.

        They are added in an order on which those who make the same at once cannot deadlock.
        """
        kek = self._ring.newest()
        made = {it: DataKey.of(it, lacking[it], secrets.token_bytes(KEY_BYTES)) for it in sorted(lacking)}
        asked = {
            "shard": shard,
            "kek": kek.name,
            "subjects": list(made),
            "generations": [key.generation for key in made.values()],
            "wrapped": [kek.wrap(it.secret, context(shard, *it.id)) for it in made.values()],
        }
        return {subject: made[subject] for (subject,) in rows(connection, "add_keys", asked)}

    def _read_epoch(self, connection: Connection, shard: int) -> int:
        """Read the epoch of a shard; where it is a new one, forget the keys: some may be destroyed."""
        epoch: int = rows(connection, "erasures", [shard])[0][0]
        with self._lock:
            if epoch > self._epochs.get(shard, -1):
                for place in [it for it in self._kept if it[0] == shard]:
                    del self._kept[place]
                self._epochs[shard] = epoch
            self._read_at[shard] = time.monotonic()
            # Another thread may have read a later one by now: it is as true of the keys read after this.
            return self._epochs[shard]

    def _unwrapped(self, shard: int, subject: str, generation: int, kek: str, wrapped: bytes) -> DataKey:
        with self._lock:
            kept = self._kept.get((shard, subject))
        if kept is not None and kept.generation == generation:
            return kept
        secret = self._ring.named(kek).unwrap(wrapped, context(shard, subject, generation))
        return DataKey.of(subject, generation, secret)

    def _keep(self, shard: int, keys: Mapping[str, DataKey], epoch: int) -> None:
        """Keep keys, unless somebody was erased since they were read: it may have been one of these."""
        with self._lock:
            if self._epochs.get(shard) != epoch:
                return
            for subject, key in keys.items():
                self._kept[shard, subject] = key
            while len(self._kept) > self._kept_max:
                self._kept.popitem(last=False)

    def _forget(self, shard: int, subject: str, generation: int) -> None:
        with self._lock:
            kept = self._kept.get((shard, subject))
            if kept is not None and kept.generation == generation:
                del self._kept[shard, subject]


@contextmanager
def refusing() -> Iterator[None]:
    """Turn the library's errors of the database into refusals."""
    try:
        yield
    except PersistenceError as error:
        cause = error.__cause__
        raise refusal_of(cause if isinstance(cause, Exception) else error) from error


def context(shard: int, subject: str, generation: int) -> bytes:
    """Return what a data key is bound to when it is wrapped: its own row."""
    return f"daybook data key\n{shard}\n{subject}\n{generation}".encode()


def rows(connection: Connection, query: str, asked: Sequence[object] | Mapping[str, object]) -> list[Any]:
    """Ask one of the vault's queries."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        return cursor.execute(queries("vault")[query], asked, prepare=True).fetchall()
