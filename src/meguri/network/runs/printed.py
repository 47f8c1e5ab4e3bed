"""Plans as text for a reader who meets one for the first time: assumptions first, then what the plan says.

Everything is said in the active language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from meguri.kit.words import Words, given, listed, plain
from meguri.law.asking.model import VERDICT_WORDS

if TYPE_CHECKING:
    from meguri.network.answers import Regret

Told = Mapping[str, Any]
SHOWN = ("Au", "Ag", "Pd", "Pt", "Cu", "Ni", "Co", "Li", "Sn")
STAGES = {
    "collection": Words("collection"),
    "sorting": Words("sorting"),
    "dismantling": Words("dismantling"),
    "pre-treatment": Words("pre-treatment"),
    "smelting": Words("smelting"),
    "refining": Words("refining"),
    "transport": Words("transport"),
    "storage": Words("storage"),
    "disposal": Words("disposal"),
    "investment": Words("investment"),
    "fixed": Words("standing costs"),
    "sales": Words("sales"),
}
KINDS = {
    "plant": Words("plant"),
    "port": Words("port"),
    "passage": Words("passage"),
    "economy": Words("economy"),
}


WHAT = {
    "objective": Words("objective"),
    "cost": Words("cost: {thing}"),
    "carbon": Words("carbon"),
    "recovered": Words("recovered: {thing}"),
}
"""What rows of two plans side by side are called, by the word before the colon."""


def plan(told: Told, guesses: int) -> Iterator[str]:
    """Everything of a plan: assumptions, size, costs, metal, targets, answers."""
    yield given(told["name"]).say()
    yield ""
    yield from assumptions(told, guesses)
    yield ""
    size = {key: f"{told['size'][key]:,}" for key in ("columns", "rows", "nonzeros")}
    yield (
        Words(
            "{columns} columns, {rows} rows, {nonzeros} nonzeros, {binaries} yes-or-no decisions; "
            "solved in {seconds} s, gap {gap}"
        )
        .format(
            **size,
            binaries=told["size"]["binaries"],
            seconds=f"{told['seconds']['solver']:.1f}",
            gap=f"{told['gap']:.3%}",
        )
        .say()
    )
    value = f"{-told['objective_usd'] / 1e6:,.0f}"
    yield Words("Worth of the plan: {value} million USD, discounted over all years").format(value=value).say()
    yield ""
    yield from _table(Words("Costs, million USD a year"), told["years"], (
        (_stage(stage), {y: v / 1e6 for y, v in series.items()}) for stage, series in told["cost_usd_y"].items()
    ), "{:,.0f}")  # fmt: skip
    carbon = {year: value / 1e6 for year, value in told["carbon_kg_y"].items()}
    yield from _table(Words("Emissions, kt CO2e a year"), told["years"], [("CO2e", carbon)], "{:,.0f}")
    yield ""
    metal = ((element, _summed(by.values())) for element, by in told["recovered_t_y"].items() if element in SHOWN)
    yield from _table(Words("Metal recovered, t a year"), told["years"], metal, "{:,.1f}")
    home = ((element, by["JPN"]) for element, by in told["recovered_t_y"].items() if element in SHOWN and "JPN" in by)
    yield from _table(Words("of which in Japan"), told["years"], home, "{:,.1f}")
    yield ""
    yield from targets(told)
    if told["capacity_worth"]:
        yield ""
        yield from capacity(told)
    if told["closed_lanes"]:
        yield ""
        yield from lanes(told)
    if told["disruptions"]:
        yield ""
        yield from disruptions(told, 12)


def assumptions(told: Told, most: int) -> Iterator[str]:
    """The guesses behind the plan, the first of them."""
    found = told["assumptions"]
    head = Words("This plan rests on {count} assumptions; the weakest and weightiest first:")
    yield head.format(count=len(found)).say()
    for one in found[:most]:
        value = "" if one["value"] is None else f": {one['value']:,.6g} {one['unit']}"
        yield f"  - {given(one['said'])}{value}  [{one['confidence']}; {one['source']}]"
    if len(found) > most:
        yield "  " + Words("… and {count} more (--json, --out)").format(count=len(found) - most).say()


def targets(told: Told) -> Iterator[str]:
    """Japan's targets for 2030, each beside what the plan comes to where it counts the same thing."""
    yield Words("Japan's targets for 2030 (two; they count different things)").say()
    for one in told["targets"]:
        goal = f"{one['goal_t_y'] / 1000:,.0f} kt"
        if one["plan_t_y"] is None:
            said = Words("not counted by this plan")
        else:
            said = Words("this plan: {mass}").format(mass=f"{one['plan_t_y'] / 1000:,.0f} kt")
        yield f"  {given(one['title'])}: {goal} ({one['confidence']}); {said}"


def capacity(told: Told) -> Iterator[str]:
    """Where the next tonne of capacity is worth most."""
    yield Words(
        "Where the next tonne a year of capacity is worth most (USD over the plan: dual; re-solved with 1 % more)"
    ).say()
    for one in told["capacity_worth"]:
        cost = one["build_usd_per_t_y"]
        build = "" if cost is None else Words("; building costs {cost}").format(cost=f"{cost:,.0f}").say()
        yield f"  {one['site']:<28} {one['dual_usd_per_t_y']:>14,.0f} {one['gain_usd_per_t_y']:>14,.0f}{build}"


def lanes(told: Told) -> Iterator[str]:
    """What each closed lane would be worth if it were lawful."""
    yield Words(
        "What closed lanes would be worth if lawful (million USD over the plan; tonnes a year; what closes them)"
    ).say()
    for one in told["closed_lanes"]:
        why = "; ".join(one["grounds"][:2]) or listed(VERDICT_WORDS.get(word) or Words(word) for word in one["why"])
        mark = Words(" (assumed)") if one["assumed"] else ""
        pair = f"{one['sender']} > {one['receiver']}"
        yield f"  {one['stream']:<28} {pair:<12} {one['gain_usd'] / 1e6:>9,.1f} {one['moved_t_y']:>10,.0f}  {why}{mark}"


def disruptions(told: Told, most: int) -> Iterator[str]:
    """What hurts most when it is gone."""
    yield Words(
        "What hurts most when it is gone for the whole plan (loss, million USD; * targets had to be eased)"
    ).say()
    for one in told["disruptions"][:most]:
        star = "*" if one["eased"] else " "
        yield f"  {KINDS[one['kind']]:<10} {one['thing']:<28} {one['loss_usd'] / 1e6:>12,.1f} {star}"


def compared(first: Told, second: Told, rows: Sequence[Told]) -> Iterator[str]:
    """Two plans side by side."""
    names = [given(told["name"]).say() for told in (first, second)]
    yield f"{'':<28} {'':<18} {names[0]:>24} {names[1]:>24} {Words('change')}"
    for one in rows:
        word, _, thing = one["what"].partition(": ")
        what = WHAT[word].format(thing=_stage(thing))
        yield f"{what:<28} {one['unit']:<18} {one['first']:>24,.1f} {one['second']:>24,.1f} {one['change']:>+20,.1f}"


def regret(found: Regret) -> Iterator[str]:
    """Regret of each scenario's builds in each scenario, and the plan that regrets least."""
    yield Words(
        "Regret, million USD: builds of the row's plan when the column's scenario comes (– keeps not all its limits)"
    ).say()
    names = [str(name) for name in found.scenarios]
    head = "".join(f"{name[:18]:>20}" for name in names)
    yield f"{'':<28}{head}"
    for name, row in zip(names, found.regret, strict=True):
        cells = "".join(f"{'–' if value != value else f'{value / 1e6:,.1f}':>20}" for value in row)
        yield f"{name[:27]:<28}{cells}"
    if not found.one_fits_all:
        yield Words("No one set of plants keeps the limits of all scenarios.").say()
        return
    cells = "".join(f"{value / 1e6:>20,.1f}" for value in found.robust_regret)
    yield f"{Words('The plan that regrets least'):<28}{cells}"
    for site, builds in zip(found.buildable, found.robust_builds, strict=True):
        if builds.sum() > 1:
            yield f"  {site:<28} {builds.sum():>12,.0f} t/y"


def _stage(name: str) -> Words:
    return STAGES.get(name) or plain(name)


def _summed(series: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in series:
        for year, value in one.items():
            found[year] = found.get(year, 0.0) + value
    return found


def _table(title: Words, years: Sequence[int], rows: Any, form: str) -> Iterator[str]:
    yield f"{title:<34}" + "".join(f"{year:>12}" for year in years)
    for name, series in rows:
        yield f"  {name:<32}" + "".join(f"{form.format(series.get(str(year), 0.0)):>12}" for year in years)
