"""The committer: the one thread of a process that appends to a shard and answers whoever asked it to."""

import logging
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from domain.store.appender import Appender, Options
from domain.store.connections import failed
from domain.store.intake import AnyCall, Intake, LoopCall, Results, ThreadCall, answer_all
from domain.store.notifier import Notifier, channel
from domain.store.request import Append, Recorded, Request, Result

log = logging.getLogger("daybook.store")
FORKED: Final = "a ledger must be opened anew after a fork: connections cannot be shared"


class Committer:
    """Takes calls from threads and event loops, commits them in batches, and answers each truly.

    A batch is whatever came in while the last one was being committed. The thread starts with the first
    call and ends with `close`; no error ends it.
    """

    def __init__(self, url: str, options: Options) -> None:
        """Connect when the first call comes."""
        self._options = options
        self._pid = os.getpid()
        self._intake = Intake(options.queue_entries)
        self._appender = Appender(url, options)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def queue(self, requests: Sequence[Request], weight: int) -> ThreadCall:
        """Have requests recorded in one transaction; refuses when they cannot be queued.

        Whoever wants to know what became of them waits for the call.
        """
        self._ensure_thread()
        call = ThreadCall(requests, weight)
        self._intake.put(call, self._options.queue_seconds)
        return call

    async def call_async(self, requests: Sequence[Request], weight: int) -> Results:
        """Do the same without blocking the event loop, and wait."""
        self._ensure_thread()
        call = LoopCall(requests, weight)
        await self._intake.put_async(call, self._options.queue_seconds)
        return await call.wait()

    def close(self) -> None:
        """Commit what was queued, answer it, and stop; does nothing in a forked child."""
        if os.getpid() != self._pid:
            return
        self._intake.close()
        with self._starting:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _ensure_thread(self) -> None:
        if os.getpid() != self._pid:
            raise RuntimeError(FORKED)
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    name = f"commit shard {self._options.shard}"
                    self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        notifier = Notifier(self._appender.connect, channel(self._options.shard))
        try:
            while taken := self._intake.take(self._options.batch_entries):
                calls = [call for call in taken if not call.abandoned]
                if calls:
                    self._answer_truly(calls)
                    self._announce(notifier)
        finally:
            notifier.close()
            self._appender.close()

    def _announce(self, notifier: Notifier) -> None:
        """Tell who waits for new entries, and the watch, that the log has grown."""
        try:
            notifier.tell()
            if self._options.watch is not None:
                self._options.watch.grown(self._options.shard)
        except Exception:  # the thread must live on: nobody may wait for ever
            log.exception("the growth of shard %d was not told to all", self._options.shard)

    def _answer_truly(self, calls: list[AnyCall]) -> None:
        """Serve calls; whoever is left without an answer by a defect of ours is told of that."""
        try:
            self._serve(calls)
        except BaseException as error:  # the thread must live on: nobody may wait for ever
            log.exception("a batch of %d calls was not answered", len(calls))
            for call in calls:
                with suppress(RuntimeError):  # this one was
                    answer_all([call], [[failed(error)] * len(call.requests)])

    def _serve(self, calls: list[AnyCall]) -> None:
        """Commit a batch and answer every call of it, whatever happens."""
        requests = [request for call in calls for request in call.requests]
        results: Sequence[Result]
        try:
            results = self._appender.append(requests, calls[0].begun)
        except BaseException as error:  # nobody may wait for ever, so the thread outlives every error
            log.exception("a batch of %d requests failed", len(requests))
            self._appender.close()
            results = [failed(error)] * len(requests)
        _confirm(requests, results)
        if self._options.steps is not None:
            self._options.steps("answering")
        if len(calls) == len(requests):
            answer_all(calls, [(result,) for result in results])
        else:
            rest = iter(results)
            answer_all(calls, [[next(rest) for _ in call.requests] for call in calls])


def _confirm(requests: Sequence[Request], results: Sequence[Result]) -> None:
    """Tell those who asked for it where their entries stand, before anybody is answered."""
    for request, result in zip(requests, results, strict=True):
        if type(result) is not Recorded or type(request) is not Append or request.decider is None:
            continue
        if not result.repeated:
            try:
                request.decider.committed(result)
            except Exception:
                log.exception("a request's own confirmation failed")
