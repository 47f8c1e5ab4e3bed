"""Masses on record are integers of grams; kilograms and tonnes appear only at the edge."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from meguri.kit.problems import N_, refuse

# The thin space that does not break, so that no line ends in the middle of a figure.
THIN_SPACE = "\u202f"
# Ten million tonnes: more than any lot, less than any overflow.
MOST_G = 10_000_000_000_000


def parse_kg(text: str | int | float | Decimal, pointer: str = "/mass_kg") -> int:
    """Grams from kilograms as a person writes them (``"7 000.000"``).

    Raises Refused where it is no number, negative, finer than a gram or absurdly large.
    """
    written = "".join(str(text).replace(",", "").split())
    try:
        grams = Decimal(written) * 1000
    except InvalidOperation:
        raise refuse(
            N_("“{text}” is not a mass. Write kilograms with a decimal point, such as 7000.000."),
            pointer,
            "mass",
            text=text,
        ) from None
    if not grams.is_finite() or grams < 0:
        raise refuse(N_("A mass cannot be {text} kg. Write zero or more."), pointer, "mass", text=text)
    if grams > MOST_G:
        raise refuse(
            N_("{text} kg is more than any lot can weigh. Check the unit: kilograms are asked for."),
            pointer,
            "mass",
            text=text,
        )
    if grams != grams.to_integral_value():
        raise refuse(N_("{text} kg is finer than a gram. Give at most three decimals."), pointer, "mass", text=text)
    return int(grams)


def to_kg(grams: int) -> str:
    """Kilograms with three decimals and thin spaces for thousands: ``11 953.100``."""
    sign = "-" if grams < 0 else ""
    whole, rest = divmod(abs(grams), 1000)
    return f"{sign}{whole:,}".replace(",", THIN_SPACE) + f".{rest:03d}"


def apportion(total: int, weights: Sequence[int | float]) -> list[int]:
    """Split an integer exactly by weight with largest remainders (Hamilton): sums to `total`, no negative cell.

    Ties go to the earlier position. Raises ValueError where a weight is negative or all are zero (and total is not).
    """
    if total < 0:
        raise ValueError("a total to apportion is zero or more")
    if any(weight < 0 for weight in weights):
        raise ValueError("weights are zero or more")
    from fractions import Fraction

    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact, Fraction(0))
    if whole == 0:
        if total:
            raise ValueError("nothing to apportion to: all weights are zero")
        return [0] * len(exact)
    shares = [total * weight / whole for weight in exact]
    floors = [share.numerator // share.denominator for share in shares]
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - shares[i], i))
    for i in order[: total - sum(floors)]:
        floors[i] += 1
    return floors
