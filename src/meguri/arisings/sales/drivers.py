"""The drivers of the market: named numbers with a range, a source and a confidence; and the split by category."""

from __future__ import annotations

from functools import cache

import numpy as np

from meguri import reference
from meguri.arisings.sales.outliers import Array
from meguri.arisings.sales.recorded import TABLES, european, products
from meguri.kit.words import Words
from meguri.reference.reader import Column, FactTable, read
from meguri.reference.rows import Fact


class MarketDriver(Fact, frozen=True, kw_only=True):
    """One named number of the market model, with the range in which it may lie."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    meaning: Words


MARKET_DRIVERS = FactTable(
    "market-drivers",
    Words("Drivers of the market"),
    Words("The numbers by which sales are inferred and carried forward."),
    MarketDriver,
    (
        Column("name", Words("Name")),
        Column("value", Words("Value used"), "number", low=0),
        Column("low", Words("Low end"), "number", low=0),
        Column("high", Words("High end"), "number", low=0),
        Column("unit", Words("Unit")),
        Column("meaning", Words("What it is"), words=True),
    ),
    ("name",),
    room="arisings",
)


@cache
def drivers() -> dict[str, MarketDriver]:
    """The drivers by name."""
    return {row.name: row for row in read(MARKET_DRIVERS, None, TABLES / "market_drivers.csv")}


def value(name: str) -> float:
    """The value of one driver."""
    return drivers()[name].value


@cache
def categories() -> tuple[str, ...]:
    """The EU category (1 to 6) of each of the 54 keys, in their order."""
    keys = reference.unu_keys()
    return tuple(keys[key].eu6 for key in products())


@cache
def world_split() -> dict[str, float]:
    """Shares of the EU categories in the world's arisings of 2022, without solar panels (GEM 2024, recalled)."""
    named = {
        "temperature exchange": "1",
        "screens": "2",
        "lamps": "3",
        "large": "4",
        "small": "5",
        "small IT": "6",
    }
    rows = [row for row in reference.published() if row.topic == "arisings by category" and row.scope == "World"]
    mass = {named[row.quantity]: row.value for row in rows if row.quantity in named}
    total = sum(mass.values())
    return {code: mass[code] / total for code in sorted(mass)}


@cache
def world_kg_per_head(year: int = 2022) -> float:
    """Arisings of the world per head in kg, as published."""
    rows = [row for row in reference.ewaste_by_country() if row.iso3 == "WLD" and row.year == year]
    return next(row.ewaste_kg_per_cap for row in rows if row.ewaste_kg_per_cap is not None)


def pattern(last_year: int, without: str | None = None) -> Array:
    """Shares of the 54 products in the sales of the EU economies by year from 1980, (V, 54); each row sums to one.

    One economy may be left out, so that a study of it does not see itself. After the last record the shares of the
    last years stay.
    """
    on_record = european()
    columns = [index for index, economy in enumerate(on_record.economies) if economy != without]
    mass = on_record.kg[:, :, columns].sum(axis=2)
    return extend_shares(mass / mass.sum(axis=1, keepdims=True), last_year - on_record.repaired.years[0] + 1)


def extend_shares(shares: Array, length: int) -> Array:
    """Shares by year, cut or carried on to a length with the mean of the last years."""
    if length <= len(shares):
        return shares[:length]
    tail = shares[-int(value("shares-years")) :].mean(axis=0)
    return np.vstack([shares, np.repeat((tail / tail.sum())[None, :], length - len(shares), axis=0)])


@cache
def shares_spread() -> Array:
    """How much the share of each product differs between EU economies (54,): standard deviation of its logarithm.

    From mean shares over the ten last years on record; at most one, and one where too few economies sell it.
    """
    on_record = european()
    mass = on_record.kg[-10:].sum(axis=0)
    shares = mass / mass.sum(axis=0, keepdims=True)
    spread = np.ones(len(shares))
    for index, row in enumerate(shares):
        sold = row[row > 0]
        if sold.size >= 5:
            spread[index] = min(float(np.log(sold).std(ddof=1)), 1.0)
    return spread
