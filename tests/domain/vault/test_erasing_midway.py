"""Somebody is erased in the middle of a run of appends: nothing is lost, nothing sealed before is left."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event as Signal
from typing import Any

import pytest

from domain.entry import Entry
from domain.events.cases import CaseOpened
from domain.events.party import CustomerDetailsChanged, CustomerRegistered
from domain.ledger import Ledger, Outcome
from domain.store.reads import Connection
from domain.store.request import Append, Begun
from domain.vault.ending import destroy_keys
from domain.vault.sealed import Sealed
from domain.vault.vault import Vault
from tests.database import Store
from tests.drafts import closed, draft, refusals
from tests.vaults import open_ledger, vault_of

STREAM, ERASED = "customer:1", "[erased]"
WRITERS, BATCHES, ERASURES = 4, 25, 30
CUSTOMERS = [str(n) for n in range(6)]


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with its vault."""
    with open_ledger(store.url) as made:
        yield made


@pytest.fixture
def elsewhere(store: Store) -> Iterator[Vault]:
    """The vault of another process."""
    made = vault_of(store.url)
    yield made
    made.close()


def _named(customer: str, name: str) -> Any:  # noqa: ANN401  a draft
    return draft(customer, CustomerDetailsChanged(name=name))


def _names(ledger: Ledger, entries: Sequence[Entry[Any]]) -> list[str]:
    return [it["name"] for it in ledger.need_vault().view_entries(entries)]


@dataclass
class Interruption:
    """Does something between the sealing and the append of the first requests that come along."""

    ledger: Ledger
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, work: Callable[[], object], times: int = 1) -> None:
        """Do this so many times."""
        recorder = self.ledger.recorders[0]
        plain, plain_async = recorder.begin, recorder.append_async
        left = [work] * times

        def begin(appends: Sequence[Append]) -> Begun:
            if left:
                left.pop()()
            return plain(appends)

        async def append_async(appends: Sequence[Append]) -> list[Outcome]:
            if left:
                await asyncio.to_thread(left.pop())
            return await plain_async(appends)

        self.monkeypatch.setattr(recorder, "begin", begin)
        self.monkeypatch.setattr(recorder, "append_async", append_async)


@pytest.fixture
def interrupt(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Interruption:
    return Interruption(ledger, monkeypatch)


@pytest.mark.parametrize("in_loop", [False, True], ids=["thread", "event loop"])
def test_what_was_sealed_before_and_comes_after_is_sealed_anew(
    ledger: Ledger, elsewhere: Vault, interrupt: Interruption, *, in_loop: bool
) -> None:
    ledger.record([_named("1", "before")])
    interrupt(lambda: elsewhere.destroy(STREAM, 0))
    drafts = [_named("1", "after"), _named("2", "another")]
    told = asyncio.run(ledger.record_async(drafts)) if in_loop else ledger.record(drafts)
    assert refusals(told) == [None, None]
    entries = [*ledger.stream(STREAM), *ledger.stream("customer:2")]
    assert _names(ledger, entries) == [ERASED, "after", "another"]
    assert [Sealed.parse(it.data.name).generation for it in entries] == [1, 2, 1]


def test_whoever_else_is_written_about_is_not_held_up(
    ledger: Ledger, elsewhere: Vault, interrupt: Interruption, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.record([_named("1", "before"), _named("2", "before")])
    interrupt(lambda: elsewhere.destroy(STREAM, 0), times=100)
    refreshed: list[int] = []
    monkeypatch.setattr(ledger.need_vault().keys, "refresh", refreshed.append)
    assert refusals(ledger.record([_named("2", "after")])) == [None]
    assert refreshed == []
    assert _names(ledger, ledger.log()) == [ERASED, "before", "after"]


def test_what_follows_from_it_in_the_same_call_is_not_refused(
    ledger: Ledger, elsewhere: Vault, interrupt: Interruption, store: Store
) -> None:
    ledger.record([_named("1", "before")])
    interrupt(lambda: elsewhere.destroy(STREAM, 0))
    case = CaseOpened(case="A", kind="complaint", channel="phone", description="the bill")
    drafts = [
        draft("1", case),
        draft("1", case),
        draft("1", closed("A")),
        draft("1", closed("A")),
        draft("2", CustomerRegistered(kind="person")),
    ]
    expected = [None, "case-already-opened", None, "case-already-closed", None]
    assert refusals(ledger.record(drafts)) == expected
    assert store.check() == 4


def test_a_caller_is_told_where_erasures_never_end(
    ledger: Ledger, elsewhere: Vault, interrupt: Interruption
) -> None:
    interrupt(lambda: elsewhere.destroy(STREAM, 0), times=100)
    (refused,) = ledger.record([_named("1", "never")])
    assert refusals([refused]) == ["keys-changed"]
    assert refused.retry  # type: ignore[union-attr]
    assert ledger.log() == []


@dataclass
class Erasures:
    """Erases customers one after another, and keeps at which size of the log each was."""

    vault: Vault
    sizes: dict[str, list[int]] = field(default_factory=lambda: {it: [] for it in CUSTOMERS})

    def erase(self, customer: str) -> None:
        """Erase a customer."""
        subject = f"customer:{customer}"

        def work(connection: Connection) -> int:
            destroy_keys(connection, 0, subject)
            row: Any = connection.execute("SELECT size FROM daybook.heads WHERE shard = 0").fetchone()
            return int(row["size"])

        self.sizes[customer].append(self.vault.ending(0, work))

    def run(self, written: Signal, ended: Signal) -> None:
        """Erase somebody each time that something was written, until all is."""
        chance = random.Random(3)
        for _ in range(ERASURES):
            while not written.wait(0.1):
                if ended.is_set():
                    return
            written.clear()
            self.erase(chance.choice(CUSTOMERS))


def _write(ledger: Ledger, writer: int, written: Signal) -> list[Outcome]:
    """Write names, a batch after another, in a thread or in an event loop."""
    told: list[Outcome] = []
    for batch in range(BATCHES):
        drafts = [_named(it, f"{writer} {batch} {it}") for it in CUSTOMERS]
        told += asyncio.run(ledger.record_async(drafts)) if writer % 2 else ledger.record(drafts)
        written.set()
    return told


def test_nothing_is_lost_and_nothing_sealed_before_is_left(
    store: Store, elsewhere: Vault, count: Callable[[str], None]
) -> None:
    erasures, written, ended = Erasures(elsewhere), Signal(), Signal()
    with (
        open_ledger(store.url) as one,
        open_ledger(store.url) as other,
        ThreadPoolExecutor(WRITERS + 1) as pool,
    ):
        erasing = pool.submit(erasures.run, written, ended)
        writing = [
            pool.submit(_write, ledger, number, written) for number, ledger in enumerate([one, other] * 2)
        ]
        told = [outcome for it in writing for outcome in it.result()]
        ended.set()
        erasing.result()
        assert refusals(told) == [None] * (WRITERS * BATCHES * len(CUSTOMERS))
        entries = one.log(limit=10_000)
        assert len(entries) == store.check() == len(told)
        _check(one, entries, erasures, count)


def _check(
    ledger: Ledger, entries: list[Entry[Any]], erasures: Erasures, count: Callable[[str], None]
) -> None:
    """What was written before an erasure is gone; what was written after it is there, with a later key."""
    names = dict(zip([it.id for it in entries], _names(ledger, entries), strict=True))
    erased = 0
    for customer, sizes in erasures.sizes.items():
        mine = [it for it in entries if it.stream == f"customer:{customer}"]
        assert len(mine) == WRITERS * BATCHES
        last = max(sizes, default=0)
        for it in mine:
            gone = it.position <= last
            erased += gone
            assert (names[it.id] == ERASED) is gone
            assert gone or names[it.id].endswith(f" {customer}")
        for size in sizes:
            before = [Sealed.parse(it.data.name).generation for it in mine if it.position <= size]
            after = [Sealed.parse(it.data.name).generation for it in mine if it.position > size]
            assert max(before, default=0) < min(after, default=2**31)
    assert erased
    assert set(names.values()) != {ERASED}
    done = sum(map(len, erasures.sizes.values()))
    count(f"erasures in the middle of {len(entries)} appends: {done}, entries erased: {erased}")
