"""Any batches and any number of committers: what must hold of every log."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.entry import Prepared
from domain.refusals import NotTrue, Refused, VersionConflict
from domain.store import reads
from domain.store.appender import Options
from domain.store.connections import Patience
from domain.store.recorder import ShardRecorder
from domain.store.request import Append, Outcome, Recorded, StreamView
from tests.database import Store, command, new_ledger

COMMITTERS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of an example: its stream, entries, whose id it bears, and what it demands."""

    stream: int
    count: int
    same_as: int | None
    expected: int | None
    decides: bool


asked = st.builds(
    Asked,
    stream=st.integers(0, 3),
    count=st.integers(1, 4),
    same_as=st.none() | st.integers(0, 20),
    expected=st.none() | st.integers(0, 3),
    decides=st.booleans(),
)
calls = st.lists(st.lists(asked, min_size=1, max_size=6), min_size=1, max_size=6)
plans = st.lists(calls, min_size=1, max_size=COMMITTERS)


@dataclass(frozen=True, slots=True)
class Picky:
    """Decides for the same entries again, but on every third version."""

    entries: tuple[Prepared, ...]

    def again(self, view: StreamView) -> tuple[Prepared, ...]:
        assert len(view.after(0)) == view.version
        if view.version % 3 == 2:
            raise NotTrue("version", view.version)
        return self.entries

    def committed(self, recorded: Recorded) -> None:
        """Learn nothing."""


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Store, list[ShardRecorder]]]:
    """One ledger with several committers, for all examples: each uses streams of its own."""
    store = Store(new_ledger())
    opened = [store.open(Options(batch_entries=8, patience=Patience(lock=0.05))) for _ in range(COMMITTERS)]
    yield store, [it.__enter__() for it in opened]
    for it in opened:
        it.__exit__(None, None, None)
    store.drop()


def requests_of(plan: list[list[list[Asked]]], example: UUID) -> list[list[list[Append]]]:
    """Turn an example into requests; those that bear the same id ask the same."""
    made: list[Append] = []

    def request(it: Asked) -> Append:
        if it.same_as is not None and it.same_as < len(made):
            made.append(made[it.same_as])
            return made[-1]
        new = command(f"{example}:{it.stream}", count=it.count, expected_version=it.expected)
        if it.decides:
            new = replace(new, expected_version=None, decided_at=0, decider=Picky(new.entries))
        made.append(new)
        return new

    return [[[request(it) for it in call] for call in calls] for calls in plan]


@given(plan=plans)
def test_any_batches_by_any_committers(
    shared: tuple[Store, list[ShardRecorder]], plan: list[list[list[Asked]]]
) -> None:
    store, recorders = shared
    asked_of = requests_of(plan, uuid4())

    def run(recorder: ShardRecorder, calls: list[list[Append]]) -> list[tuple[Append, Outcome]]:
        return [pair for call in calls for pair in zip(call, recorder.append(call), strict=True)]

    with ThreadPoolExecutor(COMMITTERS) as pool:
        running = [pool.submit(run, *it) for it in zip(recorders, asked_of, strict=False)]
        told = [pair for it in running for pair in it.result()]
    store.check()
    accepted: dict[tuple[str, UUID], list[tuple[int, int]]] = {}
    firsts = 0
    for request, outcome in told:
        if isinstance(outcome, Refused):
            assert isinstance(outcome, (VersionConflict, NotTrue)), outcome
            continue
        places = [(it.position, it.version) for it in outcome]
        assert len(places) == len(request.entries)
        assert accepted.setdefault((request.stream, request.id), places) == places
        firsts += not outcome[0].repeated
    assert firsts == len(accepted), "each accepted id was recorded by one of those who sent it"
    with recorders[0].reading() as connection:
        for (stream, command_id), places in accepted.items():
            rows = reads.entry_rows(connection, 0, command_id)
            assert [row[:2] for row in rows] == places[:1]
            kept = reads.stream_entries(connection, 0, stream)
            assert set(places) <= {row[:2] for row in kept}


@pytest.fixture(scope="module")
def simulated() -> Iterator[tuple[Store, ShardRecorder]]:
    """One ledger with a simulated clock, for all examples."""
    store = Store(new_ledger(clock="simulated"), "simulated")
    with store.open() as recorder:
        yield store, recorder
    store.drop()


@given(minutes=st.lists(st.integers(0, 30), min_size=1, max_size=12), closed=st.integers(0, 30))
def test_an_answer_for_a_closed_cut_never_changes(
    simulated: tuple[Store, ShardRecorder], minutes: list[int], closed: int
) -> None:
    store, recorder = simulated
    stream = f"customer:{uuid4()}"
    start = store.head()[1]
    commands = [command(stream, recorded_at=start + timedelta(minutes=it)) for it in minutes]
    half = len(commands) // 2
    recorder.append(commands[:half])
    known_at = start + timedelta(minutes=closed)
    position = recorder.close_moment(known_at)
    with recorder.reading() as connection:
        before = reads.stream_entries(connection, 0, stream, up_to=position)
        recorder.append(commands[half:])
        assert reads.position_at(connection, 0, known_at) == (position, True)
        assert reads.stream_entries(connection, 0, stream, up_to=position) == before
        everything = reads.stream_entries(connection, 0, stream)
    assert len(everything) == len(commands)
    assert [row for row in everything if row[4] <= known_at] == before
