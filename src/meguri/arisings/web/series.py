"""Series made ready for a page: a chart and the rows of the table beside it, in one unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from meguri.arisings.runs import scales
from meguri.arisings.runs.results import BASES, QUANTILES, VARIABLES, Series
from meguri.kit.web import charts
from meguri.kit.words import Words
from meguri.reference import Confidence

FROM = 1995
"""Charts begin here: before, what is on file is carried back and says little."""
FIRST, LOWER, MIDDLE, UPPER, LAST = range(len(QUANTILES))


@dataclass(frozen=True)
class Row:
    """A year of a series in the page's unit: central value, median and interval, how sure, what it rests on."""

    year: int
    value: float | None
    median: float | None
    low: float | None
    high: float | None
    level: str
    rank: int
    basis: Words
    ahead: bool


@dataclass(frozen=True)
class Shown:
    """A series with its title, unit, chart, rows and the address of its CSV."""

    series: Series
    title: Words
    about: Words
    unit: Words
    chart: dict[str, Any]
    rows: tuple[Row, ...]
    csv: str
    label: str
    level: str
    sources: tuple[str, ...]

    @property
    def ahead(self) -> bool:
        """Whether any row is projected or a placeholder."""
        return any(row.ahead for row in self.rows)


def said(words: Words) -> str:
    """Words in the page's language."""
    return words.say()


def ahead(series: Series) -> list[bool]:
    """By year, whether the figure is projected or a placeholder: dashed and hatched on charts."""
    return [
        held or basis in ("projected", "assumed") for held, basis in zip(series.placeholder, series.basis, strict=True)
    ]


def weakest(levels: Iterable[Confidence]) -> str:
    """The word of the weakest of some levels."""
    return min(levels, default=Confidence.MISSING).word


def rows(series: Series, scale: scales.Scale, years: Iterable[int]) -> tuple[Row, ...]:
    """The rows of the years asked for, as far as the series has them."""
    flags = ahead(series)
    value = scale(series.value)
    bands = [scale(row) for row in series.quantiles]
    found = []
    for year in years:
        if year not in series.years:
            continue
        at = series.years.index(year)
        level = series.confidence[at]
        found.append(
            Row(
                year, value[at], bands[MIDDLE][at], bands[FIRST][at], bands[LAST][at], level.word,
                int(max(Confidence) - level), BASES[series.basis[at]], flags[at],
            )
        )  # fmt: skip
    return tuple(found)


def line(series: Series, scale: scales.Scale, name: str, since: int = FROM) -> tuple[list[int], charts.ChartLine]:
    """The years from `since` on and the chart's line: the median with its bands."""
    keep = [n for n, year in enumerate(series.years) if year >= since]
    bands = [scale(row[keep]) for row in series.quantiles]
    flags = ahead(series)
    made = charts.ChartLine(
        name, bands[MIDDLE], bands[FIRST], bands[LOWER], bands[UPPER], bands[LAST], [flags[n] for n in keep]
    )
    return [series.years[n] for n in keep], made


def shown(
    series: Series, where: str, scenario: str, years: Sequence[int], published: Sequence[tuple[int, float]] = ()
) -> Shown:
    """A fan chart with its table. `where` is the economy's name as said; `published` are (year, value inside)."""
    variable = VARIABLES[series.variable]
    scale = scales.of(series.unit, series.quantiles[LAST])
    x, drawn = line(series, scale, said(variable.title))
    points = []
    if published:
        known = {year: value / scale.per for year, value in published}
        points = [charts.ChartLine(_("Published"), [known.get(year) for year in x])]
    chart = charts.fan(x, said(scale.unit), [drawn], points, assumed=_("projected or assumed"))
    last = rows(series, scale, [x[-1]])[0]
    return Shown(
        series, variable.title, variable.about, scale.unit, chart, rows(series, scale, years),
        csv_of(series, scenario),
        _("%(what)s, %(where)s, %(first)s to %(last)s, in %(unit)s: a line with the bands between the 5th and 95th "
          "percentiles. The table below holds the figures.")
        % {"what": said(variable.title), "where": where, "first": x[0], "last": last.year, "unit": said(scale.unit)},
        weakest(series.confidence), series.sources,
    )  # fmt: skip


def csv_of(series: Series, scenario: str) -> str:
    """The address of a series as CSV."""
    return "/what-will-come/series.csv?" + urlencode(
        {
            "variable": series.variable,
            "economy": series.economy,
            "product": series.product,
            "item": series.item,
            "scenario": scenario,
        }
    )
