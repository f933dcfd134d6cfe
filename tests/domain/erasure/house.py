"""A ledger with places outside, somebody in it who does not exist, and two principals who erase."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from domain.authority import Principal
from domain.customer.plain import plain
from domain.entry import Draft, Entry, Receipt
from domain.erasure.eraser import Eraser
from domain.events.cases import CaseClosed, CaseOpened
from domain.events.party import ContactPersonAdded, CustomerRegistered
from domain.ledger import Ledger
from domain.notary.keys import KeyFolder
from domain.notary.notary import Notary
from domain.notary.outside import FolderOutside
from domain.policies.retention import Retention, load
from domain.store.append import Steps
from tests.database import Store
from tests.drafts import draft
from tests.overseers import FIRST, SECOND, overseer
from tests.vaults import vault_of

CUSTOMER, STREAM = "42", "customer:42"
PERSON = f"{STREAM}/person/P-1"
NAME, PHONE, STREET = "Zebedee Quillfeather", "+49 170 0000042", "7 Imaginary Lane, Nowhereton"
PERSON_NAME, COMPLAINT = "Quentin Inkblot", "The meter hums at night, says Zebedee."


def no_step(_: str) -> None:
    """Let it go on."""


@dataclass(frozen=True, slots=True)
class House:
    """A ledger in a database, its seal keys in a folder, and so many places outside."""

    store: Store
    folder: Path
    places: int = 1

    @property
    def outsides(self) -> list[FolderOutside]:
        """The places outside."""
        return [FolderOutside(self.folder / f"outside-{n}") for n in range(self.places)]

    def notary(self) -> Notary:
        """Its notary."""
        return Notary(self.store.url, KeyFolder(self.folder / "keys"), self.outsides)

    def establish(self) -> "House":
        """Make the seal keys."""
        with closing(self.notary()) as notary:
            notary.establish()
        return self

    @contextmanager
    def open(self) -> Iterator[Ledger]:
        """Open the ledger, as a process does."""
        vault = vault_of(self.store.url)
        with Ledger.open(self.store.url, notary=self.notary(), vault=vault) as ledger:
            yield ledger

    def lines(self, shard: int = 0) -> list[list[dict[str, Any]]]:
        """What each place remembers of erasures."""
        return [[json.loads(line) for line in it.erasures(shard)] for it in self.outsides]

    def keys(self, subject: str = STREAM) -> list[bool]:
        """Whether each key of a data subject lives, by generation."""
        asked = "SELECT wrapped IS NOT NULL FROM daybook.data_keys WHERE subject = %s ORDER BY generation"
        return [lives for (lives,) in self.store.run(asked, subject)]


def eraser(
    ledger: Ledger, who: Principal = SECOND, retention: Retention | None = None, step: Steps = no_step
) -> Eraser:
    """Erase for a principal."""
    return Eraser(overseer=overseer(ledger, who), retention=retention or load(), step=step)


def requested(ledger: Ledger, subject: str = STREAM, retention: Retention | None = None) -> str:
    """Have the first principal request an erasure; returns its name."""
    receipt, _ = eraser(ledger, FIRST, retention).request(subject, "consent-withdrawn")
    return str(receipt.id)


def life(customer: str = CUSTOMER) -> list[Draft]:
    """What was recorded of somebody who has nothing open."""
    registered = CustomerRegistered(kind="household", name=NAME, phone=PHONE, address=STREET)
    return [
        draft(customer, registered),
        draft(customer, ContactPersonAdded(person="P-1", name=PERSON_NAME)),
        draft(customer, CaseOpened(case="C", kind="complaint", channel="phone", description=COMPLAINT)),
        draft(customer, CaseClosed(case="C")),
    ]


def record(ledger: Ledger, *drafts: Draft) -> list[Receipt]:
    """Record drafts, none of which may be refused."""
    outcomes = ledger.record(drafts)
    assert all(isinstance(it, tuple) for it in outcomes), outcomes
    return [receipt for outcome in outcomes if isinstance(outcome, tuple) for receipt in outcome]


def again(drafts: Sequence[Draft]) -> list[Draft]:
    """The same events under other ids."""
    return [draft(CUSTOMER, it.event, id=uuid4()) for it in drafts]


def texts(ledger: Ledger, stream: str = STREAM) -> list[str]:
    """Every personal text that is shown of a stream's entries, in order."""
    vault = ledger.need_vault()
    entries = ledger.stream(stream)
    sealed = [plain(it.data) for it in entries]
    return [
        value
        for hidden, shown in zip(sealed, vault.view_entries(entries), strict=True)
        for name, value in shown.items()
        if value != hidden.get(name)  # type: ignore[union-attr]
    ]


def last(ledger: Ledger, stream: str = STREAM) -> Entry[Any]:
    """The last entry of a stream."""
    return ledger.stream(stream)[-1]
