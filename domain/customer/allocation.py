"""Which debts a sum of money pays, where nobody has said: Article 560 of the Civil Code of China.

Debts that are due come before those that are not. Among them: the least secured first, then the heavier
burden, then the earlier due day; what is equal in all of these is paid pro rata. Debts that are not yet
due follow by the same order, so that money paid ahead is left as credit only where nothing at all is
owed. (The payer's own word, which comes before all this, and Article 561, the order within one debt, are
the business of `settling`.)
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

MINOR_DIGITS: Final = 2
MINOR_DIGITS_OF: Final = dict.fromkeys(
    ("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0
) | (dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3))


class Claim(NamedTuple):
    """What is owed on one debt for one due day; `cover` is the secured share of the debt, from 0 to 1."""

    charge: str
    amount: Decimal
    due: date
    cover: Fraction | int = 0
    burden: Decimal = Decimal(0)


class Share(NamedTuple):
    """A part of a sum, and the debt that it goes to."""

    charge: str
    amount: Decimal


def minor_digits(currency: str) -> int:
    """Return how many decimal places the currency's smallest coin has (ISO 4217)."""
    return MINOR_DIGITS_OF.get(currency, MINOR_DIGITS)


def cover(security: Decimal, debt: Decimal) -> Fraction | int:
    """Return the share of a debt that its security covers, exact, from 0 to 1 (Article 560)."""
    if not security:
        return 0
    return 1 if security >= debt else Fraction(security) / Fraction(debt)


def rank(claim: Claim, on: date) -> tuple[bool, Fraction | int, Decimal, date]:
    """Return the place of a claim in the order of Article 560 on a day; equal places are paid pro rata."""
    return (claim.due > on, claim.cover, -claim.burden, claim.due)


def allocate(amount: Decimal, claims: Iterable[Claim], on: date, digits: int = MINOR_DIGITS) -> list[Share]:
    """Share a sum among claims by Article 560, on the day of the payment; shares are above zero.

    A claim never gets more than it asks for. The shares add up to the sum, or to all claims where those
    are less.
    """
    shares: list[Share] = []
    ranked = sorted((rank(claim, on), claim) for claim in claims)
    for _, equals in groupby(ranked, key=itemgetter(0)):
        group = [claim for _, claim in equals]
        asked = [claim.amount for claim in group]
        total = sum(asked, Decimal(0))
        taken = min(amount, total)
        parts = asked if taken == total else pro_rata(taken, asked, digits)
        shares += (Share(claim.charge, part) for claim, part in zip(group, parts, strict=True) if part)
        amount -= taken
        if not amount:
            break
    return shares


def pro_rata(amount: Decimal, weights: Sequence[Decimal], digits: int = MINOR_DIGITS) -> list[Decimal]:
    """Split a sum in the proportion of weights, exactly, to the smallest coin (Article 560, last rule).

    The coins that rounding down leaves go to the largest remainders, among equal ones to the first. No
    part exceeds its weight where the sum does not exceed theirs. Amounts finer than a coin are split as
    finely as they are.
    """
    ratios = [number.as_integer_ratio() for number in (amount, *weights)]
    while any(10**digits % below for _, below in ratios):
        digits += 1
    total, *shares = [above * 10**digits // below for above, below in ratios]
    whole = sum(shares)
    parts = [total * share // whole for share in shares]
    left = total - sum(parts)
    by_remainder = sorted(range(len(shares)), key=lambda index: -(total * shares[index] % whole))
    for index in by_remainder[:left]:
        parts[index] += 1
    return [Decimal(part).scaleb(-digits) for part in parts]
