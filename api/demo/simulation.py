"""The simulation: a supply company's customers over some years, as documents in the order of their recording.

Everything follows from the seed, to the byte. Each customer's life is drawn by itself, so that one more
customer changes nothing about the others.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from api.demo.billing import begin_billing
from api.demo.character import Character
from api.demo.clock import END, in_office, start_of
from api.demo.complaints import begin_cases
from api.demo.life import Fact, Life
from api.demo.notices import begin_contacts
from api.demo.people import draw_profile
from api.demo.protagonist import protagonist, protagonist_id
from api.demo.supply import begin
from api.demo.turns import begin_turns
from domain.values import moment_text

CUSTOMERS: Final = 300
YEARS: Final = 2
YEARS_MIN: Final = 2
SEED: Final = 7
TICK: Final = timedelta(microseconds=1)


def simulate(*, customers: int = CUSTOMERS, years: int = YEARS, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Yield documents for the door, `recorded_at` rising with each.

    What would be recorded after the end is left out: nobody knows it yet.
    """
    if customers < 1 or years < YEARS_MIN:
        raise ValueError(f"a story needs a customer and {YEARS_MIN} years")
    facts: list[tuple[datetime, str, int, Fact]] = []
    for number in range(1, customers + 1):
        for life in live(number, customers=customers, years=years, seed=seed).lives():
            facts += [
                (fact.recorded_at, life.customer, index, fact)
                for index, fact in enumerate(life.facts)
                if fact.recorded_at <= END
            ]
    facts.sort(key=itemgetter(0, 1, 2))
    last = start_of(years)
    for recorded_at, _, _, fact in facts:
        last = max(recorded_at, last + TICK)
        yield {**fact.document, "recorded_at": moment_text(last)}


def customer_id(number: int) -> str:
    """Return the id of the customer of a number, counted from 1."""
    return f"C-{number:04}"


def live(number: int, *, customers: int, years: int, seed: int) -> Character:
    """Live the life of the customer of a number to its end."""
    name = customer_id(number)
    if name == protagonist_id(customers):
        character = protagonist(name, seed, years)
    else:
        character = _character(name, number, years, seed)
    character.life.live()
    return character


def _character(name: str, number: int, years: int, seed: int) -> Character:
    """Begin the life of a customer; most were taken over from an older system at first, some come later."""
    life = Life(name, seed)
    days = life.between(0, 45) if life.chance(85) else life.between(46, 500)
    begins = in_office(start_of(years) + timedelta(days=days, hours=life.between(8, 16)))
    character = Character(life, draw_profile(number, life.random), begins)
    begin(character)
    begin_billing(character)
    begin_contacts(character)
    begin_cases(character)
    begin_turns(character)
    return character
