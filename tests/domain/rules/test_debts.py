"""What the rules about debts allow and refuse."""

import pytest

from domain.events import Event
from domain.events.cases import CaseOpened
from domain.events.money import (
    ChargeAdjusted,
    ChargeAssessed,
    ChargeDisputed,
    ChargeWrittenOff,
    CollectionEnded,
    CollectionStarted,
    CostCharged,
    DisputeSettled,
    DueDateSet,
    Instalment,
    InstalmentPlanAgreed,
    InstalmentPlanEnded,
    InvoiceIssued,
    InvoiceLine,
    LateFeeCharged,
    OpeningBalanceCarried,
)
from domain.events.party import SupplyPointAdded, SupplyPointRemoved
from domain.refusals import (
    AlreadySettled,
    ChargeAlreadyExists,
    CurrencyMismatch,
    NameAlreadyTaken,
    UnknownCase,
    UnknownCharge,
    UnknownDispute,
    UnknownPlan,
    UnknownReference,
    UnknownSupplyPoint,
)
from domain.values import Money
from tests.givens import Fact, cny, day, eur, given

INVOICE = InvoiceIssued(invoice="I", amount=cny(100))
EURO_INVOICE = InvoiceIssued(invoice="E", amount=eur(100))
CHARGE = ChargeAssessed(charge="I", kind="penalty", amount=cny(100))
OPENING = OpeningBalanceCarried(balance="I", amount=cny(100))
CREDIT = OpeningBalanceCarried(balance="I", amount=cny(-100))


def fee(amount: Money) -> LateFeeCharged:
    return LateFeeCharged(fee="F", charge="I", amount=amount)


def cost(amount: Money) -> CostCharged:
    return CostCharged(cost="F", charge="I", kind="postage", amount=amount)


def write_off(amount: Money) -> ChargeWrittenOff:
    return ChargeWrittenOff(write_off="F", charge="I", amount=amount, reason="death")


def dispute(amount: Money) -> ChargeDisputed:
    return ChargeDisputed(dispute="D", charge="I", amount=amount)


def adjustment(amount: Money) -> ChargeAdjusted:
    return ChargeAdjusted(charge="I", amount=amount, reason="misread")


def plan(*amounts: Money, charge: str = "I") -> InstalmentPlanAgreed:
    instalments = tuple(Instalment(due=day(30), amount=amount) for amount in amounts)
    return InstalmentPlanAgreed(plan="L", charges=(charge,), instalments=instalments)


OF_A_DEBT = [fee, cost, write_off, dispute, adjustment]


@pytest.mark.parametrize("first", [INVOICE, CHARGE, OPENING])
@pytest.mark.parametrize(
    ("second", "field"), [(INVOICE, "invoice"), (CHARGE, "charge"), (OPENING, "balance")]
)
def test_debts_of_all_kinds_share_their_names(first: Event, second: Event, field: str) -> None:
    given(first).when(second).refused(ChargeAlreadyExists, field=field, value="I")


def test_a_credit_carried_over_is_carried_once_and_is_no_debt() -> None:
    given().when(CREDIT).then()
    given(CREDIT).when(CREDIT).refused(ChargeAlreadyExists, field="balance", value="I")
    given(CREDIT).when(adjustment(cny(1))).refused(UnknownCharge, field="charge", value="I")


@pytest.mark.parametrize("make", OF_A_DEBT)
def test_nothing_happens_to_an_unknown_debt_or_in_another_currency(make: object) -> None:
    assert callable(make)
    given(EURO_INVOICE).when(make(cny(1))).refused(UnknownCharge, field="charge", value="I")
    given(INVOICE).when(make(eur(1))).refused(CurrencyMismatch, field="amount.currency", value="EUR")
    given(INVOICE).when(make(cny(1))).then()


@pytest.mark.parametrize(
    ("event", "field"), [(fee(cny(1)), "fee"), (cost(cny(1)), "cost"), (write_off(cny(1)), "write_off")]
)
def test_fees_costs_and_write_offs_are_named_once_each_among_its_kind(event: Event, field: str) -> None:
    given(INVOICE, event).when(event).refused(NameAlreadyTaken, field=field, value="F")
    all_three: list[Fact] = [fee(cny(1)), cost(cny(1)), write_off(cny(1))]
    others = [it for it in all_three if it.TYPE != event.TYPE]
    given(INVOICE, *others).when(event).then()


def test_a_due_day_needs_a_debt() -> None:
    due = DueDateSet(charge="I", due=day(9), reason="grace")
    given().when(due).refused(UnknownCharge, field="charge", value="I")
    given(INVOICE).when(due).then()


def test_a_bill_names_a_supply_point_that_is_or_was_held() -> None:
    invoice = InvoiceIssued(invoice="I", amount=cny(100), supply_point="S")
    charge = ChargeAssessed(charge="I", kind="fee", amount=cny(100), supply_point="S")
    added = SupplyPointAdded(supply_point="S")
    removed = SupplyPointRemoved(supply_point="S", reason="moved")
    for event in (invoice, charge):
        given().when(event).refused(UnknownSupplyPoint, field="supply_point", value="S")
        given(added, removed).when(event).then()


def test_a_bill_is_in_one_currency() -> None:
    lines = (InvoiceLine(kind="energy", amount=cny(90)), InvoiceLine(kind="tax", amount=eur(10)))
    mixed = InvoiceIssued(invoice="I", amount=cny(100), lines=lines)
    given().when(mixed).refused(CurrencyMismatch, field="lines[1].amount.currency", value="EUR")
    secured = InvoiceIssued(invoice="I", amount=cny(100), security=eur(1))
    given().when(secured).refused(CurrencyMismatch, field="security.currency", value="EUR")
    charge = ChargeAssessed(charge="I", kind="fee", amount=cny(100), security=eur(1))
    given().when(charge).refused(CurrencyMismatch, field="security.currency", value="EUR")


def test_a_dispute_is_opened_once_and_may_name_a_case() -> None:
    given(INVOICE, dispute(cny(1))).when(dispute(cny(2))).refused(
        NameAlreadyTaken, field="dispute", value="D"
    )
    about = ChargeDisputed(dispute="D", charge="I", case="C")
    given(INVOICE).when(about).refused(UnknownCase, field="case", value="C")
    given(INVOICE, CaseOpened(case="C", kind="complaint", channel="web")).when(about).then()


def test_a_dispute_is_settled_once_in_the_currency_of_its_debt() -> None:
    settled = DisputeSettled(dispute="D", outcome="upheld", relief=cny(1))
    given(INVOICE).when(settled).refused(UnknownDispute, field="dispute", value="D")
    given(INVOICE, dispute(cny(1))).when(settled).then()
    given(INVOICE, dispute(cny(1)), settled).when(settled).refused(AlreadySettled, field="dispute", value="D")
    euro = DisputeSettled(dispute="D", outcome="upheld", relief=eur(1))
    given(INVOICE, dispute(cny(1))).when(euro).refused(CurrencyMismatch, field="relief.currency", value="EUR")


def test_a_plan_is_agreed_once_on_known_debts_in_their_currency() -> None:
    given(INVOICE).when(plan(cny(50), cny(50))).then()
    given(INVOICE, plan(cny(100))).when(plan(cny(100))).refused(NameAlreadyTaken, field="plan", value="L")
    given().when(plan(cny(100))).refused(UnknownCharge, field="charges[0]", value="I")
    given(INVOICE).when(plan(cny(50), eur(50))).refused(
        CurrencyMismatch, field="instalments[1].amount.currency", value="EUR"
    )
    given(INVOICE, EURO_INVOICE).when(plan(cny(50), charge="E")).refused(
        CurrencyMismatch, field="charges[0]", value="E"
    )


def test_instalments_need_not_add_up_to_what_is_owed() -> None:
    given(INVOICE).when(plan(cny(30))).then()


def test_a_plan_ends_once() -> None:
    ended = InstalmentPlanEnded(plan="L", outcome="broken")
    given(INVOICE).when(ended).refused(UnknownPlan, field="plan", value="L")
    given(INVOICE, plan(cny(100))).when(ended).then()
    given(INVOICE, plan(cny(100)), ended).when(ended).refused(AlreadySettled, field="plan", value="L")


def test_a_collection_starts_once_on_known_debts_or_on_all_and_ends_once() -> None:
    everything = CollectionStarted(collection="L")
    named = CollectionStarted(collection="L", charges=("I", "J"))
    ended = CollectionEnded(collection="L", outcome="failed")
    given().when(everything).then()
    given(everything).when(everything).refused(NameAlreadyTaken, field="collection", value="L")
    given(INVOICE).when(named).refused(UnknownCharge, field="charges[1]", value="J")
    given().when(ended).refused(UnknownReference, field="collection", value="L")
    given(everything).when(ended).then()
    given(everything, ended).when(ended).refused(AlreadySettled, field="collection", value="L")
