"""What the store survives: sessions ended by the server, defects of ours, forks; and what it says then."""

import threading
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from domain.refusals import DatabaseGone, OutcomeUnknown, Refused
from domain.store import appender
from domain.store.appender import Appender, Options
from domain.store.connections import Patience, connect, is_lost, settle
from domain.store.notifier import Notifier
from domain.store.recorder import ShardRecorder
from domain.store.request import Failed, Request, Result
from tests.database import Store, command, one_receipt
from tests.drafts import draft, payment, receipt
from tests.vaults import open_ledger

END_ITSELF = "SELECT pg_terminate_backend(pg_backend_pid())"
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_a_session_ended_within_a_pipeline_is_lost(store: Store) -> None:
    connection = connect(store.url)
    assert not is_lost(connection)

    def end_within_a_pipeline() -> None:
        with connection.pipeline() as pipeline:
            connection.execute("BEGIN")
            connection.execute(END_ITSELF)
            pipeline.sync()

    with pytest.raises(psycopg.Error):
        end_within_a_pipeline()
    assert is_lost(connection)
    connection.close()


def test_a_session_in_a_failed_transaction_is_not_lost(store: Store) -> None:
    with connect(store.url) as connection:
        connection.execute("BEGIN")
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT 1 / 0")
        assert not is_lost(connection)
        connection.execute("ROLLBACK")


def test_a_session_ended_before_it_is_settled_is_a_database_that_is_gone(store: Store) -> None:
    connection = connect(store.url)
    with pytest.raises(psycopg.Error):
        connection.execute(END_ITSELF)
    with pytest.raises(DatabaseGone):
        settle(connection, Patience())
    connection.close()


def test_a_commit_that_was_sent_is_remembered_when_a_batch_is_halved(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch sends its commit, loses the answer, and then fails for another reason until nothing is left."""

    class Trial:
        def __init__(self, _: object, requests: Sequence[Request], __: float, sent: list[Any]) -> None:
            self.requests, self.sent = requests, sent

        def run(self) -> list[Result]:
            if not self.sent:
                self.sent.append([DatabaseGone() for _ in self.requests])
            assert all(len(results) == len(self.requests) for results in self.sent)
            raise ValueError("something else")

    monkeypatch.setattr(appender, "_Trial", Trial)
    results = Appender(store.url, Options()).append([command(f"customer:{n}") for n in range(5)], 0)
    assert [type(it) for it in results] == [OutcomeUnknown] * 5


def test_readers_and_writers_go_on_after_all_sessions_were_ended(store: Store) -> None:
    with open_ledger(store.url) as ledger:
        ledger.record([draft("1", payment("P"))])
        assert ledger.heads()[0].size == 1
        store.run(END_OTHERS, owner=True)
        assert ledger.heads()[0].size == 1
        store.run(END_OTHERS, owner=True)
        assert receipt(ledger.record([draft("1", payment("Q"))])[0]).version == 2


def test_a_defect_while_answering_leaves_nobody_waiting(
    recorder: ShardRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise AssertionError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(recorder._committer, "_serve", broken)
        (outcome,) = recorder.append([command("customer:1")])
    assert isinstance(outcome, Failed)
    assert one_receipt(recorder.append([command("customer:1")])).version == 1


def test_what_is_due_is_sent_before_a_notifier_closes(store: Store) -> None:
    with psycopg.connect(store.url, autocommit=True) as listener:
        listener.execute("LISTEN somewhere")
        for _ in range(5):
            notifier = Notifier(lambda: connect(store.url), "somewhere")
            notifier.tell()
            first = next(listener.notifies(timeout=60), None)
            assert first is not None
            notifier.tell()
            notifier.close()
            assert next(listener.notifies(timeout=60), None) is not None


def test_a_child_process_is_told_to_open_its_own_ledger(store: Store) -> None:
    with open_ledger(store.url) as ledger:
        recorder = ledger.recorders[0]
        monkeypatched = recorder._pid
        recorder._pid = -1
        with pytest.raises(RuntimeError, match="fork"):
            ledger.heads()
        with pytest.raises(RuntimeError, match="fork"):
            ledger.record([draft("1", payment("P"))])
        recorder._pid = monkeypatched


def test_a_lookup_that_fails_is_no_fault_of_its_request(store: Store) -> None:
    """Where sessions are ended in the middle of a batch, the whole of it is tried again."""
    ended = threading.Event()

    def steps(name: str) -> None:
        if name == "copying" and not ended.is_set():
            ended.set()
            store.run(END_OTHERS, owner=True)

    with store.open(Options(steps=steps)) as recorder:
        outcomes = recorder.append([command(f"customer:{n}") for n in range(10)])
    assert not [it for it in outcomes if isinstance(it, Refused)]
    assert ended.is_set()
    assert store.check() == 10
