"""Sales of electrical and electronic equipment by product and year, for every economy with any data.

Where sales are on record (the EU economies of 1995 to 2015) they are repaired and carried back to 1980; elsewhere
they are inferred from published arisings. Both are then carried forward per head. Every cell says which it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np
import numpy.typing as npt

from meguri.arisings.sales import drivers, recorded, splits
from meguri.arisings.sales import published as observed
from meguri.arisings.sales.outliers import Array, Origin
from meguri.arisings.sales.projection import carried, project
from meguri.arisings.stock.repairs import Repair
from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words
from meguri.reference import Confidence, weakest

FIRST, LAST = recorded.FIRST_YEAR, 2100


class SalesBasis(IntEnum):
    """What a cell of the market rests on; the value of `Market.basis`."""

    RECORDED = 0
    REPAIRED = 1
    INFERRED = 2
    PROJECTED = 3
    ASSUMED = 4

    @property
    def words(self) -> Words:
        """Its name for pages and tables."""
        return _BASIS[self]


_BASIS = {
    SalesBasis.RECORDED: Words("recorded"),
    SalesBasis.REPAIRED: Words("repaired"),
    SalesBasis.INFERRED: Words("inferred"),
    SalesBasis.PROJECTED: Words("projected"),
    SalesBasis.ASSUMED: Words("assumed"),
}

PANELS = Words(
    "Solar panels: no usable figures of sales are on file, so none are counted.",
)


@dataclass(frozen=True)
class MarketOptions:
    """How the market is worked out.

    ``convention`` and ``lifetime_set`` are those with which arisings will be run forward; ``until`` leaves out later
    observations; ``anchor`` (year, kt) scales the arisings to one figure; ``editions`` False keeps to the old series;
    ``inferred`` treats an economy on record as if its sales were unknown; ``ceiling`` kg per head and year.
    """

    convention: str = "middle"
    lifetime_set: str = recorded.LIFETIME_SET
    until: int | None = None
    anchor: tuple[int, float] | None = None
    editions: bool = True
    inferred: bool = False
    ceiling: float | None = None


DEFAULT = MarketOptions()


@dataclass(frozen=True, eq=False)
class Market:
    """Sales of one economy: ``kg`` (T, P), ``sd_log`` (T, P) of their logarithm, ``basis`` (T, P) of `SalesBasis`.

    ``total_sd_log`` (T,) is the part of the error that all products share. ``total_covariance`` (T, T) is that of the
    logarithm of total sales given the lifetimes: an inferred history is less sure year by year than together, since
    it has to give back the arisings. ``confidence`` is by product.
    """

    economy: str
    products: tuple[str, ...]
    years: range
    kg: Array
    sd_log: Array
    total_sd_log: Array
    total_covariance: Array
    basis: npt.NDArray[np.int8]
    confidence: tuple[Confidence, ...]
    sources: tuple[str, ...]
    repairs: tuple[Repair, ...]


@cache
def economies() -> tuple[str, ...]:
    """Economies whose market can be given: those with sales or a series of arisings on file."""
    return tuple(sorted(set(recorded.european().economies) | set(observed.economies())))


def of(economy: str, years: range = range(FIRST, 2051), options: MarketOptions = DEFAULT) -> Market:
    """The market of one economy over consecutive years between 1980 and 2100.

    Refuses years outside, and an economy without data, naming those with data.
    """
    if len(years) == 0 or years.step != 1 or years[0] < FIRST or years[-1] > LAST:
        raise refuse(
            N_("Years must be consecutive and lie between {first} and {last}."),
            "/years",
            "years-out-of-range",
            first=FIRST,
            last=LAST,
        )
    if economy not in economies():
        raise refuse(
            N_("No market and no arisings are on file for {economy}. There are for: {known}. Nearest: {nearest}"),
            "/economy",
            "no-data",
            economy=economy,
            known=", ".join(economies()),
            nearest=nearest(economy, economies()) or "-",
        )
    whole = _whole(economy, max(years[-1], 2050), options)
    cut = slice(years[0] - FIRST, years[-1] - FIRST + 1)
    return Market(
        economy,
        whole.products,
        years,
        whole.kg[cut],
        whole.sd_log[cut],
        whole.total_sd_log[cut],
        whole.total_covariance[cut, cut],
        whole.basis[cut],
        whole.confidence,
        whole.sources,
        whole.repairs,
    )


@cache
def _whole(economy: str, last: int, options: MarketOptions) -> Market:
    if economy in recorded.european().economies and not options.inferred:
        return _on_record(economy, last, options)
    return from_arisings(observed.observed(economy, options.until, options.editions, options.anchor), last, options)


def _on_record(economy: str, last: int, options: MarketOptions) -> Market:
    data = recorded.european()
    column = data.economies.index(economy)
    end = min(data.repaired.years[-1], options.until or last)
    known = end - FIRST + 1
    people = recorded.population(economy, FIRST, last)
    kg = data.kg[:known, :, column]
    total = kg.sum(axis=1)
    origin = data.repaired.origin[:known, :, column]
    basis = np.full(kg.shape, SalesBasis.REPAIRED, dtype=np.int8)
    basis[origin == Origin.RECORDED] = SalesBasis.RECORDED
    basis[(origin == Origin.BACKCAST) | (origin == Origin.LEFT_OUT)] = SalesBasis.ASSUMED
    spread = np.full(kg.shape, drivers.value("repaired-sd"))
    spread[basis == SalesBasis.RECORDED] = drivers.value("recorded-sd")
    spread[basis == SalesBasis.ASSUMED] = drivers.value("backcast-sd")
    with np.errstate(invalid="ignore", divide="ignore"):
        shared = np.sqrt(((kg * spread) ** 2).sum(axis=1)) / total
    shares = drivers.extend_shares(kg / total[:, None], last - FIRST + 1)
    ahead = project(total / people[:known], last - end, np.maximum(shared, 0.03), options.ceiling)
    whole = np.vstack([kg, (ahead.per_head * people[known:])[:, None] * shares[known:]])
    same = drivers.value("record-correlation")
    together = np.outer(shared, shared) * (same + (1 - same) * np.eye(known))
    covariance = carried(together, last - end, 1.0)
    shared = np.concatenate([shared, ahead.sd_log])
    own = np.sqrt(np.maximum(spread**2 - shared[:known, None] ** 2, 0.0))
    later = drivers.value("shares-sd") ** 2 * np.arange(1, last - end + 1)[:, None]
    own = np.vstack([own, np.sqrt(spread[-1] ** 2 + later)])
    basis = np.vstack([basis, np.full((last - end, kg.shape[1]), SalesBasis.PROJECTED, dtype=np.int8)])
    trust = {
        SalesBasis.RECORDED: Confidence.SOURCED,
        SalesBasis.REPAIRED: Confidence.DERIVED,
        SalesBasis.ASSUMED: Confidence.MEMORY,
    }
    confidence = tuple(
        weakest((float(kg[row, index]), trust[SalesBasis(basis[row, index])]) for row in range(known))
        for index in range(kg.shape[1])
    )
    sources = (
        "Statistics Netherlands, Waste over Time v1.2 (MIT): apparent consumption 1995-2015",
        _population_source(),
    )
    return Market(
        economy,
        data.products,
        range(FIRST, last + 1),
        whole,
        np.hypot(own, shared[:, None]),
        shared,
        covariance,
        basis,
        confidence,
        sources,
        data.repairs(economy),
    )


def _population_source() -> str:
    return "Population: as implied by the series of arisings, else UN World Population Prospects 2024, medium, recalled"


def from_arisings(data: observed.Observed, last: int, options: MarketOptions = DEFAULT) -> Market:
    """The market of an economy from 1980 to a last year, inferred from its arisings alone and carried forward."""
    economy, seen = data.economy, data.years
    end = seen[-1]
    people = recorded.population(economy, FIRST, last)
    per_head = data.kg / people[np.array(seen) - FIRST]
    course = splits.expected_course(seen, per_head) * people[: end - FIRST + 1]
    base = drivers.pattern(last, economy)
    shares, european = splits.split(
        base, data.kg, seen, course, float(per_head[-1]), options.convention, options.lifetime_set
    )
    known = end - FIRST + 1
    fit = splits.fit(data.kg, shares[:known], seen, course, options.convention, options.lifetime_set)
    others = [
        splits.fit(data.kg, shares[:known], seen, course, options.convention, name).sales
        for name in ("UNITAR_NLFB", "UNITAR_IT", "UNU2015", "vanNielen_EU")
        if name != options.lifetime_set
    ]
    ratio = np.log(np.maximum(np.stack(others), 1e-9) / np.maximum(fit.sales, 1e-9))
    lives = np.minimum(np.sqrt((ratio**2).mean(axis=0)), 1.0)
    shared = np.minimum(np.hypot(fit.sd_log, lives), 1.5)
    blind = drivers.value("blind-factor")
    above_zero = np.maximum(fit.sales, 1e-6 * fit.sales.max())
    ahead = project(above_zero / people[:known], last - end, blind * np.maximum(shared, 0.02), options.ceiling)
    total = np.concatenate([fit.sales, ahead.per_head * people[known:]])
    shared = np.concatenate([shared, ahead.sd_log])
    covariance = carried(fit.covariance, last - end, blind)
    own = np.repeat(drivers.shares_spread()[None, :], last - FIRST + 1, axis=0)
    own[known:] = np.sqrt(own[known:] ** 2 + drivers.value("shares-sd") ** 2 * np.arange(1, last - end + 1)[:, None])
    basis = np.full(own.shape, SalesBasis.INFERRED, dtype=np.int8)
    basis[known:] = SalesBasis.PROJECTED
    split = Confidence.DERIVED if european >= 0.999 else Confidence.MEMORY
    panels = recorded.products().index("0002")
    basis[:, panels] = SalesBasis.ASSUMED
    confidence = [min(data.confidence, split, Confidence.DERIVED)] * len(recorded.products())
    confidence[panels] = Confidence.MISSING
    repairs = (*data.repairs, Repair("left-out", f"/market/{economy}/0002", None, 0.0, PANELS))
    sources = (
        *data.sources,
        "Split by product: sales of the EU economies (Statistics Netherlands, Waste over Time v1.2, MIT)",
        "Split by category: Global E-waste Monitor 2024, recalled",
        _population_source(),
    )
    return Market(
        economy,
        recorded.products(),
        range(FIRST, last + 1),
        total[:, None] * shares,
        np.hypot(own, shared[:, None]),
        shared,
        covariance,
        basis,
        tuple(confidence),
        sources if european < 0.999 else (*sources[:-2], sources[-1]),
        repairs,
    )
