"""How much of what arises is collected: the record, then what the scenario says, then producer responsibility."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meguri import reference
from meguri.arisings.sales import published as observed
from meguri.arisings.scenarios.scenario import DEFAULT, ArisingsScenario, ByYear, Epr, for_economy
from meguri.kit.files import reading
from meguri.reference import Confidence

Array = NDArray[np.float64]
TABLE = Path(__file__).resolve().parents[1] / "tables" / "collection_assumed.csv"
SPREAD = {Confidence.SOURCED: 0.05, Confidence.DERIVED: 0.1, Confidence.MEMORY: 0.3, Confidence.MISSING: 0.5}
"""Relative standard deviation taken for a rate of each confidence: an assumption."""
ASSUMED_IN = "Assumed in the scenario “{name}”"


@dataclass(frozen=True)
class Rates:
    """Shares by year (T,), their relative standard deviation, confidence, basis and sources."""

    share: Array
    sd: Array
    confidence: tuple[Confidence, ...]
    basis: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class ShareOnFile:
    """A share on file for one year."""

    year: int
    share: float
    confidence: Confidence
    source: str


@cache
def _assumed() -> dict[tuple[str, str], tuple[ShareOnFile, ...]]:
    found: dict[tuple[str, str], list[ShareOnFile]] = defaultdict(list)
    for row in reading.lines(TABLE, needed=("iso3", "kind", "year", "share", "confidence", "source")):
        point = ShareOnFile(int(row["year"]), float(row["share"]), Confidence.of(row["confidence"]), row["source"])
        found[row["iso3"], row["kind"]].append(point)
    return {key: tuple(sorted(points, key=lambda p: p.year)) for key, points in found.items()}


@cache
def _recorded() -> dict[str, tuple[ShareOnFile, ...]]:
    """Collected over generated, by economy: masses on record over the arisings that the model is held to."""
    found: dict[str, dict[int, ShareOnFile]] = defaultdict(dict)
    for row in reference.ewaste_by_country():
        if row.formally_collected_kt is None:
            continue
        year = int(row.collected_data_year or row.year)
        known = _generated(row.iso3)
        total = known.get(year) or (row.ewaste_generated_kt if year == row.year else None)
        if total is None and known and 0 < year - max(known) <= 2:
            total = known[max(known)]
        if not total:
            continue
        level = min(row.confidence, Confidence.DERIVED)
        if year in found[row.iso3] and found[row.iso3][year].confidence >= level:
            continue
        share = min(float(row.formally_collected_kt) / float(total), 1.0)
        found[row.iso3][year] = ShareOnFile(year, share, level, row.source)
    return {iso3: tuple(points[year] for year in sorted(points)) for iso3, points in found.items()}


@cache
def _generated(iso3: str) -> dict[int, float]:
    """Published arisings by year, kt, joined from their editions."""
    if iso3 not in observed.economies():
        return {}
    found = observed.observed(iso3)
    return {year: kg / 1e6 for year, kg in zip(found.years, found.kg.tolist(), strict=True)}


def on_file(economy: str, kind: str) -> tuple[ShareOnFile, ...]:
    """The points on file for an economy and kind (e-waste, vehicles, informal): the record, else what is assumed."""
    recorded = _recorded().get(economy, ()) if kind == "e-waste" else ()
    assumed = _assumed()
    return recorded or assumed.get((economy, kind)) or assumed.get((DEFAULT, kind), ())


def rates(scenario: ArisingsScenario, economy: str, kind: str, years: Iterable[int]) -> Rates:
    """The shares of one economy under a scenario.

    Points of the scenario follow the record from their first year on; producer responsibility then lifts what lies
    below its line. After the last point of the record the share stays level and counts as projected.
    """
    span = np.array(list(years))
    points = on_file(economy, kind)
    given = {"e-waste": scenario.collection, "vehicles": scenario.vehicle_collection, "informal": scenario.informal}[
        kind
    ]
    chosen: ByYear | None = for_economy(given, economy)
    first_chosen = chosen.points[0][0] if chosen else None
    kept = [p for p in points if first_chosen is None or p.year < first_chosen]
    line = [(p.year, p.share) for p in kept] + list(chosen.points if chosen else ())
    share = ByYear(tuple(line)).at(span) if line else np.zeros(len(span))
    last = kept[-1].year if kept else -1
    recorded = {p.year: p for p in kept if p.confidence > Confidence.MEMORY}
    weakest = min((p.confidence for p in kept), default=Confidence.MEMORY)
    confidence, basis = [], []
    for year in span:
        if int(year) in recorded:
            confidence.append(recorded[int(year)].confidence)
            basis.append("recorded")
        elif int(year) > last or weakest <= Confidence.MEMORY:
            confidence.append(Confidence.MEMORY)
            basis.append("assumed")
        else:
            confidence.append(Confidence.DERIVED)
            basis.append("inferred")
    sources = [p.source for p in kept]
    if chosen:
        sources.append(ASSUMED_IN.format(name=scenario.name))
    law: Epr | None = for_economy(scenario.epr, economy) if kind == "e-waste" else None
    if law is not None:
        share = _lifted(share, span, law)
        sources.append(ASSUMED_IN.format(name=scenario.name))
    sd = np.array([SPREAD[level] for level in confidence])
    return Rates(share, sd, tuple(confidence), tuple(basis), tuple(dict.fromkeys(sources)))


def _lifted(share: Array, span: NDArray[np.int_], law: Epr) -> Array:
    """From the start in a straight line to the target; never below what was collected anyway."""
    base = float(np.interp(law.start_year, span, share))
    done = np.clip((span - law.start_year) / max(law.years_to_reach, 1), 0.0, 1.0)
    if law.years_to_reach == 0:
        done = (span >= law.start_year).astype(float)
    return np.maximum(share, np.where(span >= law.start_year, base + (law.collection_share - base) * done, 0.0))
