"""What the rules about payments and deposits allow and refuse."""

import pytest

from domain.events import Event
from domain.events.money import (
    AllocationLine,
    CreditNoteIssued,
    DepositApplied,
    DepositReceived,
    DepositRequired,
    DepositReturned,
    Designation,
    InvoiceIssued,
    PaymentReceived,
    PaymentReversed,
    RefundPaid,
)
from domain.refusals import (
    AmountTooLarge,
    CurrencyMismatch,
    NameAlreadyTaken,
    PaymentAlreadyExists,
    PaymentAlreadyReversed,
    UnknownCharge,
    UnknownDeposit,
    UnknownPayment,
)
from domain.values import Money
from tests.givens import cny, eur, given

INVOICE = InvoiceIssued(invoice="I", amount=cny(100))
EURO_INVOICE = InvoiceIssued(invoice="E", amount=eur(100))
PAID = PaymentReceived(payment="P", amount=cny(100))
REVERSED = PaymentReversed(payment="P", reason="bounced")
REQUIRED = DepositRequired(deposit="D", amount=cny(100))
DEPOSITED = DepositReceived(deposit="D", amount=cny(60))


def designated(charge: str, amount: Money | None = None) -> PaymentReceived:
    designations = (Designation(charge=charge, amount=amount),)
    return PaymentReceived(payment="P", amount=cny(100), designations=designations)


def allocated(*lines: tuple[str, Money]) -> PaymentReceived:
    allocation = tuple(AllocationLine(charge=charge, amount=amount) for charge, amount in lines)
    return PaymentReceived(payment="P", amount=cny(100), allocation=allocation)


def test_a_payment_comes_in_once_and_needs_no_debt() -> None:
    given().when(PAID).then()
    given(PAID).when(PAID).refused(PaymentAlreadyExists, field="payment", value="P")


def test_a_payment_is_reversed_once() -> None:
    given().when(REVERSED).refused(UnknownPayment, field="payment", value="P")
    given(PAID).when(REVERSED).then()
    given(PAID, REVERSED).when(REVERSED).refused(PaymentAlreadyReversed, field="payment", value="P")


@pytest.mark.parametrize(
    ("payment", "where"),
    [(designated("J"), "designations[0]"), (allocated(("I", cny(1)), ("J", cny(1))), "allocation[1]")],
)
def test_a_payment_names_known_debts(payment: Event, where: str) -> None:
    given(INVOICE).when(payment).refused(UnknownCharge, field=f"{where}.charge", value="J")


@pytest.mark.parametrize("payment", [designated("E"), allocated(("E", cny(1)))])
def test_a_payment_pays_no_debt_of_another_currency(payment: Event) -> None:
    given(EURO_INVOICE).when(payment).refused(CurrencyMismatch, field="amount.currency", value="CNY")


@pytest.mark.parametrize(
    ("payment", "where"),
    [(designated("I", eur(1)), "designations[0]"), (allocated(("I", eur(1))), "allocation[0]")],
)
def test_the_lines_of_a_payment_are_in_its_currency(payment: Event, where: str) -> None:
    given(INVOICE).when(payment).refused(CurrencyMismatch, field=f"{where}.amount.currency", value="EUR")


def test_no_more_is_allocated_than_was_paid() -> None:
    given(INVOICE).when(allocated(("I", cny("99.50")), ("I", cny("0.50")))).then()
    too_much = allocated(("I", cny("99.50")), ("I", cny("0.51")))
    given(INVOICE).when(too_much).refused(AmountTooLarge, field="allocation", value="100.01")


def test_a_payer_may_name_more_than_they_pay() -> None:
    given(INVOICE).when(designated("I", cny(150))).then()


def test_a_refund_is_paid_once_and_in_the_currency_of_the_payment_named() -> None:
    refund = RefundPaid(refund="R", amount=cny(10), payment="P")
    given().when(refund).refused(UnknownPayment, field="payment", value="P")
    given(PAID, refund).when(refund).refused(NameAlreadyTaken, field="refund", value="R")
    euro = RefundPaid(refund="R", amount=eur(10), payment="P")
    given(PAID).when(euro).refused(CurrencyMismatch, field="amount.currency", value="EUR")
    given().when(RefundPaid(refund="R", amount=eur(10))).then()


def test_a_credit_note_is_issued_once_and_in_the_currency_of_the_debt_named() -> None:
    note = CreditNoteIssued(credit_note="N", amount=cny(10), charge="I")
    given().when(note).refused(UnknownCharge, field="charge", value="I")
    given(INVOICE, note).when(note).refused(NameAlreadyTaken, field="credit_note", value="N")
    euro = CreditNoteIssued(credit_note="N", amount=eur(10), charge="I")
    given(INVOICE).when(euro).refused(CurrencyMismatch, field="amount.currency", value="EUR")
    given().when(CreditNoteIssued(credit_note="N", amount=eur(10))).then()


def test_a_deposit_comes_in_parts_asked_for_or_not_in_one_currency() -> None:
    given().when(DEPOSITED).then()
    given(REQUIRED, DEPOSITED).when(DEPOSITED).then()
    given(DEPOSITED).when(REQUIRED).then()
    euro = DepositReceived(deposit="D", amount=eur(1))
    given(REQUIRED).when(euro).refused(CurrencyMismatch, field="amount.currency", value="EUR")


@pytest.mark.parametrize("take", [DepositApplied, DepositReturned])
def test_no_more_of_a_deposit_is_used_than_is_held(take: type[DepositApplied | DepositReturned]) -> None:
    given().when(take(deposit="D", amount=cny(1))).refused(UnknownDeposit, field="deposit", value="D")
    given(REQUIRED).when(take(deposit="D", amount=cny(1))).refused(
        AmountTooLarge, field="amount", value="1.00"
    )
    given(DEPOSITED).when(take(deposit="D", amount=cny(60))).then()
    used = take(deposit="D", amount=cny(40))
    given(DEPOSITED, used).when(used).refused(AmountTooLarge, field="amount", value="40.00")
    given(DEPOSITED, used, DEPOSITED).when(used).then()
    given(DEPOSITED).when(take(deposit="D", amount=eur(1))).refused(
        CurrencyMismatch, field="amount.currency", value="EUR"
    )


def test_a_deposit_recorded_in_two_currencies_all_the_same_is_held_in_the_first() -> None:
    euro = DepositReceived(deposit="D", amount=eur(60))
    given(DEPOSITED, euro).when(DepositReturned(deposit="D", amount=cny(61))).refused(
        AmountTooLarge, field="amount", value="61.00"
    )


def test_a_deposit_pays_a_known_debt_of_its_currency() -> None:
    used = DepositApplied(deposit="D", amount=cny(40), charge="E")
    given(DEPOSITED).when(used).refused(UnknownCharge, field="charge", value="E")
    given(DEPOSITED, EURO_INVOICE).when(used).refused(CurrencyMismatch, field="amount.currency", value="CNY")
    given(DEPOSITED, INVOICE).when(DepositApplied(deposit="D", amount=cny(40), charge="I")).then()
