"""What an erasure would take, what would keep it now, and what would stay linkable: worked out, not done."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from domain.customer import Customer, state_at
from domain.entry import Entry
from domain.erasure.grounds import Facts, Ground, Term, grounds, terms
from domain.erasure.refusals import NothingToErase
from domain.events import REGISTER
from domain.ledger import Ledger
from domain.policies.retention import Retention
from domain.standing import standing
from domain.streams import shard_of
from domain.vault.ending import key_counts
from domain.vault.sealed import KeyId
from domain.vault.subjects import customer_subject, stream_of
from domain.vault.views import values_of


@dataclass(frozen=True, slots=True)
class Stays:
    """What stays after an erasure, and can be put together with what is known elsewhere.

    `others` are the data subjects of the stream who are erased on their own, `linked` the customers whose
    streams this one is linked to, `staff` who recorded its entries.
    """

    stream: str
    entries: int
    staff: tuple[str, ...]
    others: tuple[str, ...]
    linked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an erasure of a data subject comes to, were it made now.

    `fields` counts the sealed values that nobody could open any more, by type and field. `off` are the terms
    of rules that are switched off, `due` those by which the law asks for the erasure.
    """

    subject: str
    fields: dict[str, int]
    grounds: tuple[Ground, ...]
    off: tuple[Term, ...]
    due: tuple[Term, ...]
    stays: Stays


def look(ledger: Ledger, subject: str, retention: Retention) -> Outlook:
    """Work out what an erasure would come to; refuses a data subject who has no key."""
    stream, vault = stream_of(subject), ledger.need_vault()
    with vault.keys.reading() as connection:
        newest, living = key_counts(connection, shard_of(stream, ledger.facts.shards), subject)
    if not living:
        raise NothingToErase("subject", subject)
    entries = ledger.stream(stream)
    facts = facts_of(ledger, subject, entries)
    return Outlook(
        subject,
        _fields((subject, newest), entries),
        tuple(grounds(facts, retention)),
        tuple(it for it in terms(facts, retention, "keep") if not it.rule.on),
        tuple(it for it in terms(facts, retention, "erase") if it.rule.on),
        stays(ledger, subject, entries),
    )


def stays(ledger: Ledger, subject: str, entries: Sequence[Entry[Any]]) -> Stays:
    """Work out what stays of a data subject, given all entries of their stream."""
    stream = stream_of(subject)
    others = [it for it in ledger.need_vault().subjects(stream) if it != subject]
    staff = {it.actor.id for it in entries if it.actor.kind == "staff"}
    linked = _linked(state_at(stream, entries)) if subject == customer_subject(stream) else ()
    return Stays(stream, len(entries), tuple(sorted(staff)), tuple(others), linked)


def facts_of(ledger: Ledger, subject: str, entries: Sequence[Entry[Any]]) -> Facts:
    """Fold what is known of a data subject now."""
    zone = ZoneInfo(ledger.facts.zone)
    customer = state_at(stream_of(subject), entries, zone=ledger.facts.zone)
    return Facts(subject, customer, standing(entries), ledger.now().astimezone(zone).date(), zone)


def _fields(key: KeyId, entries: Sequence[Entry[Any]]) -> dict[str, int]:
    """Count the values that a key seals, by type and field."""
    counts: Counter[str] = Counter()
    for entry in entries:
        data = REGISTER[entry.type].encode(entry.data)
        for field, value in values_of(entry, data).items():
            if value is not None and value.key_id == key:
                counts[f"{entry.type}.{field}"] += 1
    return dict(sorted(counts.items()))


def _linked(customer: Customer) -> tuple[str, ...]:
    """Return the customers with whose streams this one was merged, split from or identified."""
    party = customer.party
    found = {link.other for link in party.links}
    if party.provisional is not None and party.provisional.identified_as is not None:
        found.add(party.provisional.identified_as)
    return tuple(sorted(found))
