"""Which tables a backup holds, by their columns, and how COPY's binary format is put together.

What follows from the rest is left out: the tiles, which grow with the tree, and the list of migrations.
"""

from typing import Final, NamedTuple

from psycopg import sql

from domain.store.sql import queries

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
"""Before the first row: signature, flags, length of an extension."""

TRAILER: Final = b"\xff\xff"
"""In the place of a row's number of columns, after the last row."""


class Table(NamedTuple):
    """A table: its name, its columns in the order in which they are kept, and what they are ordered by."""

    name: str
    columns: tuple[str, ...]
    place: str = ""

    def copied_out(self, query: str) -> sql.Composed:
        """Return the statement that writes its rows out, by a query of `backup.sql`."""
        return sql.SQL(queries("backup")[query].decode()).format(
            table=sql.Identifier(self.name), columns=_listed(self.columns), place=sql.Identifier(self.place)
        )

    def copied_in(self) -> sql.Composed:
        """Return the statement that takes its rows in."""
        query = queries("backup")["rows_in"].decode()
        return sql.SQL(query).format(table=sql.Identifier(self.name), columns=_listed(self.columns))


LEDGER: Final = Table("ledger", ("only_row", "name", "zone", "clock", "shards", "created_at"))
PRINCIPALS: Final = Table(
    "principals",
    ("id", "name", "secret_hash", "scopes", "created_at", "created_by", "expires_at", "revoked_at"),
)
SECRETS: Final = Table("secrets", ("name", "secret"))

HEADS: Final = Table("heads", ("shard", "size", "recorded_at", "erasures", "peaks", "root"))
SEAL_KEYS: Final = Table("seal_keys", ("shard", "vkey", "from_size", "created_at"))
DATA_KEYS: Final = Table(
    "data_keys", ("shard", "subject", "generation", "created_at", "destroyed_at", "kek", "wrapped")
)
KEYS_TAKEN_OUT: Final = DATA_KEYS._replace(columns=DATA_KEYS.columns[:5])
"""The data keys as if all were destroyed now: what they were is said, and nothing opens."""

BLIND_INDEX: Final = Table("blind_index", ("shard", "token", "subject", "stream"))

ENTRIES: Final = Table(
    "entries",
    # The canonical bytes come first, so that they are found in a row without reading the rest.
    ("state", "position", "version", "recorded_at", "shard", "id", "stream", "type", "fingerprint"),
    "position",
)
CHECKPOINTS: Final = Table("checkpoints", ("shard", "size", "signed_at", "note"), "size")


def first_column(row: bytes) -> bytes:
    """Return the first column of a row, which is not null: after the number of columns, its length and it."""
    end = 6 + int.from_bytes(row[2:6])
    return row[6:end]


def _listed(columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
