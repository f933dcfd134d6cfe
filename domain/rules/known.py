"""What a stream already names, learnt in the order of its versions; the order of dates is never looked at."""

from collections.abc import Callable
from typing import Any, Final

from domain.events import Event
from domain.rules import cases, contact, contracts, debts, oversight, party, payments
from domain.rules.cases import KnownCases
from domain.rules.contact import KnownContacts
from domain.rules.contracts import KnownContracts
from domain.rules.money import KnownMoney
from domain.rules.oversight import KnownOversight
from domain.rules.part import Part
from domain.rules.party import KnownParty


class Known:
    """The names in one stream, by family; `version` is the caller's to set.

    So is `voids_left_out`: of how many entries nothing was learnt, as they are voided. What was learnt cannot
    be forgotten: after one more void this is `stale`, but for the Oversight family, which nothing voids.

    A copy shares the parts of the families, and whoever learns next makes its own of the one it learns.
    """

    __slots__ = (
        *("_own", "cases", "contact", "contracts", "money", "oversight", "party"),
        *("version", "voids_left_out"),
    )

    def __init__(self) -> None:
        """Know nothing."""
        self.version = 0
        self.voids_left_out = 0
        self.party: KnownParty = NO_PARTY
        self.contact: KnownContacts = NO_CONTACTS
        self.cases: KnownCases = NO_CASES
        self.contracts: KnownContracts = NO_CONTRACTS
        self.money: KnownMoney = NO_MONEY
        self.oversight: KnownOversight = NO_OVERSIGHT
        self._own: set[str] = set()

    @property
    def stale(self) -> bool:
        """Whether it has names of an entry that was voided since."""
        return len(self.oversight.voided) > self.voids_left_out

    def learn(self, type_name: str, event: Event) -> None:
        """Keep the names in an event; never raises, whatever comes in whatever order."""
        learner = LEARNERS.get(type_name)
        if learner is None:
            return
        family, learn = learner
        if family not in self._own:
            shared: Part = getattr(self, family)
            setattr(self, family, shared.copy())
            self._own.add(family)
        learn(getattr(self, family), event)

    def copy(self) -> "Known":
        """Return a copy that learns by itself; takes the same short time however much is known."""
        other = Known()
        other.version, other.voids_left_out = self.version, self.voids_left_out
        other.party, other.contact, other.cases = self.party, self.contact, self.cases
        other.contracts, other.money, other.oversight = self.contracts, self.money, self.oversight
        self._own.clear()
        return other


NO_PARTY: Final = KnownParty()
NO_CONTACTS: Final = KnownContacts()
NO_CASES: Final = KnownCases()
NO_CONTRACTS: Final = KnownContracts()
NO_MONEY: Final = KnownMoney()
NO_OVERSIGHT: Final = KnownOversight()

LEARNERS: Final[dict[str, tuple[str, Callable[[Any, Any], None]]]] = {
    name: (family, learn)
    for family, learners in (
        ("party", party.LEARN),
        ("contact", contact.LEARN),
        ("cases", cases.LEARN),
        ("contracts", contracts.LEARN),
        ("money", debts.LEARN),
        ("money", payments.LEARN),
        ("oversight", oversight.LEARN),
    )
    for name, learn in learners.items()
}
"""Stored type name to the part of `Known` that learns from it, and how."""
