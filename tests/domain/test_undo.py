"""Undoing an import run: proposed by one, made by another, in batches, whatever is cut off in between."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID, uuid4, uuid5

import pytest

from domain import searching, undo
from domain.canonical import canonical_bytes
from domain.customer.plain import plain
from domain.entry import Draft
from domain.events.oversight import EntryVoided, VoidProposed
from domain.ledger import Ledger, Outcome
from domain.oversight import proposals
from domain.refusals import DatabaseGone
from domain.undo import NoSuchRun, Undone, make_undo, propose_undo
from tests.database import Store
from tests.drafts import closed, draft, opened, payment, refusals
from tests.overseers import two
from tests.vaults import open_ledger

RUN = UUID("6f0e9c1a-0000-5000-8000-000000000001")
OTHER_RUN = UUID("6f0e9c1a-0000-5000-8000-000000000002")
CUSTOMERS = 7
EACH = 6


class CutOffError(Exception):
    """The process died here."""


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go through the log in small steps."""
    monkeypatch.setattr(searching, "STRETCH", 9)
    monkeypatch.setattr(undo, "BATCH", 5)


def run_of(run: UUID) -> list[Draft]:
    """What an import run records: cases and payments of several customers."""
    return [
        draft(str(n % CUSTOMERS), (opened if n % 2 else payment)(f"N{n}"), correlation_id=str(run))
        for n in range(CUSTOMERS * EACH)
    ]


def state(ledger: Ledger, customer: str) -> bytes:
    """What is known of a customer, but for who oversaw what, and how many entries say it."""
    found = ledger.customer(customer).customer
    shown = plain(found)
    assert isinstance(shown, dict)
    for name in ("oversight", "entries", "version", "first_at", "last_at"):
        shown.pop(name, None)
    return canonical_bytes(shown)


@pytest.fixture(params=[1, 4], ids=["one shard", "four shards"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """A ledger with two import runs, and entries of nobody's."""
    name = "store" if request.param == 1 else "sharded_store"
    found: Store = request.getfixturevalue(name)
    with open_ledger(found.url) as opened_ledger:
        opened_ledger.record([draft(str(n), opened("own")) for n in range(CUSTOMERS)])
        assert refusals(opened_ledger.record(run_of(RUN))) == [None] * CUSTOMERS * EACH
        others = [draft(str(n), payment("other"), correlation_id=str(OTHER_RUN)) for n in range(CUSTOMERS)]
        opened_ledger.record(others)
        yield opened_ledger


def counts(undone: Undone) -> tuple[int, int, int, int]:
    """How many entries and proposals were found, and how many voids recorded and repeated."""
    return undone.entries, undone.proposals, undone.recorded, undone.repeated


def test_a_run_is_undone_by_two(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    total, moment = CUSTOMERS * EACH, max(head.recorded_at for head in ledger.heads())
    told: list[tuple[int, int]] = []
    first = propose_undo(ann, RUN, ledger.record, lambda done, all_, _: told.append((done, all_)))
    assert counts(first) == (total, 0, total, 0)
    assert told[-1] == (56, 56)
    assert len(told) > 3
    undoing = proposals(ledger).undoing[str(RUN)]
    assert (undoing.left, dict(undoing.proposed)) == (total, {"key:first": total})
    made = make_undo(ben, RUN, ledger.record)
    assert counts(made) == (total, total, total, 0)
    assert proposals(ledger).undoing[str(RUN)].left == 0
    for n in range(CUSTOMERS):
        found = ledger.customer(str(n)).customer
        assert set(found.cases.cases) == {"own"}
        assert len(found.oversight.voids) == EACH
        assert found.anomalies == []
    before = ledger.customer("1", known_at=moment).customer
    assert len(before.cases.cases) == 1 + EACH // 2
    assert before.oversight.voids == {}


def test_what_is_done_again_is_as_if_nothing_had_been_undone(store: Store, sharded_store: Store) -> None:
    with open_ledger(store.url) as undone, open_ledger(sharded_store.url) as straight:
        for it in (undone, straight):
            it.record([draft(str(n), opened("own"), id=UUID(int=n)) for n in range(CUSTOMERS)])
        undone.record(run_of(RUN))
        ann, ben = two(undone)
        propose_undo(ann, RUN, undone.record)
        make_undo(ben, RUN, undone.record)
        redone = [(it.stream.partition(":")[2], it.event, it.id) for it in run_of(OTHER_RUN)]
        for it in (undone, straight):
            own = it.record([draft(customer, event, id=entry_id) for customer, event, entry_id in redone])
            assert refusals(own) == [None] * CUSTOMERS * EACH
        for n in range(CUSTOMERS):
            assert state(undone, str(n)) == state(straight, str(n))


def test_it_is_safe_to_do_twice(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    total = CUSTOMERS * EACH
    propose_undo(ann, RUN, ledger.record)
    assert counts(propose_undo(ann, RUN, ledger.record)) == (total, total, 0, total)
    assert counts(propose_undo(ben, RUN, ledger.record)) == (total, total, 0, total)
    make_undo(ben, RUN, ledger.record)
    assert counts(make_undo(ben, RUN, ledger.record)) == (total, total, 0, total)
    kinds = [type(it.data) for n in range(CUSTOMERS) for it in ledger.stream(f"customer:{n}")]
    assert (kinds.count(VoidProposed), kinds.count(EntryVoided)) == (total, total)


Record = Callable[[Sequence[Draft]], list[Outcome]]


def dying(record: Record, call: int) -> Record:
    """Die after what the nth call recorded."""
    calls = 0

    def record_and_die(drafts: Sequence[Draft]) -> list[Outcome]:
        nonlocal calls
        calls += 1
        outcomes = record(drafts)
        if calls == call:
            raise CutOffError
        return outcomes

    return record_and_die


@pytest.mark.parametrize("call", [1, 3])
def test_what_was_cut_off_goes_on(ledger: Ledger, call: int) -> None:
    ann, ben = two(ledger)
    total = CUSTOMERS * EACH
    with pytest.raises(CutOffError):
        propose_undo(ann, RUN, dying(ledger.record, call))
    rest = propose_undo(ann, RUN, ledger.record)
    assert rest.repeated > 0
    assert rest.recorded + rest.repeated == total
    with pytest.raises(CutOffError):
        make_undo(ben, RUN, dying(ledger.record, call))
    rest = make_undo(ben, RUN, ledger.record)
    assert rest.repeated > 0
    assert rest.recorded + rest.repeated == total
    assert all(set(ledger.customer(str(n)).customer.cases.cases) == {"own"} for n in range(CUSTOMERS))


def test_a_ledger_that_is_away_stops_it_and_keeps_what_was_done(ledger: Ledger) -> None:
    ann, _ = two(ledger)
    calls = 0

    def away(drafts: Sequence[Draft]) -> list[Outcome]:
        nonlocal calls
        calls += 1
        return ledger.record(drafts) if calls == 1 else [DatabaseGone()] * len(drafts)

    undone = propose_undo(ann, RUN, away)
    assert isinstance(undone.stopped, DatabaseGone)
    assert undone.recorded > 0


def test_nobody_undoes_a_run_alone(ledger: Ledger) -> None:
    ann, _ = two(ledger)
    propose_undo(ann, RUN, ledger.record)
    alone = make_undo(ann, RUN, ledger.record)
    assert (alone.recorded, dict(alone.refusals)) == (0, {"same-principal": CUSTOMERS * EACH})


def test_what_is_voided_already_stays_as_it_is(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    target = next(it for it in ledger.stream("customer:1") if it.correlation_id == str(RUN))
    early = ben.propose_void(target.id, "doubled")
    ann.make_void(str(early.id))
    undone = propose_undo(ann, RUN, ledger.record)
    assert (undone.voided, undone.recorded) == (1, CUSTOMERS * EACH - 1)
    assert make_undo(ben, RUN, ledger.record).recorded == CUSTOMERS * EACH - 1


def test_what_was_turned_down_can_be_proposed_again(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    total = CUSTOMERS * EACH
    propose_undo(ann, RUN, ledger.record)
    names = [it.data.proposal for it in ledger.stream("customer:1") if isinstance(it.data, VoidProposed)]
    for times in (1, 2):
        ben.reject(names[-1], "unfounded")
        again = propose_undo(ann, RUN, ledger.record)
        assert (again.recorded, again.repeated) == (1, total - 1)
        names = [it.data.proposal for it in ledger.stream("customer:1") if isinstance(it.data, VoidProposed)]
        assert len(set(names)) == EACH + times
        assert propose_undo(ann, RUN, ledger.record).repeated == total
    made = make_undo(ben, RUN, ledger.record)
    assert (made.recorded, made.refusals, made.voided) == (total, {}, 0)
    again = make_undo(ben, RUN, ledger.record)
    assert (again.recorded, again.repeated, again.voided, again.refusals) == (0, total, 2, {})
    assert propose_undo(ann, RUN, ledger.record).recorded == 0


def test_nobody_keeps_a_void_from_being_made_by_taking_its_id(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    total = CUSTOMERS * EACH
    target = next(it for it in ledger.stream("customer:1") if it.correlation_id == str(RUN))
    in_the_way = uuid5(target.id, undo.PROPOSED)
    assert refusals(ledger.record([draft("1", opened("X"), id=in_the_way)])) == [None]
    assert propose_undo(ann, RUN, ledger.record).recorded == total
    proposed = next(
        it
        for it in ledger.stream("customer:1")
        if isinstance(it.data, VoidProposed) and it.data.entry == target.id
    )
    in_the_way = uuid5(proposed.id, undo.MADE)
    assert refusals(ledger.record([draft("1", opened("Y"), id=in_the_way)])) == [None]
    made = make_undo(ben, RUN, ledger.record)
    assert (made.recorded, made.repeated) == (total, 0)
    assert target.id in ledger.customer("1").customer.oversight.voids


def test_only_what_was_proposed_is_made(ledger: Ledger) -> None:
    _, ben = two(ledger)
    assert counts(make_undo(ben, RUN, ledger.record)) == (CUSTOMERS * EACH, 0, 0, 0)
    assert refusals(ledger.record([draft("1", closed("own"))])) == [None]


def test_a_run_that_never_was_is_not_here(ledger: Ledger) -> None:
    ann, _ = two(ledger)
    with pytest.raises(NoSuchRun):
        propose_undo(ann, uuid4(), ledger.record)
