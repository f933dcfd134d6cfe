"""Destroyed keys are taken out of what the database keeps besides its rows, by whoever may."""

from pathlib import Path

from domain.erasure.cleaning import clean
from domain.ledger import Ledger
from tests.domain.erasure.house import STREAM, House, eraser, life, record, requested
from tests.postgres import server

VACUUMED = (
    "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'daybook' AND vacuum_count > 0 ORDER BY 1"
)
PATH = "SELECT pg_relation_filepath('daybook.data_keys')"
SAMPLED = "SELECT tablename, attname FROM pg_stats WHERE schemaname = 'daybook' AND tablename = ANY(%s)"


def wrapped(house: House) -> bytes:
    """The key of somebody as it is kept."""
    ((key,),) = house.store.run("SELECT wrapped FROM daybook.data_keys WHERE subject = %s", STREAM)
    return bytes(key)


def file_of_keys(house: House) -> Path:
    """The file of the table of keys, all of which is on disk."""
    house.store.run("CHECKPOINT", owner=True)
    ((path,),) = house.store.run(PATH, owner=True)
    return server().data / "pgdata" / str(path)


def test_the_owner_takes_destroyed_keys_out_of_their_table(house: House, ledger: Ledger) -> None:
    record(ledger, *(it for n in range(100, 200) for it in life(str(n))))
    key = wrapped(house)
    assert key in file_of_keys(house).read_bytes()
    eraser(ledger).approve(requested(ledger))
    assert clean(house.store.database.owner_url)
    assert key not in file_of_keys(house).read_bytes()
    assert house.store.run(VACUUMED, owner=True) == [("blind_index",), ("data_keys",)]


def test_who_does_not_own_the_tables_is_told_so(house: House) -> None:
    assert not clean(house.store.url)
    assert house.store.run(VACUUMED, owner=True) == []


def test_statistics_hold_no_samples_of_keys_and_tokens(house: House, ledger: Ledger) -> None:
    record(ledger, *(it for n in range(100, 200) for it in life(str(n))))
    tables = ["data_keys", "blind_index"]
    house.store.run("ANALYZE daybook.data_keys, daybook.blind_index", owner=True)
    sampled = set(house.store.run(SAMPLED, tables, owner=True))
    assert {("data_keys", "subject"), ("blind_index", "subject")} <= sampled
    assert not {("data_keys", "wrapped"), ("blind_index", "token")} & sampled
