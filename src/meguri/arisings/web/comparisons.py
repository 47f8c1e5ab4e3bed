"""Scenarios: the list, two side by side, and how the calculations compare with what was published."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meguri.arisings.runs import scales
from meguri.arisings.runs.results import VARIABLES
from meguri.arisings.scenarios import scenario_file
from meguri.arisings.web import checks as validating
from meguri.arisings.web import places, runs
from meguri.arisings.web import series as showing
from meguri.arisings.web.address import REPORT, Asked, asked
from meguri.arisings.web.runs import ready
from meguri.kit.people.identity import ANYONE
from meguri.kit.web import charts
from meguri.kit.web.requests.limits import limit

FURTHEST_FIRST = ("far", "tenth", "percent", "none")
COMPARED = ("arisings", "collected", "stock", "recovered-value-usd", "carbon-avoided-kg", "value-usd")


@dataclass(frozen=True)
class Difference:
    """A year of two scenarios, in the page's unit, and how far the second is from the first."""

    year: int
    first: float | None
    second: float | None
    apart: float | None
    percent: float | None
    ahead: bool


@require_safe
@limit("what-will-come", "120/m")
def scenarios(request: HttpRequest) -> HttpResponse:
    """What may be assumed: every built-in scenario with its file, and whether its figures are at hand."""
    listed = [
        {"scenario": one, "kept": runs.kept(one.name) is not None, "text": scenario_file.text_of(one.name)}
        for one in scenario_file.built_in()
    ]
    return render(request, "arisings/scenarios.html", {"listed": listed, "first": runs.FIRST})


@require_safe
@limit("what-will-come", "120/m")
@ready
def compare(request: HttpRequest) -> HttpResponse:
    """One figure of one place under two scenarios."""
    one = asked(request)
    other_name = runs.known(request.GET.get("with", "") or _another(one.scenario))
    other = Asked(
        other_name, runs.of(other_name, getattr(request, "reader", ANYONE)), one.economy, one.product, one.variable,
        one.year,
    )  # fmt: skip
    first, second = one.series(), other.series()
    scale = scales.of(first.unit, first.quantiles[showing.LAST], second.quantiles[showing.LAST])
    x, mine = showing.line(first, scale, showing.said(one.title))
    _x, theirs = showing.line(second, scale, showing.said(other.title))
    context = {
        "asked": one,
        "other": other,
        "place": places.economy_name(one.economy),
        "goods": places.product_name(one.product),
        "economies": places.economy_choices(one.economies),
        "products": places.product_choices(one.products()),
        "scenarios": scenario_file.built_in(),
        "variables": [VARIABLES[name] for name in COMPARED if name in one.run.variables],
        "variable": VARIABLES[one.variable],
        "unit": scale.unit,
        "chart": charts.lines(
            x, showing.said(scale.unit), [_bare(mine), _bare(theirs)], assumed=_("projected or assumed")
        ),
        "rows": _differences(one, other, scale),
        "assumptions": _assumptions(one, other),
        "csv": (showing.csv_of(first, one.scenario), showing.csv_of(second, other.scenario)),
    }
    return render(request, "arisings/compare.html", context)


def _another(name: str) -> str:
    return next(one.name for one in scenario_file.built_in() if one.name != name)


def _bare(line: charts.ChartLine) -> charts.ChartLine:
    """A line without its inner band: two sets of bands over each other cannot be read."""
    return charts.ChartLine(line.name, line.values, assumed=line.assumed)


def _differences(one: Asked, other: Asked, scale: scales.Scale) -> list[Difference]:
    years = [year for year in REPORT if year in one.run.years and year in other.run.years]
    mine = {row.year: row for row in showing.rows(one.series(), scale, years)}
    theirs = {row.year: row for row in showing.rows(other.series(), scale, years)}
    found = []
    for year in years:
        a, b = mine[year].median, theirs[year].median
        apart = b - a if a is not None and b is not None else None
        share = apart / a if apart is not None and a else None
        found.append(Difference(year, a, b, apart, share, mine[year].ahead or theirs[year].ahead))
    return found


def _assumptions(one: Asked, other: Asked) -> list[dict[str, Any]]:
    """Keys whose values differ, as they stand in the files."""
    mine, theirs = one.run.scenario.to_json(), other.run.scenario.to_json()
    keys = [key for key in mine if key not in ("name", "title", "note") and mine[key] != theirs[key]]
    return [{"key": key, "first": _brief(mine[key]), "second": _brief(theirs[key])} for key in keys]


def _brief(value: Any) -> str:
    """A value of a scenario on one line; a table as its entries."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_brief(one)}" for key, one in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "–"
    return str(value)


@require_safe
@limit("what-will-come", "120/m")
@ready
def validation(request: HttpRequest) -> HttpResponse:
    """Every published figure that the calculations are held against, with the difference and its reason."""
    rows = [
        {
            **row,
            "near": _near(row["difference"]),
            "tiny": _tiny(row["difference"]),
        }
        for row in validating.rows(getattr(request, "reader", ANYONE))
    ]
    # What does not fit stands on top.
    rows.sort(key=lambda row: (FURTHEST_FIRST.index(row["near"]), -abs(row["difference"] or 0.0)))
    counted = Counter(row["near"] for row in rows)
    context = {
        "rows": rows,
        "near": counted["percent"] + counted["tenth"],
        "far": counted["far"],
        "without": counted["none"],
    }
    return render(request, "arisings/validation.html", context)


def _tiny(difference: float | None) -> bool:
    """Whether a difference is too small to be worth its digits."""
    return difference is not None and abs(difference) < 1e-5


def _near(difference: float | None) -> str:
    """How far a figure is from the published one: within a percent, a tenth, further, or not comparable."""
    if difference is None:
        return "none"
    return "percent" if abs(difference) <= 0.01 else "tenth" if abs(difference) <= 0.1 else "far"
