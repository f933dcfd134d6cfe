"""Personal texts: what it costs to seal and to open one, and to record entries that hold one."""

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import msgspec

from domain.entry import Draft
from domain.events import Event
from domain.events.cases import CaseOpened
from domain.events.party import CustomerRegistered
from domain.ledger import Ledger
from tests.benchmarks.bulk import BATCH
from tests.benchmarks.harness import check, fresh_ledger, line, middle, now, payment, seconds

BATCHES: Final = 10
ROUNDS: Final = 5
ENTRIES_EACH: Final = 4
TEXT: Final = "asks why the bill of January is twice that of last year"


def run() -> None:
    """Print microseconds a text, and entries a second with texts and without, and their ratio."""
    sealed: list[float] = []
    opened: list[float] = []
    rates: dict[str, list[float]] = {name: [] for name in ("with", "without", "registered", "nameless")}
    for _ in range(ROUNDS):
        sealing, opening = _texts()
        sealed.append(sealing)
        opened.append(opening)
        rates["with"].append(_rate(_case(TEXT)))
        rates["without"].append(_rate(_case(None)))
        rates["registered"].append(_rate(_customer(named=True), each=1))
        rates["nameless"].append(_rate(_customer(named=False), each=1))
    line("personal: seal one text of 55 characters", microseconds=middle(sealed))
    line("personal: open one, with its key from the database, 1,000 at once", microseconds=middle(opened))
    _print("personal: cases with a text, four a customer, 1,000 a batch", rates["with"], rates["without"])
    _print(
        "personal: new customers with name, phone and address, indexed, 1,000 a batch",
        rates["registered"],
        rates["nameless"],
    )


def _print(title: str, ours: Sequence[float], others: Sequence[float]) -> None:
    ratio = middle(a / b for a, b in zip(ours, others, strict=True))
    line(title, entries_a_second=middle(ours), without_texts=middle(others), ratio_to_without=ratio)


def _case(description: str | None) -> Event:
    return CaseOpened(case="A", kind="complaint", channel="phone", description=description)


def _customer(*, named: bool) -> Event:
    if not named:
        return CustomerRegistered(kind="person")
    return CustomerRegistered(kind="person", name="Harbour", phone="+86 571 0000 0142", address="Quay 3")


def _drafts(event: Event, each: int) -> list[Draft]:
    customers = [uuid4().hex for _ in range(BATCH // each)]
    return [_draft(customer, event, number) for customer in customers for number in range(each)]


def _draft(customer: str, event: Event, number: int) -> Draft:
    if isinstance(event, CaseOpened):
        event = CaseOpened(case=str(number), kind="complaint", channel="phone", description=event.description)
    return msgspec.structs.replace(payment(customer, now()), event=event)


def _rate(event: Event, each: int = ENTRIES_EACH) -> float:
    """Record batches, deciding and writing bytes included; return entries a second."""
    batches = [_drafts(event, each) for _ in range(BATCHES)]
    with fresh_ledger("personal") as ledger:
        # The first text of a ledger makes the key of its index.
        ledger.record([_draft("first", _case(TEXT), 0)])

        def record_all() -> None:
            for drafts in batches:
                check(ledger.record(drafts))

        return BATCHES * BATCH / seconds(record_all)


def _texts() -> tuple[float, float]:
    """Return the microseconds that it takes to seal a text, and to open one."""
    with fresh_ledger("personal") as ledger:
        drafts = _drafts(_case(TEXT), ENTRIES_EACH)
        seals = ledger.need_vault().ready(drafts)
        pairs = [(seal, draft) for draft in drafts if (seal := seals.of(draft)) is not None]
        assert len(pairs) == BATCH
        sealing = seconds(lambda: [seal.seal(draft.event, draft.id) for seal, draft in pairs])
        check(ledger.record(drafts))
        return sealing / BATCH * 1e6, _opening(ledger) / BATCH * 1e6


def _opening(ledger: Ledger) -> float:
    entries = ledger.log(limit=BATCH)
    return seconds(lambda: ledger.need_vault().view_entries(entries))
