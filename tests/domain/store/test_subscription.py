"""Subscriptions: told by messages, and sure without them."""

import threading

import pytest
from eventsourcing.persistence import OperationalError

from domain.store import subscription as subscriptions
from domain.store.notifier import Notifier
from domain.store.recorder import ShardRecorder
from domain.store.subscription import ShardSubscription
from tests.database import Store, command
from tests.domain.store.gates import wait_until

LISTENERS = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %%'
"""


LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %%'"


def test_a_message_wakes_a_subscriber(recorder: ShardRecorder) -> None:
    with ShardSubscription(recorder, gt=0, poll_seconds=3600) as subscription:
        recorder.append([command("customer:1")])
        assert next(subscription).id == 1
        recorder.append([command("customer:1")])
        assert next(subscription).id == 2


def test_a_lost_message_costs_a_look(recorder: ShardRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Notifier, "tell", lambda _: None)
    with ShardSubscription(recorder, gt=0, poll_seconds=0.02) as subscription:
        for n in range(1, 4):
            recorder.append([command("customer:1")])
            assert next(subscription).id == n


def test_a_lost_connection_is_made_anew(store: Store, recorder: ShardRecorder) -> None:
    with ShardSubscription(recorder, gt=0, poll_seconds=3600) as subscription:
        recorder.append([command("customer:1")])
        assert next(subscription).id == 1

        def listeners() -> set[tuple[object, ...]]:
            return set(store.run(LISTENERS, owner=True))

        wait_until(listeners)
        lost = listeners()
        for (pid,) in lost:
            store.run("SELECT pg_terminate_backend(%s)", pid, owner=True)
        wait_until(lambda: listeners() - lost)
        recorder.append([command("customer:1")])
        assert next(subscription).id == 2


def test_types_that_are_rare_are_not_searched_again(
    recorder: ShardRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.append([command("customer:1", count=20)])
    with ShardSubscription(recorder, gt=0, topics=["Rare"], poll_seconds=0.01) as subscription:
        wait_until(lambda: subscription._last_notification_id == 20)


def test_a_subscription_ends_when_it_is_stopped(recorder: ShardRecorder) -> None:
    with ShardSubscription(recorder, gt=0, poll_seconds=3600) as subscription:
        threading.Timer(0.01, subscription.stop).start()
        assert list(subscription) == []


def test_a_closed_datastore_ends_a_subscription_with_an_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "LISTEN_SECONDS", 0.01)
    with store.open() as recorder:
        subscription = ShardSubscription(recorder, gt=0, poll_seconds=0.01)
        wait_until(lambda: subscription._last_notification_id == 0)
        recorder.datastore.close()
        with subscription, pytest.raises(OperationalError):
            next(subscription)
