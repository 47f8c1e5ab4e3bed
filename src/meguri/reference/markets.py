"""Tables of what materials cost and what making them emits."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.columns import ELEMENT, ESTIMATE, ISO3, NOTE_EN, NOTE_JA, UNIT, VALUE, YEAR
from meguri.reference.reader import Column, Table
from meguri.reference.rows import Fact


class Price(Fact, frozen=True, kw_only=True):
    """A price or a cost in a year; a metal's `item` is a symbol or what it is sold as (Nd_oxide, Li_contained)."""

    kind: str
    item: str
    year: int
    value: float
    unit: str
    low: float | None
    high: float | None
    basis: str
    estimate: str


class PriceBasis(Fact, frozen=True, kw_only=True):
    """Which price stands for an element; `share` is kilograms of the element in a kilogram of what is priced."""

    element: str
    kind: str
    item: str
    share: float
    note: Words


class Emission(Fact, frozen=True, kw_only=True):
    """A factor of emissions or energy, by category and item; `region` is GLO or ISO 3166."""

    category: str
    item: str
    region: str
    value: float
    unit: str
    low: float | None
    high: float | None
    year: int | None
    note: Words


_LOW = Column("low", Words("Lower end of the range", "範囲の下限"), "number", optional=True)
_HIGH = Column("high", Words("Upper end of the range", "範囲の上限"), "number", optional=True)
PRICES = Table(
    "prices",
    Words("Prices and costs", "価格・費用"),
    Words(
        "Metal prices are yearly averages as published. Payables, charges, prices of boards and the freight of 2024 "
        "are guesses: replace them with quotations.",
        "金属価格は公表された年平均。支払率、処理費、基板価格及び2024年の運賃は仮定値であり、見積りに置き換えること。",
    ),
    Price,
    (
        Column(
            "kind",
            Words("Kind", "種類"),
            "choice",
            choices=(
                "metal_price",
                "escrap_payable_pct",
                "smelter_terms",
                "scrap_price",
                "container_freight",
                "trade_cost",
                "wage",
            ),
        ),
        Column("item", Words("What is priced", "対象")),
        YEAR,
        VALUE,
        UNIT,
        _LOW,
        _HIGH,
        Column("basis", Words("Market and form", "市場・形態"), optional=True),
        ESTIMATE,
    ),
    ("kind", "item", "year"),
)
PRICE_BASIS = Table(
    "price-basis",
    Words("What prices stand for", "価格の根拠"),
    Words(
        "Which price stands for each element. An element sold as an oxide is worth the oxide's price divided by its "
        "share in it. Chromium and selenium have no price.",
        "各元素の価値の算定に用いる価格。酸化物として販売される元素は、酸化物価格を含有割合で除した値とする。"
        "クロム及びセレンの価格はない。",
    ),
    PriceBasis,
    (
        ELEMENT,
        Column("kind", Words("Kind of price", "価格の種類")),
        Column("item", Words("What is priced", "対象"), refers=("prices", "item")),
        Column("share", Words("Element in a kilogram of it", "対象1kg中の元素量"), "share", "kg/kg"),
        NOTE_EN,
        NOTE_JA,
    ),
    ("element",),
)
EMISSIONS = Table(
    "emissions",
    Words("Emission factors", "排出係数"),
    Words(
        "Global warming potential (100 years) and energy of primary metals, secondary metals, transport (well to "
        "wheel), electricity and others. Secondary factors other than aluminium and copper are recalled.",
        "一次金属の温室効果(100年値)・エネルギー、二次金属、輸送(燃料の採掘から走行まで)、電力等の係数。"
        "アルミニウム・銅以外の二次金属の値は記憶による。",
    ),
    Emission,
    (
        Column(
            "category",
            Words("Category", "区分"),
            "choice",
            choices=(
                "primary_metal_gwp",
                "primary_metal_ced",
                "secondary_metal_gwp",
                "transport_wtw",
                "grid_intensity",
                "other",
            ),
        ),
        Column("item", Words("Material, means of transport or electricity", "材料・輸送手段・電力")),
        Column(
            "region", Words("Economy, or GLO for the world", "国・地域(GLOは世界)"), refers=ISO3.refers, also=("GLO",)
        ),
        VALUE,
        UNIT,
        _LOW,
        _HIGH,
        Column("year", Words("Year of the data", "データの年"), "integer", "year", optional=True),
        NOTE_EN,
    ),
    ("category", "item", "region"),
)
