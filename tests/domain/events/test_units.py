"""Units in the names of fields."""

import pytest

from domain.events.units import same_in_another_unit, split_unit, unit_of


@pytest.mark.parametrize(
    ("name", "stem", "unit", "words"),
    [
        ("duration_s", "duration", "s", "seconds"),
        ("contract_kva", "contract", "kva", "kilovolt-amperes"),
        ("burden_percent_a_year", "burden", "percent_a_year", "percent a year"),
        ("supply_point", "supply_point", "", ""),
        ("s", "s", "", ""),
        ("score", "score", "", "points from 0 to 10"),
    ],
)
def test_a_name_is_a_stem_and_a_unit(name: str, stem: str, unit: str, words: str) -> None:
    assert split_unit(name) == (stem, unit)
    assert unit_of(name) == words


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("duration_min", "duration_s"),
        ("duration_S", "duration_s"),
        ("voltage_v", "voltage_kv"),
        ("amount_fen", "amount"),
        ("duration", None),
        ("duration_long", None),
        ("length_m", None),
    ],
)
def test_the_same_in_another_unit_is_found(name: str, meant: str | None) -> None:
    assert same_in_another_unit(name, ["duration_s", "voltage_kv", "amount", "supply_point"]) == meant
