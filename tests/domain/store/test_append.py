"""The append: idempotency, expected versions, deciding again, and requests that fail alone."""

from collections.abc import Sequence
from uuid import UUID, uuid4, uuid5

import pytest
from msgspec.structs import replace

from domain.entry import Prepared, nth_id
from domain.refusals import IdReused, InvalidValue, Misconfigured, NotTrue, VersionConflict
from domain.store.append import SLICE
from domain.store.appender import Options
from domain.store.recorder import ShardRecorder
from domain.store.request import Append, Failed, Recorded, StreamView
from tests.database import Store, command, one_receipt, prepared, receipts


def test_an_entry_gets_the_next_position_and_version(store: Store, recorder: ShardRecorder) -> None:
    first = one_receipt(recorder.append([command("customer:1")]))
    other = one_receipt(recorder.append([command("customer:2")]))
    second = one_receipt(recorder.append([command("customer:1")]))
    assert [(it.position, it.version) for it in (first, other, second)] == [(1, 1), (2, 1), (3, 2)]
    assert first.recorded_at < other.recorded_at < second.recorded_at
    assert not any(it.repeated for it in (first, other, second))
    assert store.check() == 3


def test_the_bytes_kept_are_those_prepared_with_version_and_time(
    store: Store, recorder: ShardRecorder
) -> None:
    entry_id = uuid4()
    receipt = one_receipt(recorder.append([command("customer:1", id=entry_id)]))
    ((state, recorded_at, kept_id),) = store.run("SELECT state, recorded_at, id FROM daybook.entries")
    moment = receipt.recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    text = f'{{"id":"{entry_id}","note":"customer:1 0","recorded_at":"{moment}","version":1}}'
    assert state == text.encode()
    assert (recorded_at, kept_id) == (receipt.recorded_at, entry_id)


def test_all_entries_of_a_command_stand_together(store: Store, recorder: ShardRecorder) -> None:
    request = command("customer:1", count=3)
    one, two, three = receipts(recorder.append([request])[0])
    assert [it.id for it in (one, two, three)] == [request.id, uuid5(request.id, "1"), uuid5(request.id, "2")]
    assert [(it.position, it.version) for it in (one, two, three)] == [(1, 1), (2, 2), (3, 3)]
    assert one.recorded_at == three.recorded_at
    assert store.check() == 3


@pytest.mark.parametrize("count", [1, 2, 8, 9, 10, 30])
def test_a_repeated_command_gets_its_first_receipts(
    store: Store, recorder: ShardRecorder, count: int
) -> None:
    request = command("customer:1", count=count)
    recorder.append([command("customer:1")])
    first = receipts(recorder.append([request])[0])
    recorder.append([command("customer:1"), command("customer:1")])
    again = receipts(recorder.append([request])[0])
    assert again == tuple(it._replace(repeated=True) for it in first)
    assert store.check() == count + 3


def test_what_was_recorded_counts_not_what_is_decided_now(recorder: ShardRecorder) -> None:
    request = command("customer:1", count=3)
    first = receipts(recorder.append([request])[0])
    fewer = replace(request, entries=request.entries[:1])
    assert [it.position for it in receipts(recorder.append([fewer])[0])] == [it.position for it in first]


def test_a_command_repeated_within_a_batch_gets_the_same_receipts(
    store: Store, recorder: ShardRecorder
) -> None:
    request = command("customer:1", count=2)
    first, second = recorder.append([request, request])
    assert receipts(second) == tuple(it._replace(repeated=True) for it in receipts(first))
    assert store.check() == 2


def test_an_id_with_other_content_is_refused(store: Store, recorder: ShardRecorder) -> None:
    request = command("customer:1")
    other = replace(request, fingerprint=b"\x02" * 32)
    _, within = recorder.append([request, other])
    (after,) = recorder.append([other])
    for outcome in (within, after):
        assert isinstance(outcome, IdReused)
        assert (outcome.field, outcome.value) == ("id", str(request.id))
    assert store.check() == 1


def test_an_id_means_another_thing_in_another_stream(store: Store, recorder: ShardRecorder) -> None:
    entry_id = uuid4()
    outcomes = recorder.append([command("customer:1", id=entry_id), command("customer:2", id=entry_id)])
    assert [one_receipt([it]).repeated for it in outcomes] == [False, False]
    assert store.check() == 2


def test_the_id_of_an_entry_within_another_command_is_refused(store: Store, recorder: ShardRecorder) -> None:
    """The lookup finds the one, the unique index the other; what is beside them in the batch is recorded."""
    request = command("customer:1", count=2)
    recorder.append([request])
    inner = replace(command("customer:1", id=nth_id(request.id, 1)), fingerprint=b"\x02" * 32)
    assert isinstance(recorder.append([inner])[0], IdReused)

    outer = command("customer:1", count=2)
    taken = command("customer:1", id=nth_id(outer.id, 1))
    recorder.append([taken])
    before, refused, after = recorder.append([command("customer:2"), outer, command("customer:3")])
    assert isinstance(refused, IdReused)
    assert one_receipt([before]).position + 1 == one_receipt([after]).position
    assert store.check() == 5


def test_an_expected_version_is_compared(store: Store, recorder: ShardRecorder) -> None:
    good = command("customer:1", expected_version=0)
    late = command("customer:1", expected_version=0)
    next_one = command("customer:1", expected_version=1)
    accepted, refused, followed = recorder.append([good, late, next_one])
    assert one_receipt([accepted]).version == 1
    assert isinstance(refused, VersionConflict)
    assert (refused.field, refused.value) == ("expected_version", 0)
    assert one_receipt([followed]).version == 2
    assert one_receipt(recorder.append([good])).repeated, "what was recorded is not compared again"
    assert store.check() == 2


class Decider:
    """Decides as a test says, and remembers what it saw."""

    def __init__(self, request: Append, says: Sequence[UUID] | Exception) -> None:
        self.saw: list[tuple[int, list[bytes]]] = []
        self.told: list[Recorded] = []
        self._says = says
        self._since = request.decided_at or 0

    def again(self, view: StreamView) -> tuple[Prepared, ...]:
        self.saw.append((view.version, [state for _, state in view.after(max(self._since, 0))]))
        if isinstance(self._says, Exception):
            raise self._says
        return tuple(prepared(it) for it in self._says)

    def committed(self, recorded: Recorded) -> None:
        self.told.append(recorded)


def deciding(stream: str, decided_at: int, *, refuse: Exception | None = None) -> tuple[Append, Decider]:
    """A request decided on a version, and who decides again."""
    request = command(stream, decided_at=decided_at)
    decider = Decider(request, refuse or [request.id])
    return replace(request, decider=decider), decider


def test_what_was_decided_on_this_version_is_not_decided_again(recorder: ShardRecorder) -> None:
    request, decider = deciding("customer:1", 0)
    recorder.append([request])
    assert decider.saw == []


def test_what_was_decided_on_an_older_version_is_decided_again_on_what_came_since(
    store: Store, recorder: ShardRecorder
) -> None:
    recorder.append([command("customer:1", count=3)])
    request, decider = deciding("customer:1", 1)
    assert one_receipt(recorder.append([request])).version == 4
    kept = [row[0] for row in store.run("SELECT state FROM daybook.entries ORDER BY version")]
    assert decider.saw == [(3, kept[1:3])]
    assert [it.again for it in decider.told] == [True]


def test_a_decision_sees_what_was_accepted_before_it_in_the_batch(
    store: Store, recorder: ShardRecorder
) -> None:
    recorder.append([command("customer:1", count=2)])
    one, first = deciding("customer:1", 1)
    two, second = deciding("customer:1", 1)
    bad, refused = deciding("customer:1", 0, refuse=NotTrue("field", 1))
    three, third = deciding("customer:1", 0)
    outcomes = recorder.append([one, two, bad, three, command("customer:2")])
    kept = [
        row[0]
        for row in store.run("SELECT state FROM daybook.entries WHERE stream = 'customer:1' ORDER BY version")
    ]
    assert first.saw == [(2, kept[1:2])]
    assert second.saw == [(3, kept[1:3])]
    assert refused.saw == [(4, kept[:4])]
    assert third.saw == [(4, kept[:4])]
    assert isinstance(outcomes[2], NotTrue)
    assert [one_receipt([it]).position for it in (*outcomes[:2], *outcomes[3:])] == [3, 4, 5, 6]
    assert store.check() == 6


def test_the_whole_stream_can_be_asked_for(store: Store, recorder: ShardRecorder) -> None:
    recorder.append([command("customer:1", count=3)])
    for decided_at in (-1, 2):
        request, decider = deciding("customer:1", decided_at)
        decider._since = 0
        recorder.append([request])
        version, seen = decider.saw[0]
        assert len(seen) == version
    assert store.check() == 5


def test_without_anybody_to_decide_again_it_is_a_conflict(store: Store, recorder: ShardRecorder) -> None:
    recorder.append([command("customer:1")])
    (outcome,) = recorder.append([command("customer:1", decided_at=0)])
    assert isinstance(outcome, VersionConflict)
    assert store.check() == 1


def test_a_decision_that_breaks_down_fails_only_its_caller(store: Store, recorder: ShardRecorder) -> None:
    recorder.append([command("customer:1")])
    broken, _ = deciding("customer:1", 0, refuse=ZeroDivisionError("in a rule"))
    before, failed, after = recorder.append([command("customer:1"), broken, command("customer:1")])
    assert isinstance(failed, Failed)
    assert isinstance(failed.__cause__, ZeroDivisionError)
    assert [one_receipt([it]).version for it in (before, after)] == [2, 3]
    assert store.check() == 3


def test_a_decision_for_nothing_records_nothing(store: Store, recorder: ShardRecorder) -> None:
    recorder.append([command("customer:1")])
    request = command("customer:1", decided_at=0)
    nothing = Decider(request, [])
    assert recorder.append([replace(request, decider=nothing)]) == [()]
    assert store.check() == 1


@pytest.mark.parametrize("stream", ["customer:\x00", "customer:\ud800"])
def test_a_request_that_the_database_cannot_take_fails_alone(
    store: Store, recorder: ShardRecorder, stream: str
) -> None:
    bad = replace(command("customer:9"), stream=stream)
    outcomes = recorder.append([*(command("customer:1") for _ in range(5)), bad, command("customer:2")])
    assert isinstance(outcomes[5], InvalidValue)
    assert [one_receipt([it]).position for it in (*outcomes[:5], outcomes[6])] == [1, 2, 3, 4, 5, 6]
    assert store.check() == 6


def test_a_command_whose_first_entry_bears_another_id_is_refused(
    store: Store, recorder: ShardRecorder
) -> None:
    (outcome,) = recorder.append([replace(command("customer:1"), id=uuid4())])
    assert isinstance(outcome, InvalidValue)
    assert store.check() == 0


def test_a_real_clock_is_not_for_the_writer_to_set(store: Store, recorder: ShardRecorder) -> None:
    moment = one_receipt(recorder.append([command("customer:1")])).recorded_at
    (outcome,) = recorder.append([command("customer:1", recorded_at=moment)])
    assert isinstance(outcome, Misconfigured)
    assert store.check() == 1


def test_many_requests_are_recorded_in_several_transactions_in_order(store: Store) -> None:
    with store.open(Options(batch_entries=10)) as recorder:
        requests = [command(f"customer:{n % 7}", count=1 + n % 3) for n in range(40)]
        positions = [it.position for outcome in recorder.append(requests) for it in receipts(outcome)]
    assert positions == list(range(1, len(positions) + 1))
    assert len({row[0] for row in store.run("SELECT DISTINCT recorded_at FROM daybook.entries")}) > 1
    assert store.check() == len(positions)


def test_a_command_larger_than_a_batch_is_still_one_transaction(store: Store) -> None:
    with store.open(Options(batch_entries=10)) as recorder:
        assert len(receipts(recorder.append([command("customer:1", count=25)])[0])) == 25
    assert len(store.run("SELECT DISTINCT recorded_at FROM daybook.entries")) == 1
    assert store.check() == 25


def test_nothing_asked_is_nothing_answered(recorder: ShardRecorder) -> None:
    assert recorder.append([]) == []


def test_a_decision_made_while_rows_are_sent_can_still_ask_for_the_stream(
    store: Store, recorder: ShardRecorder
) -> None:
    """The first requests are on their way by then: what they do not know is asked for elsewhere."""
    recorder.append([command("customer:old", count=3)])
    fillers = [command(f"customer:{n}") for n in range(2 * SLICE)]
    request, decider = deciding("customer:old", 2)
    decider._since = 0
    long = command("customer:long", count=12)
    recorder.append([long])
    outcomes = recorder.append([*fillers, request, long])
    assert one_receipt([outcomes[-2]]).version == 4
    assert [it.repeated for it in receipts(outcomes[-1])] == [True] * 12
    version, seen = decider.saw[0]
    assert (version, len(seen)) == (3, 3)
    assert store.check() == 16 + len(fillers)


def test_a_batch_of_nothing_but_refusals_leaves_no_trace(store: Store, recorder: ShardRecorder) -> None:
    before = store.head()
    outcomes = recorder.append([command("customer:1", expected_version=7) for _ in range(3 * SLICE)])
    assert all(isinstance(it, VersionConflict) for it in outcomes)
    assert store.head() == before
