"""From the units inside (kg, USD, kgCO2e, vehicles, fractions) to those that a table's head carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from meguri.kit.words import Words, plain


@dataclass(frozen=True)
class Scale:
    """A unit as a page writes it, and how many units inside make one of it."""

    unit: Words
    per: float

    do_not_call_in_templates = True

    def __call__(self, values: Iterable[float]) -> list[float | None]:
        """Values in this unit; what is not finite is absent."""
        return [float(one) / self.per if np.isfinite(one) else None for one in values]


STEPS: dict[str, tuple[Scale, ...]] = {
    "kg": (
        Scale(Words("g"), 1e-3),
        Scale(Words("kg"), 1.0),
        Scale(Words("t"), 1e3),
        Scale(Words("kt"), 1e6),
        Scale(Words("Mt"), 1e9),
    ),
    "kgCO2e": (
        Scale(Words("kg CO₂e"), 1.0),
        Scale(Words("t CO₂e"), 1e3),
        Scale(Words("kt CO₂e"), 1e6),
        Scale(Words("Mt CO₂e"), 1e9),
    ),
    "USD": (
        Scale(Words("USD"), 1.0),
        Scale(Words("thousand USD"), 1e3),
        Scale(Words("million USD"), 1e6),
        Scale(Words("billion USD"), 1e9),
    ),
    "vehicles": (
        Scale(Words("vehicles", context="unit"), 1.0),
        Scale(Words("thousand vehicles"), 1e3),
        Scale(Words("million vehicles"), 1e6),
    ),
    "fraction": (Scale(Words("%"), 0.01),),
}
ROOM = 10.0
"""A unit is taken once the largest value has at least so many of it, so that small neighbours stay readable."""


def of(unit: str, *values: Iterable[float]) -> Scale:
    """The scale for some values of a unit inside: the largest of them decides."""
    steps = STEPS.get(unit)
    if steps is None:
        return Scale(plain(unit), 1.0)
    sizes = [np.nanmax(np.abs(np.asarray(list(one), dtype=float)), initial=0.0) for one in values]
    largest = max((size for size in sizes if np.isfinite(size)), default=0.0)
    fitting = [step for step in steps if largest >= ROOM * step.per]
    return fitting[-1] if fitting else steps[0]
