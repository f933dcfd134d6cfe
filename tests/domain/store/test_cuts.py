"""The two clocks, and cuts: what was known at a moment, and moments that are closed for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from domain.refusals import TimeInFuture
from domain.store import reads
from domain.store.appender import Options
from domain.store.connections import Patience
from domain.store.recorder import ShardRecorder
from tests.database import Store, command, one_receipt
from tests.domain.store.gates import SECONDS
from tests.embedded import wait_for

LOCK_WAITERS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'
"""
MICROSECOND = timedelta(microseconds=1)
START = datetime(2020, 1, 1, tzinfo=UTC)


def position_at(recorder: ShardRecorder, moment: datetime) -> reads.CutAt:
    with recorder.reading() as connection:
        return reads.position_at(connection, recorder.shard, moment)


def test_the_clock_is_the_databases(store: Store, recorder: ShardRecorder) -> None:
    ((before,),) = store.run("SELECT clock_timestamp()")
    moment = one_receipt(recorder.append([command("customer:1")])).recorded_at
    ((after,),) = store.run("SELECT clock_timestamp()")
    assert before < moment < after
    assert moment.tzinfo is UTC


def test_the_clock_rises_where_the_databases_falls_back(store: Store, recorder: ShardRecorder) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)
    store.run("UPDATE daybook.heads SET recorded_at = %s", ahead)
    assert one_receipt(recorder.append([command("customer:1")])).recorded_at == ahead + MICROSECOND
    assert one_receipt(recorder.append([command("customer:1")])).recorded_at == ahead + 2 * MICROSECOND


def test_a_simulated_clock_is_where_the_writer_sets_it(simulated_store: Store) -> None:
    with simulated_store.open() as recorder:
        asked = [START, START + timedelta(days=1), None, START, START + timedelta(days=2)]
        outcomes = recorder.append([command("customer:1", recorded_at=it) for it in asked])
        one_day = START + timedelta(days=1)
        assert [one_receipt([it]).recorded_at for it in outcomes] == [
            START,
            one_day,
            one_day + MICROSECOND,
            one_day + 2 * MICROSECOND,
            START + timedelta(days=2),
        ]
        later = one_receipt(recorder.append([command("customer:1", recorded_at=START)])).recorded_at
        assert later == START + timedelta(days=2) + MICROSECOND
    assert simulated_store.check() == 6


def test_a_position_is_found_for_every_moment(simulated_store: Store) -> None:
    with simulated_store.open() as recorder:
        for day in range(0, 40, 2):
            recorder.append([command("customer:1", count=3, recorded_at=START + timedelta(days=day))])
        for day in range(-1, 39):
            found = position_at(recorder, START + timedelta(days=day))
            assert found == (3 * (day // 2 + 1), True)
        assert position_at(recorder, START + timedelta(days=38, microseconds=-1)) == (57, True)
        assert position_at(recorder, START + timedelta(days=38)) == (60, True)
        assert position_at(recorder, START + timedelta(days=39)) == (60, False)


def test_an_empty_log_has_nothing_at_any_moment(recorder: ShardRecorder) -> None:
    assert position_at(recorder, START) == (0, False)
    assert recorder.close_moment(START) == 0
    assert position_at(recorder, START) == (0, True)


def test_a_closed_moment_stays_as_it_was(store: Store, recorder: ShardRecorder) -> None:
    recorder.append([command("customer:1", count=2)])
    ((moment,),) = store.run("SELECT clock_timestamp()")
    assert position_at(recorder, moment) == (2, False)
    assert recorder.close_moment(moment) == 2
    assert position_at(recorder, moment) == (2, True)
    assert store.head() == (2, moment)
    late = one_receipt(recorder.append([command("customer:1")]))
    assert late.recorded_at > moment
    assert recorder.close_moment(moment) == 2
    assert position_at(recorder, moment) == (2, True)
    assert store.check() == 3


def test_a_moment_to_come_is_not_closed(store: Store, recorder: ShardRecorder) -> None:
    recorder.append([command("customer:1")])
    head = store.head()
    with pytest.raises(TimeInFuture):
        recorder.close_moment(datetime.now(UTC) + timedelta(hours=1))
    assert store.head() == head


def test_closing_moves_a_simulated_clock(simulated_store: Store) -> None:
    with simulated_store.open() as recorder:
        recorder.append([command("customer:1", recorded_at=START)])
        later = START + timedelta(days=5)
        assert recorder.close_moment(later) == 1
        late = one_receipt(recorder.append([command("customer:1", recorded_at=START + timedelta(days=3))]))
        assert late.recorded_at == later + MICROSECOND
        assert position_at(recorder, later) == (1, True)


def test_the_clock_is_read_after_the_lock_was_had(store: Store) -> None:
    """Else an entry that waited could slip in before a moment that was closed meanwhile."""
    options = Options(patience=Patience(stuck=SECONDS))
    with (
        store.open(options) as recorder,
        psycopg.connect(store.url) as holder,
        ThreadPoolExecutor(1) as pool,
    ):
        holder.execute("SELECT * FROM daybook.heads WHERE shard = 0 FOR UPDATE")
        call = pool.submit(recorder.append, [command("customer:1")])
        wait_for(lambda: store.run(LOCK_WAITERS)[0][0], "it waits for the lock")
        ((moment,),) = store.run("SELECT clock_timestamp()")
        holder.commit()
        assert one_receipt(call.result(SECONDS)).recorded_at > moment
