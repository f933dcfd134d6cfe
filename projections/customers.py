"""The row of a customer: what a list of customers shows of each, worked out from the folded state."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.customer import Customer
from domain.customer.account import balance, overdue
from domain.customer.contracts import in_force_on


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of the customer: what is owed less what is in credit, and what is past its due day."""

    currency: str
    balance: Decimal
    overdue: Decimal


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer on one day; `version` is that of the last entry folded."""

    stream: str
    kind: str | None
    segment: str | None
    region: str | None
    accounts: tuple[AccountRow, ...]
    open_cases: int
    contracts_in_force: int
    last_contact_at: datetime | None
    anomalies: int
    entries: int
    version: int


def customer_row(customer: Customer, on: date, zone: ZoneInfo) -> CustomerRow:
    """Return the row of a customer on a day of the ledger's zone."""
    accounts = customer.accounts.by_currency
    contracts = customer.contracts.contracts.values()
    return CustomerRow(
        stream=customer.stream,
        kind=customer.party.kind,
        segment=customer.party.segment,
        region=customer.party.region,
        accounts=tuple(
            AccountRow(currency, balance(accounts[currency]), overdue(accounts[currency], on))
            for currency in sorted(accounts)
        ),
        open_cases=len(customer.cases.open_cases()),
        contracts_in_force=sum(in_force_on(contract, on, zone) for contract in contracts),
        last_contact_at=customer.contacts.last_at,
        anomalies=len(customer.anomalies),
        entries=customer.entries,
        version=customer.version,
    )
