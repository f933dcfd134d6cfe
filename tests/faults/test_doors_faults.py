"""The doors while their embedded server is killed: they come back by themselves, and say what goes on."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from api.importer import Options, Outcome, Record, Rehearsal, load_mapping, patiently, run_import
from api.opening import Place, place
from api.settings import Settings
from domain.entry import Draft
from domain.ledger import Ledger
from domain.store import appender
from domain.store.connections import Patience
from domain.store.init import initialise
from domain.store.keeper import STARTING
from domain.store.launcher import EmbeddedServer
from tests.api.doors import Client, client_of, customer, document, invoice, problem
from tests.api.importer.sheets import HEADER, SMALL
from tests.embedded import wait_for
from tests.faults.servers import kill, pid_of
from tests.vaults import open_ledger

LONG = 120.0
"""Seconds that suffice for a start, however slow the machine."""


@dataclass(frozen=True, slots=True)
class House:
    """An embedded ledger, held as the command holds it, and its HTTP door."""

    server: EmbeddedServer
    ledger: Ledger
    client: Client

    def healthy(self) -> bool:
        """Whether the door says so."""
        return self.client.get("/health").status_code == httpx.codes.OK


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that may be killed."""
    return tmp_path_factory.mktemp("doors") / "data"


@pytest.fixture(scope="module")
def found(data: Path) -> Iterator[Place]:
    """The place of a ledger there."""
    with place(Settings(data=data, database_url=None), create=True) as held:
        initialise(held.owner_url, name="test", zone="UTC")
        yield held
    EmbeddedServer(data).stop(force=True)


@pytest.fixture
def house(data: Path, found: Place) -> Iterator[House]:
    """That ledger, patient, with its door open."""
    options = appender.Options(patience=Patience(away=LONG))
    with (
        open_ledger(found.url, options=options) as ledger,
        client_of(ledger, trouble=found.trouble) as client,
    ):
        opened = House(EmbeddedServer(data), ledger, client)
        wait_for(opened.healthy, "the door to answer")
        yield opened
        wait_for(opened.healthy, "the door to answer again")


def test_a_record_sent_after_the_crash_is_recorded(house: House) -> None:
    who = customer()
    assert house.client.post("/entries", json=document(who)).status_code == 201
    kill(house.server)
    # Nobody but the door's own keeper starts the server again.
    assert house.client.post("/entries", json=invoice(who)).status_code == 201
    wait_for(lambda: house.client.get(f"/customers/{who}").status_code == 200, "the door to read again")
    assert house.client.get(f"/customers/{who}").json()["version"] == 2


def test_meanwhile_the_door_says_what_goes_on(house: House) -> None:
    who = customer()
    answers: list[httpx.Response] = []
    sent = threading.Thread(target=lambda: answers.append(house.client.post("/entries", json=document(who))))
    with closing(psycopg.connect(house.server.owner_url)) as connection:
        lingering = connection.info.backend_pid
        # A process that is left of the old server keeps the new one from starting.
        os.kill(lingering, signal.SIGSTOP)
        try:
            os.kill(pid_of(house.server.data), signal.SIGKILL)
            wait_for(
                lambda: house.client.get("/health").json().get("hint") == STARTING, "the keeper to notice"
            )
            sent.start()
            for path in ("/health", f"/customers/{who}", "/log", "/log/head"):
                response = house.client.get(path)
                found = problem(response, 503)
                assert (found["code"], found["hint"], found["retry"]) == ("database-gone", STARTING, True)
                assert int(response.headers["retry-after"]) > 0
            assert answers == []
        finally:
            os.kill(lingering, signal.SIGCONT)
    sent.join(LONG)
    assert [answer.status_code for answer in answers] == [201]


def test_a_record_that_waited_in_vain_is_told_what_goes_on(found: Place, house: House) -> None:
    options = appender.Options(patience=Patience(away=0.0, lock=0.05))
    with open_ledger(found.url, options=options) as hasty, client_of(hasty, trouble=found.trouble) as client:
        house.server.stop(force=True)
        wait_for(found.trouble, "the keeper to notice")
        refused = problem(client.post("/entries", json=document(customer())), 503)
        assert refused["hint"] == found.trouble()
        assert "daybook db start" in refused["hint"]
        with house.server:
            wait_for(house.healthy, "the door to answer again")


class Killer:
    """Has drafts recorded, and kills the server before the second batch."""

    def __init__(self, record: Record, attack: Callable[[], None]) -> None:
        self.record, self.attack = record, attack
        self.calls = 0

    def __call__(self, drafts: Sequence[Draft]) -> Sequence[Outcome]:
        self.calls += 1
        if self.calls == 2:
            self.attack()
        return self.record(drafts)


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_import_goes_on(house: House, tmp_path: Path, *, dry_run: bool) -> None:
    (tmp_path / "mapping.toml").write_text(SMALL)
    rows = [f"{customer()}-{n},{customer()},2026-01-01,5\n" for n in range(20)]
    (tmp_path / "rows.csv").write_text(HEADER + "".join(rows))
    record = Killer(
        Rehearsal.at(house.ledger) if dry_run else house.ledger.record, lambda: kill(house.server)
    )
    summary = run_import(
        load_mapping(str(tmp_path / "mapping.toml")),
        [tmp_path / "rows.csv"],
        patiently(record, LONG),
        Options(batch=10, dry_run=dry_run),
    )
    assert (summary.stopped, summary.refusals) == (None, {})
    assert summary.recorded == {"CustomerRegistered": 20, "InvoiceIssued": 20}
