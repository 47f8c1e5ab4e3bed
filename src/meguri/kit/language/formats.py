"""Figures and times as pages write them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, tzinfo

from babel.dates import format_date

from meguri.kit.catalogues import find
from meguri.kit.grams import THIN_SPACE
from meguri.kit.words import Words

MINUS = "\u2212"
ABSENT = "–"
NO_BREAK = "\u00a0"
# Patterns of CLDR, and how an instant is put together.
DAY = Words("EEE d MMMM y", context="pattern of a date")
PLAIN_DAY = Words("yyyy-MM-dd", context="pattern of a date")
WHEN = Words("{day}, {time}\u00a0{zone}", context="instant")
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
    """A date with its weekday as a language writes it: ``Thu 7 May 2026``."""
    return format_date(value, find(DAY.text, language, DAY.context), locale=language).replace(" ", NO_BREAK)


def plain_day(value: date, language: str) -> str:
    """A date as documents write it in a language: ``2026-05-07``."""
    return format_date(value, find(PLAIN_DAY.text, language, PLAIN_DAY.context), locale=language)


def when(value: datetime, zone: tzinfo, language: str) -> str:
    """An instant in a zone, to the minute, with the zone's name: ``Thu 7 May 2026, 09:00 JST``."""
    local = value.astimezone(zone)
    name = local.tzname() or "UTC"
    name = f"UTC{name}" if name[:1] in "+-" else name
    return WHEN.format(day=day(local.date(), language), time=f"{local:%H:%M}", zone=name).say(language)


def utc(value: datetime) -> str:
    """The same instant in UTC, for the title that a pointer shows."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
