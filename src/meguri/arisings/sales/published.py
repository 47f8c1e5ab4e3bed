"""What is published of an economy's arisings: one series over the years, joined from the editions of the statistics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from meguri import reference
from meguri.arisings.sales import drivers
from meguri.arisings.sales.outliers import Array
from meguri.arisings.stock.repairs import Repair
from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words
from meguri.reference import Confidence

#: Editions of one scope (all electrical and electronic waste generated), from oldest to newest.
EDITIONS = ("GEM2020", "GEM2024", "UNSD")

#: From so many years on, newer figures are a series of their own and not single points.
OWN_SERIES = 5

JOINED = Words(
    "The older series was scaled to the level of the newest edition of the same statistics.",
)
DOUBTFUL = Words(
    "The newer edition stands too far from the older one for the growth of the series: it is not followed.",
)
ANCHORED = Words("The series was scaled to the figure that was asked for.")


@dataclass(frozen=True, eq=False)
class Observed:
    """Arisings of one economy by year, kg."""

    economy: str
    years: tuple[int, ...]
    kg: Array
    confidence: Confidence
    sources: tuple[str, ...]
    repairs: tuple[Repair, ...]


@cache
def economies() -> tuple[str, ...]:
    """Economies with a series of arisings."""
    return tuple(sorted({row.iso3 for row in reference.ewaste_series()}))


@cache
def observed(
    economy: str, until: int | None = None, editions: bool = True, anchor: tuple[int, float] | None = None
) -> Observed:
    """The joined series of one economy.

    ``until`` leaves out later years (for held-out studies); ``editions`` False keeps to the old series; ``anchor``
    (year, kt) scales the series to one figure instead. Refuses an economy without a series, naming those with one.
    """
    rows = sorted((row for row in reference.ewaste_series() if row.iso3 == economy), key=lambda row: row.year)
    if not rows:
        raise refuse(
            N_("No series of arisings is on file for {economy}. There is one for: {known}. Nearest: {nearest}"),
            "/economy",
            "no-series",
            economy=economy,
            known=", ".join(economies()),
            nearest=nearest(economy, economies()) or "-",
        )
    series = {row.year: row.ewaste_kt for row in rows if until is None or row.year <= until}
    repairs: list[Repair] = []
    sources = [rows[0].source]
    confidence = min(row.confidence for row in rows)
    newer: dict[int, float] = {}
    if anchor is not None:
        newer = {anchor[0]: anchor[1]}
        _note(repairs, "anchored", economy, anchor[0], _of(series, anchor[0]), anchor[1], ANCHORED)
        confidence = min(confidence, Confidence.MEMORY)
    elif editions:
        newer, trust, more = _newer(economy, series, until, repairs)
        sources += more
        confidence = min([confidence, *trust])
    joined = _join(series, newer)
    if newer and anchor is None:
        first = min(joined)
        _note(repairs, "editions-joined", economy, first, series.get(first), joined[first], JOINED)
    years = tuple(sorted(joined))
    return Observed(
        economy, years, np.array([joined[year] for year in years]) * 1e6, confidence, tuple(sources), tuple(repairs)
    )


def _note(
    repairs: list[Repair], kind: str, economy: str, year: int, before: float | None, after: float | None, why: Words
) -> None:
    scale = 1e6
    repairs.append(
        Repair(
            kind,
            f"/arisings/{economy}/{year}",
            None if before is None else before * scale,
            None if after is None else after * scale,
            why,
        )
    )


def _of(series: dict[int, float], year: int) -> float:
    """The series in a year, carried on with the growth of its last years."""
    if year in series:
        return series[year]
    last = max(series)
    growth = (series[last] / series[last - 3]) ** (1 / 3)
    return float(series[last] * growth ** (year - last))


def _newer(
    economy: str, series: dict[int, float], until: int | None, repairs: list[Repair]
) -> tuple[dict[int, float], list[Confidence], list[str]]:
    """Newer figures by year; one that steps too far from the edition before it is left aside, and said so."""
    rows = [
        row
        for row in reference.ewaste_by_country()
        if row.iso3 == economy
        and row.edition in EDITIONS
        and row.ewaste_generated_kt
        and (until is None or row.year <= until)
    ]
    rows.sort(key=lambda row: (EDITIONS.index(row.edition), row.year))
    taken: dict[int, float] = {}
    trust, sources = [], []
    most = drivers.value("edition-factor")
    for row in rows:
        mass = float(row.ewaste_generated_kt or 0.0)
        if taken:
            year = max((each for each in taken if each <= row.year), default=min(taken))
            step = mass / (taken[year] * _of(series, row.year) / _of(series, year))
            if not 1 / most <= step <= most:
                _note(repairs, "edition-doubtful", economy, row.year, mass, None, DOUBTFUL)
                continue
        taken[row.year] = mass
        trust.append(row.confidence)
        sources.append(row.source)
    return taken, trust, list(dict.fromkeys(sources))


def _join(series: dict[int, float], newer: dict[int, float]) -> dict[int, float]:
    """The older series at the level of the newer figures.

    A newer set of several years stands for itself, with the older series before it scaled at its first year; of
    single figures the latest sets the level of the whole series, since steps between editions are no growth.
    """
    if not newer:
        return dict(series)
    known = sorted(newer)
    years = range(min(series), max(max(series), known[-1]) + 1)
    if len(known) >= OWN_SERIES:
        ratios = [newer[year] / _of(series, year) for year in known]
        return {year: _of(series, year) * float(np.interp(year, known, ratios)) for year in years}
    factor = newer[known[-1]] / _of(series, known[-1])
    return {year: _of(series, year) * factor for year in years}
