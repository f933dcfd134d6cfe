"""Facts about debts that move no money by themselves: disputes, instalment plans, collection."""

from datetime import date
from decimal import Decimal
from typing import Final

from domain.customer.account_payments import concede
from domain.customer.anomalies import find_debt, join, missing
from domain.customer.debts import ZERO, Accounts, Collection, Debt, Dispute, Plan, outstanding
from domain.customer.handler import Handler
from domain.entry import Entry
from domain.events.money import (
    ChargeDisputed,
    CollectionEnded,
    CollectionStarted,
    DisputeSettled,
    InstalmentPlanAgreed,
    InstalmentPlanEnded,
)


def _disputed(accounts: Accounts, entry: Entry[ChargeDisputed]) -> str | None:
    """Note a dispute; it keeps no payment from the debt, since no article says so."""
    event = entry.data
    found = accounts.find(event.charge)
    if found is None:
        return f"unknown-charge: {event.charge}"
    account, debt = found
    if any(event.dispute in other.disputes for other in accounts.by_currency.values()):
        return f"doubled: {event.dispute}"
    anomaly, amount = None, None
    if event.amount is not None:
        if event.amount.currency == account.currency:
            amount = event.amount.amount
        else:
            anomaly = f"currency-mismatch: {event.charge}"
    account.disputes[event.dispute] = Dispute(entry.id, event.charge, amount, entry.occurred_at)
    debt.disputes.append(event.dispute)
    return anomaly


def _dispute_settled(accounts: Accounts, entry: Entry[DisputeSettled]) -> str | None:
    """Close a dispute and concede its relief, which goes off the debt as a credit note would."""
    event = entry.data
    accounts_of = [it for it in accounts.by_currency.values() if event.dispute in it.disputes]
    if not accounts_of:
        return f"unknown-dispute: {event.dispute}"
    (account,) = accounts_of
    dispute = account.disputes[event.dispute]
    if dispute.outcome is not None:
        return f"settled-already: {event.dispute}"
    dispute.outcome = event.outcome
    account.debts[dispute.charge].disputes.remove(event.dispute)
    if event.relief is None:
        return None
    account = accounts.account(event.relief.currency)
    return concede(accounts, account, entry, f"relief:{event.dispute}", event.relief, dispute.charge)


def _plan_agreed(accounts: Accounts, entry: Entry[InstalmentPlanAgreed]) -> str | None:
    """Let instalments stand for the due days of debts; a debt in an earlier plan leaves it."""
    event = entry.data
    if any(event.plan in other.plans for other in accounts.by_currency.values()):
        return f"doubled: {event.plan}"
    account = accounts.account(event.instalments[0].amount.currency)
    anomalies: list[str] = []
    debts: dict[str, Debt] = {}
    for charge in event.charges:
        found = find_debt(accounts, charge, account.currency)
        if isinstance(found, str):
            anomalies.append(found)
            continue
        if found[1].plan is not None:
            anomalies.append(f"planned-already: {charge}")
        debts[charge] = found[1]
    agreed: dict[date, Decimal] = {}
    for it in event.instalments:
        if it.amount.currency == account.currency:
            agreed[it.due] = agreed.get(it.due, ZERO) + it.amount.amount
        else:
            anomalies.append(f"currency-mismatch: instalment of {it.due}")
    total = sum(map(outstanding, debts.values()), ZERO)
    if sum(agreed.values()) != total:
        anomalies.append(f"plan-total: {event.plan} is for {sum(agreed.values())}, outstanding are {total}")
    account.plans[event.plan] = Plan(entry.id, list(debts), fit(agreed, total))
    for debt in debts.values():
        debt.plan = event.plan
    return join(anomalies)


def fit(agreed: dict[date, Decimal], total: Decimal) -> list[tuple[date, Decimal]]:
    """Order instalments by day and make them add up to a total: the last bear the difference."""
    fitted: list[tuple[date, Decimal]] = []
    for day in sorted(agreed):
        amount = min(agreed[day], total)
        total -= amount
        fitted.append((day, amount))
    day, amount = fitted[-1]
    fitted[-1] = (day, amount + total)
    return fitted


def _plan_ended(accounts: Accounts, entry: Entry[InstalmentPlanEnded]) -> str | None:
    event = entry.data
    for account in accounts.by_currency.values():
        plan = account.plans.get(event.plan)
        if plan is None:
            continue
        if plan.outcome is not None:
            return f"ended-already: {event.plan}"
        plan.outcome = event.outcome
        for charge in plan.charges:
            debt = account.debts[charge]
            debt.plan = None if debt.plan == event.plan else debt.plan
        return None
    return f"unknown-plan: {event.plan}"


def _collection_started(accounts: Accounts, entry: Entry[CollectionStarted]) -> str | None:
    """Put debts into collection: those named, else all that is open in any currency."""
    event = entry.data
    if event.collection in accounts.collections:
        return f"doubled: {event.collection}"
    anomalies: list[str] = []
    charges = event.charges or sorted(
        charge for account in accounts.by_currency.values() for charge in account.open
    )
    if not charges:
        anomalies.append(f"nothing-owed: {event.collection}")
    collection = Collection(entry.id, [], entry.occurred_at, event.agency)
    accounts.collections[event.collection] = collection
    for charge in charges:
        found = accounts.find(charge)
        if found is None:
            anomalies.append(missing(accounts, charge))
        else:
            found[1].collection = event.collection
            collection.charges.append(charge)
    return join(anomalies)


def _collection_ended(accounts: Accounts, entry: Entry[CollectionEnded]) -> str | None:
    event = entry.data
    collection = accounts.collections.get(event.collection)
    if collection is None:
        return f"unknown-collection: {event.collection}"
    if collection.ended_at is not None:
        return f"ended-already: {event.collection}"
    collection.ended_at, collection.outcome = entry.occurred_at, event.outcome
    for charge in collection.charges:
        found = accounts.find(charge)
        if found is not None and found[1].collection == event.collection:
            found[1].collection = None
    return None


HANDLERS: Final[dict[str, Handler]] = {
    "ChargeDisputed": _disputed,
    "DisputeSettled": _dispute_settled,
    "InstalmentPlanAgreed": _plan_agreed,
    "InstalmentPlanEnded": _plan_ended,
    "CollectionStarted": _collection_started,
    "CollectionEnded": _collection_ended,
}
"""Stored type name to handler."""
