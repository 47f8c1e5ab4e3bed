"""What stands behind one economy under a scenario: sales, lifetimes, contents, rates and routes, made ready to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from meguri import reference
from meguri.arisings.contents import composition as contents
from meguri.arisings.contents import routes
from meguri.arisings.draws.engine import Array, GoodsColumns, Inputs
from meguri.arisings.runs import collection
from meguri.arisings.runs.economy import EconomyModel, GoodsSupply, Levels, ProductGroup, Treatment
from meguri.arisings.runs.results import BASIS_CODES, EQUIPMENT, VEHICLES
from meguri.arisings.sales import market, recorded, vehicles
from meguri.arisings.sales import published as observed
from meguri.arisings.scenarios.scenario import ArisingsScenario, for_economy
from meguri.arisings.stock.conventions import Convention
from meguri.kit.files import reading
from meguri.reference import Confidence

FIRST = 1980
FIRST_VEHICLES = 1960
ROUTE_SHARES = Path(__file__).resolve().parents[1] / "tables" / "route_shares_assumed.csv"
LEAST_LIFE_SD = 0.08
"""Least deviation of a lifetime's logarithm: surveys of one economy do not agree more closely."""
LIVES_SD_SURVEYED, LIVES_SD_BORROWED = 0.03, 0.15
"""Deviation of all lifetimes of an economy together: that of the means of four European sets, and, elsewhere, an
assumption: no survey of lifetimes outside Europe is on file."""
OWN_VEHICLE_SD = 0.03
"""Deviation of the lifetime of one kind of vehicle beside that of all: an assumption."""
MOST_CONTENT_SD = 1.5
"""Relative deviations of contents are not taken beyond this: what is less known than that is a placeholder anyway."""
OBSERVED_SD = 0.1
"""Deviation of the logarithm of published arisings, which are themselves modelled: an assumption."""
SALES_CONFIDENCE = {
    market.SalesBasis.RECORDED: Confidence.SOURCED,
    market.SalesBasis.REPAIRED: Confidence.DERIVED,
    market.SalesBasis.INFERRED: Confidence.DERIVED,
    market.SalesBasis.PROJECTED: Confidence.DERIVED,
    market.SalesBasis.ASSUMED: Confidence.MEMORY,
}
"""The most that a cell of the market can be trusted, by what it rests on."""


@dataclass(frozen=True)
class ContentColumns:
    """Contents as columns, deviations (P, 30 + streams) of their logarithm, confidences of elements and streams."""

    columns: GoodsColumns
    content_sd: Array
    content_confidence: Levels
    stream_confidence: Levels
    streams: tuple[str, ...]


def years_of(scenario: ArisingsScenario) -> range:
    """The years that are worked out: always from 1980, so that the stock has its whole history."""
    return range(FIRST, scenario.last_year + 1)


def equipment(scenario: ArisingsScenario, economy: str) -> GoodsSupply:
    """Electrical and electronic equipment of one economy, in kilograms."""
    years = years_of(scenario)
    options = market.MarketOptions(convention=scenario.convention, lifetime_set=scenario.lifetime_set)
    sold = market.of(economy, years, options)
    chosen = _chosen(scenario, sold.products)
    at = [sold.products.index(p) for p in chosen]
    lives = recorded.lifetimes(scenario.lifetime_set)
    basis = sold.basis[:, at].astype(np.int8)
    whole = len(at) == len(sold.products)
    published = _published(economy, years) if whole and not np.any(sold.basis == market.SalesBasis.RECORDED) else None
    names = tuple(chosen)
    held = matter(names, years)
    own_sd = np.sqrt(np.maximum(sold.sd_log**2 - sold.total_sd_log[:, None] ** 2, 0.0))
    return GoodsSupply(
        FIRST,
        names,
        "kg",
        Inputs(
            sold.kg[:, at],
            own_sd[:, at],
            sold.total_sd_log,
            np.asarray(lives.shape)[at],
            np.asarray(lives.scale)[at] * _longer(scenario, economy, names, years),
            life_spread()[at],
            LIVES_SD_SURVEYED if economy in recorded.european().economies else LIVES_SD_BORROWED,
            _exported(scenario, economy, years, len(at)),
            _reused(scenario, years, names),
            scenario.reuse.second_life_years,
            held.columns,
            Convention.of(scenario.convention),
        ),
        basis,
        _sales_confidence(basis, np.array(sold.confidence, dtype=np.int8)[at]),
        held.content_sd,
        held.content_confidence,
        held.stream_confidence,
        held.streams,
        observed=published,
        observed_sd=OBSERVED_SD,
        last_known=_last_known(economy, years),
        sources=sold.sources,
        repairs=sold.repairs,
    )


def fleet(scenario: ArisingsScenario, economy: str) -> GoodsSupply:
    """The vehicles of one economy by drive train, counted; from 1960, since they live long."""
    years = range(FIRST_VEHICLES, scenario.last_year + 1)
    uptake = for_economy(scenario.battery_electric, economy)
    sold = vehicles.market(economy, years, dict(uptake.points) if uptake else None)
    chosen = _chosen(scenario, sold.products)
    at = [sold.products.index(p) for p in chosen]
    names = tuple(chosen)
    basis = np.array([[BASIS_CODES.index(str(one)) for one in row] for row in sold.basis[:, at]], dtype=np.int8)
    by_year = np.array(sold.confidence_by_year, dtype=np.int8)[:, None]
    held = contents.matrix(names, years), contents.fractions(names, years)
    inside = _matter(*held, sold.kg_per_vehicle[:, at, None])
    exported = _exported(scenario, economy, years, len(at)) + sold.exported_share[:, None]
    return GoodsSupply(
        FIRST_VEHICLES,
        names,
        "vehicles",
        Inputs(
            sold.vehicles[:, at],
            sold.sd_log[:, at],
            np.zeros(len(years)),
            np.full(len(at), sold.life_shape),
            sold.life_scale[:, None] * _longer(scenario, economy, names, years),
            np.full(len(at), OWN_VEHICLE_SD),
            sold.life_sd,
            np.minimum(exported, 1.0),
            np.zeros(exported.shape),
            scenario.reuse.second_life_years,
            inside.columns,
            Convention.of(scenario.convention),
        ),
        basis,
        np.minimum(by_year, np.array(sold.confidence, dtype=np.int8)[at]),
        inside.content_sd,
        inside.content_confidence,
        inside.stream_confidence,
        inside.streams,
        observed=None,
        observed_sd=0.0,
        last_known=min(max(vehicles.sales_on_file(economy)), years[-1]) - FIRST_VEHICLES,
        sources=sold.sources,
        repairs=sold.repairs,
    )


def _chosen(scenario: ArisingsScenario, known: Sequence[str]) -> list[str]:
    if not scenario.products:
        return list(known)
    return [p for p in known if p in scenario.products]


def _sales_confidence(basis: Levels, of_product: Levels) -> Levels:
    most = np.array(
        [SALES_CONFIDENCE[market.SalesBasis(code)] for code in range(len(market.SalesBasis))], dtype=np.int8
    )[basis]
    # Where sales are recorded the product's overall confidence is already told by the cell's basis.
    return np.where(basis <= market.SalesBasis.REPAIRED, most, np.minimum(most, of_product)).astype(np.int8)


def _published(economy: str, years: range) -> Array | None:
    if economy not in observed.economies():
        return None
    found = observed.observed(economy)
    out = np.full(len(years), np.nan)
    for year, kg in zip(found.years, found.kg, strict=True):
        if year in years:
            out[year - years[0]] = kg
    return out if np.isfinite(out).any() else None


def _last_known(economy: str, years: range) -> int:
    last = observed.observed(economy).years[-1] if economy in observed.economies() else 2015
    return min(last, years[-1]) - years[0]


@cache
def life_spread() -> Array:
    """How far the sets of lifetimes differ for each of the 54 keys: the deviation of the logarithm of the mean life."""
    names = ("UNITAR_NLFB", "UNITAR_IT", "UNU2015", "vanNielen_EU")
    means = np.stack([np.asarray(recorded.lifetimes(name).mean) for name in names])
    return np.maximum(np.log(means).std(axis=0, ddof=1), LEAST_LIFE_SD)


@cache
def matter(products: tuple[str, ...], years: range) -> ContentColumns:
    """What is in a kilogram of each product, by year of sale."""
    held = contents.matrix(products, years)
    split = contents.fractions(products, years)
    mass = np.ones((len(years), len(products), 1))
    return _matter(held, split, mass)


def _matter(held: contents.Contents, split: contents.Fractions, unit: Array) -> ContentColumns:
    columns = GoodsColumns.of(np.concatenate([held.values * unit, split.values * unit, unit], axis=2))
    sd = np.concatenate([_mean_sd(held.values, held.sd), _mean_sd(split.values, split.sd)], axis=1)
    return ContentColumns(columns, sd, held.confidence, split.confidence, split.streams)


def _mean_sd(values: Array, sd: Array) -> Array:
    """From relative deviations by year of sale (V, P, C) to that of the logarithm (P, C), the mean over the years."""
    mean = np.where(values > 0, sd, 0.0).sum(axis=0) / np.maximum((values > 0).sum(axis=0), 1)
    return np.sqrt(np.log1p(np.minimum(mean, MOST_CONTENT_SD) ** 2))


def _longer(scenario: ArisingsScenario, economy: str, products: tuple[str, ...], years: range) -> Array:
    """How many times as long goods live, (T, P): the scenario's multiplier from its first year of sale on."""
    factors = np.array([scenario.lifetimes.factor(product, economy) for product in products])
    later = np.array(years)[:, None] >= scenario.lifetimes.from_cohort_year
    return np.where(later, factors, 1.0)


def _exported(scenario: ArisingsScenario, economy: str, years: range, products: int) -> Array:
    share = for_economy(scenario.used_exports, economy)
    line = np.zeros(len(years)) if share is None else share.at(years)
    return np.repeat(line[:, None], products, axis=1)


def _reused(scenario: ArisingsScenario, years: range, products: tuple[str, ...]) -> Array:
    line = scenario.reuse.share.at(years)
    chosen = np.array([not scenario.reuse.products or p in scenario.reuse.products for p in products], dtype=float)
    return np.outer(line, chosen)


def groups(supply: GoodsSupply) -> tuple[ProductGroup, ...]:
    """All equipment and its six categories, or all vehicles."""
    if supply.unit == "vehicles":
        return (ProductGroup(VEHICLES, np.ones(len(supply.products), dtype=bool)),)
    keys = reference.unu_keys()
    made = [ProductGroup(EQUIPMENT, np.ones(len(supply.products), dtype=bool))]
    for category in sorted({row.eu6 for row in keys.values()}):
        members = np.array([keys[p].eu6 == category for p in supply.products])
        if members.any():
            made.append(ProductGroup(category_label(category), members))
    return tuple(made)


def category_label(category: str) -> str:
    """The label of an EU category of equipment (1 to 6) among products."""
    return f"eu6-{category}"


def treatment(scenario: ArisingsScenario, economy: str, kind: str, years: range) -> Treatment:
    """Rates and routes of one kind (e-waste or vehicles)."""
    given = for_economy(scenario.routes if kind == EQUIPMENT else scenario.vehicle_routes, economy)
    shares = dict(given) if given else _assumed_routes(kind, "formal")
    names = (*shares, *_assumed_routes(kind, "informal"))
    return Treatment(
        collection.rates(scenario, economy, kind, years),
        collection.rates(scenario, economy, "informal", years),
        tuple(routes.yields(name) for name in names),
        tuple(routes.ROUTES.index(name) for name in names),
        np.array(list(shares.values())),
    )


@cache
def _assumed_routes(kind: str, way: str) -> dict[str, float]:
    rows = reading.lines(ROUTE_SHARES, needed=("kind", "way", "route", "share"))
    return {row["route"]: float(row["share"]) for row in rows if (row["kind"], row["way"]) == (kind, way)}


def economy(scenario: ArisingsScenario, name: str, kind: str, parts: Sequence[str] = ()) -> EconomyModel:
    """One economy and kind (e-waste or vehicles), ready to be drawn.

    `parts` are single products to be shown in place of the groups; all others count as much as ever.
    """
    goods = (equipment if kind == EQUIPMENT else fleet)(scenario, name)
    chosen = tuple(ProductGroup(part, np.array([product == part for product in goods.products])) for part in parts)
    years = range(goods.first_year, scenario.last_year + 1)
    return EconomyModel(name, goods, chosen or groups(goods), treatment(scenario, name, kind, years))
