"""Runs in words: tables for people at a terminal, in the active language, and the JSON of a run for machines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from meguri import reference
from meguri.arisings.reports.comparison import RunComparison
from meguri.arisings.reports.export import EVERYTHING, Selection, years_of
from meguri.arisings.runs.results import ALL, ASEAN, BASES, EQUIPMENT, VARIABLES, VEHICLES, WORLD, Series
from meguri.arisings.runs.run import Run
from meguri.arisings.scenarios.scenario import ArisingsScenario, known_products
from meguri.kit.problems import NotFound
from meguri.kit.words import Words, listed, plain
from meguri.reference import Confidence

TOTALS = {WORLD: Words("All followed"), ASEAN: Words("ASEAN")}
SCALES: dict[str, tuple[tuple[float, Words], ...]] = {
    "kg": ((1e9, Words("Mt")), (1e6, Words("kt")), (1e3, Words("t")), (1.0, Words("kg"))),
    "kgCO2e": (
        (1e9, Words("Mt CO2e")),
        (1e6, Words("kt CO2e")),
        (1e3, Words("t CO2e")),
        (1.0, Words("kg CO2e")),
    ),
    "USD": (
        (1e9, Words("billion USD")),
        (1e6, Words("million USD")),
        (1e3, Words("thousand USD")),
        (1.0, Words("USD")),
    ),
    "vehicles": (
        (1e6, Words("million vehicles")),
        (1e3, Words("thousand vehicles")),
        (1.0, Words("vehicles", context="unit")),
    ),
    "fraction": ((0.01, Words("%")),),
}
LEGEND = Words(
    "Central run (5 % to 95 % of draws). ● read in the source  ◐ derived  ○ placeholder; p projected, a assumed.",
)
METALS = ("Cu", "Au", "Ag", "Pd", "Co", "Li", "Ni", "Nd")


def name_of(economy: str) -> Words:
    """An economy's name with its code."""
    if economy in TOTALS:
        return TOTALS[economy]
    known = reference.economies().get(economy)
    return listed([plain(economy), known.name], plain(" ")) if known else plain(economy)


def product_name(product: str) -> Words:
    """What a product or group is called; nothing for all equipment."""
    if product in (ALL, EQUIPMENT):
        return plain("")
    if product == VEHICLES:
        return Words("vehicles")
    known = known_products().get(product)
    if known is not None:
        return known
    return next((row.eu6_name for row in reference.unu_keys().values() if f"eu6-{row.eu6}" == product), plain(product))


def title_of(variable: str, item: str, product: str = ALL) -> Words:
    """What a figure is: its variable, the product where it is of one, and the element or fraction."""
    parts = (VARIABLES[variable].title, product_name(product), plain("" if item == ALL else item))
    return listed(part for part in parts if part)


def scale(series: Iterable[Series]) -> tuple[float, Words]:
    """The unit in which some series of one variable read best: how many units inside make one, and its name."""
    some = tuple(series)
    steps = SCALES.get(some[0].unit, ((1.0, plain(some[0].unit)),))
    # The middle one decides: neither the smallest economy nor the total of all.
    sizes = sorted(float(max(abs(one.value))) for one in some)
    size = sizes[len(sizes) // 2]
    return next((step for step in steps if size >= step[0]), steps[-1])


def figure(value: float) -> str:
    """Three figures, with separators."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}" if abs(value) < 1 else f"{value:.2f}"


def cell(series: Series, at: int, per: float) -> str:
    """A value with its interval and marks."""
    letter = {"projected": "p", "assumed": "a"}.get(series.basis[at], "")
    low, high = figure(float(series.low[at]) / per), figure(float(series.high[at]) / per)
    return f"{figure(float(series.value[at]) / per)} ({low}–{high}) {series.confidence[at].mark}{letter}"


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table; the first column to the left, the others to the right."""
    sizes = [max(width(row[c]) for row in (head, *rows)) for c in range(len(head))]
    for row in (head, *rows):
        first = row[0] + " " * (sizes[0] - width(row[0]))
        rest = [" " * (size - width(text)) + text for text, size in zip(row[1:], sizes[1:], strict=True)]
        yield "  ".join([first, *rest]).rstrip()


def by_economy(run: Run, variable: str, item: str, years: Sequence[int], economies: Sequence[str]) -> list[str]:
    """One variable of several economies, with its heading."""
    found = []
    for economy in economies:
        try:
            found.append(run.series(variable, economy, ALL, item).at(*years))
        except NotFound:
            continue
    if not found:
        return []
    per, unit = scale(found)
    rows = [[name_of(one.economy).say(), *(cell(one, at, per) for at in range(len(years)))] for one in found]
    return [listed([title_of(variable, item), unit]).say(), *table(["", *map(str, years)], rows), ""]


def lines(run: Run, economies: Sequence[str] | None, years: Sequence[int] | None = None) -> list[str]:
    """A run for people, in the active language: what arises, vehicles, metals, value, carbon."""
    scenario = run.scenario
    report = tuple(years) if years else three(run)
    chosen = tuple(economies) if economies else run.economies
    head = Words(
        "{title} ({name}): {count} economies, {first} to {last}, convention {convention}, lifetimes {lifetimes}, "
        "{draws} draws, seed {seed}"
    ).format(
        title=_titled(scenario),
        name=scenario.name,
        count=len(scenario.economies),
        first=scenario.first_year,
        last=scenario.last_year,
        convention=scenario.convention,
        lifetimes=scenario.lifetime_set,
        draws=scenario.draws,
        seed=scenario.seed,
    )
    out = [head.say(), scenario.note.say(), LEGEND.say(), ""]
    out += by_economy(run, "arisings", ALL, report, chosen)
    out += by_economy(run, "collected", ALL, report, chosen)
    out += by_economy(run, "end-of-life-vehicles", ALL, report, chosen)
    focus = chosen[-1] if not economies else chosen[0]
    out += metals(run, focus, report[len(report) // 2])
    for variable in ("value-usd", "recovered-value-usd", "carbon-avoided-kg"):
        out += by_economy(run, variable, ALL, report, chosen if economies else run.economies[-2:])
    more = Words(
        "{repairs} repairs of inputs and all sources: --json or --out. Every column: docs/arisings-reports.md."
    )
    out.append(more.format(repairs=len(run.repairs)).say())
    return out


def _titled(scenario: ArisingsScenario) -> Words:
    return scenario.title or plain(scenario.name)


def three(run: Run) -> tuple[int, ...]:
    """Three of the report years, as many as fit beside each other."""
    years = run.scenario.report_years
    return years if len(years) <= 3 else (years[0], years[len(years) // 3], years[2 * len(years) // 3])


def metals(run: Run, economy: str, year: int) -> list[str]:
    """A few metals of one economy in one year: in stock, arising, recovered; equipment and vehicles apart."""
    variables = ("stock-contained", "contained", "recovered")
    out = []
    for product in (EQUIPMENT, VEHICLES):
        rows = []
        for element in METALS:
            row = []
            for variable in variables:
                try:
                    one = run.series(variable, economy, product, element).at(year)
                    row.append(cell(one, 0, 1e3))
                except NotFound:
                    row.append("–")
            if any(text != "–" for text in row):
                rows.append([element, *row])
        if rows:
            what = Words("equipment") if product == EQUIPMENT else Words("vehicles")
            head = Words("Metals in {goods}, {place}, {year}, t").format(goods=what, place=name_of(economy), year=year)
            out.append(head.say())
            out += table(["", *(VARIABLES[v].title.say() for v in variables)], rows)
            out.append("")
    return out


def compared(found: RunComparison) -> list[str]:
    """Two runs side by side, in the active language."""
    one, two = found.first.scenario, found.second.scenario
    out = [f"A {_titled(one)} ({one.name})", f"B {_titled(two)} ({two.name})", ""]
    if found.assumptions:
        out.append(Words("Assumed otherwise").say())
        out += table(["", "A", "B"], [[key, _brief(a), _brief(b)] for key, a, b in found.assumptions])
        out.append("")
    last = None
    rows: list[list[str]] = []
    for difference in found.differences:
        if difference.same:
            continue
        first, second = difference.first, difference.second
        per, unit = scale((first, second))
        place = name_of(first.economy).say()
        if place != last:
            if rows:
                out += [*table(["", "", "A", "B", "B/A"], rows), ""]
                rows = []
            out.append(place)
            last = place
        title = listed([title_of(first.variable, first.item, first.product), unit]).say()
        for at, year in enumerate(first.years):
            change = difference.relative[at]
            rows.append([
                title if at == 0 else "", str(year), cell(first, at, per), cell(second, at, per),
                "–" if change is None else f"{change:+.1%}",
            ])  # fmt: skip
    out += [*table(["", "", "A", "B", "B/A"], rows), ""] if rows else []
    same = sum(difference.same for difference in found.differences)
    if same:
        out.append(Words("{count} figures compared do not differ.").format(count=same).say())
    return [*out, LEGEND.say()]


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_brief(one)}" for key, one in value.items()) or "–"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)


def document(
    run: Run, choice: Selection = EVERYTHING, variance: Sequence[tuple[str, str, str, int]] = ()
) -> dict[str, Any]:
    """A run as one JSON value: see docs/arisings-reports.md.

    Without a choice of products, masses come with every product, elements and worth with equipment and vehicles in
    total. Sources stand once, under their keys.
    """
    years = years_of(run, choice)
    keys: dict[str, str] = {}

    def cited(sources: Iterable[str]) -> list[str]:
        return [keys.setdefault(one, f"s{len(keys) + 1}") for one in sources]

    figures = []
    for variable in run.variables if choice.variables is None else choice.variables:
        totals = VARIABLES[variable].items and choice.products is None if variable in VARIABLES else False
        for economy, product, item in run.keys(variable):
            wanted = (
                (choice.economies is None or economy in choice.economies)
                and (choice.products is None or product in choice.products)
                and (choice.items is None or item in choice.items)
                and (not totals or product in (EQUIPMENT, VEHICLES))
            )
            if wanted:
                series = run.series(variable, economy, product, item)
                figures.append({**series.at(*years).to_json(), "sources": cited(series.sources)})
    return {
        "scenario": run.scenario.to_json(),
        "digest": run.digest,
        "figures": figures,
        "variance": [
            run.variance(variable, economy, year, ALL, item).to_json() for variable, economy, item, year in variance
        ],
        "repairs": [repair.to_json() for repair in run.repairs],
        "assumptions": list(run.assumptions()),
        "sources": {key: source for source, key in keys.items()},
        "marks": {level.word: {"mark": level.mark, **level.label.everywhere()} for level in Confidence},
        "bases": {name: words.everywhere() for name, words in BASES.items()},
    }
