"""Somebody is erased while processes write of them; whoever approves is killed, at no step and at each."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from domain.entry import Entry
from domain.events.party import CustomerDetailsChanged
from domain.ledger import Ledger
from domain.vault.sealed import Sealed
from replay.verify.run import Options, verify
from tests.conftest import ROOT
from tests.database import Store
from tests.domain.erasure.house import House, eraser, life, record, requested
from tests.faults.erasing import APPROVE, CUSTOMERS, VICTIM, WRITE, Work, name_of

STEPS = ("checked", "locked", "remembered", "destroying", "destroyed", "recorded")
WRITERS, BATCHES = 3, 4
STREAM, ERASED = f"customer:{VICTIM}", "[erased]"
PATIENCE_SECONDS = 120


@dataclass
class Writer:
    """A process that writes one batch after another until it is told to stop."""

    process: "subprocess.Popen[str]"
    stopped: threading.Event
    turned: threading.Condition = field(default_factory=threading.Condition)
    batches: int = 0

    def run(self) -> None:
        """Ask for the next batch once the last one is recorded."""
        asking, told = self.process.stdin, self.process.stdout
        assert asking is not None
        assert told is not None
        while not self.stopped.is_set():
            asking.write(f"{self.batches}\n")
            asking.flush()
            assert told.readline().strip() == str(self.batches), "the writer was refused"
            with self.turned:
                self.batches += 1
                self.turned.notify_all()
        asking.close()

    def wait(self, more: int) -> None:
        """Wait until so many more batches are recorded."""
        with self.turned:
            until = self.batches + more
            assert self.turned.wait_for(lambda: self.batches >= until, PATIENCE_SECONDS)


def start(work: Work) -> "subprocess.Popen[str]":
    """Start a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.erasing", work.text()],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def writing(work: Work) -> Iterator[list[Writer]]:
    """Have processes write; in the end each has recorded all that it was asked for."""
    stopped = threading.Event()
    writers = [Writer(start(replace(work, do=WRITE, writer=number)), stopped) for number in range(WRITERS)]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        stopped.set()
        for thread, writer in zip(threads, writers, strict=True):
            thread.join(PATIENCE_SECONDS)
            writer.process.wait(PATIENCE_SECONDS)
            if writer.process.stdout is not None:
                writer.process.stdout.close()
    assert [writer.process.returncode for writer in writers] == [0] * WRITERS


def approved(work: Work) -> int:
    """Have the erasure approved by a process; returns its exit status."""
    process = start(replace(work, do=APPROVE))
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode != 0 or said.strip() == "1"
    return process.returncode


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    """A house in whose ledger somebody lives."""
    made = House(store, tmp_path).establish()
    with made.open() as ledger:
        record(ledger, *life(VICTIM))
    return made


def erase_midway(house: House, step: str, count: Callable[[str], None]) -> None:
    """Erase somebody while others write; the first who approves is killed at the step, if one is named."""
    with house.open() as ledger:
        name = requested(ledger, STREAM)
    work = Work(WRITE, house.store.url, str(house.folder), request=name, step=step)
    with writing(work) as writers:
        for writer in writers:
            writer.wait(BATCHES)
        assert approved(work) == (-signal.SIGKILL if step else 0)
        for writer in writers:
            writer.wait(BATCHES)
        with house.open() as ledger:
            assert eraser(ledger).approve(name).keys == 1
        for writer in writers:
            writer.wait(BATCHES)
    with house.open() as ledger:
        check(house, ledger, writers)
    entries = house.store.check()
    assert verify(house.store.url, Options(outsides=house.outsides)).findings == ()
    at = f", killed when {step}" if step else ""
    count(f"erased among {entries} appends of {WRITERS} processes{at}: verified, nothing lost")


def check(house: House, ledger: Ledger, writers: list[Writer]) -> None:
    """Check that all that was said is there, and who was erased can be read from the erasure on alone."""
    assert house.keys(STREAM) == [False, True]
    ((line,),) = house.lines()
    assert (line["subject"], line["generation"]) == (STREAM, 1)
    for customer in CUSTOMERS:
        entries = [it for it in ledger.stream(f"customer:{customer}") if it.type == "CustomerDetailsChanged"]
        said = [it["name"] for it in ledger.need_vault().view_entries(entries)]
        wanted = {
            name_of(n, batch, customer) for n, writer in enumerate(writers) for batch in range(writer.batches)
        }
        assert len(entries) == len(wanted)
        if customer != VICTIM:
            assert set(said) == wanted
        else:
            check_victim(entries, said, wanted)
    (told,) = [it for it in ledger.stream(STREAM) if it.type == "SubjectErased"]
    assert told.data.keys == 1
    assert ledger.find("name", name_of(0, 0, VICTIM)) == []
    assert [it.stream for it in ledger.find("name", name_of(0, writers[0].batches - 1, VICTIM))] == [STREAM]


def check_victim(entries: list[Entry[CustomerDetailsChanged]], said: list[Any], wanted: set[str]) -> None:
    """What was sealed with the first key reads as erased, and all of it stands before the rest."""
    generations = [Sealed.parse(it.data.name or "").generation for it in entries]
    assert generations == sorted(generations)
    assert set(generations) == {1, 2}
    before = generations.count(1)
    assert before >= WRITERS * BATCHES
    assert said[:before] == [ERASED] * before
    assert set(said[before:]) < wanted


@pytest.mark.parametrize("step", ["", "remembered"], ids=["nobody is killed", "remembered"])
def test_somebody_is_erased_while_processes_write(
    house: House, step: str, count: Callable[[str], None]
) -> None:
    erase_midway(house, step, count)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_whoever_approves_is_killed_at_every_step(
    house: House, step: str, count: Callable[[str], None]
) -> None:
    erase_midway(house, step, count)
