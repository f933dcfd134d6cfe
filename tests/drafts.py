"""Drafts for tests of the ledger: what a caller asks to have recorded, with an id of its own."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from domain.entry import Draft, Receipt
from domain.events.cases import CaseClosed, CaseOpened
from domain.events.money import PaymentReceived, PaymentReversed
from domain.ledger import Outcome
from domain.refusals import Refused
from domain.streams import customer_stream
from tests.givens import CLERK, DAY_ZERO, Fact, cny


def draft(
    customer: str,
    event: Fact,
    *,
    at: datetime = DAY_ZERO,
    id: UUID | None = None,
    **envelope: Any,  # noqa: ANN401
) -> Draft:
    """Ask for an event of a customer to be recorded."""
    return Draft(
        id=id or uuid4(),
        stream=customer_stream(customer),
        event=event,
        occurred_at=at,
        actor=CLERK,
        source="test",
        **envelope,
    )


def payment(name: str, amount: str = "10.00") -> PaymentReceived:
    """A payment."""
    return PaymentReceived(payment=name, amount=cny(amount))


def reversed_payment(name: str) -> PaymentReversed:
    """The end of a payment that was none."""
    return PaymentReversed(payment=name, reason="bounced")


def opened(case: str) -> CaseOpened:
    """A complaint."""
    return CaseOpened(case=case, kind="complaint", channel="phone")


def closed(case: str) -> CaseClosed:
    """The end of a complaint."""
    return CaseClosed(case=case)


def receipt(outcome: Outcome) -> Receipt:
    """The one receipt of an outcome, which must not be a refusal."""
    assert isinstance(outcome, tuple), outcome
    (only,) = outcome
    return only


def refusals(outcomes: list[Outcome]) -> list[str | None]:
    """The codes of refusals, None where something was recorded."""
    return [outcome.code if isinstance(outcome, Refused) else None for outcome in outcomes]
