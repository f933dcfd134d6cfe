"""What a batch asks of its shard while it is being decided."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg

from domain.store.connections import Connection
from domain.store.packing import accept_packed, text_array
from domain.store.sql import queries
from domain.store.tails import Tail
from domain.vault.sealed import KeyId, key_ids


class Lookups:
    """Reads a shard whose head this process holds, so that nothing changes in it meanwhile.

    A connection in the middle of a COPY answers nothing else; another one is asked then, and sees the same.
    """

    def __init__(self, connection: Connection, shard: int, connect: Callable[[], Connection]) -> None:
        """Use a connection, and others like it."""
        self.copying = False
        self._connection = connection
        self._connect = connect
        self._aside: Connection | None = None
        self._shard = shard

    def tails(self, after: dict[str, int]) -> dict[str, Tail]:
        """Return type and bytes of the committed entries after a version, for each stream asked for."""
        tails: dict[str, Tail] = {stream: [] for stream in after}
        asked = [text_array(list(after)), list(after.values()), self._shard]
        for stream, _, kind, state in self._ask("find_tails", asked):
            tails[stream].append((kind, state))
        return tails

    def ids_after(self, stream: str, version: int, most: int) -> list[UUID]:
        """Return the ids of the entries that follow a version in a stream."""
        return [entry_id for (entry_id,) in self._ask("next_ids", [self._shard, stream, version, most])]

    def destroyed(self, keys: Sequence[KeyId]) -> set[KeyId]:
        """Return those of these keys of data subjects that are destroyed."""
        asked = [[subject for subject, _ in keys], [generation for _, generation in keys], self._shard]
        return {(subject, generation) for subject, generation in self._ask("destroyed_keys", asked)}

    def is_erased(self, stream: str, entry_id: UUID) -> bool:
        """Whether an entry holds what is sealed with a destroyed key."""
        ((state,),) = self._ask("state", [self._shard, entry_id, stream])
        return bool(self.destroyed(key_ids(state)))

    def close(self) -> None:
        """Let go of the other connection."""
        aside, self._aside = self._aside, None
        if aside is not None:
            with suppress(psycopg.Error):
                aside.close()

    def _ask(self, query: str, asked: list[Any]) -> Sequence[tuple[Any, ...]]:
        connection = self._connection
        if self.copying:
            if self._aside is None:
                self._aside = self._connect()
                accept_packed(self._aside)
            connection = self._aside
        try:
            with connection.cursor(binary=True) as cursor:
                return cursor.execute(queries("append")[query], asked, prepare=True).fetchall()
        except psycopg.Error:
            if self.copying:
                self.close()
            raise
