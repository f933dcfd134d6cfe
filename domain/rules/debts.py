"""Rules of the Money family about debts: each has a name of its own and is known before it changes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from domain.events.money import (
    ChargeAssessed,
    ChargeDisputed,
    ChargeWrittenOff,
    CollectionEnded,
    CollectionStarted,
    CostCharged,
    DisputeSettled,
    DueDateSet,
    InstalmentPlanAgreed,
    InstalmentPlanEnded,
    InvoiceIssued,
    LateFeeCharged,
    OpeningBalanceCarried,
)
from domain.refusals import (
    AlreadySettled,
    ChargeAlreadyExists,
    CurrencyMismatch,
    UnknownCase,
    UnknownDispute,
    UnknownPlan,
    UnknownReference,
    UnknownSupplyPoint,
)
from domain.rules.money import KnownMoney, learn_name, need_currency, need_debt, need_unnamed
from domain.rules.part import need, need_new
from domain.values import Money

if TYPE_CHECKING:
    from domain.rules.known import Known


class OfDebt(Protocol):
    """An event that names a debt, and so much of it."""

    @property
    def charge(self) -> str:
        """The debt's name."""

    @property
    def amount(self) -> Money | None:
        """So much of it."""


def _learn_invoice(known: KnownMoney, event: InvoiceIssued) -> None:
    known.charges.setdefault(event.invoice, event.amount.currency)


def _learn_charge(known: KnownMoney, event: ChargeAssessed) -> None:
    known.charges.setdefault(event.charge, event.amount.currency)


def _learn_opening(known: KnownMoney, event: OpeningBalanceCarried) -> None:
    """Keep the name; a credit carried over is no debt that others may name."""
    known.names.add(("balance", event.balance))
    if event.amount.amount > 0:
        known.charges.setdefault(event.balance, event.amount.currency)


def _learn_disputed(known: KnownMoney, event: ChargeDisputed) -> None:
    known.disputes.setdefault(event.dispute, known.charges.get(event.charge, ""))


def _learn_settled(known: KnownMoney, event: DisputeSettled) -> None:
    known.settled.add(event.dispute)


def _learn_plan(known: KnownMoney, event: InstalmentPlanAgreed) -> None:
    known.plans.setdefault(event.plan, False)


def _learn_plan_ended(known: KnownMoney, event: InstalmentPlanEnded) -> None:
    known.plans[event.plan] = True


def _learn_collection(known: KnownMoney, event: CollectionStarted) -> None:
    known.collections.setdefault(event.collection, False)


def _learn_collection_ended(known: KnownMoney, event: CollectionEnded) -> None:
    known.collections[event.collection] = True


def _decide_invoice(known: "Known", event: InvoiceIssued) -> None:
    need_new(known.money.charges, event.invoice, "invoice", ChargeAlreadyExists)
    need(known.party.supply_points, event.supply_point, "supply_point", UnknownSupplyPoint)
    currency = event.amount.currency
    need_currency(event.security, currency, "security")
    for index, line in enumerate(event.lines):
        need_currency(line.amount, currency, f"lines[{index}].amount")


def _decide_charge(known: "Known", event: ChargeAssessed) -> None:
    need_new(known.money.charges, event.charge, "charge", ChargeAlreadyExists)
    need(known.party.supply_points, event.supply_point, "supply_point", UnknownSupplyPoint)
    need_currency(event.security, event.amount.currency, "security")


def _decide_opening(known: "Known", event: OpeningBalanceCarried) -> None:
    need_new(known.money.charges, event.balance, "balance", ChargeAlreadyExists)
    if ("balance", event.balance) in known.money.names:
        raise ChargeAlreadyExists("balance", event.balance)


def _decide_due(known: "Known", event: DueDateSet) -> None:
    need_debt(known.money, event.charge, "charge")


def _decide_of_debt(known: "Known", event: OfDebt) -> None:
    need_debt(known.money, event.charge, "charge")
    need_currency(event.amount, known.money.charges[event.charge], "amount")


def _decide_fee(known: "Known", event: LateFeeCharged) -> None:
    need_unnamed(known.money, event.fee, "fee")
    _decide_of_debt(known, event)


def _decide_cost(known: "Known", event: CostCharged) -> None:
    need_unnamed(known.money, event.cost, "cost")
    _decide_of_debt(known, event)


def _decide_write_off(known: "Known", event: ChargeWrittenOff) -> None:
    need_unnamed(known.money, event.write_off, "write_off")
    _decide_of_debt(known, event)


def _decide_disputed(known: "Known", event: ChargeDisputed) -> None:
    need_new(known.money.disputes, event.dispute, "dispute")
    need(known.cases.cases, event.case, "case", UnknownCase)
    _decide_of_debt(known, event)


def _decide_settled(known: "Known", event: DisputeSettled) -> None:
    money = known.money
    need(money.disputes, event.dispute, "dispute", UnknownDispute)
    need_new(money.settled, event.dispute, "dispute", AlreadySettled)
    need_currency(event.relief, money.disputes[event.dispute], "relief")


def _decide_plan(known: "Known", event: InstalmentPlanAgreed) -> None:
    money = known.money
    need_new(money.plans, event.plan, "plan")
    currency = event.instalments[0].amount.currency
    for index, instalment in enumerate(event.instalments):
        need_currency(instalment.amount, currency, f"instalments[{index}].amount")
    for index, charge in enumerate(event.charges):
        need_debt(money, charge, f"charges[{index}]")
        if money.charges[charge] != currency:
            raise CurrencyMismatch(f"charges[{index}]", charge, f"The instalments are in {currency}.")


def _decide_plan_ended(known: "Known", event: InstalmentPlanEnded) -> None:
    need(known.money.plans, event.plan, "plan", UnknownPlan)
    if known.money.plans[event.plan]:
        raise AlreadySettled("plan", event.plan)


def _decide_collection(known: "Known", event: CollectionStarted) -> None:
    need_new(known.money.collections, event.collection, "collection")
    for index, charge in enumerate(event.charges):
        need_debt(known.money, charge, f"charges[{index}]")


def _decide_collection_ended(known: "Known", event: CollectionEnded) -> None:
    need(known.money.collections, event.collection, "collection", UnknownReference)
    if known.money.collections[event.collection]:
        raise AlreadySettled("collection", event.collection)


LEARN: Final[dict[str, Callable[[KnownMoney, Any], None]]] = {
    "InvoiceIssued": _learn_invoice,
    "ChargeAssessed": _learn_charge,
    "OpeningBalanceCarried": _learn_opening,
    "LateFeeCharged": learn_name("fee"),
    "CostCharged": learn_name("cost"),
    "ChargeWrittenOff": learn_name("write_off"),
    "ChargeDisputed": _learn_disputed,
    "DisputeSettled": _learn_settled,
    "InstalmentPlanAgreed": _learn_plan,
    "InstalmentPlanEnded": _learn_plan_ended,
    "CollectionStarted": _learn_collection,
    "CollectionEnded": _learn_collection_ended,
}
"""Stored type name to what is learnt from it; from the types that are not here nothing is."""

DECIDE: Final[dict[str, Callable[["Known", Any], None]]] = {
    "InvoiceIssued": _decide_invoice,
    "ChargeAssessed": _decide_charge,
    "OpeningBalanceCarried": _decide_opening,
    "ChargeAdjusted": _decide_of_debt,
    "DueDateSet": _decide_due,
    "LateFeeCharged": _decide_fee,
    "CostCharged": _decide_cost,
    "ChargeDisputed": _decide_disputed,
    "DisputeSettled": _decide_settled,
    "InstalmentPlanAgreed": _decide_plan,
    "InstalmentPlanEnded": _decide_plan_ended,
    "ChargeWrittenOff": _decide_write_off,
    "CollectionStarted": _decide_collection,
    "CollectionEnded": _decide_collection_ended,
}
"""Stored type name to what may refuse it; the types that are not here are never refused."""
