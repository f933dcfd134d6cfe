"""Group commit across threads and event loops: the queue, its bound, callers who leave, closing, forking."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from unittest.mock import Mock

import pytest

from domain.refusals import Busy, Unavailable
from domain.store.appender import Options
from domain.store.recorder import ShardRecorder
from domain.store.request import Outcome
from tests.database import Store, command, one_receipt, receipts
from tests.domain.store.gates import SECONDS, held, queued, wait_until


def test_what_comes_in_during_a_commit_is_one_transaction(store: Store) -> None:
    with held(store, "committed") as (recorder, gate), ThreadPoolExecutor(21) as pool:
        first = pool.submit(recorder.append, [command("customer:0")])
        assert gate.reached.wait(SECONDS)
        others = [pool.submit(recorder.append, [command(f"customer:{n}")]) for n in range(1, 21)]
        wait_until(lambda: queued(recorder) == 20)
        gate.opened.set()
        moments = {one_receipt(it.result(SECONDS)).recorded_at for it in others}
        assert len(moments) == 1
        assert moments != {one_receipt(first.result(SECONDS)).recorded_at}
    assert store.check() == 21


def test_an_event_loop_is_woken_once_a_batch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        with held(store, "committed") as (recorder, gate):
            first = asyncio.create_task(recorder.append_async([command("customer:0")]))
            await asyncio.to_thread(gate.reached.wait, SECONDS)
            others = [asyncio.create_task(recorder.append_async([command(f"c:{n}")])) for n in range(50)]
            await asyncio.sleep(0)
            assert queued(recorder) == 50
            loop = asyncio.get_running_loop()
            wakes = Mock(side_effect=loop.call_soon_threadsafe)
            monkeypatch.setattr(loop, "call_soon_threadsafe", wakes)
            gate.opened.set()
            outcomes = await asyncio.gather(first, *others)
            monkeypatch.undo()
            assert len({one_receipt(it).recorded_at for it in outcomes}) == 2
            assert wakes.call_count == 2

    asyncio.run(main())
    assert store.check() == 51


def test_threads_and_loops_share_a_committer(store: Store, recorder: ShardRecorder) -> None:
    def thread(n: int) -> list[Outcome]:
        return [recorder.append([command(f"customer:{n}")])[0] for _ in range(20)]

    async def loop(n: int) -> list[Outcome]:
        async def caller(m: int) -> Outcome:
            return (await recorder.append_async([command(f"customer:{n}-{m}")]))[0]

        return await asyncio.gather(*(caller(m) for m in range(20)))

    with ThreadPoolExecutor(10) as pool:
        threads = [pool.submit(thread, n) for n in range(5)]
        loops = [pool.submit(asyncio.run, loop(n)) for n in range(5)]
        outcomes = [it for done in (*threads, *loops) for it in done.result(SECONDS)]
    assert sorted(one_receipt([it]).position for it in outcomes) == list(range(1, 201))
    assert store.check() == 200


def test_a_cancelled_task_cancels_nobody_else(store: Store) -> None:
    async def main() -> None:
        with held(store, "committed") as (recorder, gate):
            first = asyncio.create_task(recorder.append_async([command("customer:1")]))
            await asyncio.to_thread(gate.reached.wait, SECONDS)
            leaver = asyncio.create_task(recorder.append_async([command("customer:2")]))
            stayer = asyncio.create_task(recorder.append_async([command("customer:3")]))
            await asyncio.sleep(0)
            assert queued(recorder) == 2
            first.cancel()
            leaver.cancel()
            await asyncio.wait([first, leaver])
            assert first.cancelled()
            assert leaver.cancelled()
            gate.opened.set()
            assert one_receipt(await stayer).version == 1
            assert one_receipt(await recorder.append_async([command("customer:3")])).version == 2

    asyncio.run(main())
    assert {row[0] for row in store.run("SELECT stream FROM daybook.entries")} == {"customer:1", "customer:3"}
    assert store.check() == 3


def test_an_event_loop_that_is_gone_harms_nobody(store: Store) -> None:
    with held(store, "locked") as (recorder, gate):

        async def leave() -> None:
            task = asyncio.ensure_future(recorder.append_async([command("customer:1")]))
            await asyncio.to_thread(gate.reached.wait, SECONDS)
            task.remove_done_callback(lambda _: None)

        loop = asyncio.new_event_loop()
        loop.run_until_complete(leave())
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        gate.opened.set()
        assert one_receipt(recorder.append([command("customer:2")])).position == 2
    assert store.check() == 2


def test_a_thread_that_stops_waiting_stops_nobody_else(store: Store) -> None:
    with held(store, "committed") as (recorder, gate), ThreadPoolExecutor(2) as pool:
        call = pool.submit(recorder.append, [command("customer:1")])
        assert gate.reached.wait(SECONDS)
        with pytest.raises(Late):
            call.result(timeout=0.01)
        assert not call.cancel()
        gate.opened.set()
        assert one_receipt(recorder.append([command("customer:1")])).version == 2
        assert one_receipt(call.result(SECONDS)).version == 1
    assert store.check() == 2


def test_a_full_queue_refuses_and_takes_again_when_there_is_room(store: Store) -> None:
    with held(store, "committed", queue_entries=5, queue_seconds=0.01) as (recorder, gate):
        with ThreadPoolExecutor(3) as pool:
            first = pool.submit(recorder.append, [command("customer:1", count=50)])
            assert gate.reached.wait(SECONDS), "a call larger than the queue goes into an empty one"
            second = pool.submit(recorder.append, [command("customer:2", count=5)])
            wait_until(lambda: queued(recorder) == 1)
            request = command("customer:3")
            (refused,) = recorder.append([request])
            assert isinstance(refused, Busy)
            assert refused.retry
            (refused,) = asyncio.run(recorder.append_async([request]))
            assert isinstance(refused, Busy)
            gate.opened.set()
            assert len(receipts(first.result(SECONDS)[0])) == 50
            assert len(receipts(second.result(SECONDS)[0])) == 5
        assert not one_receipt(recorder.append([request])).repeated
    assert store.check() == 56


def test_callers_wait_for_room(store: Store) -> None:
    async def ten(recorder: ShardRecorder) -> list[list[Outcome]]:
        calls = (recorder.append_async([command("customer:2", count=3)]) for _ in range(10))
        return await asyncio.gather(*calls)

    with held(store, "committed", queue_entries=5) as (recorder, gate), ThreadPoolExecutor(12) as pool:
        threads = [pool.submit(recorder.append, [command("customer:1", count=3)]) for _ in range(10)]
        loop = pool.submit(asyncio.run, ten(recorder))
        assert gate.reached.wait(SECONDS)
        wait_until(lambda: recorder._committer._intake._crowded >= 8)
        wait_until(lambda: len(recorder._committer._intake._awaiting_room) >= 8)
        gate.opened.set()
        outcomes = [*(it.result(SECONDS) for it in threads), *loop.result(SECONDS)]
    assert sum(len(receipts(it[0])) for it in outcomes) == 60
    assert store.check() == 60


def test_closing_records_what_was_queued_and_refuses_what_comes_later(store: Store) -> None:
    with held(store, "committed") as (recorder, gate), ThreadPoolExecutor(12) as pool:
        calls = [pool.submit(recorder.append, [command("customer:0")])]
        assert gate.reached.wait(SECONDS)
        calls += [pool.submit(recorder.append, [command(f"customer:{n}")]) for n in range(1, 10)]
        wait_until(lambda: queued(recorder) == 9)
        closing = pool.submit(recorder.close)
        wait_until(lambda: recorder._committer._intake._closed)
        (late,) = recorder.append([command("customer:late")])
        gate.opened.set()
        closing.result(SECONDS)
        assert sorted(one_receipt(it.result(SECONDS)).position for it in calls) == list(range(1, 11))
        assert isinstance(late, Unavailable)
    assert store.check() == 10


def test_closing_twice_and_without_a_call_is_fine(store: Store) -> None:
    with store.open() as recorder:
        recorder.close()
        recorder.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_recorder_is_not_used_after_a_fork(store: Store, recorder: ShardRecorder) -> None:
    recorder.append([command("customer:1")])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = b"it answered"
        try:
            recorder.append([command("customer:2")])
        except RuntimeError as error:
            said = str(error).encode()
        recorder.close()
        os.write(writing, said)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as told:
        assert "after a fork" in told.read()
    assert one_receipt(recorder.append([command("customer:1")])).version == 2
    assert store.check() == 2


def test_the_thread_outlives_every_error(
    store: Store, recorder: ShardRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.append([command("customer:1")])
    appender = recorder._committer._appender

    def break_down(*_: object) -> None:
        raise SystemExit("even this")

    monkeypatch.setattr(appender, "append", break_down)
    (failed,) = recorder.append([command("customer:1")])
    assert failed.code == "failed"  # type: ignore[union-attr]
    monkeypatch.undo()
    assert one_receipt(recorder.append([command("customer:1")])).version == 2


class FailingWatch:
    """A watch that cannot be told of growth, as where no thread can be started."""

    def guard(self, shard: int, *, anew: bool = False) -> None:
        """Find every log sound."""

    def grown(self, shard: int) -> None:
        """Fail."""
        raise RuntimeError("can't start new thread")


def test_a_watch_that_fails_keeps_nobody_waiting(store: Store) -> None:
    with store.open(Options(watch=FailingWatch())) as recorder, ThreadPoolExecutor(1) as pool:
        for version in (1, 2):
            call = pool.submit(recorder.append, [command("customer:1")])
            assert one_receipt(call.result(SECONDS)).version == version
