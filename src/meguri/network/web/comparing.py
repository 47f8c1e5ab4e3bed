"""Two scenarios side by side: figures, plants and lanes that differ, and what is assumed differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meguri.arisings.runs.scales import Scale
from meguri.kit.web import charts
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words, plain
from meguri.network.web import figures, names, showing, subjects
from meguri.network.web.story import Story
from meguri.network.web.views import ready

SHOWN = 25
LEAST = 1e-3
"""A difference below this share of the larger of two figures is none."""


@dataclass(frozen=True)
class Figure:
    """One figure of two plans in one unit."""

    name: Words
    unit: Words
    first: float
    second: float

    @property
    def apart(self) -> float:
        """How far the second is from the first."""
        return self.second - self.first

    @property
    def share(self) -> float | None:
        """The same, relative to the first."""
        return self.apart / abs(self.first) if self.first else None


@require_safe
@limit("plan", "120/m")
@ready
def compare(request: HttpRequest) -> HttpResponse:
    """Two plans; the first two built-in ones where the address names none."""
    reader = subjects.reader_of(request)
    choices = [*subjects.built_in(reader), *subjects.own(request)]
    keys = [one.key for one in choices]
    a = subjects.find(request.GET.get("a", "").strip() or keys[0], request)
    other = next((key for key in keys if key != a.key), a.key)
    b = subjects.find(request.GET.get("b", "").strip() or other, request)
    first, second = a.story(), b.story()
    year = min(first.years[-1], second.years[-1])
    context: dict[str, Any] = {
        "a": a,
        "b": b,
        "choices": choices,
        "year": first.span(year) if year in first.years else str(year),
        "figures": _figures(first, second, year),
        "chart": _chart(a, b, first, second),
        "metals": _metals(first, second, year),
        "plants": _plants(first, second),
        "lanes": _lanes(first, second, year),
        "assumed": _assumed(first, second),
    }
    context["metal_unit"] = figures.TONNES
    context["plant_unit"] = figures.mass(max(row.first, row.second) for row in context["plants"])
    context["lane_unit"] = figures.mass(max(row["first"], row["second"]) for row in context["lanes"])
    return render(request, "network/compare.html", context)


def _figure(name: Words, scale: Scale, first: float, second: float) -> Figure:
    return Figure(name, scale.unit, first / scale.per, second / scale.per)


def _figures(first: Story, second: Story, year: int) -> list[Figure]:
    pairs = (
        (Words("Net cost, over the whole plan"), figures.usd, showing.net_cost),
        (
            Words("Collected", context="mass of a plan"),
            figures.mass,
            lambda t: sum(c.tonnes for c in t.collected if c.year == year),
        ),
        (Words("Metal recovered"), figures.mass, lambda t: showing.metal(t, year)),
        (
            Words("Metal recovered in Japan"), figures.mass,
            lambda t: showing.metal(t, year, showing.HOME),
        ),
        (
            Words("Emissions"), figures.carbon,
            lambda t: sum(c.amount for c in t.carbon if c.year == year and not c.once),
        ),
        (
            Words("Emissions of primary production avoided"), figures.carbon,
            lambda t: sum(c.amount for c in t.avoided if c.year == year),
        ),
        (
            Words("Moved across borders"), figures.mass,
            lambda t: sum(f.tonnes for f in t.flows if f.year == year and f.sender != f.receiver),
        ),
        (Words("Capacity built, in all"), figures.mass, lambda t: sum(p.added for p in t.places)),
    )  # fmt: skip
    found = []
    for name, scale, of in pairs:
        one, other = of(first), of(second)
        found.append(_figure(name, scale([one, other]), one, other))
    return found


def _chart(a: subjects.Subject, b: subjects.Subject, first: Story, second: Story) -> dict[str, Any] | None:
    """Metal recovered at home in both, where the periods are the same."""
    if first.years != second.years:
        return None
    lines = [[showing.metal(told, year, showing.HOME) for year in told.years] for told in (first, second)]
    scale = figures.mass(value for line in lines for value in line)
    return charts.lines(
        first.years, names.said(scale.unit),
        [
            charts.ChartLine(names.said(one.title), scale(line), assumed=showing.ahead(told))
            for one, line, told in zip((a, b), lines, (first, second), strict=True)
        ],
        assumed=_("last known law assumed to persist"),
    )  # fmt: skip


def _metals(first: Story, second: Story, year: int) -> list[Figure]:
    sums = [defaultdict(float), defaultdict(float)]  # type: ignore[var-annotated]
    for told, by in zip((first, second), sums, strict=True):
        for one in told.metals:
            if one.year == year and one.economy == showing.HOME:
                by[one.element] += one.tonnes
    keys = sorted({*sums[0], *sums[1]}, key=lambda key: -max(sums[0][key], sums[1][key]))
    return [Figure(names.element(key), Words("t"), sums[0][key], sums[1][key]) for key in keys]


@dataclass(frozen=True)
class Built:
    """What two plans build at one plant, in all, tonnes a year."""

    name: Words
    economy: Words
    first: float
    second: float


def _plants(first: Story, second: Story) -> list[Built]:
    built: list[Mapping[str, float]] = []
    about: dict[str, tuple[Words, str]] = {}
    for told in (first, second):
        by: dict[str, float] = defaultdict(float)
        for place in told.places:
            by[place.site] += place.added
            about[place.site] = (place.name, place.economy)
        built.append(by)
    found = [
        Built(name, names.economy(economy), built[0].get(site, 0.0), built[1].get(site, 0.0))
        for site, (name, economy) in about.items()
        if _differ(built[0].get(site, 0.0), built[1].get(site, 0.0))
    ]
    return sorted(found, key=lambda one: -abs(one.second - one.first))


def _differ(one: float, other: float) -> bool:
    return abs(one - other) > LEAST * max(abs(one), abs(other), 1.0)


def _lanes(first: Story, second: Story, year: int) -> list[dict[str, Any]]:
    """Streams between economies that move differently."""
    sums: list[dict[tuple[str, str, str], float]] = [defaultdict(float), defaultdict(float)]
    law: dict[tuple[str, str, str], list[str]] = defaultdict(lambda: ["", ""])
    for n, told in enumerate((first, second)):
        for flow in told.flows:
            if flow.year == year and flow.sender != flow.receiver:
                key = (flow.stream, flow.sender, flow.receiver)
                sums[n][key] += flow.tonnes
                law[key][n] = flow.why
    keys = [key for key in {*sums[0], *sums[1]} if _differ(sums[0][key], sums[1][key])]
    keys.sort(key=lambda key: (-abs(sums[1][key] - sums[0][key]), key))
    return [
        {
            "stream": names.stream(stream), "sender": names.economy(sender), "receiver": names.economy(receiver),
            "first": sums[0][stream, sender, receiver], "second": sums[1][stream, sender, receiver],
            "law": names.why(next(word for word in law[stream, sender, receiver] if word)),
        }
        for stream, sender, receiver in keys[:SHOWN]
    ]  # fmt: skip


def _assumed(first: Story, second: Story) -> list[dict[str, Any]]:
    """Assumptions and targets that differ."""
    sides = [{one.subject: one for one in told.assumptions} for told in (first, second)]
    found = []
    for subject in dict.fromkeys([*sides[0], *sides[1]]):
        one, other = sides[0].get(subject), sides[1].get(subject)
        values = [None if x is None else x.value for x in (one, other)]
        if (one is None) != (other is None) or values[0] != values[1]:
            known = one or other
            assert known is not None
            found.append({"said": known.said, "unit": known.unit, "first": values[0], "second": values[1]})
    targets = [{one.name: one for one in told.targets} for told in (first, second)]
    for name in dict.fromkeys([*targets[0], *targets[1]]):
        pair = [side.get(name) for side in targets]
        last = [None if x is None else x.values[-1] for x in pair]
        if last[0] != last[1]:
            known_target = pair[0] or pair[1]
            assert known_target is not None
            kind = names.LIMITS.get(known_target.kind) or plain(known_target.kind)
            found.append(
                {
                    "said": Words("{kind}: {name}").format(kind=kind, name=known_target.words),
                    "unit": "",
                    "first": last[0],
                    "second": last[1],
                }
            )
    if first.carbon_usd_t != second.carbon_usd_t:
        words = Words("Carbon price")
        found.append({"said": words, "unit": "USD/t CO₂e", "first": first.carbon_usd_t, "second": second.carbon_usd_t})
    return found
