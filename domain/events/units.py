"""Units of measure as field names carry them: `duration_s`, `voltage_kv`, `burden_percent_a_year`."""

from typing import Final

UNITS: Final[dict[str, str]] = {
    "s": "seconds",
    "sec": "seconds",
    "seconds": "seconds",
    "ms": "milliseconds",
    "min": "minutes",
    "mins": "minutes",
    "minutes": "minutes",
    "h": "hours",
    "hours": "hours",
    "days": "days",
    "weeks": "weeks",
    "months": "months",
    "years": "years",
    "v": "volts",
    "kv": "kilovolts",
    "mv": "megavolts",
    "va": "volt-amperes",
    "kva": "kilovolt-amperes",
    "mva": "megavolt-amperes",
    "w": "watts",
    "kw": "kilowatts",
    "mw": "megawatts",
    "kwh": "kilowatt-hours",
    "mwh": "megawatt-hours",
    "m": "metres",
    "km": "kilometres",
    "kg": "kilograms",
    "t": "tonnes",
    "percent": "percent",
    "permille": "thousandths",
    "bp": "basis points",
    "cents": "cents",
    "fen": "fen",
    "yuan": "yuan",
}
"""What a word of a field name means as a unit."""

SAID_ELSEWHERE: Final[dict[str, str]] = {
    "keys": "destroyed",
    "quantity": "as `unit` of the line says",
    "score": "points from 0 to 10",
}
"""Numbers whose unit the name leaves out, and where it stands."""


def split_unit(name: str) -> tuple[str, str]:
    """Split a field name into stem and unit: `burden_percent_a_year` into `burden` and `percent_a_year`."""
    words = name.split("_")
    for index in range(1, len(words)):
        if words[index].lower() in UNITS:
            return "_".join(words[:index]), "_".join(words[index:])
    return name, ""


def unit_of(name: str) -> str:
    """Say in words what unit a field name carries; empty where it carries none."""
    _, unit = split_unit(name)
    first, _, rest = unit.partition("_")
    return f"{UNITS[first]} {rest.replace('_', ' ')}".strip() if unit else SAID_ELSEWHERE.get(name, "")


def same_in_another_unit(name: str, known: list[str]) -> str | None:
    """Find the known field that means the same as `name`, which carries another unit."""
    stem, unit = split_unit(name)
    if not unit:
        return None
    return next((field for field in known if field != name and split_unit(field)[0] == stem), None)
