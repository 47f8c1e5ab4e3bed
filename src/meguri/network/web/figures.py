"""Money, mass and carbon as a page writes them: one unit for a table, three significant digits."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from meguri.arisings.runs import scales
from meguri.arisings.runs.scales import Scale
from meguri.kit.language import formats
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
    return f"{formats.figure(value / scale.per)}{formats.NO_BREAK}{scale.unit}"


COUNTED: dict[str, Words] = {
    "USD": Words(
        "1: {figure}\u00a0USD | 1e3: {figure}\u00a0thousand USD | 1e6: {figure}\u00a0million USD"
        " | 1e9: {figure}\u00a0billion USD",
        context="counting",
    ),
    "kg": Words(
        "1e-3: {figure}\u00a0g | 1: {figure}\u00a0kg | 1e3: {figure}\u00a0t | 1e6: {figure}\u00a0kt"
        " | 1e9: {figure}\u00a0Mt",
        context="counting",
    ),
    "kgCO2e": Words(
        "1: {figure}\u00a0kg CO₂e | 1e3: {figure}\u00a0t CO₂e | 1e6: {figure}\u00a0kt CO₂e"
        " | 1e9: {figure}\u00a0Mt CO₂e",
        context="counting",
    ),
}
"""How sentences count, smallest step first: how much one of it is, and how a figure in it is written.

Steps are the language's own: Japanese counts by ten thousands.
"""


@cache
def _steps(text: str) -> tuple[tuple[float, str], ...]:
    steps = (step.split(": ", 1) for step in text.split(" | "))
    return tuple((float(per), pattern) for per, pattern in steps)


def _alone(unit: str, value: float) -> str:
    """A single figure, for a sentence, in the largest unit of which there is at least one."""
    steps = _steps(COUNTED[unit].say())
    per, pattern = next((step for step in reversed(steps) if abs(value) >= step[0]), steps[0])
    return pattern.format(figure=formats.figure(value / per))


def money(value: float) -> str:
    """An amount of money in its own best unit."""
    return _alone("USD", value)


def tonnes(value: float) -> str:
    """A mass in its own best unit."""
    return _alone("kg", value * KG_PER_T)


def carbon_said(value: float) -> str:
    """An amount of carbon in its own best unit."""
    return _alone("kgCO2e", value)
