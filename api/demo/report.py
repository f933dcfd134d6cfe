"""What the demo has to say, as data: a customer three times, what was learnt late, the head, timings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median
from time import perf_counter
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.demo.glance import Glance, Late, differing, glance, learnt_late
from domain.ledger import Head, Ledger
from domain.streams import customer_stream
from domain.values import moment_text

READS: Final = 50


@dataclass(frozen=True, slots=True)
class Report:
    """What the demo shows; `glances` are now, a year ago as known now, and a year ago as known then."""

    customer: str
    name: str
    glances: tuple[Glance, Glance, Glance]
    late: list[Late]
    heads: list[Head]
    clock: str
    zone: str
    read_ms: float

    @property
    def changed(self) -> int:
        """How many values of the state differ between a year ago and now."""
        return differing(self.glances[0], self.glances[1])

    @property
    def learnt(self) -> int:
        """How many values of the state of a year ago are known otherwise now than they were then."""
        return differing(self.glances[1], self.glances[2])

    def plain(self) -> dict[str, Any]:
        """Write the report as JSON values."""
        return {
            "customer": self.customer,
            "name": self.name,
            "glances": [_plain_glance(it) for it in self.glances],
            "values_changed_since": self.changed,
            "values_learnt_late": self.learnt,
            "learnt_late": [_with_texts(asdict(it)) for it in self.late],
            "heads": [_with_texts(asdict(it)) for it in self.heads],
            "clock": self.clock,
            "zone": self.zone,
        }


def report(ledger: Ledger, customer: str, moment: datetime) -> Report:
    """Ask the ledger about a customer now and at a moment, as known now and as known then."""
    zone = ZoneInfo(ledger.facts.zone)
    glances = (
        glance("now", ledger.customer(customer), zone),
        glance("a year ago,\nas known now", ledger.customer(customer, as_of=moment), zone),
        glance("a year ago,\nas known then", ledger.customer(customer, as_of=moment, known_at=moment), zone),
    )
    late = learnt_late(ledger, customer_stream(customer), moment)
    facts = ledger.facts
    read_ms = _read_ms(ledger, customer, moment)
    name = name_of(ledger, customer)
    return Report(customer, name, glances, late, ledger.heads(), facts.clock, facts.zone, read_ms)


def name_of(ledger: Ledger, customer: str) -> str:
    """Return a customer's name, as those see it who may."""
    sealed = ledger.customer(customer).customer.party.name
    return str(ledger.need_vault().view({"name": sealed}, customer_stream(customer))["name"])


def _read_ms(ledger: Ledger, customer: str, moment: datetime) -> float:
    """Measure the middle of some reads of a customer at a past moment, in milliseconds."""
    taken = []
    for _ in range(READS):
        begun = perf_counter()
        ledger.customer(customer, as_of=moment, known_at=moment)
        taken.append(perf_counter() - begun)
    return round(median(taken) * 1_000, 1)


def _plain_glance(it: Glance) -> dict[str, Any]:
    question = {
        "title": it.title.replace("\n", " "),
        "as_of": moment_text(it.as_of),
        "known_at": moment_text(it.known_at),
    }
    return {**question, "cut": it.cut, **it.values}


def _with_texts(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {key: moment_text(it) if isinstance(it, datetime) else it for key, it in plain.items()}
