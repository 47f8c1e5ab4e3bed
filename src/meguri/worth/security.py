"""How concentrated supply is, what Japan needs, and what it has set out to reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from meguri import reference
from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words
from meguri.reference import Confidence, JapanDemand, Production, Published, element_order, weakest

# Commodities under which an element's production is published, where that is not the element itself.
_COMMODITIES = {
    "C": ("C_graphite",),
    "Nd": ("REE_magnet", "REE"),
    "Pr": ("REE_magnet", "REE"),
    "Dy": ("REE_magnet", "REE"),
    "Tb": ("REE_magnet", "REE"),
}
# Shares are published rounded.
_ROUNDING = 1e-3
# What counts as the whole of Japan's use, and the tonnes in a unit. Stocks, peaks, forecasts and parts are not demand.
_DEMAND = ("refined_consumption", "domestic_input", "demand")
_TONNES = {"t": 1.0, "kt": 1000.0}


@dataclass(frozen=True)
class Concentration:
    """Production shares of a commodity at a stage: `hhi` counts all others as many small ones, `upper` as one."""

    element: str
    commodity: str
    stage: str
    year: int
    hhi: float
    upper: float
    top_iso3: str
    top_country: Words
    top_share: float
    named: int
    source: str
    confidence: Confidence


@dataclass(frozen=True)
class Demand:
    """Japan's use of a metal in a year, in kilograms; `others` are further figures, which differ in year or scope."""

    element: str
    kg_per_year: float
    year: str
    measure: str
    source: str
    confidence: Confidence
    others: tuple[Demand, ...] = ()

    def share(self, mass_kg: ArrayLike) -> np.ndarray:
        """Masses in kilograms per year as a share of this demand."""
        return np.asarray(mass_kg, dtype=np.float64) / self.kg_per_year


@dataclass(frozen=True)
class Target:
    """One of Japan's targets for 2030. The two count different things: they are never added or put in one figure."""

    slug: str
    title: Words
    year: str
    value: float
    unit: str
    base_year: str
    base_t_per_year: float
    goal_t_per_year: float
    sources: tuple[str, ...]
    confidence: Confidence


def hhi(shares: ArrayLike) -> float:
    """The Herfindahl-Hirschman index of shares of a whole, 0 to 1: the sum of their squares.

    What the shares leave of the whole counts as many small ones. Raises Refused for a share outside 0 to 1 and for
    shares that exceed the whole.
    """
    given = np.asarray(shares, dtype=np.float64).ravel()
    if not np.isfinite(given).all() or (given < 0).any() or (given > 1).any():
        raise refuse(N_("A share lies outside 0 to 1. Give shares of the whole."), "/shares", "share")
    total = float(given.sum())
    if total > 1 + _ROUNDING:
        raise refuse(
            N_("The shares add up to {total}, more than the whole. Divide them by their sum first."),
            "/shares",
            "sum",
            total=f"{total:.4f}",
        )
    return float(given @ given)


@cache
def concentration(element: str, stage: str = "mine", year: int | None = None) -> Concentration | None:
    """How concentrated the production of an element is at a stage; None where no production is held.

    `stage` is mine, smelter or refinery, or one as published (refinery_IEA); where the plain stage is not published
    the first that begins with it stands. Without a year the latest that is no projection. Rare earths and graphite
    are published as groups, see `commodity`. Raises Refused for an element that is not among the thirty.
    """
    if element not in element_order():
        raise refuse(
            N_("“{element}” is not among the elements held. Write a symbol such as Cu or Nd."),
            "/element",
            "element",
            element=element,
        )
    for commodity in _COMMODITIES.get(element, (element,)):
        held = [row for row in reference.production() if row.element == commodity and row.iso3 != "WLD"]
        stages = dict.fromkeys(row.stage for row in held)
        found = stage if stage in stages else next((s for s in stages if s.startswith(f"{stage}_")), "")
        rows = [row for row in held if row.stage == found]
        years = {row.year for row in rows if row.estimate != "projection"} if year is None else {year}
        latest = max(years, default=0)
        rows = [row for row in rows if row.year == latest]
        if rows:
            return _concentration(element, rows)
    return None


def _concentration(element: str, rows: list[Production]) -> Concentration:
    total = sum(row.production for row in rows)
    named = [row for row in rows if row.iso3 != "OTH"]
    rest = sum(row.production for row in rows if row.iso3 == "OTH") / total
    index = hhi([row.production / total for row in named])
    top = max(named, key=lambda row: row.production)
    return Concentration(
        element=element,
        commodity=top.element,
        stage=top.stage,
        year=top.year,
        hhi=index,
        upper=index + rest**2,
        top_iso3=top.iso3,
        top_country=top.country,
        top_share=top.production / total,
        named=len(named),
        source=top.source,
        confidence=weakest((row.production, row.confidence) for row in rows),
    )


@cache
def demand(element: str) -> Demand | None:
    """Japan's use of an element in a year; None where none was found. Never a stock, a peak or a forecast.

    Of several figures the surest stands, then the latest; the others go with it.
    """
    if element not in element_order():
        raise refuse(
            N_("“{element}” is not among the elements held. Write a symbol such as Cu or Nd."),
            "/element",
            "element",
            element=element,
        )
    rows = [row for row in reference.japan_demand() if row.element == element and row.variable in _DEMAND]
    found = sorted(_demands(rows), key=lambda d: (d.confidence, d.year.removeprefix("FY")), reverse=True)
    if not found:
        return None
    first, *others = found
    return Demand(
        first.element, first.kg_per_year, first.year, first.measure, first.source, first.confidence, tuple(others)
    )


def _demands(rows: Iterable[JapanDemand]) -> Iterable[Demand]:
    for row in rows:
        if row.value is not None and row.unit in _TONNES:
            kilograms = row.value * _TONNES[row.unit] * 1000
            yield Demand(row.element, kilograms, row.year, row.variable, row.source, row.confidence)


@cache
def targets() -> tuple[Target, Target]:
    """Japan's two targets for 2030, side by side: e-scrap processed, and recycled raw materials doubled."""
    escrap, doubled = (
        _published("policy target", "e-scrap recycled"),
        _published("policy target", "recycled raw materials processed"),
    )
    before = _published("policy target", "e-scrap recycled, implied by +50%")
    base = _published("industry", "recycled raw materials processed (JMIA), incl. imports")
    return (
        Target(
            "escrap-processed",
            Words("E-scrap processed in Japan"),
            escrap.year,
            escrap.value,
            escrap.unit,
            before.year,
            before.value,
            escrap.value,
            (escrap.source, before.source) if before.source != escrap.source else (escrap.source,),
            escrap.confidence,
        ),
        Target(
            "recycled-raw-materials-doubled",
            Words("Recycled raw materials of metals processed: doubled"),
            doubled.year,
            doubled.value,
            doubled.unit,
            base.year,
            base.value,
            doubled.value * base.value,
            tuple(dict.fromkeys((doubled.source, base.source))),
            min(doubled.confidence, base.confidence, Confidence.DERIVED),
        ),
    )


def _published(topic: str, quantity: str) -> Published:
    known = {row.quantity: row for row in reference.published() if row.topic == topic and row.scope == "JPN"}
    if quantity not in known:
        raise LookupError(f"published.csv has no row “{quantity}”; nearest: {nearest(quantity, known)}")
    return known[quantity]
