"""Rules of the Oversight family: two principals, what was proposed, and once."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from domain.authority import NeedsApproval, SamePrincipal
from domain.events import REGISTER
from domain.events.cases import CaseOpened
from domain.events.money import ChargeWrittenOff
from domain.events.oversight import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    EntryVoided,
    ErasureRefused,
    ErasureRequested,
    HoldPlaced,
    HoldReleased,
    PersonalDataDisclosed,
    SubjectErased,
    VoidProposed,
)
from domain.refusals import (
    AlreadySettled,
    AlreadyVoided,
    InvalidValue,
    NameAlreadyTaken,
    NotAsProposed,
    NotVoidable,
    Refused,
    UnknownEntry,
    UnknownProposal,
    UnknownReference,
)
from domain.rules import decide
from domain.rules.oversight import GUARDED, check_target, content_of, digest_of
from domain.standing import OVERSIGHT
from tests.givens import Fact, at, cny, given, known

WRONG = UUID(int=1)
OTHER = UUID(int=2)
FIRST = "key:first"
SECOND = "key:second"
PROPOSED = VoidProposed(proposal="V", entry=WRONG, reason="doubled", principal=FIRST)
VOIDED = EntryVoided(proposal="V", entry=WRONG, reason="doubled", principal=SECOND)
WRITE_OFF = ChargeWrittenOff(write_off="W", charge="I", amount=cny(5), reason="small")
PLACED = HoldPlaced(hold="H", basis="lawsuit", principal=FIRST)
RELEASED = HoldReleased(hold="H", principal=FIRST)
REQUESTED = ErasureRequested(request="E", subject="customer:1", basis="asked", principal=FIRST)
ERASED = SubjectErased(request="E", subject="customer:1", keys=1, principal=SECOND)


def action(event: Fact = WRITE_OFF, **fields: Any) -> ActionProposed:  # noqa: ANN401
    """The proposal of an action, as its command makes it."""
    content = content_of(event)
    given_fields = {"proposal": "A", "principal": FIRST, "occurred_at": at(0), "action": event.TYPE}
    return ActionProposed(**{**given_fields, "content": content, "digest": digest_of(content), **fields})


APPROVED = ActionApproved(proposal="A", principal=SECOND)


def rejected(name: str, principal: str = SECOND) -> ActionRejected:
    """A proposal turned down."""
    return ActionRejected(proposal=name, reason="unfounded", principal=principal)


class TestVoids:
    def test_one_proposes_and_another_makes_it(self) -> None:
        given().when(PROPOSED).then()
        given(PROPOSED).when(VOIDED).then()

    def test_who_proposed_it_does_not_make_it(self) -> None:
        own = EntryVoided(proposal="V", entry=WRONG, reason="doubled", principal=FIRST)
        given(PROPOSED).when(own).refused(SamePrincipal, field="principal", value=FIRST)

    def test_nothing_is_voided_that_was_not_proposed(self) -> None:
        given().when(VOIDED).refused(UnknownProposal, field="proposal", value="V")

    def test_another_entry_than_the_one_proposed_is_not_voided(self) -> None:
        other = EntryVoided(proposal="V", entry=OTHER, reason="doubled", principal=SECOND)
        given(PROPOSED).when(other).refused(NotAsProposed, field="entry", value=str(OTHER))

    def test_an_action_approved_is_no_void(self) -> None:
        of_action = EntryVoided(proposal="A", entry=WRONG, reason="doubled", principal=SECOND)
        given(action()).when(of_action).refused(NotAsProposed, field="entry", value=str(WRONG))

    def test_an_entry_is_voided_once(self) -> None:
        again = VoidProposed(proposal="V2", entry=WRONG, reason="doubled", principal=SECOND)
        made_again = EntryVoided(proposal="V2", entry=WRONG, reason="doubled", principal=FIRST)
        given(PROPOSED, VOIDED).when(VOIDED).refused(AlreadyVoided, field="entry", value=str(WRONG))
        given(PROPOSED, VOIDED).when(again).refused(AlreadyVoided, field="entry", value=str(WRONG))
        given(PROPOSED, again, VOIDED).when(made_again).refused(
            AlreadyVoided, field="entry", value=str(WRONG)
        )

    def test_two_may_propose_the_same(self) -> None:
        given(PROPOSED).when(
            VoidProposed(proposal="V2", entry=WRONG, reason="doubled", principal=SECOND)
        ).then()

    def test_a_proposal_has_a_name_of_its_own(self) -> None:
        same_name = VoidProposed(proposal="V", entry=OTHER, reason="doubled", principal=SECOND)
        given(PROPOSED).when(same_name).refused(NameAlreadyTaken, field="proposal", value="V")
        given(PROPOSED).when(action(proposal="V")).refused(NameAlreadyTaken, field="proposal", value="V")

    def test_what_was_turned_down_is_not_made(self) -> None:
        given(PROPOSED, rejected("V")).when(VOIDED).refused(AlreadySettled, field="proposal", value="V")

    def test_a_void_needs_an_entry_that_is_there(self) -> None:
        check_target(PROPOSED, "CaseOpened")
        with pytest.raises(UnknownEntry) as caught:
            check_target(PROPOSED, None)
        assert (caught.value.field, caught.value.value) == ("entry", str(WRONG))

    @pytest.mark.parametrize("found", sorted(OVERSIGHT))
    def test_what_oversees_is_not_voided(self, found: str) -> None:
        with pytest.raises(NotVoidable) as caught:
            check_target(PROPOSED, found)
        assert (caught.value.field, caught.value.value) == ("entry", str(WRONG))

    def test_what_can_be_voided_and_what_oversees_are_told_apart(self) -> None:
        assert {name for name, kind in REGISTER.items() if kind.family == "oversight"} == OVERSIGHT
        assert len(OVERSIGHT) < len(REGISTER)


class TestActions:
    def test_one_proposes_and_another_approves(self) -> None:
        given().when(action()).then()
        given(action()).when(APPROVED).then()

    def test_who_proposed_it_does_not_approve_it(self) -> None:
        own = ActionApproved(proposal="A", principal=FIRST)
        given(action()).when(own).refused(SamePrincipal, field="principal", value=FIRST)

    def test_nothing_is_approved_that_was_not_proposed(self) -> None:
        given(PROPOSED).when(APPROVED).refused(UnknownProposal, field="proposal", value="A")

    def test_a_void_is_not_approved_as_an_action(self) -> None:
        of_void = ActionApproved(proposal="V", principal=SECOND)
        given(PROPOSED).when(of_void).refused(NotAsProposed, field="proposal", value="V")

    def test_an_action_is_decided_on_once(self) -> None:
        for settled in (APPROVED, rejected("A")):
            for again in (APPROVED, rejected("A")):
                given(action(), settled).when(again).refused(AlreadySettled, field="proposal", value="A")

    def test_who_proposed_it_may_take_it_back(self) -> None:
        given(action()).when(rejected("A", FIRST)).then()
        given(PROPOSED).when(rejected("V", FIRST)).then()
        given().when(rejected("A")).refused(UnknownProposal, field="proposal", value="A")

    def test_only_what_needs_approval_is_proposed(self) -> None:
        opened = CaseOpened(case="C", kind="complaint", channel="phone")
        given().when(action(opened)).refused(InvalidValue, field="action", value="CaseOpened")

    def test_the_digest_is_that_of_the_content(self) -> None:
        given().when(action(digest="0" * 64)).refused(InvalidValue, field="digest", value="0" * 64)

    def test_what_needs_approval_is_on_a_list(self) -> None:
        assert sorted(GUARDED) == ["ChargeWrittenOff", "HoldReleased"]


class TestHolds:
    def test_a_hold_is_placed_once(self) -> None:
        given().when(PLACED).then()
        given(PLACED).when(PLACED).refused(NameAlreadyTaken, field="hold", value="H")

    def test_it_is_released_where_that_was_approved(self) -> None:
        given(PLACED, action(RELEASED), APPROVED).when(RELEASED).then()

    def test_nobody_releases_it_alone(self) -> None:
        other = HoldReleased(hold="H", principal=SECOND)
        for before in ([], [action(RELEASED)], [action(RELEASED), rejected("A")], [action(other), APPROVED]):
            given(PLACED, *before).when(RELEASED).refused(NeedsApproval, field="hold", value="H")

    def test_it_is_released_once(self) -> None:
        given().when(RELEASED).refused(UnknownReference, field="hold", value="H")
        released = (PLACED, action(RELEASED), APPROVED, RELEASED)
        given(*released).when(RELEASED).refused(AlreadySettled, field="hold", value="H")


class TestErasures:
    def test_one_requests_and_another_erases(self) -> None:
        given().when(REQUESTED).then()
        given(REQUESTED).when(ERASED).then()
        own = SubjectErased(request="E", subject="customer:1", keys=1, principal=FIRST)
        given(REQUESTED).when(own).refused(SamePrincipal, field="principal", value=FIRST)

    def test_a_request_is_settled_once(self) -> None:
        refused = ErasureRefused(request="E", basis="bookkeeping", law="Some Act", principal=FIRST)
        given(REQUESTED).when(refused).then()
        given(REQUESTED).when(REQUESTED).refused(NameAlreadyTaken, field="request", value="E")
        for settled in (refused, ERASED):
            for again in (refused, ERASED):
                given(REQUESTED, settled).when(again).refused(AlreadySettled, field="request", value="E")

    def test_nothing_is_erased_that_was_not_requested(self) -> None:
        given().when(ERASED).refused(UnknownReference, field="request", value="E")
        other = SubjectErased(request="E", subject="customer:1/person/A", keys=1, principal=SECOND)
        given(REQUESTED).when(other).refused(NotAsProposed, field="subject", value="customer:1/person/A")

    def test_what_was_erased_before_a_hold_came_is_said(self) -> None:
        given(REQUESTED, PLACED).when(ERASED).then()

    def test_a_disclosure_is_a_fact(self) -> None:
        given().when(PersonalDataDisclosed(entry=WRONG, field="name", reason="court", principal=FIRST)).then()


PRINCIPALS = st.sampled_from(["owner", "key:a", "key:b"])
SOME = st.one_of(
    st.builds(
        VoidProposed,
        proposal=st.sampled_from(["V", "W"]),
        entry=st.sampled_from([WRONG, OTHER]),
        reason=st.just("r"),
        principal=PRINCIPALS,
    ),
    st.builds(
        EntryVoided,
        proposal=st.sampled_from(["V", "W"]),
        entry=st.sampled_from([WRONG, OTHER]),
        reason=st.just("r"),
        principal=PRINCIPALS,
    ),
    st.builds(ActionApproved, proposal=st.sampled_from(["A", "B"]), principal=PRINCIPALS),
    st.builds(lambda name, who: action(proposal=name, principal=who), st.sampled_from("AB"), PRINCIPALS),
    st.builds(rejected, st.sampled_from(["V", "W", "A", "B"]), PRINCIPALS),
)


@hypothesis_given(st.lists(SOME, max_size=40))
def test_in_whatever_order_nothing_goes_past_four_eyes_nor_happens_twice(events: list[Fact]) -> None:
    learnt, accepted = known(), []
    for event in events:
        try:
            decide(learnt, event)
        except Refused:
            continue
        learnt.learn(event.TYPE, event)
        accepted.append(event)
    proposers = {
        it.proposal: it.principal for it in accepted if isinstance(it, VoidProposed | ActionProposed)
    }
    settled = [it for it in accepted if isinstance(it, EntryVoided | ActionApproved)]
    assert all(proposers[it.proposal] != it.principal for it in settled)
    assert len({it.proposal for it in settled}) == len(settled)
    voids = [it.entry for it in accepted if isinstance(it, EntryVoided)]
    assert len(set(voids)) == len(voids)
