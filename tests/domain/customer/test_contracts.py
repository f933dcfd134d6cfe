"""What facts of the Contract family make of a customer's contracts, and which terms hold on which day."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest

from domain.customer.contracts import Contract, in_force_on, terms_on
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
from tests.givens import Fact, after, at, codes, day, on

TERMS = Terms(kind="supply", tariff="T1", start=day(5), end=day(30))
DEARER = Terms(kind="supply", tariff="T2", end=day(60))
OFFERED = ContractOffered(contract="K", by="us", terms=TERMS)
COUNTERED = ContractCountered(contract="K", by="customer", terms=DEARER)
ACCEPTED = ContractAccepted(contract="K", by="customer")
SIGNED = ContractSigned(contract="K", method="electronic")
BROUGHT = ContractSigned(contract="K", terms=Terms(kind="supply", tariff="T0"))
AMENDED = ContractAmended(contract="K", terms=DEARER, effective=day(20))
RENEWED = ContractRenewed(contract="K", end=day(90))
SUSPENDED = ContractSuspended(contract="K", reason="unpaid")
RESUMED = ContractResumed(contract="K")
TERMINATED = ContractTerminated(contract="K", reason="moved", by="customer", effective=day(25))
HANDED_OVER = ContractTransferred(contract="K", direction="to", other="2")
TAKEN_OVER = ContractTransferred(contract="K", direction="from", other="2", terms=TERMS)


def contract_after(*facts: Fact) -> Contract:
    """The contract K after these facts, all of which fit."""
    customer = after(*facts)
    assert codes(customer) == []
    return customer.contracts.contracts["K"]


def tariffs(contract: Contract, *days: int) -> list[str | None]:
    """The tariff agreed for each of these days."""
    found = [terms_on(contract, day(number), UTC) for number in days]
    return [None if terms is None else terms.tariff for terms in found]


def ends(contract: Contract, *days: int) -> list[date | None]:
    """The end agreed as of each of these days, on all of which there are terms."""
    found = [terms_on(contract, day(number), UTC) for number in days]
    return [terms.end for terms in found if terms is not None]


def binding(contract: Contract, *days: int) -> list[bool]:
    """Whether the contract binds on each of these days."""
    return [in_force_on(contract, day(number), UTC) for number in days]


def test_an_offer_is_countered_accepted_and_signed_and_the_last_offer_is_what_was_agreed() -> None:
    assert contract_after(OFFERED).status == "offered"
    countered = contract_after(OFFERED, COUNTERED)
    assert (countered.status, countered.offer, countered.offered_by) == ("countered", DEARER, "customer")
    accepted = contract_after(OFFERED, COUNTERED, ContractAccepted(contract="K", by="us"))
    assert (accepted.status, accepted.accepted_at) == ("accepted", at(3))
    signed = contract_after(OFFERED, COUNTERED, SIGNED)
    assert (signed.status, signed.signed_at, signed.signed_by_method) == ("signed", at(3), "electronic")
    assert [(it.cause, it.terms) for it in signed.versions] == [("signed", DEARER)]
    assert (signed.since, signed.offer, signed.offered_by) == (at(1), None, None)


def test_a_counter_offer_takes_an_acceptance_back() -> None:
    contract = contract_after(OFFERED, ACCEPTED, COUNTERED)
    assert (contract.status, contract.accepted_at) == ("countered", None)


def test_an_offer_accepted_by_who_made_it_is_an_anomaly() -> None:
    customer = after(OFFERED, ContractAccepted(contract="K", by="us"))
    assert codes(customer) == ["offer-accepted-by-its-maker"]
    assert customer.contracts.contracts["K"].status == "accepted"


def test_a_contract_signed_without_an_offer_brings_its_terms_or_has_none() -> None:
    assert tariffs(contract_after(BROUGHT), 0, 1) == [None, "T0"]
    customer = after(SIGNED)
    assert codes(customer) == ["contract-without-terms"]
    assert binding(customer.contracts.contracts["K"], 2) == [False]


def test_an_amendment_holds_from_its_day_or_from_the_day_it_was_made() -> None:
    assert tariffs(contract_after(BROUGHT, AMENDED), 2, 19, 20) == ["T0", "T0", "T2"]
    assert tariffs(contract_after(BROUGHT, ContractAmended(contract="K", terms=DEARER)), 1, 2) == ["T0", "T2"]


def test_of_two_versions_from_one_day_the_later_agreed_holds() -> None:
    again = ContractAmended(contract="K", terms=TERMS, effective=day(20))
    assert tariffs(contract_after(BROUGHT, AMENDED, again), 20) == ["T1"]


def test_a_version_for_an_earlier_day_does_not_outlast_a_later_one() -> None:
    back = ContractAmended(contract="K", terms=TERMS, effective=day(10))
    assert tariffs(contract_after(BROUGHT, AMENDED, back), 9, 10, 20) == ["T0", "T1", "T2"]


def test_without_a_day_of_its_own_a_version_counts_from_the_ledgers_day() -> None:
    contract = contract_after(on(1.75, BROUGHT))
    assert terms_on(contract, day(1), UTC) is not None
    assert terms_on(contract, day(1), ZoneInfo("Asia/Shanghai")) is None


def test_a_renewal_moves_the_end_of_the_terms_that_hold_then() -> None:
    contract = contract_after(on(1, OFFERED), on(2, SIGNED), on(15, RENEWED))
    assert ends(contract, 2, 14, 15, 40) == [day(30), day(30), day(90), day(90)]
    assert binding(contract, 4, 5, 31, 90, 91) == [False, True, True, True, False]


def test_a_renewal_without_an_end_leaves_none() -> None:
    contract = contract_after(OFFERED, SIGNED, ContractRenewed(contract="K"))
    assert ends(contract, 3) == [None]
    assert binding(contract, 3_000) == [True]


def test_new_terms_bring_their_own_end_after_a_renewal() -> None:
    contract = contract_after(on(1, OFFERED), on(2, SIGNED), on(3, AMENDED), on(15, RENEWED))
    assert ends(contract, 15, 19, 20) == [day(90), day(90), day(60)]


def test_a_contract_rests_and_goes_on() -> None:
    contract = contract_after(on(1, BROUGHT), on(3, SUSPENDED), on(6, RESUMED))
    assert contract.status == "signed"
    assert [(it.since, it.until, it.reason) for it in contract.suspensions] == [(at(3), at(6), "unpaid")]
    assert binding(contract, 3, 4, 5, 6) == [True, False, False, True]
    resting = contract_after(on(1, BROUGHT), on(3, SUSPENDED))
    assert (resting.status, binding(resting, 3, 4, 99)) == ("suspended", [True, False, False])


def test_a_contract_ends_on_its_day_or_the_day_it_was_ended() -> None:
    contract = contract_after(BROUGHT, TERMINATED)
    assert (contract.status, contract.ended_at, contract.ended_effective) == ("terminated", at(2), day(25))
    assert (contract.ended_because, contract.ended_by) == ("moved", "customer")
    assert binding(contract, 24, 25) == [True, False]
    at_once = contract_after(BROUGHT, ContractTerminated(contract="K", reason="moved"))
    assert binding(at_once, 1, 2) == [True, False]


def test_a_resting_contract_no_longer_rests_once_it_has_ended() -> None:
    contract = contract_after(BROUGHT, SUSPENDED, TERMINATED)
    assert contract.suspensions[0].until == at(3)


def test_an_offer_that_is_withdrawn_is_an_anomaly_only_in_that_nothing_was_signed() -> None:
    customer = after(OFFERED, TERMINATED)
    assert codes(customer) == ["contract-not-signed"]
    assert customer.contracts.contracts["K"].status == "terminated"


def test_a_contract_goes_to_another_customer_and_comes_back() -> None:
    gone = contract_after(BROUGHT, HANDED_OVER)
    assert (gone.status, gone.transferred_to, gone.ended_at) == ("transferred", "2", at(2))
    back = contract_after(BROUGHT, HANDED_OVER, TAKEN_OVER)
    assert (back.status, back.transferred_from, back.ended_at) == ("signed", "2", None)
    assert tariffs(back, 1, 3) == ["T0", "T1"]


def test_a_contract_comes_from_another_customer_with_or_without_its_terms() -> None:
    contract = contract_after(TAKEN_OVER)
    assert contract.since == at(1)
    assert (contract.status, contract.transferred_from, tariffs(contract, 1)) == ("signed", "2", ["T1"])
    without = ContractTransferred(contract="K", direction="from", other="2")
    assert tariffs(contract_after(without), 1) == [None]
    assert tariffs(contract_after(BROUGHT, HANDED_OVER, without), 3) == ["T0"]


@pytest.mark.parametrize("event", [AMENDED, RENEWED])
@pytest.mark.parametrize(
    ("before", "code"), [([OFFERED], "contract-not-signed"), ([BROUGHT, TERMINATED], "contract-ended")]
)
def test_terms_agreed_out_of_order_are_kept_with_an_anomaly(
    event: Fact, before: list[Fact], code: str
) -> None:
    customer = after(*before, event)
    assert codes(customer) == [code]
    assert customer.contracts.contracts["K"].versions[-1].at == at(len(before) + 1)


def test_a_renewal_of_terms_nobody_knows_says_nothing() -> None:
    customer = after(on(1, OFFERED), on(2, RENEWED), on(3, SIGNED))
    assert ends(customer.contracts.contracts["K"], 3) == [day(30)]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ([OFFERED, OFFERED], "contract-already-exists"),
        ([COUNTERED], "unknown-contract"),
        ([BROUGHT, COUNTERED], "contract-already-signed"),
        ([BROUGHT, ACCEPTED], "contract-already-signed"),
        ([BROUGHT, SIGNED], "contract-already-signed"),
        ([BROUGHT, SUSPENDED, SUSPENDED], "contract-already-suspended"),
        ([BROUGHT, TERMINATED, SUSPENDED], "contract-ended"),
        ([OFFERED, SUSPENDED], "contract-not-signed"),
        ([BROUGHT, RESUMED], "contract-not-suspended"),
        ([BROUGHT, TERMINATED, TERMINATED], "contract-already-ended"),
        ([BROUGHT, TERMINATED, HANDED_OVER], "contract-already-ended"),
        ([HANDED_OVER], "unknown-contract"),
        ([BROUGHT, TAKEN_OVER], "contract-already-exists"),
    ],
)
def test_what_does_not_fit_changes_nothing_and_is_kept(facts: list[Fact], code: str) -> None:
    customer = after(*facts)
    assert codes(customer) == [code]
    assert customer.contracts == after(*facts[:-1]).contracts
