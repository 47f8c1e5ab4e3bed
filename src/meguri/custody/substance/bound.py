"""How much of an element can come out of what went in: note 4.5 of docs/balance.md, in whole numbers.

Masses are grams, contents parts per billion; their products (billionths of a gram) are integers, so that a bound is
the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from math import isqrt
from typing import NamedTuple

from meguri.custody.vocabulary import tolerances

WHOLE = 1_000_000_000
REFUSED_AT, FLAGGED_AT = 3, 2
"""Standard uncertainties above what is contained at which more metal is refused, and flagged."""


class ContentPart(NamedTuple):
    """A mass with its content of one element.

    `ppb` is None where nothing is on record of it; `most_ppb` is the ceiling of its stream, if there is one. Errors of
    contents from one `source` go together.
    """

    grams: int
    ppb: int | None
    sd_ppb: int = 0
    source: str = ""
    most_ppb: int | None = None


class ElementBound(NamedTuple):
    """What is contained and how sure that is (standard uncertainty), the streams' ceiling, and the same of what is in
    process, in billionths of a gram.
    """

    contained: int
    spread: int
    ceiling: int
    stock: int = 0
    stock_spread: int = 0

    def most(self, k: int) -> int:
        """The most that can come out, at k standard uncertainties."""
        return min(self.contained + k * self.spread, self.ceiling) + self.stock + k * self.stock_spread

    def least(self, k: int) -> int:
        """The least that must have been in it."""
        return max(0, self.contained - k * self.spread) + max(0, self.stock - k * self.stock_spread)


@cache
def mass_spread(step: str) -> Fraction:
    """The standard uncertainty of a weighing as a fraction of the mass: the tolerance of the step, all values inside
    equally likely (divided by the root of three).
    """
    return Fraction(tolerances()[step].fraction) * Fraction(1000, 1732)


def bound(
    parts: Iterable[ContentPart], stock: Iterable[ContentPart] = (), out: int = 0, step: str = "receiving"
) -> ElementBound:
    """The bound of one element over what goes in, and what is in process besides.

    What comes out (`out`, billionths of a gram) is weighed as well as the step does: as far as it can have been in it,
    the uncertainty of that weighing counts too. What is in process is weighed with the rest.
    """
    inside, held = list(parts), list(stock)
    contained, spread = _sum(inside)
    stocked, stock_spread = _sum(held)
    share = mass_spread(step)
    again = min(out, contained) * share.numerator // share.denominator
    ceiling = sum(part.grams * (WHOLE if part.most_ppb is None else part.most_ppb) for part in inside)
    # A weighing that runs over does so for what is pure as well: the ceiling is one of contents, not of scales.
    return ElementBound(contained, isqrt(spread**2 + again**2), ceiling + 3 * again, stocked, stock_spread)


def _sum(parts: Iterable[ContentPart]) -> tuple[int, int]:
    contained = squares = 0
    of_source: dict[str, int] = {}
    share = mass_spread("receiving")
    for part in parts:
        if part.ppb is None:
            continue
        contained += part.grams * part.ppb
        of_source[part.source] = of_source.get(part.source, 0) + part.grams * part.sd_ppb
        squares += (part.grams * part.ppb * share.numerator // share.denominator) ** 2
    return contained, isqrt(squares + sum(one * one for one in of_source.values()))
