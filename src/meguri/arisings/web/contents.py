"""What is in it: elements of a place's arisings and of a product, with value, carbon and how sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from meguri.arisings.contents import composition as contents
from meguri.arisings.runs import scales
from meguri.arisings.web import places, ranking
from meguri.arisings.web import series as showing
from meguri.arisings.web.address import Asked
from meguri.kit.web import charts
from meguri.kit.words import Words
from meguri.reference import Confidence, element_order

BARS = 12
"""How many elements the chart shows, by value."""


@dataclass(frozen=True)
class Line:
    """An element in a place's arisings of one year; None where a figure is not known."""

    symbol: str
    mass: ranking.Ranked
    stock: float | None
    recovered: float | None
    value: ranking.Ranked | None
    carbon: float | None
    share: float | None


def table(one: Asked) -> dict[str, Any] | None:
    """Elements in what arises: mass, value, what is recovered, carbon avoided, share of Japan's demand."""
    product = one.product if one.product in one.products("contained") else places.group_of(one.product)
    lines = []

    def middle(variable: str, symbol: str) -> float | None:
        series = one.maybe(variable, product=product, item=symbol)
        return float(series.quantiles[showing.MIDDLE, series.years.index(one.year)]) if series else None

    for symbol in element_order():
        mass = one.maybe("contained", product=product, item=symbol)
        if mass is None:
            continue
        name = places.element_name(symbol)
        value = one.maybe("value-usd", product=product, item=symbol)
        lines.append(
            Line(
                symbol, ranking.ranked(symbol, name, mass, one.year), middle("stock-contained", symbol),
                middle("recovered", symbol), ranking.ranked(symbol, name, value, one.year) if value else None,
                middle("carbon-avoided-kg", symbol), middle("share-of-japan-demand", symbol),
            )
        )  # fmt: skip
    if not lines:
        return None
    lines.sort(key=lambda line: -(line.value.value if line.value else -1.0))
    dear = [line for line in lines if line.value and line.value.value > 0][:BARS]
    money = scales.of("USD", [line.value.value for line in dear if line.value])
    values = [line.value for line in dear if line.value]
    chart = charts.bars(
        [showing.said(line.mass.name) for line in dear],
        showing.said(money.unit),
        charts.ChartLine(
            _("Value contained"),
            money(one.value for one in values),
            p5=money(one.low for one in values),
            p95=money(one.high for one in values),
            assumed=[one.level in ("memory", "missing") for one in values],
        ),
        assumed=_("rests on assumed contents"),
    )
    return {
        "lines": lines,
        "chart": chart,
        "goods": places.product_name(product),
        "narrowed": product != one.product,
        "mass": scales.Scale(Words("t"), 1e3),
        "money": money,
        "carbon": scales.of("kgCO2e", [line.carbon or 0.0 for line in lines]),
        "value": _sum(one, "value-usd", product),
        "avoided": _sum(one, "carbon-avoided-kg", product),
    }


def _sum(one: Asked, variable: str, product: str) -> str:
    series = one.maybe(variable, product=product)
    return ranking.said_at(series, one.year) if series else ""


@dataclass(frozen=True)
class Content:
    """An element in a product sold in a year: parts per million by mass, one relative deviation, how sure."""

    symbol: str
    name: Words
    ppm: float
    sd: float
    level: str


@dataclass(frozen=True)
class Bill:
    """What a product is made of, with what stands behind it."""

    lines: tuple[Content, ...]
    unknown: tuple[Words, ...]
    basis: str
    note: Words
    source: str
    placeholder: bool
    kg: float


def of_product(code: str) -> Bill:
    """Contents of one product as sold now, richest first."""
    made = contents.matrix((code,))
    lines, unknown = [], []
    for n, symbol in enumerate(element_order()):
        if not made.known[0, n]:
            unknown.append(places.element_name(symbol))
            continue
        level = Confidence(int(made.confidence[0, n])).word
        ppm = float(made.values[0, 0, n]) * 1e6
        if ppm > 0:
            lines.append(Content(symbol, places.element_name(symbol), ppm, float(made.sd[0, 0, n]), level))
    lines.sort(key=lambda line: -line.ppm)
    kg = float(contents.unit_mass((code,), made.cohorts)[0, 0])
    return Bill(
        tuple(lines), tuple(unknown), made.basis[0], made.note[0], made.source[0], bool(made.placeholder[0]), kg
    )


def bearers(symbol: str) -> list[dict[str, Any]]:
    """The products richest in an element: parts per million, and grams in a piece."""
    made = contents.matrix()
    at = element_order().index(symbol)
    mass = contents.unit_mass(made.products, made.cohorts)[0]
    found: list[dict[str, Any]] = [
        {
            "code": code,
            "name": places.product_name(code),
            "ppm": float(made.values[0, p, at]) * 1e6,
            "grams": float(made.values[0, p, at]) * float(mass[p]) * 1e3,
            "level": Confidence(int(made.confidence[p, at])).word,
        }
        for p, code in enumerate(made.products)
        if made.known[p, at] and made.values[0, p, at] > 0
    ]
    return sorted(found, key=lambda row: -row["ppm"])[:12]
