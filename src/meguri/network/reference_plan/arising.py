"""What arises in an economy by kind of equipment and part: the central run of the arisings model, year by year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from meguri.arisings.contents import composition as contents
from meguri.arisings.draws import engine
from meguri.arisings.runs import supply
from meguri.arisings.runs.economy import EconomyModel
from meguri.arisings.runs.results import EQUIPMENT, VEHICLES
from meguri.arisings.scenarios.scenario import ArisingsScenario, vehicle_economies
from meguri.network.model.blocks import Floats

KG_PER_T = 1000.0
VEHICLES_COUNTED = "vehicles"
"""The unit of goods that are counted, not weighed."""
BAND_DRAWS = 100
"""Draws behind the 5 and 95 % points of what arises in all: enough for a few per cent of the band."""


@dataclass(frozen=True)
class Arising:
    """Tonnes a year by product and part, (years, products, parts), and where the figures of sales come from."""

    products: tuple[str, ...]
    tonnes: Floats
    sources: tuple[str, ...]


def kinds(economy: str) -> tuple[str, ...]:
    """Equipment everywhere, vehicles where their sales are on file."""
    return (EQUIPMENT, VEHICLES) if economy in vehicle_economies() else (EQUIPMENT,)


def arising(scenario: ArisingsScenario, economy: str, kind: str, years: range) -> Arising:
    """The central run for one economy and kind.

    The stock model is run with a column for every part of every product in place of the elements, so that what leaves
    in a year has the parts of the years in which it was sold.
    """
    return _arising(scenario, economy, kind, years)


@cache
def _arising(scenario: ArisingsScenario, economy: str, kind: str, years: range) -> Arising:
    model: EconomyModel = supply.economy(scenario, economy, kind)
    goods = model.supply
    columns = _columns(goods.products, goods.first_year, len(goods.inputs.sales), goods.unit)
    found = engine.flows(replace(goods.inputs, columns=columns), model.central()).arisings[0]
    rows = [year - goods.first_year for year in years]
    tonnes = np.zeros((len(rows), len(goods.products), columns.matter.shape[1]))
    for p in range(len(goods.products)):
        mine = columns.product == p
        tonnes[:, p] = np.maximum(found[rows][:, mine] @ columns.matter[mine], 0.0) / KG_PER_T
    return Arising(goods.products, tonnes, goods.sources)


@cache
def _columns(products: tuple[str, ...], first: int, count: int, unit: str) -> engine.GoodsColumns:
    """Parts as columns: the same for all economies."""
    cohorts = range(first, first + count)
    shares = contents.part_shares(products, cohorts).shares
    return engine.GoodsColumns.of(
        shares * contents.unit_mass(products, cohorts)[:, :, None] if unit == VEHICLES_COUNTED else shares
    )


@cache
def band(scenario: ArisingsScenario, economy: str, kind: str, years: range) -> tuple[Floats, Floats]:
    """By how much all that arises may be below or above the central run: 5 and 95 % points over it, by year."""
    model: EconomyModel = supply.economy(scenario, economy, kind)
    totals = []
    for z in (model.central(), model.deviates(BAND_DRAWS, scenario.seed)):
        mass = model.in_kilograms(model.flows(z).arisings).sum(axis=2)
        totals.append(mass[:, [year - model.supply.first_year for year in years]])
    base = np.maximum(totals[0][0], 1e-9)
    low, high = np.quantile(totals[1], (0.05, 0.95), axis=0)
    return low / base, high / base
