"""Short numbers with a check digit (Damm): one wrong digit, or two neighbours exchanged, are always noticed."""

from __future__ import annotations

import secrets

SHORTEST, LONGEST = 4, 6
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def _interim(digits: str) -> str:
    found = "0"
    for digit in digits:
        found = _DAMM[int(found)][int(digit)]
    return found


def checked(digits: str) -> str:
    """Digits with their check digit behind."""
    return digits + _interim(digits)


def right(number: str) -> bool:
    """Whether it is a number of four to six digits whose check digit is right."""
    return SHORTEST <= len(number) <= LONGEST and number.isascii() and number.isdigit() and _interim(number) == "0"


def drawn(length: int = 5) -> str:
    """A random number of that length, so that nobody reads from it who came first."""
    return checked("".join(str(secrets.randbelow(10)) for _ in range(length - 1)))
