"""No personal text is anywhere in the clear: not in a table, a message, or a file of the database."""

import itertools
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from api.demo.simulation import simulate
from domain.door import Door
from domain.entry import Draft
from domain.events import REGISTER
from domain.events.examples import EXAMPLES, document
from domain.events.oversight import VoidProposed
from domain.ledger import Ledger
from domain.refusals import Refused
from domain.store.init import initialise
from domain.store.launcher import EmbeddedServer
from domain.vault.vault import Vault
from tests.database import Store
from tests.drafts import draft, refusals
from tests.embedded import wait_for
from tests.vaults import open_ledger

OVERSIGHT = {name for name, kind in REGISTER.items() if kind.family == "oversight"}
ROUNDS = 5
LETTERS = "".join(map(chr, range(ord("a"), ord("z") + 1)))


class Seeded:
    """Makes personal texts that occur nowhere else, and keeps them."""

    def __init__(self) -> None:
        """Count from one."""
        self.texts: list[str] = []
        self._numbers = itertools.count(1)

    def text(self) -> str:
        """A new text: a number, spelt with letters, too; and one letter that takes three bytes."""
        number = next(self._numbers)
        spelt = "".join(LETTERS[number // 26**n % 26] for n in range(4))
        self.texts.append(f"Zyx我{spelt} {number:06}")
        return self.texts[-1]

    def fill(self, written: dict[str, Any]) -> dict[str, Any]:
        """A document with a text of its own in every personal field of its type."""
        personal = {it.name: self.text() for it in REGISTER[written["type"]].personal}
        return written | {"data": written["data"] | personal}


@pytest.fixture
def seeded() -> Seeded:
    return Seeded()


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with its vault."""
    with open_ledger(store.url) as made:
        yield made


def _record_examples(ledger: Ledger, seeded: Seeded) -> int:
    """Record the example of each type, those first on which others depend; returns how many."""
    door = Door(new_id=uuid4)
    left: list[Draft] = [door.open(seeded.fill(document(name))) for name in EXAMPLES if name not in OVERSIGHT]
    recorded = 0
    for _ in range(ROUNDS):
        refused = [isinstance(it, Refused) for it in ledger.record(left)]
        recorded += refused.count(False)
        left = [it for it, again in zip(left, refused, strict=True) if again]
    known = [it for it in REGISTER if REGISTER[it].personal and it not in OVERSIGHT]
    assert not {it.event.TYPE for it in left} & set(known)
    target = ledger.log(limit=1)[0].id
    void = VoidProposed(proposal="v", entry=target, reason="wrong", remark=seeded.text(), principal="p")
    assert refusals(ledger.record([draft("42", void)])) == [None]
    return recorded + 1


TABLES = (
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'daybook'::regnamespace"
)
STATISTICS = (
    "(SELECT * FROM pg_statistic WHERE starelid IN"
    " (SELECT oid FROM pg_class WHERE relnamespace = 'daybook'::regnamespace))"
)


def _tables(store: Store) -> dict[str, bytes]:
    """Everything that is in the ledger's tables, and in the statistics over them."""
    names = [str(name) for (name,) in store.run(TABLES, owner=True)]
    found = {}
    with psycopg.connect(store.database.owner_url, autocommit=True) as connection:
        connection.execute("ANALYZE")
        for name in (*names, STATISTICS):
            with connection.cursor().copy(f"COPY {name} TO STDOUT (FORMAT BINARY)".encode()) as copy:
                found[name] = b"".join(bytes(part) for part in copy)
    return found


def _leaks(texts: list[str], places: dict[str, bytes]) -> list[str]:
    wanted = re.compile(b"|".join(re.escape(text.encode()) for text in texts))
    return [f"{place}: {it[0].decode()}" for place, data in places.items() for it in wanted.finditer(data)]


def test_no_table_holds_a_personal_text(
    ledger: Ledger,
    store: Store,
    seeded: Seeded,
    caplog: pytest.LogCaptureFixture,
    count: Callable[[str], None],
) -> None:
    with caplog.at_level(logging.DEBUG):
        recorded = _record_examples(ledger, seeded)
        first = ledger.log(limit=1)[0]
        assert refusals(ledger.record([draft("42", first.data, id=first.id)])) == ["invalid-value"]
        ledger.find("name", seeded.texts[0])
        ledger.need_vault().view_entries(ledger.log())
        ledger.need_vault().destroy("customer:42", 0)
    tables = _tables(store)
    assert tables.keys() >= {"daybook.entries", "daybook.data_keys", "daybook.blind_index"}
    assert b"sealed:1:customer:42" in tables["daybook.entries"]
    assert _leaks(seeded.texts, tables) == []
    assert _leaks(seeded.texts, {"log": caplog.text.encode()}) == []
    count(f"personal texts of {recorded} entries found in {len(tables)} tables: 0 of {len(seeded.texts)}")


def test_the_search_would_find_one(store: Store, seeded: Seeded) -> None:
    text = seeded.text()
    store.run("INSERT INTO daybook.secrets VALUES ('leak', %s)", f"a {text} b".encode(), owner=True)
    assert f"daybook.secrets: {text}" in _leaks(seeded.texts, _tables(store))


def test_no_secret_of_the_vault_is_in_a_table_or_shown(
    ledger: Ledger, store: Store, vault: Vault, seeded: Seeded
) -> None:
    _record_examples(ledger, seeded)
    held = vault.keys.ensure(0, vault.subjects("customer:42"))
    secrets = [vault.keys.index_key(), *(key.secret for key in held.keys.values())]
    assert len(secrets) >= 2
    for name, data in _tables(store).items():
        assert not any(secret in data for secret in secrets), name
    shown = repr((held, vault, vault.ring, vault.ring.current, ledger))
    assert not any(repr(secret)[2:-1] in shown for secret in secrets)


@pytest.mark.slow
def test_no_file_of_the_database_holds_a_personal_text(
    tmp_path: Path, seeded: Seeded, count: Callable[[str], None]
) -> None:
    """The simulated company, each personal text replaced by one that occurs nowhere else."""
    with EmbeddedServer(tmp_path / "data") as server:
        initialise(server.owner_url, clock="simulated")
        door = Door(new_id=uuid4, simulated=True)
        documents = [seeded.fill(it) for it in simulate(customers=20, years=2)]
        with open_ledger(server.url) as ledger:
            assert set(refusals(ledger.record([door.open(it) for it in documents]))) == {None}
            stream = documents[0]["stream"]
            ledger.find("name", seeded.texts[0])
            ledger.need_vault().destroy(stream, 0)
            with psycopg.connect(server.owner_url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
                connection.execute("CHECKPOINT")
    wait_for(lambda: EmbeddedServer(tmp_path / "data").status().pid is None, "the server stops")
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file() and not path.is_symlink()]
    places = {str(path.relative_to(tmp_path)): path.read_bytes() for path in files}
    assert _leaks(seeded.texts, places) == []
    assert any(b"sealed:1:customer:" in data for data in places.values())
    count(f"personal texts found in {len(files)} files of a database: 0 of {len(seeded.texts)}")
