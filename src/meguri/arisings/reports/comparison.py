"""Two runs side by side: what was assumed otherwise, and what comes out otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from meguri.arisings.runs.results import ALL, ASEAN, VEHICLES, WORLD, Series
from meguri.arisings.runs.run import Run
from meguri.kit.problems import NotFound

Figure = tuple[str, str, str]
"""Variable, product and item."""
USUAL: tuple[Figure, ...] = (
    ("arisings", ALL, ALL),
    ("stock", ALL, ALL),
    ("collected", ALL, ALL),
    ("end-of-life-vehicles", ALL, ALL),
    ("vehicles-in-use", "vehicle-battery", ALL),
    ("contained", ALL, "Cu"),
    ("contained", ALL, "Au"),
    ("recovered", ALL, "Cu"),
    ("recovered", ALL, "Au"),
    ("recovered-value-usd", ALL, ALL),
    ("carbon-avoided-kg", ALL, ALL),
    ("stock-contained", VEHICLES, "Co"),
    ("contained", VEHICLES, "Co"),
    ("recovered", VEHICLES, "Cu"),
    ("recovered", VEHICLES, "Co"),
    ("recovered-value-usd", VEHICLES, ALL),
)
"""What is compared where nothing is asked for by name."""


@dataclass(frozen=True)
class SeriesDifference:
    """One figure in both runs, year by year. The intervals are each run's own; draws share their random numbers."""

    first: Series
    second: Series

    @property
    def same(self) -> bool:
        """Whether the scenarios do not differ in this figure, but for rounding."""
        return all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(self.first.value, self.second.value, strict=True))

    @property
    def absolute(self) -> tuple[float, ...]:
        """Second less first, of the central runs."""
        return tuple(float(b - a) for a, b in zip(self.first.value, self.second.value, strict=True))

    @property
    def relative(self) -> tuple[float | None, ...]:
        """The difference over the first; None where the first is zero."""
        return tuple(
            float(b / a - 1.0) if a else None for a, b in zip(self.first.value, self.second.value, strict=True)
        )

    def to_json(self) -> dict[str, Any]:
        """Both series with their difference."""
        first, second = self.first.to_json(), self.second.to_json()
        names = ("variable", "economy", "product", "item", "unit", "years")
        return {
            **{name: first[name] for name in names},
            "first": {name: one for name, one in first.items() if name not in names},
            "second": {name: one for name, one in second.items() if name not in names},
            "difference": [float(f"{one:.7g}") for one in self.absolute],
            "relative": [None if one is None else round(one, 6) for one in self.relative],
        }


@dataclass(frozen=True)
class RunComparison:
    """Two runs: assumptions that differ (key, first, second) and the figures of both."""

    first: Run
    second: Run
    assumptions: tuple[tuple[str, Any, Any], ...]
    differences: tuple[SeriesDifference, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "first": {"scenario": self.first.scenario.name, "digest": self.first.digest},
            "second": {"scenario": self.second.scenario.name, "digest": self.second.digest},
            "assumptions": [{"key": key, "first": one, "second": two} for key, one, two in self.assumptions],
            "figures": [difference.to_json() for difference in self.differences],
        }


def compare(
    first: Run,
    second: Run,
    figures: Sequence[Figure] = USUAL,
    economies: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
) -> RunComparison:
    """Compare two runs over (variable, product, item), for the economies and years that both have.

    Without `economies` the totals are compared where both have them, else all shared economies. Raises NotFound for
    an economy, variable or item that neither has.
    """
    shared = [name for name in first.economies if name in second.economies]
    if economies is None:
        totals = [name for name in (WORLD, ASEAN) if name in shared]
        economies = totals or shared
    wanted = years if years is not None else first.scenario.report_years
    at = [year for year in wanted if year in first.scenario.years and year in second.scenario.years]
    found, failed = [], None
    for economy in economies:
        for variable, product, item in figures:
            try:
                pair = (run.series(variable, economy, product, item).at(*at) for run in (first, second))
                found.append(SeriesDifference(*pair))
            except NotFound as error:
                # A pair of the usual list may be absent (no vehicles followed); what was asked for by name may not.
                failed = error
    if failed is not None and (not found or figures is not USUAL):
        raise failed
    return RunComparison(first, second, assumptions(first, second), tuple(found))


def assumptions(first: Run, second: Run) -> tuple[tuple[str, Any, Any], ...]:
    """Assumptions that differ, as (JSON Pointer, first, second)."""
    skipped = ("name", "title", "note")
    one = {k: v for k, v in first.scenario.to_json().items() if k not in skipped}
    two = {k: v for k, v in second.scenario.to_json().items() if k not in skipped}
    return tuple(_apart("", one, two))


def _apart(at: str, one: Any, two: Any) -> list[tuple[str, Any, Any]]:
    if one == two:
        return []
    if isinstance(one, dict) and isinstance(two, dict) and not _points(one) and not _points(two):
        keys = dict.fromkeys([*one, *two])
        return [row for key in keys for row in _apart(f"{at}/{key}", one.get(key), two.get(key))]
    return [(at, one, two)]


def _points(value: dict[str, Any]) -> bool:
    """Whether a table is shares by year, which are shown whole."""
    return bool(value) and all(key.isdigit() and len(key) == 4 and not isinstance(v, dict) for key, v in value.items())
