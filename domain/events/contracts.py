"""Contracts: from the first offer through versions, rests and transfers to the end."""

from typing import Annotated, Literal

from pydantic import Field

from domain.events.personal import CustomerName
from domain.events.register import Event, event, part
from domain.values import Code, Day, Identifier, Money, Rate, Sha256

PaymentDays = Annotated[int, Field(ge=0, le=3_650)]


@part
class Terms:
    """What a contract says; each version of a contract has terms of its own, and says all of them."""

    kind: Code
    start: Day | None = None
    end: Day | None = None
    supply_points: tuple[Identifier, ...] = ()
    tariff: Code | None = None
    price: Money | None = None
    price_unit: Code | None = None
    contract_kva: Rate | None = None
    payment_days: PaymentDays | None = None
    document_sha256: Sha256 | None = None


@event("ContractOffered", items=(7, 139))
class ContractOffered(Event):
    """We or the customer offered a contract."""

    contract: Identifier
    by: Literal["us", "customer"] = "us"
    terms: Terms


@event("ContractCountered", items=(7, 139))
class ContractCountered(Event):
    """The other side answered an offer with one of its own, which takes its place."""

    contract: Identifier
    by: Literal["us", "customer"]
    terms: Terms


@event("ContractAccepted", items=(7,))
class ContractAccepted(Event):
    """The last offer was accepted."""

    contract: Identifier
    by: Literal["us", "customer"]


@event("ContractSigned", items=(7, 138))
class ContractSigned(Event):
    """The contract was signed; a contract signed without an offer on record brings its terms."""

    contract: Identifier
    signer: CustomerName | None = None
    method: Literal["paper", "electronic"] = "paper"
    effective: Day | None = None
    terms: Terms | None = None


@event("ContractAmended", items=(139,))
class ContractAmended(Event):
    """The contract has new terms from `effective` on."""

    contract: Identifier
    terms: Terms
    effective: Day | None = None
    reason: Code | None = None


@event("ContractRenewed", items=(101, 139))
class ContractRenewed(Event):
    """The contract runs on, until `end` or without an end."""

    contract: Identifier
    end: Day | None = None


@event("ContractSuspended", items=(7,))
class ContractSuspended(Event):
    """The contract rests."""

    contract: Identifier
    reason: Code


@event("ContractResumed", items=(7,))
class ContractResumed(Event):
    """The contract no longer rests."""

    contract: Identifier


@event("ContractTransferred", items=(7,))
class ContractTransferred(Event):
    """The contract went over to another customer, or came from one; one entry on each stream."""

    contract: Identifier
    direction: Literal["to", "from"]
    other: Identifier
    effective: Day | None = None
    terms: Terms | None = None


@event("ContractTerminated", items=(7,))
class ContractTerminated(Event):
    """The contract ended."""

    contract: Identifier
    reason: Code
    by: Literal["us", "customer", "law"] = "customer"
    effective: Day | None = None
