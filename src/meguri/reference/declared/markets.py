"""Tables of what materials cost and what making them emits."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.declared.columns import ELEMENT, ESTIMATE, ISO3, NOTE, UNIT, VALUE, YEAR
from meguri.reference.reader import Column, FactTable
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
    basis: Words
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


_LOW = Column("low", Words("Lower end of the range"), "number", optional=True)
_HIGH = Column("high", Words("Upper end of the range"), "number", optional=True)
PRICES = FactTable(
    "prices",
    Words("Prices and costs"),
    Words(
        "Metal prices are yearly averages as published. Payables, charges, prices of boards and the freight of 2024 "
        "are guesses: replace them with quotations.",
    ),
    Price,
    (
        Column(
            "kind",
            Words("Kind"),
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
        Column("item", Words("What is priced")),
        YEAR,
        VALUE,
        UNIT,
        _LOW,
        _HIGH,
        Column("basis", Words("Market and form"), optional=True, words="shared"),
        ESTIMATE,
    ),
    ("kind", "item", "year"),
)
PRICE_BASIS = FactTable(
    "price-basis",
    Words("What prices stand for"),
    Words(
        "Which price stands for each element. An element sold as an oxide is worth the oxide's price divided by its "
        "share in it. Chromium and selenium have no price.",
    ),
    PriceBasis,
    (
        ELEMENT,
        Column("kind", Words("Kind of price")),
        Column("item", Words("What is priced"), refers=("prices", "item")),
        Column("share", Words("Element in a kilogram of it"), "share", "kg/kg"),
        NOTE,
    ),
    ("element",),
)
EMISSIONS = FactTable(
    "emissions",
    Words("Emission factors"),
    Words(
        "Global warming potential (100 years) and energy of primary metals, secondary metals, transport (well to "
        "wheel), electricity and others. Secondary factors other than aluminium and copper are recalled.",
    ),
    Emission,
    (
        Column(
            "category",
            Words("Category"),
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
        Column("item", Words("Material, means of transport or electricity")),
        Column("region", Words("Economy, or GLO for the world"), refers=ISO3.refers, also=("GLO",)),
        VALUE,
        UNIT,
        _LOW,
        _HIGH,
        Column("year", Words("Year of the data"), "integer", "year", optional=True),
        NOTE,
    ),
    ("category", "item", "region"),
)
