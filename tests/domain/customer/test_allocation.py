"""The order of Article 560 of the Civil Code, on claims alone: each step, its ties, its arithmetic."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customer.allocation import Claim, Share, allocate, cover, minor_digits, pro_rata
from tests.givens import day

TODAY = day(100)
PAST, EARLIER, FUTURE = day(90), day(80), day(110)
ALMOST = Fraction(99, 100)


def claim(
    name: str, amount: str | int = 100, due: int = 90, covered: Fraction | int = 0, burden: int = 0
) -> Claim:
    return Claim(name, Decimal(amount), day(due), covered, Decimal(burden))


def shared(amount: str | int, *claims: Claim, digits: int = 2) -> dict[str, str]:
    return {
        it.charge: f"{it.amount.normalize():f}" for it in allocate(Decimal(amount), claims, TODAY, digits)
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (claim("z", due=100, covered=1), claim("a", due=101, burden=9)),
        (claim("z", due=99, burden=1), claim("a", due=80, covered=Fraction(1, 100), burden=9)),
        (claim("z", due=99, covered=Fraction(1, 3)), claim("a", due=80, covered=Fraction(1, 2), burden=9)),
        (claim("z", due=99, covered=ALMOST), claim("a", due=80, covered=1, burden=9)),
        (claim("z", due=99, burden=2), claim("a", due=80, burden=1)),
        (claim("z", due=98), claim("a", due=99)),
        (claim("z", due=120, burden=2), claim("a", due=110)),
        (claim("z", due=110), claim("a", due=120)),
    ],
    ids=[
        "due on the day of payment before due tomorrow, whatever the rest",
        "unsecured before secured, whatever burden and day",
        "less secured before more secured",
        "nearly covered before fully covered",
        "heavier burden before lighter, whatever the day",
        "earlier due before later",
        "not yet due: heavier burden first",
        "not yet due: earlier due first",
    ],
)
def test_article_560_pays_the_first_whole_before_the_second(first: Claim, second: Claim) -> None:
    assert shared(130, second, first) == {"z": "100", "a": "30"}
    assert list(shared(130, first, second)) == ["z", "a"]
    assert shared(70, second, first).keys() == {"z"}


def test_what_is_equal_in_all_is_paid_pro_rata() -> None:
    assert shared(60, claim("a", 100), claim("b", 200)) == {"a": "20", "b": "40"}


def test_the_coins_left_go_to_the_largest_remainders_then_by_name() -> None:
    assert shared("0.02", claim("c", 1), claim("a", 1), claim("b", 1)) == {"a": "0.01", "b": "0.01"}
    assert shared("1.00", claim("a", 10), claim("b", 20), claim("c", 40)) == {
        "a": "0.14",
        "b": "0.29",
        "c": "0.57",
    }


def test_pro_rata_follows_the_currencys_smallest_coin() -> None:
    equal = [claim("a", 100), claim("b", 100), claim("c", 100)]
    assert shared(100, *equal, digits=minor_digits("JPY")) == {"a": "34", "b": "33", "c": "33"}
    assert shared(100, *equal, digits=minor_digits("CNY")) == {"a": "33.34", "b": "33.33", "c": "33.33"}
    assert shared(100, *equal, digits=minor_digits("KWD")) == {"a": "33.334", "b": "33.333", "c": "33.333"}


def test_amounts_finer_than_a_coin_are_split_as_finely_as_they_are() -> None:
    assert shared("0.0005", claim("a", "0.001"), claim("b", "0.001")) == {"a": "0.0003", "b": "0.0002"}
    assert shared("1E-12", claim("a"), claim("b")) == {"a": "0.000000000001"}


def test_money_beyond_all_claims_is_left() -> None:
    assert shared(1000, claim("a"), claim("b", 50, due=120)) == {"a": "100", "b": "50"}


def test_no_money_and_no_claims_share_nothing() -> None:
    assert shared(0, claim("a")) == {}
    assert shared(10) == {}


@pytest.mark.parametrize(
    ("security", "debt", "share"),
    [("0", "100", 0), ("25", "100", Fraction(1, 4)), ("100", "100", 1), ("300", "100", 1), ("5", "0", 1)],
)
def test_cover_is_the_secured_share_of_a_debt(security: str, debt: str, share: Fraction | int) -> None:
    assert cover(Decimal(security), Decimal(debt)) == share


cents = st.integers(1, 10**12).map(lambda it: Decimal(it).scaleb(-2))
claims_of_all_kinds = st.lists(
    st.builds(
        Claim,
        st.text("abcdefgh", min_size=1, max_size=6),
        cents,
        st.sampled_from([EARLIER, PAST, TODAY, FUTURE]),
        st.sampled_from([0, Fraction(1, 2), 1]),
        st.sampled_from([Decimal(0), Decimal("18.25")]),
    ),
    max_size=8,
    unique_by=lambda it: it.charge,
)


@given(amount=cents, claims=claims_of_all_kinds)
def test_shares_are_exact_and_none_exceeds_its_claim(amount: Decimal, claims: list[Claim]) -> None:
    shares = allocate(amount, claims, TODAY)
    asked = {it.charge: it.amount for it in claims}
    assert sum(it.amount for it in shares) == min(amount, sum(asked.values()))
    assert all(0 < it.amount <= asked[it.charge] for it in shares)
    assert len({it.charge for it in shares}) == len(shares)


@given(amount=cents, claims=claims_of_all_kinds, chance=st.randoms(use_true_random=False))
def test_the_order_in_which_claims_are_given_does_not_matter(
    amount: Decimal, claims: list[Claim], chance: Random
) -> None:
    mixed = list(claims)
    chance.shuffle(mixed)
    assert allocate(amount, mixed, TODAY) == allocate(amount, claims, TODAY)


@given(data=st.data(), weights=st.lists(cents, min_size=1, max_size=12))
def test_pro_rata_is_within_a_coin_of_the_exact_share(data: st.DataObject, weights: list[Decimal]) -> None:
    amount = data.draw(st.integers(0, int(sum(weights) * 100)).map(lambda it: Decimal(it).scaleb(-2)))
    parts = pro_rata(amount, weights)
    total = Fraction(sum(weights))
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert part <= weight
        assert abs(Fraction(part) - Fraction(amount) * Fraction(weight) / total) < Fraction(1, 100)


def test_a_share_names_its_debt() -> None:
    assert allocate(Decimal(5), [claim("a")], TODAY) == [Share("a", Decimal(5))]
