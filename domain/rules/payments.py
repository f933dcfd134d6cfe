"""Rules of the Money family about money that came in or went out, and about deposits."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from domain.events.money import (
    CreditNoteIssued,
    DepositApplied,
    DepositReceived,
    DepositRequired,
    DepositReturned,
    PaymentReceived,
    PaymentReversed,
    RefundPaid,
)
from domain.refusals import (
    AmountTooLarge,
    PaymentAlreadyExists,
    PaymentAlreadyReversed,
    UnknownDeposit,
    UnknownPayment,
)
from domain.rules.money import KnownMoney, learn_name, need_currency, need_debt, need_unnamed
from domain.rules.part import need, need_new
from domain.values import Money, amount_text

if TYPE_CHECKING:
    from domain.rules.known import Known

NOTHING: Final = Decimal(0)


def _learn_received(known: KnownMoney, event: PaymentReceived) -> None:
    known.payments.setdefault(event.payment, event.amount.currency)


def _learn_reversed(known: KnownMoney, event: PaymentReversed) -> None:
    known.reversed.add(event.payment)


def _learn_required(known: KnownMoney, event: DepositRequired) -> None:
    known.deposits.setdefault(event.deposit, (event.amount.currency, NOTHING))


def _learn_deposited(known: KnownMoney, event: DepositReceived) -> None:
    _hold(known, event.deposit, event.amount, event.amount.amount)


def _learn_taken(known: KnownMoney, event: DepositApplied | DepositReturned) -> None:
    _hold(known, event.deposit, event.amount, -event.amount.amount)


def _hold(known: KnownMoney, deposit: str, money: Money, change: Decimal) -> None:
    currency, held = known.deposits.get(deposit, (money.currency, NOTHING))
    if currency == money.currency:
        known.deposits[deposit] = (currency, held + change)


def _decide_received(known: "Known", event: PaymentReceived) -> None:
    money, currency = known.money, event.amount.currency
    need_new(money.payments, event.payment, "payment", PaymentAlreadyExists)
    for index, designation in enumerate(event.designations):
        need_currency(designation.amount, currency, f"designations[{index}].amount")
        _decide_paid_debt(money, designation.charge, event.amount, f"designations[{index}].charge")
    allocated = NOTHING
    for index, line in enumerate(event.allocation):
        need_currency(line.amount, currency, f"allocation[{index}].amount")
        _decide_paid_debt(money, line.charge, event.amount, f"allocation[{index}].charge")
        allocated += line.amount.amount
    if allocated > event.amount.amount:
        hint = f"The payment is of {event.amount}."
        raise AmountTooLarge("allocation", amount_text(allocated), hint)


def _decide_paid_debt(known: KnownMoney, charge: str, paid: Money, field: str) -> None:
    need_debt(known, charge, field)
    need_currency(paid, known.charges[charge], "amount")


def _decide_reversed(known: "Known", event: PaymentReversed) -> None:
    need(known.money.payments, event.payment, "payment", UnknownPayment)
    need_new(known.money.reversed, event.payment, "payment", PaymentAlreadyReversed)


def _decide_refund(known: "Known", event: RefundPaid) -> None:
    need_unnamed(known.money, event.refund, "refund")
    if event.payment is not None:
        need(known.money.payments, event.payment, "payment", UnknownPayment)
        need_currency(event.amount, known.money.payments[event.payment], "amount")


def _decide_credit_note(known: "Known", event: CreditNoteIssued) -> None:
    need_unnamed(known.money, event.credit_note, "credit_note")
    if event.charge is not None:
        _decide_paid_debt(known.money, event.charge, event.amount, "charge")


def _decide_deposit(known: "Known", event: DepositRequired | DepositReceived) -> None:
    """Let a deposit be asked for again, and come in parts or without having been asked for."""
    held = known.money.deposits.get(event.deposit)
    if held is not None:
        need_currency(event.amount, held[0], "amount")


def _decide_taken(known: "Known", event: DepositApplied | DepositReturned) -> None:
    need(known.money.deposits, event.deposit, "deposit", UnknownDeposit)
    currency, held = known.money.deposits[event.deposit]
    need_currency(event.amount, currency, "amount")
    if event.amount.amount > held:
        hint = f"Held are {currency} {amount_text(held)}."
        raise AmountTooLarge("amount", amount_text(event.amount.amount), hint)


def _decide_applied(known: "Known", event: DepositApplied) -> None:
    _decide_taken(known, event)
    if event.charge is not None:
        _decide_paid_debt(known.money, event.charge, event.amount, "charge")


LEARN: Final[dict[str, Callable[[KnownMoney, Any], None]]] = {
    "PaymentReceived": _learn_received,
    "PaymentReversed": _learn_reversed,
    "RefundPaid": learn_name("refund"),
    "CreditNoteIssued": learn_name("credit_note"),
    "DepositRequired": _learn_required,
    "DepositReceived": _learn_deposited,
    "DepositApplied": _learn_taken,
    "DepositReturned": _learn_taken,
}
"""Stored type name to what is learnt from it; from the types that are not here nothing is."""

DECIDE: Final[dict[str, Callable[["Known", Any], None]]] = {
    "PaymentReceived": _decide_received,
    "PaymentReversed": _decide_reversed,
    "RefundPaid": _decide_refund,
    "CreditNoteIssued": _decide_credit_note,
    "DepositRequired": _decide_deposit,
    "DepositReceived": _decide_deposit,
    "DepositApplied": _decide_applied,
    "DepositReturned": _decide_taken,
}
"""Stored type name to what may refuse it; the types that are not here are never refused."""
