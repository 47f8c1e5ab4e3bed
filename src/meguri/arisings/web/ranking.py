"""Tables that compare places, products and categories in one year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.utils.translation import gettext as _

from meguri.arisings.runs import scales
from meguri.arisings.runs.results import ASEAN, BASES, WORLD, Series
from meguri.arisings.web import places
from meguri.arisings.web import series as showing
from meguri.arisings.web.address import REPORT, Asked
from meguri.kit.language import formats
from meguri.kit.web import charts
from meguri.kit.words import Words
from meguri.reference import Confidence, weakest


@dataclass(frozen=True)
class Ranked:
    """One row: a place, product or element with a figure of the year, in the units inside."""

    code: str
    name: Words
    value: float
    low: float
    high: float
    level: str
    rank: int
    basis: Words
    ahead: bool
    share: float | None = None
    more: tuple[float | None, ...] = ()


def ranked(code: str, name: Words, series: Series, year: int, whole: float = 0.0) -> Ranked:
    """A series in one year: the median with its interval."""
    at = series.years.index(year)
    level = series.confidence[at]
    middle = float(series.quantiles[showing.MIDDLE, at])
    return Ranked(
        code, name, middle, float(series.low[at]), float(series.high[at]), level.word, int(max(Confidence) - level),
        BASES[series.basis[at]], showing.ahead(series)[at], middle / whole if whole > 0 else None,
    )  # fmt: skip


def rows(one: Asked, product: str, item: str, variable: str = "") -> tuple[Ranked, ...]:
    """All single economies, the largest first; those without the figure are left out."""
    found = []
    for code in one.economies:
        series = one.maybe(variable, economy=code, product=product, item=item) if places.single(code) else None
        if series is not None:
            found.append(ranked(code, places.economy_name(code), series, one.year))
    return tuple(sorted(found, key=lambda row: -row.value))


def csv(one: Asked) -> str:
    """The address of a ranking as CSV."""
    given = {"variable": one.variable, "product": one.product, "year": str(one.year), "scenario": one.scenario}
    return "/what-will-come/ranking.csv?" + urlencode(given)


def _said(values: tuple[float, float, float], unit: str) -> str:
    middle, low, high = values
    scale = scales.of(unit, [middle])
    value, least, most = (formats.figure(one / scale.per) for one in (middle, low, high))
    return _("%(value)s %(unit)s (%(low)s – %(high)s)") % {
        "value": value,
        "unit": showing.said(scale.unit),
        "low": least,
        "high": most,
    }


def said_at(series: Series, year: int) -> str:
    """A figure of one year with its interval, as a text."""
    return _said(_at(series, year), series.unit)


def _at(series: Series, year: int) -> tuple[float, float, float]:
    at = series.years.index(year)
    return float(series.quantiles[showing.MIDDLE, at]), float(series.low[at]), float(series.high[at])


def summary(one: Asked, product: str) -> dict[str, str]:
    """The answer in one sentence: all economies together, ASEAN and Japan."""
    made = {}
    for key, code in (("world", WORLD), ("asean", ASEAN), ("japan", "JPN")):
        series = one.maybe(economy=code, product=product)
        if series is not None:
            made[key] = said_at(series, one.year)
    return made


def sentence(one: Asked) -> dict[str, str]:
    """What arises, is in use and is worth in one place, as texts."""
    made = {}
    for key, variable in (
        ("arisings", "arisings"),
        ("stock", "stock"),
        ("value", "value-usd"),
        ("mine", "stock-value-usd"),
    ):
        series = one.maybe(variable)
        if series is not None:
            made[key] = said_at(series, one.year)
    return made


def by_category(one: Asked) -> dict[str, Any] | None:
    """Arisings by category and year: stacked bars, and a table. None where no category was worked out."""
    years = [year for year in REPORT if year in one.run.years]
    found = {code: one.maybe("arisings", product=code) for code in places.CATEGORIES}
    parts = {code: series.at(*years) for code, series in found.items() if series is not None}
    if not parts:
        return None
    total = np.sum([series.value for series in parts.values()], axis=0)
    scale = scales.of("kg", total)
    flags = np.any([showing.ahead(series) for series in parts.values()], axis=0)
    lines = [
        charts.ChartLine(showing.said(places.CATEGORIES[code]), scale(series.value)) for code, series in parts.items()
    ]
    return {
        "years": years,
        "unit": scale.unit,
        "chart": charts.stack(
            years, showing.said(scale.unit), lines, flags.tolist(), assumed=_("projected or assumed")
        ),
        "rows": [
            {
                "code": code,
                "name": places.CATEGORIES[code],
                "values": scale(series.value),
                "level": weakest(zip(series.value.tolist(), series.confidence, strict=True)).word,
            }
            for code, series in parts.items()
        ],
        "total": scale(total),
    }


def by_product(one: Asked, whole: bool = False) -> dict[str, Any]:
    """What arises of each product in the year, the largest first; `whole` lists all, else the first fifteen."""
    mine = places.group_of(one.product)
    wholes = {kind: one.maybe("arisings", product=kind) for kind in places.GROUPS}
    found = []
    for code in one.products("arisings"):
        series = (
            None
            if places.sums(code) or not (whole or places.group_of(code) == mine)
            else one.maybe("arisings", product=code)
        )
        if series is not None:
            whole_of = wholes[places.group_of(code)]
            of_it = _at(whole_of, one.year)[0] if whole_of else 0.0
            found.append(ranked(code, places.product_name(code), series, one.year, of_it))
    found.sort(key=lambda row: -row.value)
    listed = found if whole else found[:15]
    return {"rows": listed, "scale": scales.of("kg", [row.value for row in listed]), "left": len(found) - len(listed)}


def of_element(one: Asked, symbol: str) -> dict[str, Any]:
    """An element's arisings, urban mine and recovery by economy, largest urban mine first."""
    found = []
    for code in one.economies:
        mine = (
            one.maybe("stock-contained", economy=code, product=one.product, item=symbol)
            if places.single(code)
            else None
        )
        if mine is None:
            continue
        arising = one.maybe("contained", economy=code, product=one.product, item=symbol)
        got = one.maybe("recovered", economy=code, product=one.product, item=symbol)
        row = ranked(code, places.economy_name(code), mine, one.year)
        more = tuple(_at(series, one.year)[0] if series else None for series in (arising, got))
        found.append(Ranked(**{**row.__dict__, "more": more}))
    found.sort(key=lambda row: -row.value)
    return {
        "rows": found,
        "scale": scales.of("kg", [row.value for row in found[:20]]),
        "small": scales.of("kg", [row.more[0] or 0.0 for row in found[:20]]),
    }
