"""Figures per element, and amounts that masses come to with them; what is unknown is masked and named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from meguri.kit.problems import N_, refuse
from meguri.reference import Confidence, Fact, element_order, weakest

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ArrayT = TypeVar("ArrayT", bound=NDArray[Any])


@dataclass(frozen=True)
class Figure:
    """One figure with its range (None where none is published), its data year, sources and confidence."""

    value: float
    low: float | None
    high: float | None
    year: int | None
    sources: tuple[str, ...]
    confidence: Confidence


@dataclass(frozen=True)
class Vector:
    """A figure for each of the thirty elements, in `unit` per kilogram of the element.

    `values`, `low` and `high` have shape (30,) in the order of `elements` and hold 0.0 where `known` is False: read
    them through `known`. Where `ranged` is False no range is known and low = high = value. `years` holds 0 where no
    year is known.
    """

    elements: tuple[str, ...]
    unit: str
    values: Floats
    low: Floats
    high: Floats
    known: Bools
    ranged: Bools
    years: NDArray[np.int64]
    sources: tuple[tuple[str, ...], ...]
    confidence: tuple[Confidence, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """The elements without a figure."""
        return tuple(symbol for symbol, known in zip(self.elements, self.known, strict=True) if not known)

    def of(self, element: str) -> Figure | None:
        """The figure of one element, None where it is not known. Raises ValueError for what is not among the thirty."""
        at = self.elements.index(element)
        if not self.known[at]:
            return None
        ranged = bool(self.ranged[at])
        return Figure(
            float(self.values[at]),
            float(self.low[at]) if ranged else None,
            float(self.high[at]) if ranged else None,
            int(self.years[at]) or None,
            self.sources[at],
            self.confidence[at],
        )

    def times(self, masses_kg: ArrayLike, unit: str) -> Amount:
        """What masses of the elements (…, 30) in kilograms come to. Raises Refused where they are no such masses."""
        masses = checked_masses(masses_kg)
        carried = masses.reshape(-1, len(self.elements)).sum(axis=0)
        weights = [
            (abs(float(mass * value)), level)
            for mass, value, level, known in zip(carried, self.values, self.confidence, self.known, strict=True)
            if known
        ]
        used = [at for at in range(len(self.elements)) if self.known[at] and carried[at] > 0]
        return Amount(
            unit=unit,
            value=masses @ self.values,
            low=masses @ self.low,
            high=masses @ self.high,
            unknown=tuple(s for s, k, m in zip(self.elements, self.known, carried, strict=True) if not k and m > 0),
            unknown_kg=masses @ (~self.known).astype(np.float64),
            confidence=weakest(weights),
            sources=tuple(dict.fromkeys(source for at in used for source in self.sources[at])),
            rates=self.values,
            masses_kg=masses,
        )


@dataclass(frozen=True)
class Amount:
    """What masses come to, shaped as the masses without their last axis.

    `low` and `high` take every element at the low or high end of its range at once: bounds, not quantiles. Elements
    in `unknown` had mass (`unknown_kg`) but no figure and are not in the amount.
    """

    unit: str
    value: Floats
    low: Floats
    high: Floats
    unknown: tuple[str, ...]
    unknown_kg: Floats
    confidence: Confidence
    sources: tuple[str, ...]
    rates: Floats
    masses_kg: Floats

    def by_element(self) -> np.ma.MaskedArray[Any, np.dtype[np.float64]]:
        """The amount element by element (…, 30), masked where an element has mass but no figure."""
        order = element_order()
        unknown = np.array([symbol in self.unknown for symbol in order])
        shape = self.masses_kg.shape
        return np.ma.MaskedArray(
            self.masses_kg * self.rates, mask=np.broadcast_to(unknown, shape) & (self.masses_kg > 0)
        )


def checked_masses(masses_kg: ArrayLike) -> Floats:
    """Masses of the thirty elements as float64. Raises Refused for another last axis, a hole or a negative mass."""
    masses = np.asarray(masses_kg, dtype=np.float64)
    size = len(element_order())
    if masses.ndim == 0 or masses.shape[-1] != size:
        raise refuse(
            N_("The last axis of the masses must hold the {size} elements in their order; the shape given is {shape}."),
            "/masses_kg",
            "shape",
            size=size,
            shape=str(masses.shape),
        )
    if not np.isfinite(masses).all():
        raise refuse(N_("A mass is missing or not finite. Give zero where there is none."), "/masses_kg", "not-finite")
    if (masses < 0).any():
        raise refuse(N_("A mass is negative. Give kilograms of zero or more."), "/masses_kg", "negative")
    return masses


def vector(unit: str, figure: Callable[[str], Figure | None]) -> Vector:
    """A vector from a function that gives each element's figure, or None where it is not known."""
    order = element_order()
    found = [figure(symbol) for symbol in order]

    def column(read: Callable[[Figure], float]) -> Floats:
        return _fixed(np.array([0.0 if f is None else read(f) for f in found], dtype=np.float64))

    return Vector(
        elements=order,
        unit=unit,
        values=column(lambda f: f.value),
        low=column(lambda f: f.value if f.low is None else f.low),
        high=column(lambda f: f.value if f.high is None else f.high),
        known=_fixed(np.array([f is not None for f in found])),
        ranged=_fixed(np.array([f is not None and f.low is not None for f in found])),
        years=_fixed(np.array([0 if f is None else f.year or 0 for f in found], dtype=np.int64)),
        sources=tuple(() if f is None else f.sources for f in found),
        confidence=tuple(Confidence.MISSING if f is None else f.confidence for f in found),
    )


def sources_of(rows: Iterable[Fact]) -> tuple[str, ...]:
    """The sources of rows, each once, in order."""
    return tuple(dict.fromkeys(row.source for row in rows))


def _fixed(array: ArrayT) -> ArrayT:
    array.setflags(write=False)
    return array
