"""How the variance of a place's figure divides over the groups of inputs: what to measure next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from meguri.arisings.results import VARIABLES
from meguri.arisings.web import places, showing
from meguri.arisings.web.asking import Asked
from meguri.kit.problems import NotFound
from meguri.kit.web import charts
from meguri.kit.words import Words

NEXT: dict[str, Words] = {
    "lifetimes": Words(
        "A survey of the ages at which goods are given up narrows these figures most.",
        "廃棄時の使用年数の調査が、不確実性の低減に最も有効である。",
    ),
    "sales": Words(
        "Yearly sales by kind of product, from customs and producers, narrow these figures most.",
        "品目別の年間販売量(貿易統計・製造事業者)の把握が、不確実性の低減に最も有効である。",
    ),
    "composition": Words(
        "Assays of what arrives at dismantlers narrow these figures most.",
        "解体施設に搬入される物の分析が、不確実性の低減に最も有効である。",
    ),
    "yields": Words(
        "Measured recovery by route narrows these figures most.",
        "処理経路ごとの回収率の実測が、不確実性の低減に最も有効である。",
    ),
    "collection": Words(
        "Counting what is formally collected narrows these figures most.",
        "公式回収量の把握が、不確実性の低減に最も有効である。",
    ),
}


@dataclass(frozen=True)
class Part:
    """A group of inputs with its share of the variance: alone, with all it interacts with, and that one's error."""

    group: str
    name: Words
    first: float
    total: float
    error: float


@dataclass(frozen=True)
class Measured:
    """The breakdown of one variable in one year."""

    title: Words
    year: int
    parts: tuple[Part, ...]
    advice: Words
    chart: dict[str, Any]


MEASURED = ("arisings", "value-usd")


def breakdown(one: Asked) -> list[Measured]:
    """The breakdown for arisings and for the value contained; none for regions, which are sums."""
    if not places.single(one.economy):
        return []
    found = []
    for variable in MEASURED:
        try:
            made = one.run.variance(variable, one.economy, one.year, _label(one, variable))
        except NotFound:
            continue
        parts = tuple(
            Part(share.group, share.title, share.first, share.total, share.total_error) for share in made.groups
        )
        names = [showing.said(part.name) for part in parts]
        line = charts.Line(
            _("Share of the variance"),
            [100 * max(part.total, 0.0) for part in parts],
            p5=[100 * max(part.total - 1.645 * part.error, 0.0) for part in parts],
            p95=[100 * (max(part.total, 0.0) + 1.645 * part.error) for part in parts],
        )
        chart = charts.bars(names, "%", line, whisker=_("sampling error, 90 %"))
        found.append(Measured(VARIABLES[variable].title, one.year, parts, NEXT[parts[0].group], chart))
    return found


def _label(one: Asked, variable: str) -> str:
    """The goods asked for, or the group they are added up in."""
    return one.product if one.product in one.products(variable) else places.group_of(one.product)
