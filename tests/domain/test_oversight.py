"""Overseeing: voids by two, what is repeated, what is refused, which proposals are open."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from domain.authority import SamePrincipal
from domain.entry import Receipt
from domain.events.oversight import EntryVoided, HoldPlaced
from domain.ledger import Ledger
from domain.oversight import proposals
from domain.proposals import open_proposals
from domain.refusals import (
    AlreadySettled,
    AlreadyVoided,
    AmbiguousId,
    InvalidValue,
    NameAlreadyTaken,
    NoSuchEntry,
    NotAsProposed,
    NotVoidable,
    UnknownProposal,
)
from tests.database import Store
from tests.drafts import draft, opened, payment, refusals
from tests.overseers import FIRST, overseer, two
from tests.vaults import open_ledger


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with one customer, who has a case."""
    with open_ledger(store.url) as found:
        yield found


def recorded(ledger: Ledger, customer: str = "1", case: str = "A") -> UUID:
    """A case recorded; returns its entry's id."""
    it = draft(customer, opened(case))
    assert isinstance(ledger.record([it])[0], tuple)
    return it.id


def is_repeated(first: Receipt, second: Receipt) -> bool:
    """Whether the second is the receipt of the first, said again."""
    return second == first._replace(repeated=True)


def test_one_proposes_and_another_makes_the_void(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    entry_id = recorded(ledger)
    proposed = ann.propose_void(entry_id, "doubled", "counted twice")
    assert "A" in ledger.customer("1").customer.cases.cases
    made = ben.make_void(str(proposed.id))
    state = ledger.customer("1").customer
    assert (state.cases.cases, state.anomalies) == ({}, [])
    void = state.oversight.voids[entry_id]
    assert (void.reason, void.principal, void.proposal) == ("doubled", "key:second", str(proposed.id))
    proposal = state.oversight.proposals[str(proposed.id)]
    assert (proposal.status, proposal.principal, proposal.settled_by) == ("made", "key:first", "key:second")
    assert ledger.entry(made.id).causation_id == proposed.id


def test_the_same_call_again_is_repeated(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    entry_id = recorded(ledger)
    proposed = ann.propose_void(entry_id, "doubled")
    assert is_repeated(proposed, ann.propose_void(entry_id, "doubled"))
    made = ben.make_void(str(proposed.id))
    assert is_repeated(made, ben.make_void(str(proposed.id)))
    with pytest.raises(AlreadyVoided):
        overseer(ledger, FIRST).make_void(str(proposed.id))
    with pytest.raises(AlreadyVoided):
        ann.propose_void(entry_id, "doubled")
    assert len(ledger.log()) == 3


def test_nobody_makes_their_own_proposal_so(ledger: Ledger) -> None:
    ann, _ = two(ledger)
    proposed = ann.propose_void(recorded(ledger), "doubled")
    with pytest.raises(SamePrincipal):
        ann.make_void(str(proposed.id))


def test_what_cannot_be_voided_is_not_proposed(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    proposed = ann.propose_void(recorded(ledger), "doubled")
    for oversees in (proposed.id, ben.make_void(str(proposed.id)).id):
        with pytest.raises(NotVoidable):
            ann.propose_void(oversees, "wrong")
    with pytest.raises(NoSuchEntry):
        ann.propose_void(uuid4(), "wrong")
    with pytest.raises(InvalidValue) as caught:
        ann.propose_void(recorded(ledger, case="B"), "two words")
    assert caught.value.field == "data.reason"


def test_a_proposal_that_is_none_is_refused(ledger: Ledger) -> None:
    _, ben = two(ledger)
    entry_id = recorded(ledger)
    for name in ("nonsense", str(uuid4()), str(entry_id)):
        with pytest.raises(UnknownProposal):
            ben.make_void(name)


def test_a_void_of_an_id_of_two_streams_is_not_proposed(sharded_store: Store) -> None:
    with open_ledger(sharded_store.url) as ledger:
        ann, ben = two(ledger)
        entry_id = recorded(ledger)
        proposed = ann.propose_void(entry_id, "doubled")
        others = [draft(str(n), opened("A"), id=proposed.id) for n in range(2, 8)]
        assert refusals(ledger.record(others)) == [None] * 6
        ben.make_void(str(proposed.id))
        with pytest.raises(AmbiguousId):
            ann.propose_void(proposed.id, "doubled")


def test_what_oversees_takes_no_id_from_what_it_could_not_void(ledger: Ledger) -> None:
    ann, _ = two(ledger)
    entry_id = recorded(ledger)
    hold = HoldPlaced(hold="H", basis="lawsuit", principal="key:first")
    assert refusals(ledger.record([draft("0", hold, id=entry_id)])) == [None]
    assert ann.propose_void(entry_id, "doubled").stream == "customer:1"


def test_a_proposal_is_turned_down_or_taken_back(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    mine = ann.propose_void(recorded(ledger), "doubled")
    taken_back = ann.reject(str(mine.id), "mistaken")
    assert is_repeated(taken_back, ann.reject(str(mine.id), "mistaken"))
    with pytest.raises(AlreadySettled):
        ben.make_void(str(mine.id))
    with pytest.raises(AlreadySettled):
        ben.reject(str(mine.id), "unfounded")
    assert "A" in ledger.customer("1").customer.cases.cases


def test_a_hold_is_placed_once(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    placed = ann.place_hold("customer:1", "H", "lawsuit")
    assert is_repeated(placed, ann.place_hold("customer:1", "H", "lawsuit"))
    with pytest.raises(NameAlreadyTaken):
        ben.place_hold("customer:1", "H", "lawsuit")
    assert ledger.customer("1").customer.oversight.open_holds() == ["H"]


def test_the_command_for_another_kind_of_proposal_is_named(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    proposed = ann.propose_void(recorded(ledger), "doubled")
    with pytest.raises(NotAsProposed, match=f"daybook void make {proposed.id}"):
        ben.proposal(str(proposed.id), EntryVoided)


def test_open_are_those_that_nobody_has_answered(sharded_store: Store) -> None:
    with open_ledger(sharded_store.url) as ledger:
        ann, ben = two(ledger)
        entries = [recorded(ledger, str(n)) for n in range(8)]
        ledger.record([draft(str(n), payment("P")) for n in range(8)])
        names = [str(ann.propose_void(it, "doubled").id) for it in entries]
        also = str(ben.propose_void(entries[0], "other").id)
        ben.make_void(names[0])
        ben.make_void(names[3])
        ben.reject(names[5], "unfounded")
        told: list[tuple[int, int]] = []
        found = proposals(ledger, lambda done, total: told.append((done, total)))
        assert {name for _, name in found.open} == {*names} - {names[0], names[3], names[5]}
        assert also not in {name for _, name in found.open}
        assert told[-1] == (28, 28)
        assert open_proposals(ledger.stream("customer:1")).open.keys() == {("customer:1", names[1])}
