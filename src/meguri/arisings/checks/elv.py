"""End-of-life vehicles against what is published: worked out from sales, lives and exports, never fitted to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from meguri.arisings.checks.check import PublishedCheck
from meguri.arisings.sales import vehicles
from meguri.arisings.sales.vehicle_tables import figures
from meguri.kit.words import Words
from meguri.reference import elv

# A fiscal year of Japan, April to March, from calendar years.
FISCAL = ((0, 0.75), (1, 0.25))
UNIT = "thousand vehicles"
IN_USE = "vehicles_in_use_4w"

_LIVES = Words(
    "Lives are the published ages at deregistration of cars (kei cars left out) and trucks; most sales and exports are "
    "recalled. Vehicles in fact stay longer, as the fleet that this gives is too small too.",
)
_BALANCE = Words(
    "Sales less growth of the fleet less used exports: no life is assumed, but one fleet figure is recalled and "
    "its growth is a small difference of large numbers.",
)
_FLEET = Words(
    "The fleet counted is larger: lives are longer than ages at deregistration tell.",
)
_REGISTER = Words(
    "The register also counts vehicles no longer used (in Malaysia a third), used imports and sales outside the "
    "association; the life is an assumption. No count of end-of-life vehicles is published.",
)


@cache
def checks() -> tuple[PublishedCheck, ...]:
    """Japan's take-back by year, its balance and fleet, and the registers of ASEAN."""
    return (*_taken_back(), *_balances(), *_fleets())


def _taken_back() -> Iterator[PublishedCheck]:
    found = vehicles.flows("JPN", 2030)
    waste = {int(y): float(v.sum()) / 1e3 for y, v in zip(found.outflow.year.values, found.outflow.values, strict=True)}
    for row in sorted(elv(), key=lambda r: r.year):
        if row.iso3 != "JPN" or row.variable != "elv_taken_back" or row.part_of_a_year:
            continue
        year = int(row.year[2:])
        ours = sum(w * waste[year + n] for n, w in FISCAL) if row.year.startswith("FY") else waste[year]
        yield PublishedCheck(
            f"ELV JPN {row.year}, from sales, lives and exports",
            Words("End-of-life vehicles of Japan, {year}").format(year=row.year),
            row.value,
            ours,
            UNIT,
            _LIVES,
            row.confidence,
            row.source,
        )


def _balances() -> Iterator[PublishedCheck]:
    """Fleets are counted at the end of March: between two of them lies the fiscal year before the later."""
    fleet = figures("JPN", "vehicles_in_use")
    sales = {y: p.value for y, p in vehicles.sales_on_file("JPN").items()}
    exports = {y: p.value for y, p in vehicles.exports_on_file("JPN").items()}
    for row in elv():
        if row.iso3 != "JPN" or row.variable != "elv_taken_back" or not row.year[2:].isdigit():
            continue
        year = int(row.year[2:])
        if not row.year.startswith("FY") or not {year, year + 1} <= set(fleet):
            continue
        sold, left = (sum(w * series[year + n] for n, w in FISCAL) for series in (sales, exports))
        yield PublishedCheck(
            f"ELV JPN {row.year}, from the balance of the fleet",
            Words("End-of-life vehicles of Japan, {year}, balance").format(year=row.year),
            row.value,
            (sold - left - (fleet[year + 1].value - fleet[year].value)) / 1e3,
            UNIT,
            _BALANCE,
            min(row.confidence, fleet[year].confidence, fleet[year + 1].confidence),
            row.source,
        )


def _fleets() -> Iterator[PublishedCheck]:
    for economy in vehicles.ECONOMIES:
        home = economy == "JPN"
        counted = figures(economy, "vehicles_in_use" if home else IN_USE)[2022]
        stock = vehicles.flows(economy, 2030).stock
        # Japan counts at the end of March 2022, which is nearer to the end of 2021.
        ours = float(np.asarray(stock.sel(year=2021 if home else 2022).values).sum()) / 1e3
        yield PublishedCheck(
            f"Vehicles in use {economy} 2022",
            Words("Vehicles in use, {economy} 2022").format(economy=economy),
            counted.value / 1e3,
            ours,
            UNIT,
            _FLEET if home else _REGISTER,
            counted.confidence,
            counted.source,
        )
