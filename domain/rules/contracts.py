"""Rules of the Contract family: a contract is offered, signed and ended once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from domain.events.contracts import (
    ContractOffered,
    ContractSigned,
    ContractTerminated,
    ContractTransferred,
)
from domain.refusals import ContractAlreadyEnded, ContractAlreadyExists, UnknownContract
from domain.rules.part import Part, need, need_new

if TYPE_CHECKING:
    from domain.rules.known import Known


class OfContract(Protocol):
    """An event of one contract."""

    @property
    def contract(self) -> str:
        """The contract's name."""


@dataclass(slots=True)
class KnownContracts(Part):
    """Names of contracts: of all, of those signed or taken over, and of those terminated or handed over."""

    contracts: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


def _learn_offered(known: KnownContracts, event: ContractOffered) -> None:
    known.contracts.add(event.contract)


def _learn_signed(known: KnownContracts, event: ContractSigned) -> None:
    known.contracts.add(event.contract)
    known.signed.add(event.contract)


def _learn_terminated(known: KnownContracts, event: ContractTerminated) -> None:
    known.contracts.add(event.contract)
    known.ended.add(event.contract)


def _learn_transferred(known: KnownContracts, event: ContractTransferred) -> None:
    known.contracts.add(event.contract)
    if event.direction == "to":
        known.ended.add(event.contract)
    else:
        known.signed.add(event.contract)
        known.ended.discard(event.contract)


def _decide_offered(known: "Known", event: ContractOffered) -> None:
    need_new(known.contracts.contracts, event.contract, "contract", ContractAlreadyExists)


def _decide_of_contract(known: "Known", event: OfContract) -> None:
    need(known.contracts.contracts, event.contract, "contract", UnknownContract)


def _decide_signed(known: "Known", event: ContractSigned) -> None:
    need_new(known.contracts.signed, event.contract, "contract", ContractAlreadyExists)
    if event.terms is None and event.contract not in known.contracts.contracts:
        hint = "A contract without an offer on record brings its terms."
        raise UnknownContract("contract", event.contract, hint)


def _decide_terminated(known: "Known", event: ContractTerminated) -> None:
    _decide_of_contract(known, event)
    need_new(known.contracts.ended, event.contract, "contract", ContractAlreadyEnded)


def _decide_transferred(known: "Known", event: ContractTransferred) -> None:
    contracts = known.contracts
    if event.direction == "to":
        _decide_of_contract(known, event)
        need_new(contracts.ended, event.contract, "contract", ContractAlreadyEnded)
    elif event.contract not in contracts.ended:
        need_new(contracts.contracts, event.contract, "contract", ContractAlreadyExists)


LEARN: Final[dict[str, Callable[[KnownContracts, Any], None]]] = {
    "ContractOffered": _learn_offered,
    "ContractSigned": _learn_signed,
    "ContractTerminated": _learn_terminated,
    "ContractTransferred": _learn_transferred,
}
"""Stored type name to what is learnt from it; from the types that are not here nothing is."""

DECIDE: Final[dict[str, Callable[["Known", Any], None]]] = {
    "ContractOffered": _decide_offered,
    "ContractCountered": _decide_of_contract,
    "ContractAccepted": _decide_of_contract,
    "ContractSigned": _decide_signed,
    "ContractAmended": _decide_of_contract,
    "ContractRenewed": _decide_of_contract,
    "ContractSuspended": _decide_of_contract,
    "ContractResumed": _decide_of_contract,
    "ContractTransferred": _decide_transferred,
    "ContractTerminated": _decide_terminated,
}
"""Stored type name to what may refuse it; the types that are not here are never refused."""
