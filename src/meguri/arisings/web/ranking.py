"""Tables that compare places, products and categories in one year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.utils.translation import gettext as _

from meguri.arisings.results import ALL, ASEAN, BASES, VEHICLES, WORLD, Series
from meguri.arisings.web import places, scales, showing
from meguri.arisings.web.asking import REPORT, Asked
from meguri.kit.web import charts, formats
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
    for code in one.run.economies:
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
    """Arisings by category and year: stacked bars, and a table. None where no product was worked out."""
    years = [year for year in REPORT if year in one.run.years]
    sums: dict[str, Any] = defaultdict(lambda: np.zeros(len(years)))
    levels: dict[str, list[tuple[float, Confidence]]] = defaultdict(list)
    flags = [False] * len(years)
    for code in one.block("arisings").products:
        category = places.category_of(code) or (VEHICLES if code == VEHICLES and one.product == ALL else "")
        series = one.maybe("arisings", product=code) if category else None
        if series is None:
            continue
        at = [series.years.index(year) for year in years]
        sums[category] += series.value[at]
        levels[category] += [(float(series.value[n]), series.confidence[n]) for n in at]
        flags = [flag or showing.ahead(series)[n] for flag, n in zip(flags, at, strict=True)]
    if not sums:
        return None
    names = {**places.CATEGORIES, VEHICLES: places.GROUPS[VEHICLES]}
    order = [name for name in names if name in sums]
    scale = scales.of("kg", sum(sums.values()))
    ahead = [year > 2022 for year in years] if all(flags) else flags
    return {
        "years": years,
        "unit": scale.unit,
        "chart": charts.stack(
            years, showing.said(scale.unit), [charts.Line(showing.said(names[n]), scale(sums[n])) for n in order],
            ahead, assumed=_("projected or assumed"),
        ),
        "rows": [
            {"name": names[n], "values": scale(sums[n]), "level": weakest(levels[n]).word} for n in order
        ],
        "total": scale(sum(sums.values())),
    }  # fmt: skip


def by_product(one: Asked, whole: bool = False) -> dict[str, Any]:
    """What arises of each product in the year, the largest first; `whole` lists all, else the first fifteen."""
    total = one.maybe("arisings", product=ALL) or one.maybe("arisings", product=one.product)
    all_of_it = _at(total, one.year)[0] if total else 0.0
    found = []
    for code in one.block("arisings").products:
        series = None if code in places.GROUPS else one.maybe("arisings", product=code)
        if series is not None:
            found.append(ranked(code, places.product_name(code), series, one.year, all_of_it))
    found.sort(key=lambda row: -row.value)
    listed = found if whole else found[:15]
    return {"rows": listed, "scale": scales.of("kg", [row.value for row in listed]), "left": len(found) - len(listed)}


def of_element(one: Asked, symbol: str) -> dict[str, Any]:
    """An element's arisings, urban mine and recovery by economy, largest urban mine first."""
    found = []
    for code in one.run.economies:
        mine = one.maybe("stock-contained", economy=code, product=ALL, item=symbol) if places.single(code) else None
        if mine is None:
            continue
        arising = one.maybe("contained", economy=code, product=ALL, item=symbol)
        got = one.maybe("recovered", economy=code, product=ALL, item=symbol)
        row = ranked(code, places.economy_name(code), mine, one.year)
        more = tuple(_at(series, one.year)[0] if series else None for series in (arising, got))
        found.append(Ranked(**{**row.__dict__, "more": more}))
    found.sort(key=lambda row: -row.value)
    return {
        "rows": found,
        "scale": scales.of("kg", [row.value for row in found[:20]]),
        "small": scales.of("kg", [row.more[0] or 0.0 for row in found[:20]]),
    }
