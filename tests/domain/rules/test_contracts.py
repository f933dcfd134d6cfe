"""What the rules of the Contract family allow and refuse."""

import pytest

from domain.events import Event
from domain.events.contracts import (
    ContractAccepted,
    ContractAmended,
    ContractCountered,
    ContractOffered,
    ContractRenewed,
    ContractResumed,
    ContractSigned,
    ContractSuspended,
    ContractTerminated,
    ContractTransferred,
    Terms,
)
from domain.refusals import ContractAlreadyEnded, ContractAlreadyExists, UnknownContract
from tests.givens import given

TERMS = Terms(kind="supply")
OFFERED = ContractOffered(contract="K", terms=TERMS)
SIGNED = ContractSigned(contract="K")
BROUGHT = ContractSigned(contract="K", terms=TERMS)
TERMINATED = ContractTerminated(contract="K", reason="moved")
HANDED_OVER = ContractTransferred(contract="K", direction="to", other="2")
TAKEN_OVER = ContractTransferred(contract="K", direction="from", other="2")
OF_A_CONTRACT = [
    ContractCountered(contract="K", by="customer", terms=TERMS),
    ContractAccepted(contract="K", by="customer"),
    ContractAmended(contract="K", terms=TERMS),
    ContractRenewed(contract="K"),
    ContractSuspended(contract="K", reason="unpaid"),
    ContractResumed(contract="K"),
    HANDED_OVER,
    TERMINATED,
]


@pytest.mark.parametrize("event", OF_A_CONTRACT, ids=lambda event: event.TYPE)
def test_nothing_happens_to_an_unknown_contract(event: Event) -> None:
    given().when(event).refused(UnknownContract, field="contract", value="K")
    given(OFFERED).when(event).then()


@pytest.mark.parametrize("event", OF_A_CONTRACT[:6], ids=lambda event: event.TYPE)
def test_whatever_happened_to_a_contract_may_become_known_after_its_end(event: Event) -> None:
    given(BROUGHT, TERMINATED).when(event).then()


@pytest.mark.parametrize("before", [OFFERED, BROUGHT, TAKEN_OVER])
def test_a_contract_is_offered_once_under_one_name(before: Event) -> None:
    given(before).when(OFFERED).refused(ContractAlreadyExists, field="contract", value="K")


def test_a_contract_is_signed_once_and_brings_its_terms_where_no_offer_did() -> None:
    given().when(BROUGHT).then()
    given().when(SIGNED).refused(UnknownContract, field="contract", value="K")
    given(OFFERED).when(SIGNED).then()
    given(OFFERED, SIGNED).when(SIGNED).refused(ContractAlreadyExists, field="contract", value="K")


@pytest.mark.parametrize("end", [TERMINATED, HANDED_OVER])
@pytest.mark.parametrize("again", [TERMINATED, HANDED_OVER])
def test_a_contract_ends_once(end: Event, again: Event) -> None:
    given(BROUGHT, end).when(again).refused(ContractAlreadyEnded, field="contract", value="K")


def test_a_contract_comes_from_another_customer_once_and_may_come_back() -> None:
    given().when(TAKEN_OVER).then()
    given(TAKEN_OVER).when(TAKEN_OVER).refused(ContractAlreadyExists, field="contract", value="K")
    given(BROUGHT, HANDED_OVER).when(TAKEN_OVER).then()
    given(BROUGHT, HANDED_OVER, TAKEN_OVER).when(HANDED_OVER).then()


def test_the_signature_may_become_known_after_the_end() -> None:
    given(OFFERED, TERMINATED).when(SIGNED).then()
