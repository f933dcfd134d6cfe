"""Guarded actions: proposed by one, approved by another, recorded once, whatever is cut off in between."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.approvals import approve, content, propose, propose_release
from domain.authority import NeedsApproval, SamePrincipal
from domain.customer.account import balance
from domain.entry import Draft, Entry
from domain.events.money import ChargeAssessed, ChargeWrittenOff
from domain.events.oversight import ActionApproved, HoldReleased
from domain.ledger import Ledger, Outcome
from domain.oversight import proposals
from domain.proposals import action_id, open_proposals
from domain.refusals import (
    AlreadySettled,
    AmbiguousId,
    InvalidValue,
    NotAsProposed,
    TimeInFuture,
    UnknownCharge,
    UnknownProposal,
)
from domain.vault.refusals import Erased
from tests.database import Store
from tests.drafts import draft, opened, refusals
from tests.givens import at, cny
from tests.overseers import two
from tests.vaults import open_ledger

WRITE_OFF = ChargeWrittenOff(write_off="W", charge="I", amount=cny(5), reason="small")


class CutOffError(Exception):
    """The process died here."""


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with a customer who owes something."""
    with open_ledger(store.url) as found:
        found.record([draft("1", ChargeAssessed(charge="I", kind="fee", amount=cny(5)))])
        yield found


def write_off() -> Draft:
    """The document of a write-off."""
    return draft("1", WRITE_OFF, at=at(3), correlation_id="letter-7", policy_refs=("policy-1",))


def written_off(ledger: Ledger) -> list[Entry[Any]]:
    """The entries that write something off."""
    return [it for it in ledger.log() if isinstance(it.data, ChargeWrittenOff)]


def test_what_another_approves_is_recorded_as_it_was_proposed(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    document = write_off()
    proposed = propose(ann, document)
    assert written_off(ledger) == []
    approved, done = approve(ben, str(proposed.id))
    (entry,) = written_off(ledger)
    assert (entry.data, entry.occurred_at, entry.actor) == (WRITE_OFF, document.occurred_at, document.actor)
    assert (entry.correlation_id, entry.policy_refs) == ("letter-7", ("policy-1",))
    assert (entry.id, entry.causation_id) == (done.id, approved.id)
    state = ledger.customer("1").customer
    proposal = state.oversight.proposals[str(proposed.id)]
    assert (proposal.status, proposal.settled_by, proposal.action) == (
        "approved",
        "key:second",
        "ChargeWrittenOff",
    )
    assert balance(state.accounts.by_currency["CNY"]) == 0


def test_who_proposed_it_cannot_approve_it(ledger: Ledger) -> None:
    ann, _ = two(ledger)
    proposed = propose(ann, write_off())
    with pytest.raises(SamePrincipal):
        approve(ann, str(proposed.id))
    assert written_off(ledger) == []


def test_the_same_proposal_again_is_repeated_and_another_has_a_name_of_its_own(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    document = write_off()
    proposed = propose(ann, document)
    assert propose(ann, document) == proposed._replace(repeated=True)
    others = (
        draft("1", WRITE_OFF, at=at(4), id=document.id),
        draft("1", ChargeWrittenOff(write_off="X", charge="I", reason="small"), at=at(3), id=document.id),
    )
    told = [proposed, *(propose(ann, it) for it in others), propose(ben, document)]
    assert not any(it.repeated for it in told)
    assert len({it.id for it in told} | {document.id}) == 5


def test_what_was_turned_down_can_be_proposed_again(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    ben.reject(str(propose(ann, write_off()).id), "too-early")
    again = propose(ann, write_off())
    assert not again.repeated
    approve(ben, str(again.id))
    assert len(written_off(ledger)) == 1


def test_the_approval_of_one_proposal_is_not_that_of_another_under_its_id(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    ledger.record([draft("7", ChargeAssessed(charge="I", kind="fee", amount=cny(900_000)))])
    document = write_off()
    looked_at = propose(ann, document)
    propose(ann, draft("7", WRITE_OFF, at=at(3), id=document.id))
    with pytest.raises(UnknownProposal):
        approve(ben, str(document.id))
    approve(ben, str(looked_at.id))
    assert [it.stream for it in written_off(ledger)] == ["customer:1"]


def test_two_proposals_of_one_id_are_not_approved(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    ledger.record([draft("7", ChargeAssessed(charge="I", kind="fee", amount=cny(900_000)))])
    same = replace(ann, new_id=lambda: UUID(int=7))
    proposed = [propose(same, draft(customer, WRITE_OFF, at=at(3))) for customer in ("1", "7")]
    assert {it.id for it in proposed} == {UUID(int=7)}
    for answer in (lambda name: approve(ben, name), lambda name: ben.reject(name, "doubtful")):
        with pytest.raises(AmbiguousId, match="customer:1, customer:7"):
            answer(str(UUID(int=7)))
    assert written_off(ledger) == []


def test_an_entry_of_the_same_id_elsewhere_does_not_keep_a_proposal_from_approval(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    proposed = propose(ann, write_off())
    others = [draft(customer, opened("A"), id=proposed.id) for customer in ("0", "7")]
    assert refusals(ledger.record(others)) == [None, None]
    approve(ben, str(proposed.id))
    assert len(written_off(ledger)) == 1


def test_only_what_could_be_recorded_is_proposed(ledger: Ledger) -> None:
    ann, _ = two(ledger)
    unknown = draft("1", ChargeWrittenOff(write_off="W", charge="none", reason="small"))
    with pytest.raises(UnknownCharge) as caught:
        propose(ann, unknown)
    assert caught.value.field == "data.charge"
    with pytest.raises(InvalidValue, match="daybook record"):
        propose(ann, draft("1", opened("A")))
    with pytest.raises(TimeInFuture):
        propose(ann, draft("1", WRITE_OFF, at=at(365 * 100)))
    carried: dict[str, Any] = {"expected_version": 1, "causation_id": uuid4(), "source_recorded_at": at(1)}
    for name, value in carried.items():
        with pytest.raises(InvalidValue) as refused:
            propose(ann, draft("1", WRITE_OFF, **{name: value}))
        assert refused.value.field == name
    assert len(ledger.log()) == 1


def test_what_can_no_longer_be_recorded_is_not_approved(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    proposed = propose(ann, write_off())
    charge = ledger.log()[0].id
    ben.make_void(str(ann.propose_void(charge, "wrong").id))
    with pytest.raises(UnknownCharge):
        approve(ben, str(proposed.id))
    assert not [it for it in ledger.log() if isinstance(it.data, ActionApproved)]


def test_what_was_turned_down_is_not_approved(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    proposed = propose(ann, write_off())
    ben.reject(str(proposed.id), "debtor-can-pay")
    with pytest.raises(AlreadySettled):
        approve(ben, str(proposed.id))
    assert written_off(ledger) == []


def test_what_is_proposed_is_sealed_and_ends_with_the_customers_key(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    proposed = propose(ann, write_off())
    assert b"small" not in ledger.entry_bytes(proposed.id)
    assert '"reason":"small"' in content(ledger, ledger.entry(proposed.id))
    ledger.need_vault().destroy("customer:1", 0)
    with pytest.raises(Erased):
        approve(ben, str(proposed.id))
    assert len(ledger.log()) == 2


def test_a_void_is_made_and_not_approved(ledger: Ledger) -> None:
    ann, ben = two(ledger)
    proposed = ann.propose_void(ledger.log()[0].id, "wrong")
    with pytest.raises(NotAsProposed, match="daybook void make"):
        approve(ben, str(proposed.id))


Record = Callable[[Sequence[Draft]], list[Outcome]]


def cut_off(record: Record, call: int, *, late: bool) -> Record:
    """Die at one call: before anything is recorded, or after it is, before the answer comes."""
    calls = 0

    def dying(drafts: Sequence[Draft]) -> list[Outcome]:
        nonlocal calls
        calls += 1
        if calls == call and not late:
            raise CutOffError
        outcomes = record(drafts)
        if calls == call:
            raise CutOffError
        return outcomes

    return dying


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", [1, 2], ids=["approval", "action"])
@pytest.mark.parametrize("quicker", [0, 1], ids=["the same", "another"])
def test_an_approval_that_was_cut_off_is_made_good_by_the_next(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, call: int, quicker: int, *, late: bool
) -> None:
    ann, ben = two(ledger)
    proposed = propose(ann, write_off())
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "record", cut_off(ledger.record, call, late=late))
        with pytest.raises(CutOffError):
            approve(ben, str(proposed.id))
    approved_already = (call, late) != (1, False)
    whole = (call, late) == (2, True)
    found = proposals(ledger).open
    assert len(found) == (not whole)
    assert all((it.approval is not None) == approved_already for it in found.values())
    # Once it is approved, even who proposed it may have it recorded.
    approved, done = approve(ann if quicker and approved_already else ben, str(proposed.id))
    assert (approved.repeated, done.repeated) == (approved_already, whole)
    (entry,) = written_off(ledger)
    (approval,) = [it for it in ledger.log() if isinstance(it.data, ActionApproved)]
    assert (entry.id, entry.causation_id) == (action_id(ledger.entry(proposed.id)), approval.id)
    assert approve(ben, str(proposed.id)) == (
        approved._replace(repeated=True),
        done._replace(repeated=True),
    )
    assert proposals(ledger).open == {}


def test_two_who_approve_at_once_have_it_recorded_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = two(ledger)
    proposed = propose(ann, write_off())
    record, calls = ledger.record, []

    def overtaken(drafts: Sequence[Draft]) -> list[Outcome]:
        calls.append(drafts)
        if len(calls) == 1:
            approve(ben, str(proposed.id))
        return record(drafts)

    monkeypatch.setattr(ledger, "record", overtaken)
    approved, done = approve(ben, str(proposed.id))
    assert (approved.repeated, done.repeated) == (True, True)
    assert len(written_off(ledger)) == 1


class TestHolds:
    def test_a_hold_is_released_by_two(self, ledger: Ledger) -> None:
        ann, ben = two(ledger)
        ann.place_hold("customer:1", "H", "lawsuit")
        proposed = propose_release(ann, "customer:1", "H")
        assert propose_release(ann, "customer:1", "H") == proposed._replace(repeated=True)
        assert ledger.customer("1").customer.oversight.open_holds() == ["H"]
        approve(ben, str(proposed.id))
        hold = ledger.customer("1").customer.oversight.holds["H"]
        assert (hold.is_open, hold.released_by) == (False, "key:first")
        assert open_proposals(ledger.stream("customer:1")).open == {}

    def test_nobody_goes_round_the_approval(self, ledger: Ledger) -> None:
        ann, _ = two(ledger)
        ann.place_hold("customer:1", "H", "lawsuit")
        release = draft("1", HoldReleased(hold="H", principal="key:first"))
        assert refusals(ledger.record([release])) == [NeedsApproval.code]

    def test_nobody_proposes_in_the_name_of_another(self, ledger: Ledger) -> None:
        ann, ben = two(ledger)
        ann.place_hold("customer:1", "H", "lawsuit")
        with pytest.raises(InvalidValue) as caught:
            propose(ben, draft("1", HoldReleased(hold="H", principal="key:first")))
        assert caught.value.field == "data.principal"
