"""Reading the log, and the recorder behind the library's interface."""

import time
from collections.abc import Callable, Sized
from uuid import uuid4

import pytest
from eventsourcing.persistence import (
    IntegrityError,
    Notification,
    OperationalError,
    ProgrammingError,
    StoredEvent,
)
from psycopg.rows import tuple_row

from domain.refusals import Misconfigured
from domain.store import reads
from domain.store.appender import Options
from domain.store.connections import Patience
from domain.store.recorder import ShardRecorder
from tests.database import Store, command, one_receipt, receipts

BARE = "SELECT position, version, type, state, recorded_at FROM daybook.entries ORDER BY position"


@pytest.fixture
def filled(recorder: ShardRecorder) -> ShardRecorder:
    """Ten streams, five entries each, in turns."""
    recorder.append([command(f"customer:{n}") for _ in range(5) for n in range(10)])
    return recorder


def test_a_stream_is_read_up_to_a_position_and_after_a_version(filled: ShardRecorder) -> None:
    with filled.reading() as connection:
        whole = reads.stream_entries(connection, 0, "customer:3")
        part = reads.stream_entries(connection, 0, "customer:3", after_version=1, up_to=34)
        none = reads.stream_entries(connection, 0, "customer:none")
    assert [(row[0], row[1], row[2]) for row in whole] == [(10 * n + 4, n + 1, "Noted") for n in range(5)]
    assert part == whole[1:4]
    assert none == []
    for _, version, _, state, recorded_at in whole:
        moment = recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z").encode()
        assert state.endswith(b'"recorded_at":"%s","version":%d}' % (moment, version))


def test_many_streams_are_read_at_once(filled: ShardRecorder) -> None:
    wanted = {"customer:3": 0, "customer:5": 3, "customer:none": 0}
    with filled.reading() as connection:
        found = reads.streams_entries(connection, 0, wanted, up_to=45)
        alone = reads.stream_entries(connection, 0, "customer:3", up_to=45)
    assert found["customer:3"] == alone
    assert [row[1] for row in found["customer:5"]] == [4]
    assert found["customer:none"] == []


def test_the_log_is_read_by_pages(filled: ShardRecorder) -> None:
    seen: list[int] = []
    with filled.reading() as connection:
        while page := reads.log_page(connection, 0, after=len(seen), limit=7, up_to=48):
            seen += [row[0] for row in page]
    assert seen == list(range(1, 49))


def test_an_entry_is_found_by_its_id(recorder: ShardRecorder) -> None:
    request = command("customer:1", count=2)
    shared = uuid4()
    recorder.append([request, command("customer:2", id=shared), command("customer:3", id=shared)])
    with recorder.reading() as connection:
        assert [row[:2] for row in reads.entry_rows(connection, 0, request.entries[1].id)] == [(2, 2)]
        assert [row[0] for row in reads.entry_rows(connection, 0, shared)] == [3, 4]
        assert reads.entry_rows(connection, 0, uuid4()) == []


def test_the_head_tells_size_and_clock(store: Store, recorder: ShardRecorder) -> None:
    receipt = one_receipt(recorder.append([command("customer:1")]))
    with recorder.reading() as connection:
        assert reads.head(connection, 0) == (1, receipt.recorded_at)


def test_a_long_stream_is_read_about_as_fast_as_the_bare_table(
    recorder: ShardRecorder, count: Callable[[str], None]
) -> None:
    """Compared in turns and at their best, since on a busy machine no time is a measure by itself."""
    recorder.append([command("customer:1", count=1_000)])
    taken: dict[str, list[float]] = {"stream": [], "table": []}
    with recorder.reading() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        ways: dict[str, Callable[[], Sized]] = {
            "stream": lambda: reads.stream_entries(connection, 0, "customer:1"),
            "table": lambda: cursor.execute(BARE, prepare=True).fetchall(),
        }
        for _ in range(20):
            for name, way in ways.items():
                begun = time.perf_counter()
                assert len(way()) == 1_000
                taken[name].append(time.perf_counter() - begun)
    stream, table = min(taken["stream"]), min(taken["table"])
    count(f"store: 1,000 entries of one stream read in {stream * 1e3:.1f} ms at best, bare {table * 1e3:.1f}")
    assert stream < 10 * table


def test_each_shard_has_a_log_of_its_own(sharded_store: Store) -> None:
    for shard in range(4):
        with sharded_store.open(Options(shard=shard)) as recorder:
            outcomes = recorder.append([command("customer:1"), command("customer:2")])
            assert [one_receipt([it])[2:5] for it in outcomes] == [(1, shard, 1), (1, shard, 2)]
    for shard in range(4):
        assert sharded_store.check(shard) == 2


def stored(stream: str, version: int, topic: str = "t") -> StoredEvent:
    return StoredEvent(stream, version, topic, b"anything")


def test_stored_events_are_recorded_at_their_versions_or_not_at_all(
    store: Store, recorder: ShardRecorder
) -> None:
    assert recorder.insert_events([stored("a", 1), stored("b", 0), stored("a", 2)]) == [1, 2, 3]
    for spoilt in (
        [stored("c", 1), stored("a", 2)],
        [stored("c", 1), stored("a", 4)],
        [stored("c", 2)],
        [stored("c", 1), stored("c", 1)],
        [stored("b", 0)],
    ):
        with pytest.raises(IntegrityError):
            recorder.insert_events(spoilt)
    assert store.head()[0] == 3
    assert recorder.insert_events([stored("b", 1), stored("a", 3)]) == [4, 5]
    assert one_receipt(recorder.append([command("a")])).version == 4


def test_stored_events_and_appends_share_a_batch(store: Store, recorder: ShardRecorder) -> None:
    recorder.append([command("customer:1")])
    with pytest.raises(IntegrityError):
        recorder.insert_events([stored("customer:1", 1)])
    recorder.insert_events([stored("customer:1", 2)])
    assert one_receipt(recorder.append([command("customer:1")])).version == 3


def test_what_the_recorder_does_not_know_is_refused(store: Store, recorder: ShardRecorder) -> None:
    with pytest.raises(ProgrammingError, match="tracking"):
        recorder.insert_events([stored("a", 1)], tracking="anything")
    with pytest.raises(ProgrammingError):
        recorder.insert_events([stored("a\x00", 1)])
    assert recorder.insert_events([]) == []
    assert recorder.max_notification_id() is None


def test_the_librarys_unsafe_mode_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.open() as recorder:
        recorder.datastore.enable_db_functions = True
        with pytest.raises(Misconfigured, match="loses entries"):
            ShardRecorder(recorder.datastore)


def test_a_database_that_is_gone_is_no_conflict(store: Store) -> None:
    with store.open(Options(patience=Patience(away=0.0, lock=0.05))) as recorder:
        recorder.insert_events([stored("a", 1)])
        store.drop()
        with pytest.raises(OperationalError):
            recorder.insert_events([stored("a", 2)])


def test_notifications_are_paged_and_filtered(recorder: ShardRecorder) -> None:
    recorder.insert_events([stored("a", n, topic="odd" if n % 2 else "even") for n in range(1, 11)])
    assert [it.id for it in recorder.select_notifications(None, 3)] == [1, 2, 3]
    assert [it.id for it in recorder.select_notifications(3, 3)] == [3, 4, 5]
    found = recorder.select_notifications(3, 3, stop=9, topics=("odd",), inclusive_of_start=False)
    assert found == [Notification("a", n, "odd", b"anything", id=n) for n in (5, 7, 9)]


def test_commands_and_subscriptions_meet(recorder: ShardRecorder) -> None:
    """A subscriber misses nothing, and sees the order of the log."""
    with recorder.subscribe(gt=0) as subscription:
        sent = [it for n in range(30) for it in receipts(recorder.append([command(f"c:{n % 3}")])[0])]
        seen = [next(subscription) for _ in sent]
    assert [(it.id, it.originator_id, it.originator_version) for it in seen] == [
        (it.position, it.stream, it.version) for it in sent
    ]
