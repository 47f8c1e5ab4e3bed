"""Masses on record are integers of grams; kilograms and tonnes appear only at the edge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, DecimalException
from fractions import Fraction

from meguri.kit.problems import N_, Refused, refuse

# The thin space that does not break, so that no line ends in the middle of a figure.
THIN_SPACE = "\u202f"
# Ten million tonnes: more than any lot, less than any overflow.
MOST_G = 10_000_000_000_000
# What is longer is not repeated whole in the answer.
LONGEST_SAID = 40
# A comma that parts thousands. Elsewhere it may be meant as a decimal point, and 7,5 must not be read as 75.
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


def decimal_of(text: str) -> Decimal | None:
    """The number that a person wrote, spaces or commas for thousands; None where it is none, or unclear, or endless."""
    written = "".join(text.split())
    if "," in written and not THOUSANDS.fullmatch(written):
        return None
    try:
        found = Decimal(written.replace(",", ""))
    except DecimalException:
        return None
    return found if found.is_finite() else None


def parse_kg(text: str | int | float | Decimal, pointer: str = "/mass_kg") -> int:
    """Grams from kilograms as a person writes them (``"7 000.000"``).

    Raises Refused where it is no number, negative, finer than a gram or absurdly large.
    """
    kilograms = decimal_of(str(text))
    text = str(text)[:LONGEST_SAID]
    if kilograms is None:
        raise refuse(
            N_("“{text}” is not a mass. Write kilograms with a decimal point, such as 7000.000."),
            pointer,
            "mass",
            text=text,
        )
    if kilograms < 0:
        raise refuse(N_("A mass cannot be {text} kg. Write zero or more."), pointer, "mass", text=text)
    if kilograms > MOST_G // 1000:
        raise refuse(
            N_("{text} kg is more than any lot can weigh. Check the unit: kilograms are asked for."),
            pointer,
            "mass",
            text=text,
        )
    grams = kilograms * 1000
    if grams != grams.to_integral_value():
        raise refuse(N_("{text} kg is finer than a gram. Give at most three decimals."), pointer, "mass", text=text)
    return int(grams)


# One separator before three digits: a decimal point in one country, a sign for thousands in another.
TWO_READINGS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
# A comma before a number of digits that parts no thousands can only be a decimal point.
DECIMAL_COMMA = re.compile(r"[+-]?(\d+,(\d{1,2}|\d{4,})|0,\d{3})")


def readings(text: str) -> tuple[int, ...]:
    """The masses in grams that a figure in kilograms may mean: one, or two where countries would read it differently.

    Raises Refused as `parse_kg` does.
    """
    written = "".join(text.split())
    if TWO_READINGS.fullmatch(written):
        kilograms = written.replace(",", ".")
        return (parse_kg(kilograms), parse_kg(kilograms.replace(".", "")))
    if DECIMAL_COMMA.fullmatch(written):
        written = written.replace(",", ".")
        return (parse_kg(written),)
    return (parse_kg(text),)


def read_kg(text: str, pointer: str = "/mass_kg", least_g: int = 0, most_g: int | None = None) -> int:
    """Grams from kilograms as a person writes them, where only one reading fits what is expected.

    Raises Refused as `parse_kg` does, and where two readings fit; it says how either is written.
    """
    try:
        found = readings(text)
    except Refused as error:
        first = error.problems[0]
        raise refuse(first.text, pointer, first.code, **first.params) from None
    if len(found) == 1:
        return found[0]
    fitting = [grams for grams in found if least_g <= grams and (most_g is None or grams <= most_g)]
    if len(fitting) == 1:
        return fitting[0]
    raise refuse(
        N_("“{text}” may be {less} kg or {more} kg. Write {less_so} or {more_so}."),
        pointer,
        "two-readings",
        text=text.strip()[:LONGEST_SAID],
        less=to_kg(found[0]),
        more=to_kg(found[1]),
        less_so=typed_kg(found[0]),
        more_so=typed_kg(found[1]),
    )


def typed_kg(grams: int) -> str:
    """Kilograms so that every country reads them the same: ``1234``, ``1.2340``, ``11953.1``."""
    whole, rest = divmod(grams, 1000)
    decimals = f"{rest:03d}".rstrip("0")
    return f"{whole}.{decimals}0" if len(decimals) == 3 else f"{whole}.{decimals}" if decimals else str(whole)


def to_kg(grams: int) -> str:
    """Kilograms with three decimals and thin spaces for thousands: ``11 953.100``."""
    sign = "-" if grams < 0 else ""
    whole, rest = divmod(abs(grams), 1000)
    return f"{sign}{whole:,}".replace(",", THIN_SPACE) + f".{rest:03d}"


def plain_kg(grams: int) -> str:
    """Kilograms to the gram as forms and programs take them, without spaces for thousands: ``11953.100``."""
    return f"{grams // 1000}.{grams % 1000:03d}"


def apportion(total: int, weights: Sequence[int | float | Fraction]) -> list[int]:
    """Split an integer exactly by weight with largest remainders (Hamilton): sums to `total`, no negative cell.

    Ties go to the earlier position. Raises ValueError where a weight is negative or all are zero (and total is not).
    """
    if total < 0:
        raise ValueError("a total to apportion is zero or more")
    if any(weight < 0 for weight in weights):
        raise ValueError("weights are zero or more")
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
