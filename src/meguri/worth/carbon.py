"""What making, moving and powering emits: kilograms of CO2 equivalent (100 years)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from numpy.typing import ArrayLike

from meguri import reference
from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words
from meguri.reference import Confidence, Emission
from meguri.worth.vectors import Amount, Figure, Vector, sources_of, vector

# A row for metal from e-scrap stands before the row for the metal from any scrap: e-scrap is what is recycled here.
_FROM_ESCRAP = "_from_escrap"


@dataclass(frozen=True)
class Footprints:
    """Kilograms of CO2e per kilogram of each element: made from ore, and from scrap where that is known."""

    primary: Vector
    secondary: Vector

    @property
    def saved(self) -> Vector:
        """Primary less secondary, known only where both are; from the smallest to the largest difference."""
        first, second = self.primary, self.secondary

        def difference(element: str) -> Figure | None:
            ore, scrap = first.of(element), second.of(element)
            if ore is None or scrap is None:
                return None
            ore_low, ore_high = _ends(ore)
            scrap_low, scrap_high = _ends(scrap)
            return Figure(
                ore.value - scrap.value,
                ore_low - scrap_high,
                ore_high - scrap_low,
                ore.year,
                (*ore.sources, *(source for source in scrap.sources if source not in ore.sources)),
                min(ore.confidence, scrap.confidence),
            )

        return vector(first.unit, difference)


@dataclass(frozen=True)
class Factor:
    """An emission factor in `unit`, with its range (None where none is published)."""

    item: str
    value: float
    low: float | None
    high: float | None
    unit: str
    year: int | None
    note: Words
    source: str
    confidence: Confidence


def _ends(figure: Figure) -> tuple[float, float]:
    return (
        figure.value if figure.low is None else figure.low,
        figure.value if figure.high is None else figure.high,
    )


def _rows(category: str) -> dict[tuple[str, str], Emission]:
    return {(row.item, row.region): row for row in reference.emissions() if row.category == category}


@cache
def footprints() -> Footprints:
    """Footprints of the thirty elements: primary after Nuss & Eckelman 2014, secondary where a figure is held."""
    primary, secondary = _rows("primary_metal_gwp"), _rows("secondary_metal_gwp")

    def figure(row: Emission | None) -> Figure | None:
        if row is None:
            return None
        return Figure(row.value, row.low, row.high, row.year, sources_of((row,)), row.confidence)

    return Footprints(
        vector("kgCO2e/kg", lambda symbol: figure(primary.get((symbol, "GLO")))),
        vector(
            "kgCO2e/kg",
            lambda symbol: figure(secondary.get((symbol + _FROM_ESCRAP, "GLO")) or secondary.get((symbol, "GLO"))),
        ),
    )


@cache
def _rate(secondary: bool) -> Vector:
    return footprints().saved if secondary else footprints().primary


def avoided(masses_kg: ArrayLike, secondary: bool = True) -> Amount:
    """Kilograms of CO2e that recovered metals spare by standing in for metal from ore.

    With `secondary` the footprint of recycling is taken off, and elements for which it is not known are masked;
    without it this is the footprint of primary production alone. Refrigerants are not counted.
    """
    return _rate(secondary).times(masses_kg, "kgCO2e")


@cache
def transport(mode: str) -> Factor:
    """The well-to-wheel factor of a means of transport, kgCO2e per tonne-kilometre. Raises Refused when unknown."""
    rows = {item: row for (item, _), row in _rows("transport_wtw").items()}
    if mode not in rows:
        raise refuse(
            N_("“{mode}” is not a known means of transport. Nearest: {hint}."),
            "/mode",
            "mode",
            mode=mode,
            hint=nearest(mode, rows) or ", ".join(rows),
        )
    return _in_kilograms(rows[mode], "kgCO2e/tkm")


def transports() -> tuple[str, ...]:
    """The means of transport for which a factor is held."""
    return tuple(item for item, _ in _rows("transport_wtw"))


@cache
def grid(economy: str) -> Factor | None:
    """The mean factor of an economy's electricity, kgCO2e per kWh; None where none is held. Raises Refused when the
    economy is unknown.
    """
    row = _rows("grid_intensity").get(("electricity", reference.economy(economy).iso3))
    return None if row is None else _in_kilograms(row, "kgCO2e/kWh")


def _in_kilograms(row: Emission, unit: str) -> Factor:
    """A row in grams of CO2e per something, in kilograms."""
    if not row.unit.startswith("gCO2e/"):
        raise ValueError(f"{row.category} {row.item}: the unit must be grams of CO2e, not {row.unit}")
    low, high = (None if end is None else end / 1000 for end in (row.low, row.high))
    return Factor(row.item, row.value / 1000, low, high, unit, row.year, row.note, row.source, row.confidence)
