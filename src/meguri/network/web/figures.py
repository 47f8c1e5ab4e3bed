"""Money, mass and carbon as a page writes them: one unit for a table, three significant digits."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language

from meguri.arisings.web import scales
from meguri.arisings.web.scales import Scale
from meguri.kit import formats
from meguri.kit.words import Words

KG_PER_T = 1000.0


def usd(values: Iterable[float]) -> Scale:
    """A unit of money for some values in USD, millions at most, so that small neighbours stay readable."""
    found = scales.of("USD", list(values) or [0.0])
    return next(step for step in reversed(scales.STEPS["USD"]) if step.per <= min(found.per, 1e6))


TONNES = Scale(Words("t"), 1.0)
"""For tables in which copper and gold stand side by side."""


def mass(values: Iterable[float]) -> Scale:
    """A unit of mass for some values in tonnes; `per` counts tonnes."""
    found = scales.of("kg", [value * KG_PER_T for value in values] or [0.0])
    return Scale(found.unit, found.per / KG_PER_T)


def carbon(values: Iterable[float]) -> Scale:
    """A unit of carbon for some values in kg CO2e."""
    return scales.of("kgCO2e", list(values) or [0.0])


def said(value: float, scale: Scale) -> str:
    """A figure with its unit in the page's language."""
    return f"{formats.figure(value / scale.per)}{formats.NO_BREAK}{scale.unit.in_(get_language())}"


MYRIADS: dict[str, tuple[tuple[str, float], ...]] = {
    "USD": (("米ドル", 1.0), ("万米ドル", 1e4), ("億米ドル", 1e8)),
    "kg": (("g", 1e-3), ("kg", 1.0), ("t", 1e3), ("万t", 1e7), ("億t", 1e11)),
    "kgCO2e": (("kg-CO₂換算", 1.0), ("t-CO₂換算", 1e3), ("万t-CO₂換算", 1e7), ("億t-CO₂換算", 1e11)),
}
"""How Japanese sentences count: by ten thousands."""


def _alone(unit: str, value: float) -> str:
    """A single figure, for a sentence, in the largest unit of which there is at least one."""
    if (get_language() or "").startswith("ja"):
        counted = [step for step in MYRIADS[unit] if abs(value) >= step[1]]
        words, per = counted[-1] if counted else MYRIADS[unit][0]
        return f"{formats.figure(value / per)}{words}"
    steps = scales.STEPS[unit]
    fitting = [step for step in steps if abs(value) >= step.per]
    return said(value, fitting[-1] if fitting else steps[0])


def money(value: float) -> str:
    """An amount of money in its own best unit."""
    return _alone("USD", value)


def tonnes(value: float) -> str:
    """A mass in its own best unit."""
    return _alone("kg", value * KG_PER_T)


def carbon_said(value: float) -> str:
    """An amount of carbon in its own best unit."""
    return _alone("kgCO2e", value)
