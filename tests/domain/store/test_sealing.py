"""The tree that grows with the append, checked against its definition by `Store.check`."""

import random
from contextlib import ExitStack

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from domain.refusals import Unavailable
from domain.seal.tree import leaf_hash
from domain.store.appender import Options
from domain.store.backfill import backfill_trees
from domain.store.connections import connect
from domain.store.recorder import ShardRecorder
from domain.store.request import Failed, TreeDamaged
from tests.database import Store, command, merkle_root, one_receipt


@pytest.mark.parametrize("sizes", [[1], [255, 1, 1], [256], [257, 255], [1000, 24], [3, 300, 700, 5]])
def test_the_tree_grows_with_every_batch(store: Store, recorder: ShardRecorder, sizes: list[int]) -> None:
    for size in sizes:
        recorder.append([command(f"customer:{n}") for n in range(size)])
        assert store.check() > 0
    assert store.check() == sum(sizes)


def test_processes_that_take_turns_grow_one_tree(store: Store) -> None:
    choose = random.Random(6962)
    with ExitStack() as stack:
        recorders = [stack.enter_context(store.open()) for _ in range(3)]
        for _ in range(40):
            recorder = choose.choice(recorders)
            recorder.append([command("customer:1") for _ in range(choose.choice([1, 2, 7, 100, 256]))])
    assert store.check() > 1_000


def test_what_is_refused_or_fails_is_no_leaf(store: Store, recorder: ShardRecorder) -> None:
    repeated = command("customer:1")
    recorder.append([repeated])
    stale = command("customer:1", expected_version=7)
    spoilt = command("customer:\0")
    outcomes = recorder.append([command("customer:2"), repeated, stale, spoilt, command("customer:3")])
    assert isinstance(outcomes[3], Exception)
    assert not isinstance(outcomes[3], Failed)
    assert store.check() == 3


def test_the_library_s_own_events_are_leaves(store: Store, recorder: ShardRecorder) -> None:
    events = [StoredEvent("customer:1", n, "Topic", b"%d" % n) for n in range(1, 301)]
    recorder.insert_events(events[:200])
    recorder.insert_events(events[200:])
    leaves = [leaf_hash(event.state) for event in events]
    ((root,),) = store.run("SELECT root FROM daybook.heads")
    assert root == merkle_root(leaves)
    assert store.run("SELECT hashes FROM daybook.tiles") == [(b"".join(leaves[:256]),)]


@pytest.mark.parametrize("step", ["copied", "committing"])
def test_a_batch_that_fails_leaves_the_tree_as_it_was(store: Store, step: str) -> None:
    def fail(name: str) -> None:
        if name == step and failing:
            raise psycopg.errors.DiskFull("the disk is full")

    failing = [True]
    with store.open(Options(steps=fail)) as recorder:
        requests = [command("customer:1") for _ in range(300)]
        assert {type(outcome) for outcome in recorder.append(requests)} == {Unavailable}
        failing.clear()
        recorder.append(requests)
    assert store.check() == 300


def test_a_changed_entry_in_the_last_tile_is_not_sealed_over(store: Store) -> None:
    with store.open() as recorder:
        recorder.append([command("customer:1") for _ in range(250)])
    store.run(
        "SET session_replication_role = replica;"
        "UPDATE daybook.entries SET state = state || ' ' WHERE position = 100",
        owner=True,
    )
    with store.open() as recorder:
        (outcome,) = recorder.append([command("customer:1")])
        assert one_receipt([outcome]).position == 251
        outcomes = recorder.append([command("customer:1") for _ in range(10)])
    assert {type(it) for it in outcomes} == {TreeDamaged}
    assert store.head()[0] == 251


@pytest.fixture
def treeless(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A ledger whose entries were recorded before there was a tree."""
    with store.open() as recorder:
        recorder.append([command(f"customer:{n % 7}") for n in range(700)])
    store.run(
        "SET session_replication_role = replica;"
        "TRUNCATE daybook.tiles; UPDATE daybook.heads SET peaks = '', root = sha256('')",
        owner=True,
    )
    monkeypatch.setattr("domain.store.backfill.PAGE", 150)
    return store


def test_the_tree_over_older_entries_is_grown_once(treeless: Store) -> None:
    for _ in range(2):
        with connect(treeless.database.owner_url) as connection:
            backfill_trees(connection)
        assert treeless.check() == 700
    with treeless.open() as recorder:
        recorder.append([command("customer:1") for _ in range(100)])
    assert treeless.check() == 800
