"""Money: what the customer owes and pays.

A debt is an invoice, a charge or an opening balance. It has a principal, and may bear interest (late
fees) and costs.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from domain.events.personal import CustomerText
from domain.events.register import Event, event, part
from domain.values import Code, Day, Identifier, Money, NonNegativeMoney, Period, PositiveMoney, Rate

Component = Literal["principal", "interest", "costs"]


def _not_zero(money: Money) -> Money:
    if money.amount == 0:
        message = "the amount must not be zero"
        raise ValueError(message)
    return money


SignedMoney = Annotated[Money, AfterValidator(_not_zero)]


@part
class InvoiceLine:
    """One line of an invoice; a rebate is negative."""

    kind: Code
    amount: Money
    quantity: Rate | None = None
    unit: Code | None = None


@part
class Designation:
    """The payer's word on which debt a payment is for, and how much of it; without an amount, all of it."""

    charge: Identifier
    amount: PositiveMoney | None = None


@part
class AllocationLine:
    """What a source says that it did with a payment."""

    charge: Identifier
    amount: PositiveMoney
    component: Component = "principal"


@part
class Instalment:
    """One payment of a plan."""

    due: Day
    amount: PositiveMoney


@event("InvoiceIssued", items=(7, 76, 153))
class InvoiceIssued(Event):
    """A bill went out.

    `security` covers it, `burden_percent_a_year` is what being late costs the customer.
    """

    invoice: Identifier
    amount: PositiveMoney
    due: Day | None = None
    issued_on: Day | None = None
    period: Period | None = None
    supply_point: Identifier | None = None
    lines: Annotated[tuple[InvoiceLine, ...], Field(max_length=500)] = ()
    channel: Code | None = None
    security: NonNegativeMoney | None = None
    burden_percent_a_year: Rate | None = None


@event("ChargeAssessed", items=(7, 142))
class ChargeAssessed(Event):
    """The customer owes something that no invoice carries: a fee, a penalty, damages."""

    charge: Identifier
    kind: Code
    amount: PositiveMoney
    due: Day | None = None
    supply_point: Identifier | None = None
    security: NonNegativeMoney | None = None
    burden_percent_a_year: Rate | None = None


@event("ChargeAdjusted", items=(7,))
class ChargeAdjusted(Event):
    """The principal of a debt rose or, with a negative amount, fell."""

    charge: Identifier
    amount: SignedMoney
    reason: Code
    due: Day | None = None


@event("DueDateSet", items=(72,))
class DueDateSet(Event):
    """A debt is due on this day from now on: a notice was delivered, a delay was granted."""

    charge: Identifier
    due: Day
    reason: Code


@event("LateFeeCharged", items=(76, 77))
class LateFeeCharged(Event):
    """A debt bears interest for being late."""

    fee: Identifier
    charge: Identifier
    amount: PositiveMoney
    period: Period | None = None


@event("CostCharged", items=(77,))
class CostCharged(Event):
    """A debt bears the costs of having it paid: postage, a collector, a court."""

    cost: Identifier
    charge: Identifier
    kind: Code
    amount: PositiveMoney


@event("ChargeDisputed", items=(7,))
class ChargeDisputed(Event):
    """The customer disputes a debt, or a part of it."""

    dispute: Identifier
    charge: Identifier
    amount: PositiveMoney | None = None
    reason: Code | None = None
    case: Identifier | None = None


@event("DisputeSettled", items=(7,))
class DisputeSettled(Event):
    """The dispute is over; the debt falls by the relief, if any."""

    dispute: Identifier
    outcome: Literal["upheld", "partly_upheld", "not_upheld", "withdrawn"]
    relief: PositiveMoney | None = None


@event("PaymentReceived", items=(7, 73, 75, 76))
class PaymentReceived(Event):
    """Money came in.

    `designations` are the payer's word; `allocation` is given only where the source states what it did with
    the money.
    """

    payment: Identifier
    amount: PositiveMoney
    method: Code | None = None
    value_date: Day | None = None
    designations: Annotated[tuple[Designation, ...], Field(max_length=500)] = ()
    allocation: Annotated[tuple[AllocationLine, ...], Field(max_length=500)] = ()


@event("PaymentReversed", items=(75,))
class PaymentReversed(Event):
    """A payment turned out not to be one: a bounced cheque, a recalled debit.

    What it had settled is owed again.
    """

    payment: Identifier
    reason: Code


@event("RefundPaid", items=(7,))
class RefundPaid(Event):
    """We paid money back out of the customer's credit."""

    refund: Identifier
    amount: PositiveMoney
    payment: Identifier | None = None
    reason: Code | None = None


@event("CreditNoteIssued", items=(7, 47))
class CreditNoteIssued(Event):
    """We owe the customer less or something: off one debt where named, else off the account."""

    credit_note: Identifier
    amount: PositiveMoney
    charge: Identifier | None = None
    reason: Code | None = None


@event("InstalmentPlanAgreed", items=(72, 84))
class InstalmentPlanAgreed(Event):
    """Debts are to be paid in parts, each on its own day."""

    plan: Identifier
    charges: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=500)]
    instalments: Annotated[tuple[Instalment, ...], Field(min_length=1, max_length=500)]


@event("InstalmentPlanEnded", items=(72, 84))
class InstalmentPlanEnded(Event):
    """The plan is over: paid, broken or given up.

    Where anything is left, the debts' own due dates count again.
    """

    plan: Identifier
    outcome: Literal["completed", "broken", "cancelled"]


@event("DepositRequired", items=(71,))
class DepositRequired(Event):
    """The customer is to leave a deposit."""

    deposit: Identifier
    amount: PositiveMoney
    due: Day | None = None


@event("DepositReceived", items=(71,))
class DepositReceived(Event):
    """The customer left a deposit, or a part of it; it is held, and pays nothing yet."""

    deposit: Identifier
    amount: PositiveMoney


@event("DepositApplied", items=(71,))
class DepositApplied(Event):
    """A deposit, or a part of it, pays debts as a payment would."""

    deposit: Identifier
    amount: PositiveMoney
    charge: Identifier | None = None


@event("DepositReturned", items=(71,))
class DepositReturned(Event):
    """A deposit, or a part of it, went back to the customer."""

    deposit: Identifier
    amount: PositiveMoney


@event("ChargeWrittenOff", items=(77,), guarded=True)
class ChargeWrittenOff(Event):
    """We no longer expect a debt, or a part of it, to be paid."""

    write_off: Identifier
    charge: Identifier
    amount: PositiveMoney | None = None
    reason: Code


@event("CollectionStarted", items=(72, 77))
class CollectionStarted(Event):
    """Debts went to collection; without charges named, all that is owed."""

    collection: Identifier
    charges: Annotated[tuple[Identifier, ...], Field(max_length=500)] = ()
    agency: Code | None = None


@event("CollectionEnded", items=(72, 77))
class CollectionEnded(Event):
    """The collection is over."""

    collection: Identifier
    outcome: Literal["paid", "partly_paid", "failed", "withdrawn"]
    remark: CustomerText | None = None


@event("OpeningBalanceCarried", items=(3,))
class OpeningBalanceCarried(Event):
    """What was owed (or, negative, in credit) when this ledger began to keep the account."""

    balance: Identifier
    amount: SignedMoney
    due: Day | None = None
