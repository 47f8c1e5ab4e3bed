"""Plans as text for a reader who meets one for the first time: assumptions first, then what the plan says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from meguri.kit.words import Words

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


def _(lang: str, en: str, ja: str) -> str:
    return Words(en, ja).in_(lang)


def plan(told: Told, lang: str, guesses: int) -> Iterator[str]:
    """Everything of a plan: assumptions, size, costs, metal, targets, answers."""
    yield told["name"][lang] or told["name"]["en"]
    yield ""
    yield from assumptions(told, lang, guesses)
    yield ""
    size = told["size"]
    yield _(
        lang,
        f"{size['columns']:,} columns, {size['rows']:,} rows, {size['nonzeros']:,} nonzeros, {size['binaries']} yes-or-no "  # noqa: E501
        f"decisions; solved in {told['seconds']['solver']:.1f} s, gap {told['gap']:.3%}",
        f"変数{size['columns']:,}、制約{size['rows']:,}、非零要素{size['nonzeros']:,}、0-1変数{size['binaries']}。"
        f"求解{told['seconds']['solver']:.1f}秒、ギャップ{told['gap']:.3%}",
    )
    worth, objective = _(lang, "Worth of the plan", "計画の価値"), told["objective_usd"]
    yield f"{worth}: {-objective / 1e6:,.0f} " + _(
        lang, "million USD, discounted over all years", "百万ドル（全期間、割引後）"
    )
    yield ""
    yield from _table(_(lang, "Costs, million USD a year", "費用（百万ドル／年）"), told["years"], (
        (STAGES[stage].in_(lang) if stage in STAGES else stage, {y: v / 1e6 for y, v in series.items()})
        for stage, series in told["cost_usd_y"].items()
    ), "{:,.0f}")  # fmt: skip
    carbon = {year: value / 1e6 for year, value in told["carbon_kg_y"].items()}
    yield from _table(
        _(lang, "Emissions, kt CO2e a year", "排出量（kt-CO2e／年）"), told["years"], [("CO2e", carbon)], "{:,.0f}"
    )
    yield ""
    metal = ((element, _summed(by.values())) for element, by in told["recovered_t_y"].items() if element in SHOWN)
    yield from _table(_(lang, "Metal recovered, t a year", "回収金属（t／年）"), told["years"], metal, "{:,.1f}")
    home = ((element, by["JPN"]) for element, by in told["recovered_t_y"].items() if element in SHOWN and "JPN" in by)
    yield from _table(_(lang, "of which in Japan", "うち日本国内"), told["years"], home, "{:,.1f}")
    yield ""
    yield from targets(told, lang)
    if told["capacity_worth"]:
        yield ""
        yield from capacity(told, lang)
    if told["closed_lanes"]:
        yield ""
        yield from lanes(told, lang)
    if told["disruptions"]:
        yield ""
        yield from disruptions(told, lang, 12)


def assumptions(told: Told, lang: str, most: int) -> Iterator[str]:
    """The guesses behind the plan, the first of them."""
    found = told["assumptions"]
    yield _(
        lang,
        f"This plan rests on {len(found)} assumptions; the weakest and weightiest first:",
        f"この計画は{len(found)}件の仮定に基づく。確度が低く影響の大きいものから示す:",
    )
    for one in found[:most]:
        said = one["said"][lang] or one["said"]["en"]
        value = "" if one["value"] is None else f": {one['value']:,.6g} {one['unit']}"
        yield f"  - {said}{value}  [{one['confidence']}; {one['source']}]"
    if len(found) > most:
        yield _(
            lang, f"  … and {len(found) - most} more (--json, --out)", f"  … 他{len(found) - most}件（--json、--out）"
        )


def targets(told: Told, lang: str) -> Iterator[str]:
    """Japan's targets for 2030, each beside what the plan comes to where it counts the same thing."""
    yield _(
        lang,
        "Japan's targets for 2030 (two; they count different things)",
        "日本の2030年目標（2件。対象が異なり合算できない）",
    )
    for one in told["targets"]:
        title = one["title"][lang]
        goal = f"{one['goal_t_y'] / 1000:,.0f} kt"
        if one["plan_t_y"] is None:
            said = _(lang, "not counted by this plan", "本計画では算定しない")
        else:
            said = _(lang, f"this plan: {one['plan_t_y'] / 1000:,.0f} kt", f"本計画: {one['plan_t_y'] / 1000:,.0f} kt")
        yield f"  {title}: {goal} ({one['confidence']}); {said}"


def capacity(told: Told, lang: str) -> Iterator[str]:
    """Where the next tonne of capacity is worth most."""
    yield _(
        lang,
        "Where the next tonne a year of capacity is worth most (USD over the plan: dual; re-solved with 1 % more)",
        "能力1t／年の増強価値が大きい施設（計画期間全体、ドル: 双対価格、1%増で再計算した値）",
    )
    for one in told["capacity_worth"]:
        build = "" if one["build_usd_per_t_y"] is None else _(
            lang, f"; building costs {one['build_usd_per_t_y']:,.0f}", f"。建設費{one['build_usd_per_t_y']:,.0f}"
        )  # fmt: skip
        yield f"  {one['site']:<28} {one['dual_usd_per_t_y']:>14,.0f} {one['gain_usd_per_t_y']:>14,.0f}{build}"


def lanes(told: Told, lang: str) -> Iterator[str]:
    """What each closed lane would be worth if it were lawful."""
    yield _(
        lang,
        "What closed lanes would be worth if lawful (million USD over the plan; tonnes a year; what closes them)",
        "閉鎖経路が合法であった場合の価値（計画期間全体、百万ドル。t／年。閉鎖の根拠）",
    )
    for one in told["closed_lanes"]:
        why = "; ".join(one["grounds"][:2]) or ", ".join(one["why"])
        mark = _(lang, " (assumed)", "（仮定）") if one["assumed"] else ""
        pair = f"{one['sender']} > {one['receiver']}"
        yield f"  {one['stream']:<28} {pair:<12} {one['gain_usd'] / 1e6:>9,.1f} {one['moved_t_y']:>10,.0f}  {why}{mark}"


def disruptions(told: Told, lang: str, most: int) -> Iterator[str]:
    """What hurts most when it is gone."""
    yield _(
        lang,
        "What hurts most when it is gone for the whole plan (loss, million USD; * targets had to be eased)",
        "計画期間中に失われた場合の影響（損失、百万ドル。*は目標を緩和した場合）",
    )
    for one in told["disruptions"][:most]:
        star = "*" if one["eased"] else " "
        yield f"  {KINDS[one['kind']].in_(lang):<10} {one['thing']:<28} {one['loss_usd'] / 1e6:>12,.1f} {star}"


def compared(first: Told, second: Told, rows: Sequence[Told], lang: str) -> Iterator[str]:
    """Two plans side by side."""
    names = [told["name"][lang] or told["name"]["en"] for told in (first, second)]
    yield f"{'':<28} {'':<18} {names[0]:>24} {names[1]:>24} " + _(lang, "change", "差")
    for one in rows:
        yield (
            f"{one['what']:<28} {one['unit']:<18} {one['first']:>24,.1f} {one['second']:>24,.1f} {one['change']:>+20,.1f}"  # noqa: E501
        )


def regret(found: Regret, lang: str) -> Iterator[str]:
    """Regret of each scenario's builds in each scenario, and the plan that regrets least."""
    yield _(
        lang,
        "Regret, million USD: builds of the row's plan when the column's scenario comes (– keeps not all its limits)",
        "後悔（百万ドル）: 行の計画の設備で列のシナリオが生じた場合（–は制約を満たさない）",
    )
    head = "".join(f"{name[:18]:>20}" for name in found.scenarios)
    yield f"{'':<28}{head}"
    for name, row in zip(found.scenarios, found.regret, strict=True):
        cells = "".join(f"{'–' if value != value else f'{value / 1e6:,.1f}':>20}" for value in row)
        yield f"{name[:27]:<28}{cells}"
    if not found.one_fits_all:
        yield _(
            lang,
            "No one set of plants keeps the limits of all scenarios.",
            "すべてのシナリオの制約を満たす設備の組合せはありません。",
        )
        return
    cells = "".join(f"{value / 1e6:>20,.1f}" for value in found.robust_regret)
    yield f"{_(lang, 'The plan that regrets least', '最大後悔が最小の計画'):<28}{cells}"
    for site, builds in zip(found.buildable, found.robust_builds, strict=True):
        if builds.sum() > 1:
            yield f"  {site:<28} {builds.sum():>12,.0f} t/y"


def _summed(series: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in series:
        for year, value in one.items():
            found[year] = found.get(year, 0.0) + value
    return found


def _table(title: str, years: Sequence[int], rows: Any, form: str) -> Iterator[str]:
    yield f"{title:<34}" + "".join(f"{year:>12}" for year in years)
    for name, series in rows:
        yield f"  {name:<32}" + "".join(f"{form.format(series.get(str(year), 0.0)):>12}" for year in years)
