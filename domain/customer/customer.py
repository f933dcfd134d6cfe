"""The state of one customer, folded from the entries of their stream.

Entries are folded in the order of (`occurred_at`, `version`). The fold is total: it never refuses,
whatever comes in whatever order, and keeps what does not fit as an anomaly. Which entries are folded at all
is said by `domain.standing`: whoever carries a state on by `evolve` folds anew when one is voided.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from operator import attrgetter
from typing import Any, Final

from domain.customer import cases, contacts, contracts, external_cases, holdings, oversight, party
from domain.customer.account import Accounts
from domain.customer.account import evolve as evolve_accounts
from domain.customer.cases import Cases
from domain.customer.contacts import Contacts
from domain.customer.contracts import Contracts
from domain.customer.handler import Anomaly, Handler
from domain.customer.oversight import Oversight
from domain.customer.party import Party
from domain.entry import Entry
from domain.events import REGISTER
from domain.events.party import BillChannel
from domain.standing import standing


@dataclass(slots=True)
class Customer:
    """All that the entries folded so far say about one customer; changed by `evolve` and by nobody else."""

    stream: str
    party: Party = field(default_factory=Party)
    contacts: Contacts = field(default_factory=Contacts)
    cases: Cases = field(default_factory=Cases)
    contracts: Contracts = field(default_factory=Contracts)
    accounts: Accounts = field(default_factory=Accounts)
    oversight: Oversight = field(default_factory=Oversight)
    anomalies: list[Anomaly] = field(default_factory=list)
    entries: int = 0
    version: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


def initial(stream: str, zone: str = "UTC") -> Customer:
    """Return the customer of a stream before anything happened; `zone` is the ledger's."""
    return Customer(stream, accounts=Accounts(zone))


def evolve(customer: Customer, entry: Entry[Any]) -> None:
    """Fold one entry into the customer, which is changed in place."""
    customer.entries += 1
    customer.version = max(customer.version, entry.version)
    moment = entry.occurred_at
    if customer.first_at is None:
        customer.first_at = moment
    customer.last_at = moment
    handler = HANDLERS.get(entry.type)
    code = "unknown-type" if handler is None else handler(customer, entry)
    if code is not None:
        code, _, about = code.partition(": ")
        customer.anomalies.append(Anomaly(entry.id, code, about or None))


def fold(stream: str, entries: Iterable[Entry[Any]], zone: str = "UTC") -> Customer:
    """Fold the entries of a stream, given in any order, into its customer, but for those voided by others."""
    return state_at(stream, entries, zone=zone)


def state_at(
    stream: str, entries: Iterable[Entry[Any]], as_of: datetime | None = None, zone: str = "UTC"
) -> Customer:
    """Fold what happened up to `as_of`, itself included; the entries given are those already known.

    What is voided among them is left out, whenever it was voided.
    """
    customer = initial(stream, zone)
    for entry in sorted(standing(entries, as_of), key=attrgetter("occurred_at", "version")):
        evolve(customer, entry)
    return customer


def bill_channel_on(customer: Customer, day: date, zone: tzinfo) -> BillChannel | None:
    """Tell how the bills of a day go, None where nothing was said; `zone` is the ledger's."""
    return party.bill_channel_on(customer.party, day, zone)


def _money(customer: Customer, entry: Entry[Any]) -> str | None:
    return evolve_accounts(customer.accounts, entry)


def _billed(customer: Customer, entry: Entry[Any]) -> str | None:
    """Fold a debt that may name a supply point."""
    code = evolve_accounts(customer.accounts, entry)
    point = entry.data.supply_point
    if code is None and point is not None and point not in customer.party.supply_points:
        return "unknown-supply-point"
    return code


def _disputed(customer: Customer, entry: Entry[Any]) -> str | None:
    """Fold a dispute that may name a case."""
    code = evolve_accounts(customer.accounts, entry)
    case = entry.data.case
    return "unknown-case" if code is None and case is not None and case not in customer.cases.cases else code


HANDLERS: Final[dict[str, Handler]] = {
    **{name: _money for name, kind in REGISTER.items() if kind.family == "money"},
    "InvoiceIssued": _billed,
    "ChargeAssessed": _billed,
    "ChargeDisputed": _disputed,
    **party.HANDLERS,
    **holdings.HANDLERS,
    **contacts.HANDLERS,
    **cases.HANDLERS,
    **external_cases.HANDLERS,
    **contracts.HANDLERS,
    **oversight.HANDLERS,
}
"""Stored type name to handler, for every type of the register."""
