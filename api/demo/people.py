"""Who the customers are: kinds, neutral names, tariffs, consumption and habits of paying."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Final

from api.demo.account import cny

TRADES: Final = (
    ("Mill", "C13"),
    ("Foundry", "C31"),
    ("Cold Store", "G59"),
    ("Workshop", "C34"),
    ("Hotel", "H61"),
    ("Quarry", "B10"),
    ("Print Shop", "C23"),
    ("Dairy", "C14"),
)
BODIES: Final = (("School", "P83"), ("Clinic", "Q84"), ("Library", "R88"), ("Waterworks", "D46"))
REGIONS: Final = ("north", "east", "south", "west", "harbour")
HABITS: Final = {"debit": 34, "early": 20, "prompt": 22, "late": 14, "partly": 6, "troubled": 4}
"""How customers pay, with their share in percent."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff: voltage, price of a kWh and, where capacity is paid, of a kVA and month."""

    code: str
    voltage_kv: str
    price: str
    price_kva: str | None = None


RESIDENTIAL: Final = Tariff("residential-step", "0.22", "0.56")
COMMERCIAL: Final = Tariff("commercial-low", "0.38", "0.7812")
INDUSTRY: Final = Tariff("industry-tou", "10", "0.6485", "23.5")
LARGE: Final = Tariff("industry-two-part", "35", "0.6135", "22.4")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is given about a customer when their story begins; `kwh` is a point's month in spring."""

    kind: str
    name: str
    tariff: Tariff
    kwh: int
    points: int
    habit: str
    region: str
    industry: str | None = None
    kva: int | None = None

    @property
    def is_large(self) -> bool:
        """Whether an account manager looks after them, and the contract is negotiated."""
        return self.tariff in (INDUSTRY, LARGE)

    @property
    def is_home(self) -> bool:
        """Whether somebody lives there."""
        return self.tariff is RESIDENTIAL

    def price_terms(self) -> dict[str, object]:
        """Return the price as the terms of a contract state it."""
        return {"tariff": self.tariff.code, "price": cny(Decimal(self.tariff.price)), "price_unit": "kWh"}


def draw_profile(number: int, random: Random) -> Profile:
    """Draw the profile of the customer of this number."""
    habit = random.choices(list(HABITS), weights=list(HABITS.values()))[0]
    region = random.choice(REGIONS)
    share = random.randrange(100)
    if share < 72:  # noqa: PLR2004  households, in percent
        kind = "household" if share else "person"
        return Profile(
            kind, f"Customer {number:04}", RESIDENTIAL, random.randrange(110, 420), 1, habit, region
        )
    if share < 94:  # noqa: PLR2004  and organisations
        trade, industry = random.choice(TRADES)
        return _enterprise("organisation", f"{trade} {number}", industry, habit, region, random)
    body, industry = random.choice(BODIES)
    return _enterprise("public_body", f"{body} {number}", industry, habit, region, random)


def _enterprise(kind: str, name: str, industry: str, habit: str, region: str, random: Random) -> Profile:
    size = random.randrange(10)
    if size < 6:  # noqa: PLR2004  of ten are small
        kwh = random.randrange(600, 5_000)
        return Profile(kind, name, COMMERCIAL, kwh, 1, habit, region, industry)
    tariff = LARGE if size == 9 else INDUSTRY  # noqa: PLR2004  one of ten is large
    kwh = random.randrange(60_000, 240_000) if tariff is LARGE else random.randrange(9_000, 60_000)
    points = random.randrange(1, 4)
    habit = "late" if habit == "troubled" else habit
    return Profile(kind, name, tariff, kwh, points, habit, region, industry, kva=kwh // 150 // 10 * 10)
