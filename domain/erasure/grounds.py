"""What keeps personal data although its erasure is asked for: holds, open matters, retention by policy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from domain.customer import Customer
from domain.customer.account import Account, credit, outstanding
from domain.customer.debts import held
from domain.entry import Entry
from domain.policies.retention import Duty, Retention, Rule
from domain.values import amount_text
from domain.vault.subjects import person_of

LEGAL_HOLD: Final = "legal-hold"
LEGAL_CLAIMS: Final = "legal-claims"
NAMED_MAX: Final = 5


class Ground(NamedTuple):
    """Why something is kept: in a code, by what law, because of what, and until when, where that is known."""

    basis: str
    law: str
    about: str
    until: date | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        end = "once that is over" if self.until is None else f"from {self.until.isoformat()} on"
        return f"{self.basis} ({self.law}), {self.about}: it can be erased {end}."


class Term(NamedTuple):
    """A rule of the policy that is about somebody, and the first day after its term, where that is known."""

    rule: Rule
    ends: date | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a data subject on a day of the ledger: their stream's entries that count, folded."""

    subject: str
    customer: Customer
    standing: Sequence[Entry[Any]]
    day: date
    zone: ZoneInfo

    @property
    def person(self) -> str | None:
        """The contact person that the data subject is; None where it is the customer."""
        return person_of(self.subject)


def grounds(facts: Facts, retention: Retention) -> list[Ground]:
    """Return what keeps the data of somebody on a day; the one that keeps it longest stands first."""
    found = [*_holds(facts.customer)]
    matters = open_matters(facts) if retention.matters.on else []
    if matters:
        found.append(Ground(LEGAL_CLAIMS, retention.matters.cited, named(matters)))
    kept = [
        Ground(rule.id, rule.cited, f"{rule.years} years, counted from {rule.counts_from}", ends)
        for rule, ends in terms(facts, retention, "keep")
        if rule.on
    ]
    return [*found, *sorted(kept, key=lambda it: it.until or date.max, reverse=True)]


def terms(facts: Facts, retention: Retention, duty: Duty) -> list[Term]:
    """Return the terms of a duty: of `keep` those that have not passed, of `erase` those that have.

    Among them are those of rules that are off.
    """
    found = [Term(it, _term(facts, retention, it)) for it in retention.rule if it.duty == duty]
    about = [term for term in found if term.rule.is_valid(facts.day) and _concerns(facts, term.rule)]
    if duty == "keep":
        return [it for it in about if it.ends is None or facts.day < it.ends]
    return [it for it in about if it.ends is not None and it.ends <= facts.day]


def open_matters(facts: Facts) -> list[str]:
    """Name what is open with somebody; of a contact person, the cases that name them."""
    customer, person = facts.customer, facts.person
    cases = [
        f"case {name}"
        for name, case in customer.cases.cases.items()
        if case.status == "open" and person in {None, case.person}
    ]
    if person is not None:
        return cases
    external = [f"case {name}" for name, it in customer.cases.external.items() if it.decided_at is None]
    accounts = customer.accounts.by_currency.values()
    return [*cases, *external, *(matter for account in accounts for matter in _money(account))]


def named(matters: Sequence[str]) -> str:
    """Write some names in a line, and say how many more there are."""
    more = len(matters) - NAMED_MAX
    return ", ".join(matters[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def _holds(customer: Customer) -> Iterator[Ground]:
    holds = customer.oversight.holds
    for name in customer.oversight.open_holds():
        yield Ground(LEGAL_HOLD, f"hold: {holds[name].basis}", f"the hold {name}")


def _money(account: Account) -> Iterator[str]:
    """Name what is owed either way, and disputed."""
    for charge in sorted(account.open):
        yield f"debt {charge} of {amount_text(outstanding(account.debts[charge]))} {account.currency}"
    if account.credits:
        yield f"credit of {amount_text(credit(account))} {account.currency}"
    for name, deposit in account.deposits.items():
        if held(deposit):
            yield f"deposit {name} of {amount_text(held(deposit))} {account.currency}"
    for name, dispute in account.disputes.items():
        if dispute.outcome is None:
            yield f"dispute {name}"


def _concerns(facts: Facts, rule: Rule) -> bool:
    """Whether a rule is about somebody at all: each is about whoever may leave."""
    return rule.counts_from == "closed" or bool(_about(facts, rule))


def _term(facts: Facts, retention: Retention, rule: Rule) -> date | None:
    """Return the first day after a term; None where it has not begun to run."""
    if rule.counts_from == "closed":
        begins = _left(facts)
    else:
        begins = max((_day(facts, entry) for entry in _about(facts, rule)), default=None)
    return None if begins is None else retention.term_ends(rule, begins)


def _about(facts: Facts, rule: Rule) -> list[Entry[Any]]:
    """Return the entries that a rule is about; of a contact person, those that name them."""
    person = facts.person
    entries = [entry for entry in facts.standing if rule.is_about(entry.type)]
    if person is None:
        return entries
    return [entry for entry in entries if getattr(entry.data, "person", None) == person]


def _left(facts: Facts) -> date | None:
    """Return the day on which somebody left."""
    party, person = facts.customer.party, facts.person
    if person is None:
        left = party.closed_at
    else:
        left = party.persons[person].until if person in party.persons else None
    return None if left is None else left.astimezone(facts.zone).date()


def _day(facts: Facts, entry: Entry[Any]) -> date:
    return entry.occurred_at.astimezone(facts.zone).date()
