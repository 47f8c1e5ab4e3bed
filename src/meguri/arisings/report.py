"""Runs in words: tables for people at a terminal, in either language, and the JSON of a run for machines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from meguri import reference
from meguri.arisings.compare import Comparison
from meguri.arisings.export import EVERYTHING, Choice, years_of
from meguri.arisings.results import ALL, ASEAN, BASES, EQUIPMENT, VARIABLES, VEHICLES, WORLD, Series
from meguri.arisings.run import Run
from meguri.arisings.scenario import known_products
from meguri.kit.problems import NotFound
from meguri.kit.words import Words
from meguri.reference import Confidence

TOTALS = {WORLD: Words("All followed"), ASEAN: Words("ASEAN")}
SCALES = {
    "kg": ((1e9, "Mt"), (1e6, "kt"), (1e3, "t"), (1.0, "kg")),
    "kgCO2e": ((1e9, "Mt CO2e"), (1e6, "kt CO2e"), (1e3, "t CO2e"), (1.0, "kg CO2e")),
    "USD": ((1e9, "billion USD"), (1e6, "million USD"), (1e3, "thousand USD"), (1.0, "USD")),
    "vehicles": ((1e6, "million vehicles"), (1e3, "thousand vehicles"), (1.0, "vehicles")),
    "fraction": ((0.01, "%"),),
}
UNITS_JA = {
    "Mt": "百万t", "kt": "千t", "Mt CO2e": "百万t-CO2換算", "kt CO2e": "千t-CO2換算", "t CO2e": "t-CO2換算",
    "kg CO2e": "kg-CO2換算", "billion USD": "十億米ドル", "million USD": "百万米ドル", "thousand USD": "千米ドル",
    "USD": "米ドル", "million vehicles": "百万台", "thousand vehicles": "千台", "vehicles": "台",
}  # fmt: skip
LEGEND = Words(
    "Central run (5 % to 95 % of draws). ● read in the source  ◐ derived  ○ placeholder; p projected, a assumed.",
)
METALS = ("Cu", "Au", "Ag", "Pd", "Co", "Li", "Ni", "Nd")


def name_of(economy: str, language: str) -> str:
    """An economy's name with its code."""
    if economy in TOTALS:
        return TOTALS[economy].in_(language)
    known = reference.economies().get(economy)
    return f"{economy} {known.name.in_(language)}" if known else economy


def product_name(product: str, language: str) -> str:
    """What a product or group is called; nothing for all equipment."""
    if product in (ALL, EQUIPMENT):
        return ""
    if product == VEHICLES:
        return Words("vehicles").in_(language)
    known = known_products().get(product)
    if known is not None:
        return known.in_(language)
    return next(
        (row.eu6_name.in_(language) for row in reference.unu_keys().values() if f"eu6-{row.eu6}" == product), product
    )


def scale(series: Iterable[Series]) -> tuple[float, str]:
    """The unit in which some series of one variable read best: how many units inside make one, and its name."""
    some = tuple(series)
    steps = SCALES.get(some[0].unit, ((1.0, some[0].unit),))
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


def by_economy(
    run: Run, variable: str, item: str, years: Sequence[int], economies: Sequence[str], language: str
) -> list[str]:
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
    if language == "ja":
        unit = UNITS_JA.get(unit, unit)
    title = VARIABLES[variable].title.in_(language) + ("" if item == ALL else f", {item}")
    rows = [[name_of(one.economy, language), *(cell(one, at, per) for at in range(len(years)))] for one in found]
    return [f"{title}, {unit}", *table(["", *map(str, years)], rows), ""]


def lines(run: Run, economies: Sequence[str] | None, language: str, years: Sequence[int] | None = None) -> list[str]:
    """A run for people: what arises, vehicles, metals, value, carbon."""
    scenario = run.scenario
    report = tuple(years) if years else three(run)
    chosen = tuple(economies) if economies else run.economies
    said = Words(
        f"{scenario.title.en or scenario.name} ({scenario.name}): {len(scenario.economies)} economies, "
        f"{scenario.first_year} to {scenario.last_year}, convention {scenario.convention}, lifetimes "
        f"{scenario.lifetime_set}, {scenario.draws} draws, seed {scenario.seed}",
        f"{scenario.title.ja or scenario.name}({scenario.name}): {len(scenario.economies)}か国・地域、"
        f"{scenario.first_year}~{scenario.last_year}年、区分 {scenario.convention}、使用年数 {scenario.lifetime_set}、"
        f"抽出 {scenario.draws} 回、乱数の種 {scenario.seed}",
    )
    out = [said.in_(language), scenario.note.in_(language), LEGEND.in_(language), ""]
    out += by_economy(run, "arisings", ALL, report, chosen, language)
    out += by_economy(run, "collected", ALL, report, chosen, language)
    out += by_economy(run, "end-of-life-vehicles", ALL, report, chosen, language)
    focus = chosen[-1] if not economies else chosen[0]
    out += metals(run, focus, report[len(report) // 2], language)
    for variable in ("value-usd", "recovered-value-usd", "carbon-avoided-kg"):
        out += by_economy(run, variable, ALL, report, chosen if economies else run.economies[-2:], language)
    repairs = len(run.repairs)
    out.append(
        Words(
            f"{repairs} repairs of inputs and all sources: --json or --out. Every column: docs/arisings-reports.md.",
            f"入力の補正{repairs}件と全出典は --json 又は --out で出力。各列の説明は docs/arisings-reports.md。",
        ).in_(language)
    )
    return out


def three(run: Run) -> tuple[int, ...]:
    """Three of the report years, as many as fit beside each other."""
    years = run.scenario.report_years
    return years if len(years) <= 3 else (years[0], years[len(years) // 3], years[2 * len(years) // 3])


def metals(run: Run, economy: str, year: int, language: str) -> list[str]:
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
            place = name_of(economy, language)
            out.append(
                Words(f"Metals in {what.en}, {place}, {year}, t", f"{what.ja}中の金属、{place}、{year}年、t").in_(
                    language
                )
            )
            out += table(["", *(VARIABLES[v].title.in_(language) for v in variables)], rows)
            out.append("")
    return out


def compared(found: Comparison, language: str) -> list[str]:
    """Two runs side by side."""
    one, two = found.first.scenario, found.second.scenario
    out = [
        f"A {one.title.in_(language) or one.name} ({one.name})",
        f"B {two.title.in_(language) or two.name} ({two.name})",
        "",
    ]
    if found.assumptions:
        out.append(Words("Assumed otherwise").in_(language))
        out += table(["", "A", "B"], [[key, _brief(a), _brief(b)] for key, a, b in found.assumptions])
        out.append("")
    last = None
    rows: list[list[str]] = []
    for difference in found.differences:
        if difference.same:
            continue
        first, second = difference.first, difference.second
        per, unit = scale((first, second))
        if language == "ja":
            unit = UNITS_JA.get(unit, unit)
        place = name_of(first.economy, language)
        if place != last:
            if rows:
                out += [*table(["", "", "A", "B", "B/A"], rows), ""]
                rows = []
            out.append(place)
            last = place
        parts = [VARIABLES[first.variable].title.in_(language), product_name(first.product, language), first.item]
        title = ", ".join(part for part in parts if part and part != ALL)
        for at, year in enumerate(first.years):
            change = difference.relative[at]
            rows.append([
                f"{title}, {unit}" if at == 0 else "", str(year), cell(first, at, per), cell(second, at, per),
                "–" if change is None else f"{change:+.1%}",
            ])  # fmt: skip
    out += [*table(["", "", "A", "B", "B/A"], rows), ""] if rows else []
    same = sum(difference.same for difference in found.differences)
    if same:
        words = Words(f"{same} figures compared do not differ.", f"比較した{same}件の値に差はありません。")
        out.append(words.in_(language))
    return [*out, LEGEND.in_(language)]


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_brief(one)}" for key, one in value.items()) or "–"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)


def document(
    run: Run, choice: Choice = EVERYTHING, variance: Sequence[tuple[str, str, str, int]] = ()
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
        "marks": {level.word: {"mark": level.mark, "en": level.label.en, "ja": level.label.ja} for level in Confidence},
        "bases": {name: {"en": words.en, "ja": words.ja} for name, words in BASES.items()},
    }
