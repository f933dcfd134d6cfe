"""Keys: who acts by them, what they may do, until when; only hashes of their secrets are kept.

A key is a text of three parts, `daybook_ID_SECRET`. The secret has 256 random bits, so that its SHA-256 tells
nobody anything. Whoever shows the key acts as the principal `key:ID`.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from psycopg.rows import tuple_row

from domain.authority import KeyRefused, Principal, Scope, read_scopes
from domain.ledger import Ledger
from domain.refusals import AlreadyEnded, InvalidValue, MissingField, NotHere
from domain.seams import refusing
from domain.store.reads import Connection
from domain.store.sql import queries
from domain.values import CONTROL_FREE

PREFIX: Final = "key:"
KEY: Final = re.compile(r"daybook_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
ID_BYTES: Final = 6
SECRET_BYTES: Final = 32
NAME_MAX: Final = 200
NO_HASH: Final = bytes(32)


class NoSuchKey(NotHere):
    """There is no key of this id."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key, but for the hash of its secret."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    expired: bool

    @property
    def status(self) -> str:
        """Whether it can be used: active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expired else "active"

    @property
    def principal(self) -> Principal:
        """Who acts by it."""
        return Principal(PREFIX + self.id, self.name, self.scopes)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one ledger; `reading` lends a connection."""

    reading: Callable[[], AbstractContextManager[Connection]]

    @classmethod
    def of(cls, ledger: Ledger) -> "Keys":
        """Return the keys of a ledger."""
        return cls(ledger.recorders[0].reading)

    def create(
        self, name: str, scopes: Sequence[str], by: Principal, expires_at: datetime | None = None
    ) -> tuple[Key, str]:
        """Make a key; returns it with its text, which nobody can be told again.

        Nobody gives what they lack.
        """
        if not re.fullmatch(CONTROL_FREE, name) or len(name) > NAME_MAX:
            raise InvalidValue("name", name, f"A name has 1 to {NAME_MAX} characters, none of them control.")
        given = read_scopes(scopes)
        if not given:
            raise MissingField("scope")
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise InvalidValue("expires", expires_at.isoformat(), "It should lie in the future.")
        for scope in given:
            by.need(scope)
        key_id, secret = secrets.token_hex(ID_BYTES), secrets.token_urlsafe(SECRET_BYTES)
        self._run("add", [key_id, name, _hash(secret), list(given), by.id, expires_at])
        return self._find(key_id)[0], f"daybook_{key_id}_{secret}"

    def authenticate(self, text: str) -> Principal:
        """Return who acts by a key; refuses one that is unknown, expired or revoked."""
        parts = KEY.fullmatch(text.strip())
        if parts is None:
            raise KeyRefused("key", hint="A key reads daybook_ID_SECRET.")
        try:
            key, kept = self._find(parts[1])
        except NoSuchKey:
            key, kept = None, NO_HASH
        known = hmac.compare_digest(_hash(parts[2]), kept)
        if key is None or not known:
            raise KeyRefused("key")
        if key.status != "active":
            raise KeyRefused("key", PREFIX + key.id, f"It is {key.status}.")
        return key.principal

    def all(self) -> list[Key]:
        """Return every key there ever was, oldest first."""
        return [_key(row) for row in self._rows("all", [])]

    def revoke(self, key_id: str) -> Key:
        """End a key for ever, by its id or its principal's; refuses one that is revoked already."""
        key_id = key_id.removeprefix(PREFIX)
        if not self._run("revoke", [key_id]):
            raise AlreadyEnded("key", self._find(key_id)[0].id)
        return self._find(key_id)[0]

    def _find(self, key_id: str) -> tuple[Key, bytes]:
        rows = self._rows("by_id", [key_id])
        if not rows:
            raise NoSuchKey("key", key_id)
        return _key(rows[0][:-1]), rows[0][-1]

    def _rows(self, query: str, asked: Sequence[object]) -> list[tuple[Any, ...]]:
        with refusing(), self.reading() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(queries("principals")[query], asked).fetchall()

    def _run(self, query: str, asked: Sequence[object]) -> int:
        """Run a statement; returns how many keys it changed."""
        with refusing(), self.reading() as connection, connection.cursor() as cursor:
            return cursor.execute(queries("principals")[query], asked).rowcount


def _key(row: Sequence[Any]) -> Key:
    key_id, name, scopes, *rest = row
    return Key(key_id, name, read_scopes(scopes), *rest)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
