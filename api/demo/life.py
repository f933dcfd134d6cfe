"""One customer's life: an agenda of what is still to happen, and the facts said so far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from api.demo.clock import END, in_office
from api.demo.voices import BANK, Voice, actor_of, usual_delay, voice_of
from domain.values import moment_text

Action = Callable[[datetime], object]
Step = tuple[float, str, dict[str, Any]]
"""Hours after what came before, an event type, its data."""

IN_SEQUENCE: Final = {"CASE", "CON", "DEP", "EXT", "NOT", "PLAN", "PRO", "PER", "REM", "VIS"}
"""Kinds of things about which facts are recorded in the order in which they happened."""
NAMESPACE: Final = uuid5(NAMESPACE_URL, "daybook:demo")
MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Fact:
    """A document with the two moments that it carries."""

    recorded_at: datetime
    occurred_at: datetime
    document: dict[str, Any]

    @property
    def id(self) -> UUID:
        """The id of the entry."""
        return UUID(self.document["id"])


@dataclass(slots=True)
class Life:
    """A stream in the making; everything random about it is drawn from its own generator."""

    customer: str
    seed: int
    random: Random = field(init=False)
    facts: list[Fact] = field(default_factory=list)
    agenda: list[tuple[datetime, int, Action]] = field(default_factory=list)
    known: dict[str, datetime | None] = field(default_factory=dict)
    named: int = 0
    planned: int = 0

    def __post_init__(self) -> None:
        """Seed the generator with the story's seed and the customer's id."""
        self.random = Random(f"{self.seed}/{self.customer}")

    def fresh(self, kind: str) -> str:
        """Return a new name, such as INV-0017-3, of a thing that facts will speak of."""
        self.named += 1
        name = f"{kind}-{self.customer.partition('-')[2]}-{self.named}"
        self.known[name] = None
        return name

    def chance(self, percent: float) -> bool:
        """Draw with this probability, in percent."""
        return self.random.random() * 100 < percent

    def between(self, least: int, most: int) -> int:
        """Draw a whole number, both ends included."""
        return self.random.randrange(least, most + 1)

    def plan(self, when: datetime, action: Action) -> None:
        """Put on the agenda what is to happen; nothing happens after the end."""
        if when <= END:
            self.planned += 1
            heappush(self.agenda, (when, self.planned, action))

    def live(self) -> None:
        """Do what is on the agenda, in order, until nothing is left."""
        while self.agenda:
            when, _, action = heappop(self.agenda)
            action(when)

    def say(
        self,
        event_type: str,
        when: datetime,
        data: dict[str, Any],
        *,
        voice: Voice | None = None,
        delay: timedelta | None = None,
        because: UUID | None = None,
    ) -> Fact:
        """Say that something happened; it is recorded later, and never before what it names."""
        voice = voice or voice_of(event_type)
        delay = usual_delay(voice, self.random) if delay is None else delay
        recorded_at = self._place(when + delay, data)
        document: dict[str, Any] = {
            "id": str(uuid5(NAMESPACE, f"{self.seed}/{self.customer}/{len(self.facts)}")),
            "stream": f"customer:{self.customer}",
            "type": event_type,
            "occurred_at": moment_text(when),
            "actor": actor_of(voice, self.random),
            "source": voice.source,
            "data": {key: value for key, value in data.items() if value is not None},
        }
        if voice is BANK:
            document["source_recorded_at"] = moment_text(when)
        if isinstance(data.get("case"), str):
            document["correlation_id"] = data["case"]
        if because is not None:
            document["causation_id"] = str(because)
        fact = Fact(recorded_at, when, document)
        self.facts.append(fact)
        return fact

    def tell(self, when: datetime, *steps: Step) -> datetime:
        """Say one thing after the other, in office hours, each once the last is known; return the end."""
        for hours, event_type, data in steps:
            when = in_office(when + timedelta(hours=hours))
            when = max(when, self.say(event_type, when, data).recorded_at)
        return when

    def _place(self, recorded_at: datetime, data: dict[str, Any]) -> datetime:
        """Find when a fact can be recorded at the earliest: after the first one, and after what it names."""
        names = [name for name in _texts(data) if name in self.known]
        floors = [self.known[name] for name in names]
        if self.facts:
            floors.append(self.facts[0].recorded_at)
        recorded_at = max([recorded_at, *(floor + MOMENT for floor in floors if floor is not None)])
        for name in names:
            if self.known[name] is None or name.partition("-")[0] in IN_SEQUENCE:
                self.known[name] = recorded_at
        return recorded_at


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)
