"""What is on record of sales: raw apparent consumption of the EU economies as arrays, repaired and carried back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from meguri import reference
from meguri.arisings.sales.outliers import PUBLISHED_RULES, WHY, Array, Origin, Repaired, Rules, backcast, repair
from meguri.arisings.stock.lifetimes import Weibull
from meguri.arisings.stock.repairs import Repair
from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words
from meguri.reference.reader import Column, FactTable, read
from meguri.reference.rows import Fact

TABLES = Path(__file__).resolve().parents[1] / "tables"
#: The first year to which sales are carried back; both the published models and ours begin there.
FIRST_YEAR = 1980
#: Lifetimes that the reference tables recommend for economies of high income.
LIFETIME_SET = "UNITAR_NLFB"


class MarketGroup(Fact, frozen=True, kw_only=True):
    """The group of purchasing power (1 high to 3 low) in which an economy's sales are compared."""

    iso3: str
    purchasing_power_group: int


MARKET_GROUPS = FactTable(
    "market-groups",
    Words("Groups of purchasing power"),
    Words(
        "Economies whose sales per head are compared with each other in the repair of trade data.",
    ),
    MarketGroup,
    (
        Column("iso3", Words("Economy"), refers=("economies", "iso3")),
        Column("purchasing_power_group", Words("Group, 1 is highest"), "integer", low=1, high=3),
    ),
    ("iso3",),
    room="arisings",
)


@dataclass(frozen=True, eq=False)
class Recorded:
    """Sales of the economies on record: raw (NaN where nothing is), repaired, and population."""

    economies: tuple[str, ...]
    products: tuple[str, ...]
    raw_years: range
    raw_kg: Array
    repaired: Repaired
    population: Array

    @property
    def kg(self) -> Array:
        """Repaired sales in kg, year x product x economy, years of `repaired`."""
        return self.repaired.kg_per_head * self.population[:, None, :]

    def repairs(self, economy: str) -> tuple[Repair, ...]:
        """The repairs of one economy, one for each rule and product: sums of kg before and after, and the years."""
        column = self.economies.index(economy)
        shift = self.raw_years[0] - self.repaired.years[0]
        after, origin = self.kg[:, :, column], self.repaired.origin[:, :, column]
        made = []
        for index, product in enumerate(self.products):
            for code in np.unique(origin[:, index]):
                if code == Origin.RECORDED:
                    continue
                rows = np.flatnonzero(origin[:, index] == code)
                raw = [self.raw_kg[row - shift, index, column] for row in rows if row >= shift]
                known = [value for value in raw if not np.isnan(value)]
                made.append(
                    Repair(
                        Origin(code).name.lower().replace("_", "-"),
                        f"/market/{economy}/{product}/{_spans([self.repaired.years[row] for row in rows])}",
                        float(sum(known)) if known else None,
                        float(after[rows, index].sum()),
                        WHY[Origin(code)],
                    )
                )
        return tuple(made)


def _spans(years: list[int]) -> str:
    """Years as spans: 1999-2001,2004."""
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


@cache
def market_groups() -> tuple[MarketGroup, ...]:
    """The economies whose sales are on record, with their group of purchasing power."""
    return read(MARKET_GROUPS, None, TABLES / "market_groups.csv")


@cache
def products() -> tuple[str, ...]:
    """The 54 UNU-KEYs in order."""
    return tuple(sorted(reference.unu_keys()))


@cache
def lifetimes(lifetime_set: str = LIFETIME_SET) -> Weibull:
    """The Weibull lives (54,) of one set; a key that the set lacks takes the recommended one."""
    known = {row.parameter_set for row in reference.lifetimes()}
    if lifetime_set not in known:
        raise refuse(
            N_("There is no set of lifetimes named {name}. Known sets: {known}. Nearest: {nearest}"),
            "/lifetime_set",
            "unknown-lifetime-set",
            name=lifetime_set,
            known=", ".join(sorted(known)),
            nearest=nearest(lifetime_set, known) or "-",
        )
    by_key = {row.unu_key: row for row in reference.lifetimes() if row.parameter_set == LIFETIME_SET}
    by_key |= {row.unu_key: row for row in reference.lifetimes() if row.parameter_set == lifetime_set}
    rows = [by_key[key] for key in products()]
    return Weibull(np.array([row.weibull_shape for row in rows]), np.array([row.weibull_scale_yr for row in rows]))


@cache
def population(economy: str, first: int, last: int) -> Array:
    """Persons in each year, on straight lines between the years on file. Refuses an economy without any."""
    rows = sorted((row.year, row.population_million) for row in reference.population() if row.iso3 == economy)
    if not rows:
        raise refuse(N_("No population is on file for {economy}."), "/economy", "no-population", economy=economy)
    years, millions = zip(*rows, strict=True)
    return np.interp(np.arange(first, last + 1), years, millions) * 1e6


@cache
def piece_kg(first: int, last: int) -> Array:
    """Mean mass of a piece in kg, year x product: the general series, level beyond its ends."""
    weights: dict[str, dict[int, float]] = {}
    for row in reference.unit_weights():
        if row.country == "EU_default":
            weights.setdefault(row.unu_key, {})[row.year] = row.avg_weight_kg_per_unit
    general = {row.unu_key: row.unit_weight_kg for row in reference.unu_keys().values()}
    years = np.arange(first, last + 1)
    columns = []
    for key in products():
        series = sorted(weights.get(key, {2021: general[key]}).items())
        known, masses = (np.array(part, dtype=float) for part in zip(*series, strict=True))
        columns.append(np.interp(years, known, masses))
    return np.stack(columns, axis=1)


@cache
def european(rules: Rules = PUBLISHED_RULES) -> Recorded:
    """The EU economies on record from 1995, repaired and carried back to 1980. Takes about a second, once."""
    rows = reference.placed_on_market()
    keys = products()
    group_of = {row.iso3: row.purchasing_power_group for row in market_groups()}
    economies = tuple(sorted({row.iso3 for row in rows}))
    years = range(min(row.year for row in rows), max(row.year for row in rows) + 1)
    raw = np.full((len(years), len(keys), len(economies)), np.nan)
    product_at = {key: index for index, key in enumerate(keys)}
    economy_at = {economy: index for index, economy in enumerate(economies)}
    for row in rows:
        raw[row.year - years[0], product_at[row.unu_key], economy_at[row.iso3]] = row.pom_kg
    people = np.stack([population(economy, FIRST_YEAR, years[-1]) for economy in economies], axis=1)
    shift = years[0] - FIRST_YEAR
    groups = [group_of[economy] for economy in economies]
    repaired = repair(raw, people[shift:], groups, years, keys, piece_kg(years[0], years[-1]), rules)
    introduced = {row.unu_key: row.introduced for row in reference.unu_keys().values()}
    carried = backcast(repaired, FIRST_YEAR, [introduced[key] for key in keys])
    return Recorded(economies, keys, years, raw, carried, people)
