"""The vault of a ledger: keys for what is to be sealed, views of what was, search, and the end of keys."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, Final, NamedTuple, Self, TypeVar

from domain.entry import Draft, Entry
from domain.events import REGISTER
from domain.events.personal import IndexKind
from domain.refusals import DatabaseGone, InvalidValue, Refused
from domain.store.appender import PAUSE_FIRST_SECONDS, PAUSE_MOST_SECONDS
from domain.store.connections import Patience
from domain.store.datastore import LedgerDatastore
from domain.store.heads import with_head
from domain.store.reads import Connection
from domain.store.sql import queries
from domain.streams import shard_of
from domain.vault.blind import sought_tokens
from domain.vault.ending import destroy_keys
from domain.vault.keyring import DataKeys, refusing, rows
from domain.vault.keys import KeyRing
from domain.vault.sealed import DataKey, KeyId, Opened, decode_entry
from domain.vault.seals import FIELDS, NOTHING_TO_SEAL, NoSeals, Sealer, Seals, told
from domain.vault.subjects import INDEX_SUBJECT, customer_subject
from domain.vault.views import Keys, Value, opened, own_value, replaced, shown, values_in, values_of

POOL_MAX: Final = 20
T = TypeVar("T")


class Found(NamedTuple):
    """Where a name, a phone or an address was found: the stream, and the data subject it is of."""

    stream: str
    subject: str


class Vault:
    """Seals and opens the personal data of one ledger; safe to use from any number of threads."""

    def __init__(self, datastore: LedgerDatastore, ring: KeyRing) -> None:
        """Use a datastore of the ledger; nothing is asked yet, neither of it nor of the ring."""
        self._datastore = datastore
        self.ring = ring
        self.keys = DataKeys(datastore, ring)

    @classmethod
    def open(cls, url: str, ring: KeyRing, *, patience: Patience | None = None) -> Self:
        """Make the vault of the ledger of a database; it connects when it is first needed."""
        return cls(LedgerDatastore(url, max_overflow=POOL_MAX, patience=patience), ring)

    @cached_property
    def shards(self) -> int:
        """How many shards the ledger has."""
        with self.keys.reading() as connection:
            return int(rows(connection, "shards", [])[0][0])

    def has_keys(self) -> bool:
        """Whether the ledger has keys, so that the KEK which wraps them is the one that it needs."""
        with self.keys.reading() as connection:
            return bool(rows(connection, "latest_keys", [[INDEX_SUBJECT], 0]))

    def ready(self, drafts: Sequence[Draft]) -> Sealer:
        """Return what seals these drafts; keys are made for data subjects who have none.

        A database that is away is waited for, as the append would. Where keys are not to be had for another
        reason, what is personal is refused, each draft by itself.
        """
        until = time.monotonic() + self._datastore.patience.away
        pause = PAUSE_FIRST_SECONDS
        while True:
            try:
                return self.at_hand(drafts) or self._made_ready(drafts)
            except DatabaseGone as gone:
                if time.monotonic() + pause > until:
                    return NoSeals(gone)
            except Refused as refusal:
                return NoSeals(refusal)
            time.sleep(pause)
            pause = min(2 * pause, PAUSE_MOST_SECONDS)

    def at_hand(self, drafts: Sequence[Draft]) -> Seals | None:
        """Return the same without waiting; None where the database has to be asked."""
        if not any(draft.event.TYPE in FIELDS for draft in drafts):
            return NOTHING_TO_SEAL
        if not self.keys.started:
            return None
        held = {}
        for shard, subjects in self._subjects(drafts).items():
            found = self.keys.at_hand(shard, subjects)
            if found is None:
                return None
            held[shard] = found
        return Seals(self.keys.index_key(), self.shards, held)

    def refresh(self, streams: Iterable[str]) -> None:
        """Forget the keys of the shards that these streams are of: somebody was erased there."""
        for shard in {shard_of(stream, self.shards) for stream in streams}:
            self.keys.refresh(shard)

    def view(self, plain: Any, stream: str) -> Any:  # noqa: ANN401  plain JSON values of any shape
        """Return what was folded from a stream, as plain JSON values, with text for each sealed value.

        `[erased]` stands where the key is destroyed, `[unreadable]` where a value does not open.
        """
        found = values_in(plain, stream)
        keys = self._opening(found.values())
        return replaced(plain, {text: shown(value, keys) for text, value in found.items()})

    def view_entries(self, entries: Sequence[Entry[Any]]) -> list[dict[str, Any]]:
        """Return the data of entries, as plain JSON values, with text for each sealed value of their own."""
        data = [REGISTER[entry.type].encode(entry.data) for entry in entries]
        found = [values_of(*it) for it in zip(entries, data, strict=True)]
        keys = self._opening(value for values in found for value in values.values())
        return [
            plain | {field: shown(value, keys) for field, value in values.items()}
            for plain, values in zip(data, found, strict=True)
        ]

    def disclose(self, state: bytes, field: str) -> Opened:
        """Return salt and text of one field of an entry, which is given by its canonical bytes.

        NotSealed where the field holds nothing sealed, Erased where its key is destroyed, NotOpened where it
        was changed.
        """
        value = own_value(decode_entry(state), field)
        return opened(value, self._opening([value]))

    def find(self, kind: IndexKind, text: str) -> list[Found]:
        """Return where a name, a phone or an address stands or stood; nobody who was erased is found."""
        tokens = sought_tokens(self.keys.index_key(), kind, text)
        if not tokens:
            raise InvalidValue(kind, text, "There is nothing in it to search by.")
        with self.keys.reading() as connection:
            found = [rows(connection, "find", [shard, tokens]) for shard in range(self.shards)]
        return [Found(*row) for part in found for row in part]

    def subjects(self, stream: str) -> list[str]:
        """Return the data subjects of a stream that have keys, the customer first."""
        asked = {"shard": shard_of(stream, self.shards), "customer": customer_subject(stream)}
        with self.keys.reading() as connection:
            return [subject for (subject,) in rows(connection, "subjects", asked)]

    def destroy(self, subject: str, shard: int) -> int:
        """Destroy all keys of a data subject and take them out of the index; return how many keys.

        What is said of them later is sealed with a new key.
        """
        if subject == INDEX_SUBJECT:
            raise InvalidValue("subject", subject, "Its key is that of the index.")
        return self.ending(shard, lambda connection: destroy_keys(connection, shard, subject))

    def ending(self, shard: int, work: Callable[[Connection], T]) -> T:
        """Do work that ends keys of a shard: in one transaction, under the head's lock.

        No entry of the shard that was sealed before is written after it.
        """

        def locked(connection: Connection) -> T:
            with connection.transaction():
                connection.execute(queries("vault")["lock_head"], [shard])
                return work(connection)

        with refusing():
            done = with_head(self._datastore, shard, self._datastore.patience, locked)
        self.keys.refresh(shard)
        return done

    def close(self) -> None:
        """Let go of the database."""
        self._datastore.close()

    def _made_ready(self, drafts: Sequence[Draft]) -> Seals:
        wanted = self._subjects(drafts)
        held = {shard: self.keys.ensure(shard, sorted(subjects)) for shard, subjects in wanted.items()}
        return Seals(self.keys.index_key(), self.shards, held)

    def _subjects(self, drafts: Iterable[Draft]) -> dict[int, set[str]]:
        """Return whom drafts are about, by shard; a draft that will be refused counts for nothing."""
        wanted: dict[int, set[str]] = {}
        for draft in drafts:
            if draft.event.TYPE in FIELDS:
                with suppress(Refused):
                    for it in told(draft.stream, draft.event):
                        wanted.setdefault(shard_of(draft.stream, self.shards), set()).add(it.subject)
        return wanted

    def _opening(self, values: Iterable[Value | None]) -> Keys:
        """Return the keys that open sealed values, as they are now in the database."""
        wanted: dict[int, set[KeyId]] = {}
        for value in values:
            if value is not None:
                wanted.setdefault(shard_of(value.place.stream, self.shards), set()).add(value.key_id)
        keys: dict[KeyId, DataKey | None] = {}
        for shard, ids in wanted.items():
            keys |= self.keys.opening(shard, ids)
        return keys
