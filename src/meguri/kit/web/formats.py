"""Figures and times as pages write them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, tzinfo

from meguri.kit.grams import THIN_SPACE

MINUS = "\u2212"
ABSENT = "–"
NO_BREAK = "\u00a0"
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAYS_JA = "月火水木金土日"
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def figure(value: float | None, digits: int = 3) -> str:
    """A number with `digits` significant digits and thin spaces: 11953 is ``12 000``, 0.00123 is ``0.00123``."""
    if value is None:
        return ABSENT
    number = float(value)
    if not math.isfinite(number):
        return ABSENT
    if number == 0:
        return "0"
    sign = MINUS if number < 0 else ""
    number = abs(number)
    exponent = int(f"{number:.{digits - 1}e}".partition("e")[2])
    if exponent < -4 or exponent > 14:
        mantissa = f"{number / 10.0**exponent:.{digits - 1}f}"
        return f"{sign}{mantissa}×10{str(exponent).translate(SUPERSCRIPT)}"
    rounded = round(number, digits - 1 - exponent)
    decimals = max(0, digits - 1 - exponent)
    return sign + f"{rounded:,.{decimals}f}".replace(",", THIN_SPACE)


def day(value: date, language: str) -> str:
    """A date with its weekday: ``Thu 7 May 2026``, ``2026年5月7日(木)``."""
    if language.startswith("ja"):
        return f"{value.year}年{value.month}月{value.day}日({DAYS_JA[value.weekday()]})"
    return f"{DAYS_EN[value.weekday()]} {value.day} {MONTHS[value.month - 1]} {value.year}".replace(" ", NO_BREAK)


def when(value: datetime, zone: tzinfo, language: str) -> str:
    """An instant in a zone, to the minute, with the zone's name: ``Thu 7 May 2026, 09:00 JST``."""
    local = value.astimezone(zone)
    name = local.tzname() or "UTC"
    name = f"UTC{name}" if name[:1] in "+-" else name
    glue = NO_BREAK if language.startswith("ja") else ", "
    return f"{day(local.date(), language)}{glue}{local:%H:%M}{NO_BREAK}{name}"


def utc(value: datetime) -> str:
    """The same instant in UTC, for the title that a pointer shows."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
