"""What comes out: labelled series with intervals, confidence and basis by year, kept in dense blocks by variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meguri.kit.files import reading
from meguri.kit.problems import N_, NotFound, Problem, nearest
from meguri.kit.words import Words, cell
from meguri.reference import Confidence

Array = NDArray[np.float64]

QUANTILES = (5, 25, 50, 75, 95)
"""Per cent of the draws that lie below, in the order in which they are kept."""
ALL = "all"
WORLD = "ALL"
ASEAN = "ASEAN"
ASEAN_MEMBERS = ("BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM")
EQUIPMENT = "e-waste"
VEHICLES = "vehicles"

BASES: dict[str, Words] = {
    "recorded": Words("Recorded"),
    "repaired": Words("Recorded, repaired"),
    "inferred": Words("Inferred from later years"),
    "projected": Words("Projected"),
    "assumed": Words("Placeholder, assumed"),
}
"""What a year's figure rests on, strongest first."""
BASIS_CODES = tuple(BASES)


@dataclass(frozen=True)
class Variable:
    """One thing that a run works out: its unit inside, and whether items are elements, fractions or none."""

    name: str
    unit: str
    items: str
    title: Words
    about: Words


def _variables() -> dict[str, Variable]:
    path = Path(__file__).resolve().parents[1] / "tables" / "variables.csv"
    return {
        row["variable"]: Variable(
            row["variable"],
            row["unit"],
            row["items"],
            cell("arisings/variables", row["variable"], "title", row["title"]),
            cell("arisings/variables", row["variable"], "about", row["about"]),
        )
        for row in reading.lines(path, ("variable", "unit", "items", "title", "about"), needed=("variable", "unit"))
    }


VARIABLES: dict[str, Variable] = _variables()
"""Everything that a run works out, by name, in the order in which it is shown."""


@dataclass(frozen=True)
class Series:
    """One figure over the years. `quantiles` has a row for each of `QUANTILES`; `value` is the central run."""

    variable: str
    economy: str
    product: str
    item: str
    unit: str
    years: tuple[int, ...]
    value: Array
    quantiles: NDArray[np.floating[Any]]
    confidence: tuple[Confidence, ...]
    basis: tuple[str, ...]
    sources: tuple[str, ...] = ()

    @property
    def low(self) -> NDArray[np.floating[Any]]:
        """The 5 % quantile."""
        return self.quantiles[0]

    @property
    def high(self) -> NDArray[np.floating[Any]]:
        """The 95 % quantile."""
        return self.quantiles[-1]

    @property
    def placeholder(self) -> tuple[bool, ...]:
        """By year, whether the figure rests on what nobody has read: to be drawn as a placeholder."""
        return tuple(level <= Confidence.MEMORY for level in self.confidence)

    def at(self, *years: int) -> Series:
        """The same figure in some of its years only."""
        places = [self.years.index(year) for year in years]
        return Series(
            self.variable, self.economy, self.product, self.item, self.unit, tuple(years), self.value[places],
            self.quantiles[:, places], tuple(self.confidence[p] for p in places),
            tuple(self.basis[p] for p in places), self.sources,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """The figure as plain values, in the unit that `unit` names."""
        bands = {f"q{q:02d}": [_number(one) for one in row] for q, row in zip(QUANTILES, self.quantiles, strict=True)}
        return {
            "variable": self.variable,
            "economy": self.economy,
            "product": self.product,
            "item": self.item,
            "unit": self.unit,
            "years": list(self.years),
            "value": [_number(one) for one in self.value],
            **bands,
            "confidence": [level.word for level in self.confidence],
            "basis": list(self.basis),
            "sources": list(self.sources),
        }


def _number(value: float) -> float:
    """Seven figures are more than any of these has."""
    return float(f"{float(value):.7g}")


@dataclass(frozen=True)
class VariableBlock:
    """All series of one variable: arrays over economy, product, item and year (quantiles before year).

    `present` says which cells were worked out at all: a vehicle where none is followed is absent, not zero.
    """

    variable: str
    economies: tuple[str, ...]
    products: tuple[str, ...]
    items: tuple[str, ...]
    value: Array
    quantiles: NDArray[np.floating[Any]]
    confidence: NDArray[np.int8]
    basis: NDArray[np.int8]
    present: NDArray[np.bool_]
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def place(self, economy: str, product: str, item: str) -> tuple[int, int, int]:
        """Where a cell lies. Raises NotFound with the nearest names."""
        return (
            _index(self.economies, economy, "economy", self.variable),
            _index(self.products, product, "product", self.variable),
            _index(self.items, item, "item", self.variable),
        )

    def series(self, years: tuple[int, ...], economy: str, product: str, item: str) -> Series:
        """One series. Raises NotFound where the variable does not have it."""
        e, p, i = self.place(economy, product, item)
        if not self.present[e, p, i]:
            raise NotFound(Problem(
                N_("“{variable}” was not worked out for {economy}, {product}, {item}."), "", "absent",
                {"variable": self.variable, "economy": economy, "product": product, "item": item},
            ))  # fmt: skip
        return Series(
            self.variable, economy, product, item, VARIABLES[self.variable].unit, years,
            self.value[e, p, i], self.quantiles[e, p, i],
            tuple(Confidence(int(level)) for level in self.confidence[e, p, i]),
            tuple(BASIS_CODES[int(code)] for code in self.basis[e, p, i]),
            self.sources.get(economy, ()),
        )  # fmt: skip

    def keys(self) -> Iterable[tuple[str, str, str]]:
        """All (economy, product, item) that are present."""
        for e, p, i in np.argwhere(self.present):
            yield self.economies[e], self.products[p], self.items[i]


def _index(names: tuple[str, ...], name: str, axis: str, variable: str) -> int:
    try:
        return names.index(name)
    except ValueError:
        raise NotFound(Problem(
            N_("“{variable}” has no {axis} “{name}”. Nearest: {hint}."), f"/{axis}", axis,
            {"variable": variable, "axis": axis, "name": name, "hint": nearest(name, names) or ", ".join(names[:8])},
        )) from None  # fmt: skip
