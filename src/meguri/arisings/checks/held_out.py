"""Held-out studies: how well sales are inferred and carried forward where the truth is known.

Nothing here is fitted to the years held out; the errors calibrate the bands of the projection (see the drivers).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from meguri.arisings.sales import market, recorded
from meguri.arisings.sales import published as observed
from meguri.arisings.sales.outliers import Array
from meguri.arisings.stock.conventions import fractions_by_age
from meguri.reference import Confidence

FIRST = recorded.FIRST_YEAR


@dataclass(frozen=True, eq=False)
class Study:
    """Figures worked out without the truth, beside the truth; kg per year. ``sd_log`` is the band that was claimed."""

    name: str
    economy: str
    years: tuple[int, ...]
    ours: Array
    truth: Array
    sd_log: Array

    @property
    def error(self) -> Array:
        """Relative error by year."""
        return self.ours / self.truth - 1.0

    @property
    def within(self) -> float:
        """Share of the years whose truth lies in the band of 95 %."""
        return float((np.abs(np.log(self.ours / self.truth)) < 1.96 * self.sd_log).mean())


def forward(kg: Array, convention: str, lifetime_set: str = recorded.LIFETIME_SET) -> Array:
    """Arisings (T,) of all products together, kg, from sales (T, P)."""
    leaving, _ = fractions_by_age(recorded.lifetimes(lifetime_set), len(kg), convention)
    total = np.zeros(len(kg))
    for cohort in range(len(kg)):
        total[cohort:] += (leaving[: len(kg) - cohort] * kg[cohort]).sum(axis=1)
    return total


@cache
def known_arisings(economy: str, until: int, convention: str = "middle") -> observed.Observed:
    """Arisings of an economy on record as its repaired sales give them, from 2000 on: the material of a study."""
    data = recorded.european()
    total = forward(data.kg[:, :, data.economies.index(economy)], convention)
    years = tuple(range(2000, until + 1))
    return observed.Observed(
        economy, years, total[np.array(years) - FIRST], Confidence.DERIVED, ("Repaired sales run forward",), ()
    )


def sales_inferred(economy: str, options: market.MarketOptions = market.DEFAULT) -> Study:
    """Sales of 1995 to 2014 inferred from arisings of 2000 to 2014 and the product pattern of the other economies."""
    data = recorded.european()
    found = market.from_arisings(known_arisings(economy, 2014, options.convention), 2014, options)
    years = tuple(range(1995, 2015))
    rows = np.array(years) - FIRST
    truth = data.kg[rows, :, data.economies.index(economy)].sum(axis=1)
    return Study("sales-inferred", economy, years, found.kg[rows].sum(axis=1), truth, found.total_sd_log[rows])


def sales_projected(economy: str, until: int = 2009, options: market.MarketOptions = market.DEFAULT) -> Study:
    """Total sales after a year, from repaired sales up to it."""
    data = recorded.european()
    last = data.repaired.years[-1]
    kept = market.MarketOptions(**{**options.__dict__, "until": until})
    found = market.of(economy, range(FIRST, last + 1), kept)
    years = tuple(range(until + 1, last + 1))
    rows = np.array(years) - FIRST
    truth = data.kg[rows, :, data.economies.index(economy)].sum(axis=1)
    return Study("sales-projected", economy, years, found.kg[rows].sum(axis=1), truth, found.total_sd_log[rows])


def sales_inferred_and_projected(
    economy: str, until: int = 2009, options: market.MarketOptions = market.DEFAULT
) -> Study:
    """Total sales after a year, inferred from the arisings up to it and carried forward."""
    data = recorded.european()
    last = data.repaired.years[-1]
    found = market.from_arisings(known_arisings(economy, until, options.convention), last, options)
    years = tuple(range(until + 1, last + 1))
    rows = np.array(years) - FIRST
    truth = data.kg[rows, :, data.economies.index(economy)].sum(axis=1)
    return Study("sales-followed", economy, years, found.kg[rows].sum(axis=1), truth, found.total_sd_log[rows])


def arisings_of_known_sales(economy: str, until: int = 2009, options: market.MarketOptions = market.DEFAULT) -> Study:
    """Arisings after a year from those up to it, beside what the sales on record give."""
    last = recorded.european().repaired.years[-1]
    whole = known_arisings(economy, last, options.convention)
    found = market.from_arisings(known_arisings(economy, until, options.convention), last, options)
    years = tuple(range(until + 1, last + 1))
    rows = np.array(years) - FIRST
    ours = forward(found.kg, options.convention, options.lifetime_set)[rows]
    truth = whole.kg[[whole.years.index(year) for year in years]]
    return Study("arisings-of-known-sales", economy, years, ours, truth, arisings_sd(found, options)[rows])


def arisings_followed(economy: str, until: int = 2017, options: market.MarketOptions = market.DEFAULT) -> Study:
    """Arisings of the published series after a year, from the series up to it: inferred, carried and run forward."""
    whole = observed.observed(economy, None, False)
    kept = market.MarketOptions(**{**options.__dict__, "until": until, "editions": False, "inferred": True})
    last = whole.years[-1]
    found = market.of(economy, range(FIRST, last + 1), kept)
    ours = forward(found.kg, options.convention, options.lifetime_set)
    years = tuple(year for year in whole.years if year > until)
    rows = np.array(years) - FIRST
    truth = whole.kg[[whole.years.index(year) for year in years]]
    return Study("arisings-followed", economy, years, ours[rows], truth, arisings_sd(found, options)[rows])


def arisings_sd(found: market.Market, options: market.MarketOptions = market.DEFAULT, level: float = 0.0) -> Array:
    """Relative standard deviation of total arisings by year, (T,), from the errors of the sales.

    The errors of total sales go together as `Market.total_covariance` says; those of a product's share are the same
    in all years and independent of other products'. ``level`` is added for the level of published arisings.
    """
    by_age, _ = fractions_by_age(recorded.lifetimes(options.lifetime_set), len(found.kg), options.convention)
    own = np.sqrt(np.maximum(found.sd_log**2 - found.total_sd_log[:, None] ** 2, 0.0))
    spread = np.zeros(len(found.kg))
    for year in range(len(found.kg)):
        flow = by_age[year::-1] * found.kg[: year + 1]
        total, cohorts = flow.sum(), flow.sum(axis=1)
        if total > 0:
            shared = cohorts @ found.total_covariance[: year + 1, : year + 1] @ cohorts
            single = ((flow * own[: year + 1]).sum(axis=0) ** 2).sum()
            # What one product has more another has less: a share moves the total only by its other lifetime.
            spread[year] = np.sqrt(max(shared, 0.0) + single * _apart(flow)) / total
    return np.hypot(spread, level)


def _apart(flow: Array) -> float:
    """How much an error of shares moves a year's arisings: 0 where all products leave alike, at most 1."""
    cohorts = flow.sum(axis=1)
    by_product = flow / np.maximum(flow.sum(axis=0, keepdims=True), 1e-12)
    whole = cohorts / max(cohorts.sum(), 1e-12)
    return float(np.abs(by_product - whole[:, None]).sum(axis=0).mean() / 2)


def economies_on_record() -> tuple[str, ...]:
    """The economies whose sales are known."""
    return recorded.european().economies


def leaving(found: market.Market, year: int) -> Array:
    """What leaves in a year by year of sale and product, kg (V, 54)."""
    length = year - FIRST + 1
    by_age, _ = fractions_by_age(recorded.lifetimes(), length, market.DEFAULT.convention)
    return by_age[::-1] * found.kg[:length]
