"""The notary of a process: guards appends, signs each second and at the end, says what is in its way."""

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest

from domain.notary.notary import PUBLISHED_EACH_SECONDS, Notary
from domain.notary.refusals import CheckpointsMissing, LogForked, OutsideOutOfReach, SealKeyMissing
from domain.notary.signing import Sealer
from domain.refusals import DatabaseGone, InvalidValue
from domain.store.connections import connect
from tests.database import Store
from tests.domain.notary.office import Office
from tests.domain.store.test_files import full
from tests.drafts import draft, opened, refusals
from tests.embedded import wait_for


class Looks:
    """Counts how often a log is looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Count from now on."""
        self.count = 0
        look = Sealer.check

        def counted(sealer: Sealer, connection: Any) -> object:  # noqa: ANN401
            self.count += 1
            return look(sealer, connection)

        monkeypatch.setattr(Sealer, "check", counted)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Counts."""
    return Looks(monkeypatch)


@pytest.fixture
def notary(office: Office) -> Iterator[Notary]:
    """A notary whose clock stands still."""
    with office.notary() as made:
        yield made


def lose(office: Office) -> None:
    """Move the checkpoints away."""
    office.outside().folder.rename(office.folder / "lost")


def find(office: Office) -> None:
    """Move them back."""
    (office.folder / "lost").rename(office.outside().folder)


class TestGuard:
    def test_a_sound_log_is_looked_at_once(self, notary: Notary, looks: Looks) -> None:
        for _ in range(3):
            notary.guard(0)
        assert looks.count == 1

    def test_a_new_connection_has_it_looked_at_again(self, notary: Notary, looks: Looks) -> None:
        notary.guard(0)
        notary.guard(0, anew=True)
        assert looks.count == 2

    def test_a_refusal_is_told_again_and_looked_at_again_after_a_while(
        self, office: Office, notary: Notary, looks: Looks
    ) -> None:
        lose(office)
        for _ in range(3):
            with pytest.raises(CheckpointsMissing):
                notary.guard(0)
        assert looks.count == 1
        assert "no checkpoint of it is kept outside" in notary.troubles()[0]
        find(office)
        with pytest.raises(CheckpointsMissing):
            notary.guard(0)
        office.clock.now += PUBLISHED_EACH_SECONDS
        notary.guard(0)
        assert (looks.count, notary.troubles()) == (2, {})

    def test_a_shard_that_is_not_there_is_refused(self, notary: Notary) -> None:
        with pytest.raises(InvalidValue, match="The ledger has the shards 0 to 0"):
            notary.guard(1)

    def test_a_ledger_without_a_key_takes_nothing(self, bare: Office) -> None:
        with bare.ledger() as ledger:
            (refusal,) = ledger.record([draft("1", opened("A"))])
            assert isinstance(refusal, SealKeyMissing)
            assert "`daybook init` makes one" in refusal.hint
            assert ledger.heads()[0].size == 0

    def test_an_old_database_takes_nothing_and_is_read_on(self, office: Office) -> None:
        with office.ledger() as ledger:
            assert refusals(ledger.record([draft("1", opened("A"))])) == [None]
        backup = office.copy("backup")
        with office.ledger() as ledger:
            assert refusals(ledger.record([draft("2", opened("A"))])) == [None]
        office.put_back(backup)
        with office.ledger() as ledger:
            for _ in range(2):
                (refusal,) = ledger.record([draft("3", opened("A"))])
                assert isinstance(refusal, LogForked)
                assert "The database has 1 entries" in refusal.hint
            assert (ledger.heads()[0].size, len(ledger.log())) == (1, 1)
            assert ledger.customer("1").customer.entries == 1
            assert "the database is older" in ledger.seals()[0].trouble
        assert office.latest().size == 2

    def test_a_database_put_back_under_a_running_process_is_noticed(self, office: Office) -> None:
        backup = office.copy("backup")
        with office.ledger() as ledger:
            assert refusals(ledger.record([draft("1", opened("A"))])) == [None]
            assert ledger.notary is not None
            ledger.notary.publish(0)
            # As if another database answered at the same place.
            with connect(backup.store.database.owner_url) as other:
                forked = other.execute("SELECT peaks, root, size FROM daybook.heads").fetchone()
            assert forked is not None
            office.store.run("ALTER TABLE daybook.heads DISABLE TRIGGER heads_never_fall", owner=True)
            office.store.run("ALTER TABLE daybook.entries DISABLE TRIGGER entries_never_change", owner=True)
            office.store.run("DELETE FROM daybook.entries", owner=True)
            office.store.run(
                "UPDATE daybook.heads SET (peaks, root, size) = (%s, %s, %s)", *forked, owner=True
            )
            with pytest.raises(LogForked):
                ledger.notary.publish(0)
            (refusal,) = ledger.record([draft("2", opened("A"))])
            assert isinstance(refusal, LogForked)
        backup.store.drop()

    def test_a_lost_connection_has_the_log_looked_at_again(self, office: Office, looks: Looks) -> None:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        end += "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        with office.ledger() as ledger:
            for customer in ("1", "2"):
                assert refusals(ledger.record([draft(customer, opened("A"))])) == [None]
            assert looks.count == 1
            office.store.run(end, owner=True)
            assert refusals(ledger.record([draft("3", opened("A"))])) == [None]
            assert looks.count > 1


class TestTurns:
    def test_a_log_is_signed_at_most_each_second(self, office: Office, notary: Notary) -> None:
        signed = []
        for _ in range(5):
            office.grow()
            notary._due.add(0)
            wait = notary.turn()
            signed.append(office.latest().size)
            office.clock.now += PUBLISHED_EACH_SECONDS / 2
            assert wait in {None, PUBLISHED_EACH_SECONDS / 2}
        assert signed == [1, 1, 3, 3, 5]

    def test_what_is_not_due_is_not_looked_at(
        self, office: Office, notary: Notary, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        office.grow()
        monkeypatch.setattr(Sealer, "publish", None)
        assert notary.turn() is None

    def test_every_shard_has_its_own_second(self, sharded_store: Store, bare: Office) -> None:
        bare.store = sharded_store
        with bare.notary() as notary:
            notary.establish()
            notary._due |= {1, 2}
            assert notary.turn() is None
            notary._due |= {0, 1}
            assert notary.turn() == PUBLISHED_EACH_SECONDS
            assert notary._due == {1}

    def test_the_thread_signs_what_was_committed(self, office: Office) -> None:
        with office.ledger() as ledger:
            assert refusals(ledger.record([draft("1", opened("A"))])) == [None]
            wait_for(lambda: office.latest().size == 1, "the first checkpoint")
            office.clock.now += PUBLISHED_EACH_SECONDS
            assert refusals(ledger.record([draft("2", opened("A"))])) == [None]
            wait_for(lambda: office.latest().size == 2, "the second checkpoint")

    def test_the_end_signs_the_rest(self, office: Office) -> None:
        with office.ledger() as ledger:
            for customer in ("1", "2", "3"):
                assert refusals(ledger.record([draft(customer, opened("A"))])) == [None]
        assert (office.latest().size, office.sizes()[-1]) == (3, 3)

    def test_whoever_only_reads_needs_neither_key_nor_place(self, office: Office) -> None:
        office.grow(1)
        keys = office.keys.folder
        keys.rename(keys.with_name("elsewhere"))
        lose(office)
        with office.ledger() as ledger:
            assert ledger.heads()[0].size == 1
            (state,) = ledger.seals()
            assert (state.size, state.signed, state.trouble) == (1, 0, "")
        assert not keys.exists()
        assert not office.outside().folder.exists()


class TestTrouble:
    def test_a_full_disk_stops_no_append_and_is_told(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with office.ledger() as ledger, caplog.at_level(logging.WARNING, "daybook.notary"):
            assert ledger.notary is not None
            assert refusals(ledger.record([draft("1", opened("A"))])) == [None]
            ledger.notary.publish(0)
            with monkeypatch.context() as patch:
                patch.setattr("domain.notary.outside.write_whole", full)
                for customer in ("2", "3"):
                    assert refusals(ledger.record([draft(customer, opened("A"))])) == [None]
                    with pytest.raises(OutsideOutOfReach, match="No space left"):
                        ledger.notary.publish(0)
                (state,) = ledger.seals()
                assert (state.size, state.signed) == (3, 1)
                assert "No space left on device" in state.trouble
            assert len([it for it in caplog.records if "No space left" in it.message]) == 1
            ledger.notary.publish(0)
            (state,) = ledger.seals()
            assert (state.signed, state.trouble) == (3, "")
            assert caplog.records[-1].message == "shard 0 is signed again"

    def test_a_turn_that_fails_is_tried_again(
        self, office: Office, notary: Notary, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        office.grow()
        notary._due.add(0)
        with monkeypatch.context() as patch:
            patch.setattr("domain.notary.outside.write_whole", full)
            assert notary.turn() == PUBLISHED_EACH_SECONDS
        office.clock.now += PUBLISHED_EACH_SECONDS
        assert notary.turn() is None
        assert office.latest().size == 1

    def test_an_error_of_our_own_is_tried_again(
        self, notary: Notary, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        notary._due.add(0)
        monkeypatch.setattr(Sealer, "publish", None)
        notary.turn()
        monkeypatch.undo()
        assert notary._due == {0}

    def test_a_database_that_is_away_is_tried_again(self, office: Office, notary: Notary) -> None:
        notary.guard(0)
        office.grow()
        assert notary._connection is not None
        notary._connection.close()
        with pytest.raises(DatabaseGone):
            notary.publish(0)
        assert notary.publish(0).size == 1

    def test_a_child_of_the_process_leaves_the_notary_alone(
        self, office: Office, notary: Notary, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        notary.guard(0)
        office.grow()
        notary._due.add(0)
        pid = os.getpid()
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: pid + 1)
            notary.close()
        assert office.latest().size == 0
        notary.close()
        assert office.latest().size == 1
