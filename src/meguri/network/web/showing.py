"""The tables and charts of one plan: costs, carbon, what is recovered, how secure that is, and what is built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from meguri import worth
from meguri.arisings.runs.scales import Scale
from meguri.kit.web import charts
from meguri.kit.words import Words
from meguri.network.web import figures, names
from meguri.network.web.story import Charge, Place, Story

HOME = "JPN"
"""Whose demand and security of supply the plan is asked about."""


@dataclass(frozen=True)
class Line:
    """One row of a table over the periods."""

    name: Words
    values: tuple[float, ...]
    key: str = ""
    total: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table over the periods in one unit, with its chart."""

    unit: Words
    years: tuple[str, ...]
    lines: tuple[Line, ...]
    chart: dict[str, Any]


def ahead(told: Story) -> list[bool]:
    """By period, whether the last known law is taken to persist in it."""
    years = {flow.year for flow in told.flows if flow.assumed}
    return [year in years for year in told.years]


def spans(told: Story) -> tuple[str, ...]:
    """The periods as their years."""
    return tuple(told.span(year) for year in told.years)


def _sheet(told: Story, rows: Mapping[str, Mapping[int, float]], scale: Scale, total: Words) -> Sheet:
    keys = sorted(rows, key=lambda key: names.ORDER.index(key) if key in names.ORDER else len(names.ORDER))
    lines = [
        Line(names.stage(key), tuple(rows[key].get(year, 0.0) / scale.per for year in told.years), key) for key in keys
    ]
    costs = [line for line in lines if max(line.values) > 0]
    chart = charts.stack(
        spans(told),  # type: ignore[arg-type]
        names.said(scale.unit),
        [charts.ChartLine(names.said(line.name), [max(0.0, value) for value in line.values]) for line in costs],
        years=ahead(told),
        assumed=_("last known law assumed to persist"),
    )
    sums = tuple(sum(line.values[t] for line in lines) for t in range(len(told.years)))
    return Sheet(scale.unit, spans(told), (*lines, Line(total, sums, total=True)), chart)


def _by_stage(found: Iterable[Charge]) -> dict[str, dict[int, float]]:
    rows: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for one in found:
        rows[one.stage][one.year] += one.amount
    return rows


def costs(told: Story) -> Sheet:
    """Yearly costs by stage; what is built, opened or closed counts once in its period and stands apart."""
    rows = _by_stage(told.costs)
    scale = figures.usd(abs(value) for row in rows.values() for value in row.values())
    return _sheet(told, rows, scale, Words("Net of sales"))


def metal(told: Story, year: int, economy: str = "") -> float:
    """Metal recovered in a period, in one economy or anywhere, tonnes a year."""
    return sum(one.tonnes for one in told.metals if one.year == year and economy in ("", one.economy))


def net_cost(told: Story) -> float:
    """Net cost (sales taken off, no price of carbon in it), discounted and spread evenly over the plan, USD a year."""
    length = dict(zip(told.years, told.lengths, strict=True))
    first = told.years[0]
    worth_now = sum(
        one.amount * (1 if one.once else length[one.year]) * (1 + told.discount) ** -(one.year - first)
        for one in told.costs
    )
    return worth_now / told.yearly


def carbon(told: Story) -> Sheet:
    """Yearly emissions by stage."""
    return _sheet(told, _by_stage(told.carbon), carbon_scale(told), Words("Together"))


def carbon_scale(told: Story) -> Scale:
    """The unit of the table of emissions."""
    return figures.carbon(value for row in _by_stage(told.carbon).values() for value in row.values())


def avoided(told: Story) -> list[float]:
    """Emissions of primary production that the recovered metal stands in for, kg CO2e a year by period."""
    return [sum(one.amount for one in told.avoided if one.year == year) for year in told.years]


@dataclass(frozen=True)
class Recovered:
    """An element in a period: tonnes recovered at home and elsewhere, its origins, and the share of demand."""

    symbol: str
    name: Words
    home: float
    elsewhere: float
    demand: float | None
    demand_year: str
    demand_level: str
    demand_source: str
    users: bool
    largest: str
    largest_share: float | None
    hhi: float | None

    @property
    def share(self) -> float | None:
        """Recovered at home, as a share of demand."""
        return self.home / self.demand if self.demand else None

    @property
    def total(self) -> float:
        """Recovered anywhere."""
        return self.home + self.elsewhere


def recovered(told: Story, year: int, given: Mapping[str, float]) -> list[Recovered]:
    """Every element recovered in a period, most first. `given` are the reader's own figures of demand, t a year."""
    by: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for one in told.metals:
        if one.year == year:
            by[one.element][one.economy, one.origin] += one.tonnes
    return sorted((_recovered(symbol, rows, given) for symbol, rows in by.items()), key=lambda row: -row.total)


def _recovered(symbol: str, rows: Mapping[tuple[str, str], float], given: Mapping[str, float]) -> Recovered:
    at_home: dict[str, float] = defaultdict(float)
    for (economy, origin), tonnes in rows.items():
        if economy == HOME:
            at_home[origin] += tonnes
    home = sum(at_home.values())
    shares = {origin: tonnes / home for origin, tonnes in at_home.items()} if home else {}
    largest = max(shares, key=lambda origin: shares[origin]) if shares else ""
    known = worth.demand(symbol)
    own = given.get(symbol)
    return Recovered(
        symbol,
        names.element(symbol),
        home,
        sum(rows.values()) - home,
        own if own is not None else (known.kg_per_year / figures.KG_PER_T if known else None),
        known.year if known and own is None else "",
        known.confidence.word if known and own is None else "assumed",
        known.source if known and own is None else "",
        own is not None,
        largest,
        shares.get(largest),
        sum(share**2 for share in shares.values()) if shares else None,
    )


def by_origin(told: Story, symbol: str) -> Sheet | None:
    """An element recovered at home by where it arose, over the periods."""
    rows: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for one in told.metals:
        if one.element == symbol and one.economy == HOME:
            rows[one.origin][one.year] += one.tonnes
    if not rows:
        return None
    scale = figures.mass(value for row in rows.values() for value in row.values())
    codes = sorted(rows, key=lambda code: -sum(rows[code].values()))
    lines = [
        Line(names.economy(code), tuple(rows[code].get(year, 0.0) / scale.per for year in told.years), code)
        for code in codes
    ]
    shown, rest = lines[:9], lines[9:]
    drawn = [charts.ChartLine(names.said(line.name), line.values) for line in shown]
    if rest:
        drawn.append(
            charts.ChartLine(_("others"), [sum(values) for values in zip(*(r.values for r in rest), strict=True)])
        )
    chart = charts.stack(
        spans(told),  # type: ignore[arg-type]
        names.said(scale.unit), drawn, years=ahead(told), assumed=_("last known law assumed to persist"),
    )  # fmt: skip
    sums = tuple(sum(line.values[t] for line in lines) for t in range(len(told.years)))
    return Sheet(scale.unit, spans(told), (*lines, Line(Words("Together"), sums, total=True)), chart)


@dataclass(frozen=True)
class Change:
    """Something built, opened or closed at the beginning of a period, in tonnes a year."""

    place: Place
    word: Words
    tone: str
    tonnes: float


BUILT = Words("built")
OPENED = Words("opened")
CLOSED = Words("closed", context="of a plant")


def changes(told: Story) -> list[Change]:
    """What the plan builds, opens and closes, in the order of time."""
    found = []
    by_site: dict[str, list[Place]] = defaultdict(list)
    for place in told.places:
        by_site[place.site].append(place)
    for rows in by_site.values():
        had = rows[0].standing
        for row in rows:
            if row.added > 0:
                word = OPENED if had <= 0 else BUILT
                found.append(Change(row, word, "good", row.added))
            if had > 0 and row.capacity <= 0:
                found.append(Change(row, CLOSED, "stop", had))
            had = row.capacity
    return sorted(found, key=lambda one: (one.place.year, -one.tonnes))


@dataclass(frozen=True)
class Plant:
    """One plant over the periods."""

    place: Place
    cells: tuple[Place, ...]


def plants(told: Story) -> list[Plant]:
    """Plants that ever do anything, by stage and size."""
    by_site: dict[str, list[Place]] = defaultdict(list)
    for place in told.places:
        by_site[place.site].append(place)
    used = [rows for rows in by_site.values() if any(row.used > 0 or row.added > 0 for row in rows)]
    used.sort(key=lambda rows: (names.ORDER.index(rows[0].stage), -max(row.used for row in rows)))
    return [Plant(rows[0], tuple(rows)) for rows in used]
