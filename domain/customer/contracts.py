"""The customer's contracts: what is on the table, what was agreed, and which terms hold on which day."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

from domain.customer.handler import Handler
from domain.entry import Entry
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

if TYPE_CHECKING:
    from domain.customer.customer import Customer

Status = Literal["offered", "countered", "accepted", "signed", "suspended", "terminated", "transferred"]
UNSIGNED: Final = frozenset({"offered", "countered", "accepted"})
ENDED: Final = frozenset({"terminated", "transferred"})


@dataclass(frozen=True, slots=True)
class ContractVersion:
    """What was agreed, from `effective` on, else from the ledger's day of `at`.

    A renewal has no terms of its own: those before it run on, until `end` or without an end.
    """

    entry_id: UUID
    cause: Literal["signed", "amended", "renewed", "transferred"]
    at: datetime
    effective: date | None
    terms: Terms | None
    end: date | None = None


@dataclass(slots=True)
class Suspension:
    """A time in which the contract rests, or until `until` rested."""

    entry_id: UUID
    since: datetime
    reason: str
    until: datetime | None = None


@dataclass(slots=True)
class Contract:
    """One contract. `offer` lies on the table; `versions` were agreed, in the order of the entries.

    `ended_effective` is the first day on which it no longer holds; absent, the ledger's day of `ended_at`.
    """

    entry_id: UUID
    status: Status
    since: datetime
    offer: Terms | None = None
    offered_by: Literal["us", "customer"] | None = None
    accepted_at: datetime | None = None
    signed_at: datetime | None = None
    signed_by_method: str | None = None
    versions: list[ContractVersion] = field(default_factory=list)
    suspensions: list[Suspension] = field(default_factory=list)
    ended_at: datetime | None = None
    ended_effective: date | None = None
    ended_because: str | None = None
    ended_by: str | None = None
    transferred_from: str | None = None
    transferred_to: str | None = None


@dataclass(slots=True)
class Contracts:
    """All contracts of the customer by name."""

    contracts: dict[str, Contract] = field(default_factory=dict)


def terms_on(contract: Contract, day: date, zone: tzinfo) -> Terms | None:
    """Return the terms agreed for a day, whether or not the contract rests then; `zone` is the ledger's."""
    terms: Terms | None = None
    # The sort is stable: of two versions from one day on, the later agreed holds.
    for effective, version in sorted(
        ((version.effective or _day(version.at, zone), version) for version in contract.versions),
        key=lambda dated: dated[0],
    ):
        if effective > day:
            break
        if version.terms is not None:
            terms = version.terms
        elif terms is not None and version.cause == "renewed":
            terms = _until(terms, version.end)
    return terms


def in_force_on(contract: Contract, day: date, zone: tzinfo) -> bool:
    """Tell whether the contract binds on a day: agreed, begun, not run out, ended, or resting all day."""
    if contract.ended_at is not None and (contract.ended_effective or _day(contract.ended_at, zone)) <= day:
        return False
    terms = terms_on(contract, day, zone)
    if terms is None or (terms.start is not None and day < terms.start):
        return False
    if terms.end is not None and terms.end < day:
        return False
    return not any(
        _day(rest.since, zone) < day and (rest.until is None or day < _day(rest.until, zone))
        for rest in contract.suspensions
    )


def _until(terms: Terms, end: date | None) -> Terms:
    unbounded: Any = terms
    changed: Terms = replace(unbounded, end=end)
    return changed


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def in_contract(change: Callable[[Contract, Entry[Any]], str | None]) -> Handler:
    """Make a handler of a change to the one contract that an entry names."""

    def handle(customer: "Customer", entry: Entry[Any]) -> str | None:
        contract = customer.contracts.contracts.get(entry.data.contract)
        return "unknown-contract" if contract is None else change(contract, entry)

    return handle


def _offered(customer: "Customer", entry: Entry[ContractOffered]) -> str | None:
    contracts, event = customer.contracts.contracts, entry.data
    if event.contract in contracts:
        return "contract-already-exists"
    contracts[event.contract] = Contract(
        entry.id, "offered", entry.occurred_at, offer=event.terms, offered_by=event.by
    )
    return None


def _countered(contract: Contract, entry: Entry[ContractCountered]) -> str | None:
    event = entry.data
    if contract.status not in UNSIGNED:
        return "contract-already-signed"
    contract.status, contract.accepted_at = "countered", None
    contract.offer, contract.offered_by = event.terms, event.by
    return None


def _accepted(contract: Contract, entry: Entry[ContractAccepted]) -> str | None:
    if contract.status not in UNSIGNED:
        return "contract-already-signed"
    contract.status, contract.accepted_at = "accepted", entry.occurred_at
    return None if entry.data.by != contract.offered_by else "offer-accepted-by-its-maker"


def _signed(customer: "Customer", entry: Entry[ContractSigned]) -> str | None:
    contracts, event = customer.contracts.contracts, entry.data
    contract = contracts.get(event.contract)
    if contract is None:
        contract = contracts[event.contract] = Contract(entry.id, "accepted", entry.occurred_at)
    elif contract.status not in UNSIGNED:
        return "contract-already-signed"
    terms = event.terms or contract.offer
    contract.status, contract.offer, contract.offered_by = "signed", None, None
    contract.signed_at, contract.signed_by_method = entry.occurred_at, event.method
    contract.versions.append(ContractVersion(entry.id, "signed", entry.occurred_at, event.effective, terms))
    return None if terms is not None else "contract-without-terms"


def _amended(contract: Contract, entry: Entry[ContractAmended]) -> str | None:
    event = entry.data
    version = ContractVersion(entry.id, "amended", entry.occurred_at, event.effective, event.terms)
    contract.versions.append(version)
    return _unfit(contract)


def _renewed(contract: Contract, entry: Entry[ContractRenewed]) -> str | None:
    version = ContractVersion(entry.id, "renewed", entry.occurred_at, None, None, entry.data.end)
    contract.versions.append(version)
    return _unfit(contract)


def _unfit(contract: Contract) -> str | None:
    if contract.status in UNSIGNED:
        return "contract-not-signed"
    return "contract-ended" if contract.status in ENDED else None


def _suspended(contract: Contract, entry: Entry[ContractSuspended]) -> str | None:
    if contract.status == "suspended":
        return "contract-already-suspended"
    code = _unfit(contract)
    if code is None:
        contract.status = "suspended"
        contract.suspensions.append(Suspension(entry.id, entry.occurred_at, entry.data.reason))
    return code


def _resumed(contract: Contract, entry: Entry[ContractResumed]) -> str | None:
    if contract.status != "suspended":
        return "contract-not-suspended"
    contract.status = "signed"
    contract.suspensions[-1].until = entry.occurred_at
    return None


def _transferred(customer: "Customer", entry: Entry[ContractTransferred]) -> str | None:
    contracts, event = customer.contracts.contracts, entry.data
    contract = contracts.get(event.contract)
    if event.direction == "to":
        if contract is None:
            return "unknown-contract"
        if contract.status in ENDED:
            return "contract-already-ended"
        contract.transferred_to = event.other
        return _end(contract, "transferred", entry, event.effective)
    if contract is None:
        contract = contracts[event.contract] = Contract(entry.id, "signed", entry.occurred_at)
    elif contract.status not in ENDED:
        return "contract-already-exists"
    contract.status, contract.transferred_from = "signed", event.other
    contract.ended_at = contract.ended_effective = contract.ended_because = contract.ended_by = None
    contract.versions.append(
        ContractVersion(entry.id, "transferred", entry.occurred_at, event.effective, event.terms)
    )
    return None


def _terminated(contract: Contract, entry: Entry[ContractTerminated]) -> str | None:
    event = entry.data
    if contract.status in ENDED:
        return "contract-already-ended"
    contract.ended_because, contract.ended_by = event.reason, event.by
    return _end(contract, "terminated", entry, event.effective)


def _end(contract: Contract, status: Status, entry: Entry[Any], effective: date | None) -> str | None:
    code = "contract-not-signed" if contract.status in UNSIGNED else None
    if contract.status == "suspended":
        contract.suspensions[-1].until = entry.occurred_at
    contract.status, contract.ended_at, contract.ended_effective = status, entry.occurred_at, effective
    return code


HANDLERS: Final[dict[str, Handler]] = {
    "ContractOffered": _offered,
    "ContractCountered": in_contract(_countered),
    "ContractAccepted": in_contract(_accepted),
    "ContractSigned": _signed,
    "ContractAmended": in_contract(_amended),
    "ContractRenewed": in_contract(_renewed),
    "ContractSuspended": in_contract(_suspended),
    "ContractResumed": in_contract(_resumed),
    "ContractTransferred": _transferred,
    "ContractTerminated": in_contract(_terminated),
}
"""Stored type name to handler."""
