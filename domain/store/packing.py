"""Arrays of texts and ids in PostgreSQL's binary form: psycopg's own way costs more than the lookups."""

from collections.abc import Sequence
from struct import Struct
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

TEXT_OID: Final = 25
TEXT_ARRAY_OID: Final = 1009
UUID_OID: Final = 2950
UUID_ARRAY_OID: Final = 2951

_head = Struct(">iiIii").pack
_length = Struct(">i").pack
_UUID_LENGTH: Final = _length(16)


class TextArray(bytes):
    """Texts, packed as `text[]`."""


class UuidArray(bytes):
    """Ids, packed as `uuid[]`."""


def text_array(texts: Sequence[str]) -> TextArray:
    """Pack texts; PostgreSQL refuses those with NUL."""
    parts = [_head(1, 0, TEXT_OID, len(texts), 1)] if texts else [_head(0, 0, TEXT_OID, 0, 0)[:12]]
    for text in texts:
        encoded = text.encode()
        parts += (_length(len(encoded)), encoded)
    return TextArray(b"".join(parts))


def uuid_array(ids: Sequence[UUID]) -> UuidArray:
    """Pack ids, of which there is at least one."""
    return UuidArray(_UUID_LENGTH.join([_head(1, 0, UUID_OID, len(ids), 1), *[it.bytes for it in ids]]))


class _Packed(Dumper):
    format = Format.BINARY

    def dump(self, obj: Any) -> Buffer:  # noqa: ANN401  psycopg's signature
        return bytes(obj)


class _TextArrayDumper(_Packed):
    oid = TEXT_ARRAY_OID


class _UuidArrayDumper(_Packed):
    oid = UUID_ARRAY_OID


def accept_packed(connection: psycopg.Connection[Any]) -> None:
    """Let a connection's statements take packed arrays as parameters."""
    connection.adapters.register_dumper(TextArray, _TextArrayDumper)
    connection.adapters.register_dumper(UuidArray, _UuidArrayDumper)
