"""Arrays packed by ourselves are what PostgreSQL reads."""

from uuid import uuid4

import pytest

from domain.store.packing import accept_packed, text_array, uuid_array
from domain.store.recorder import ShardRecorder


@pytest.mark.parametrize(
    ("texts", "ids"), [([], 0), (["a"], 1), (["", "é", "\u6237", "x" * 5_000, '{,"\\}'], 5)]
)
def test_packed_arrays_are_what_postgresql_reads(recorder: ShardRecorder, texts: list[str], ids: int) -> None:
    some = [uuid4() for _ in range(ids)]
    with recorder.reading() as connection:
        accept_packed(connection)
        asked = [text_array(texts), uuid_array(some)]
        row = connection.execute("SELECT %s AS texts, %s AS ids", asked).fetchone()
    assert row == {"texts": texts, "ids": some}
