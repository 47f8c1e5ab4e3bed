"""Vehicles: sales by drive train, lifetimes, used vehicles that leave the country, and what is left to be scrapped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meguri.arisings.contents.bills import VEHICLES, Floats
from meguri.arisings.contents.parts import vehicle_mass
from meguri.arisings.sales.vehicle_tables import ECONOMIES, YearFigure, check, figures, rows, series
from meguri.arisings.stock.beside_sales import Exports
from meguri.arisings.stock.conventions import outflow_fractions
from meguri.arisings.stock.flows import Flows
from meguri.arisings.stock.lifetimes import Weibull
from meguri.arisings.stock.repairs import Repair
from meguri.arisings.stock.stocks import inflow_driven
from meguri.kit.problems import N_, Problem, gather
from meguri.kit.words import Words, plain
from meguri.reference import Confidence, elv, weakest

__all__ = [
    "ECONOMIES",
    "VehicleMarket",
    "drive_trains",
    "exports_on_file",
    "flows",
    "lifetime",
    "market",
    "sales_on_file",
]

FIRST_SALES = 1960
# Passenger cars among vehicles sold in Japan, with which the lives of cars and trucks are joined: recalled.
CAR_SHARE = 0.8
# Deviations of the logarithm of sales and of shares of drive trains by what they rest on: assumptions.
SALES_SD = {Confidence.SOURCED: 0.02, Confidence.DERIVED: 0.05, Confidence.MEMORY: 0.08}
BETWEEN_SD, PROJECTED_SD, PROJECTED_SD_A_YEAR = 0.12, 0.1, 0.008
SPLIT_SD, SPLIT_SD_PROJECTED, PETROL_SPLIT_SD = 0.25, 0.4, 0.05
LIFE_SD = {"JPN": 0.08}
LIFE_SD_ASSUMED = 0.15

BACKCAST = Words("No sales on file before {year}: taken as zero.")
DORMANT = Words(
    "No count of end-of-life vehicles is published; registers also count vehicles that are no longer used.",
)


@dataclass(frozen=True)
class VehicleMarket:
    """Sales of one economy by kind of vehicle; T years, P = 5 kinds in the order of `bills.VEHICLES`.

    `vehicles` (T, P) are numbers and `kg` (T, P) the same in kilograms at `kg_per_vehicle` (T, P); `sd_log` (T, P) is
    the standard deviation of the logarithm; `basis` (T, P) holds recorded, inferred, projected or assumed (recalled,
    and the split of drive trains) and `confidence_by_year` (T,) the confidence of the sales; `confidence` (P,) that
    of a kind as a whole. `life_shape` and `life_scale` (T,) are the Weibull law by year of sale, in years, with
    `life_sd` of the logarithm. `exported` (T,) are used vehicles that leave; `exported_share` (T,) is that of all that
    leave first use.
    """

    economy: str
    products: tuple[str, ...]
    years: tuple[int, ...]
    vehicles: Floats
    kg: Floats
    kg_per_vehicle: Floats
    sd_log: Floats
    basis: NDArray[np.str_]
    confidence_by_year: tuple[Confidence, ...]
    confidence: tuple[Confidence, ...]
    life_shape: float
    life_scale: Floats
    life_sd: float
    exported: Floats
    exported_share: Floats
    sources: tuple[str, ...]
    repairs: tuple[Repair, ...]
    note: Words


def sales_on_file(economy: str) -> Mapping[int, YearFigure]:
    """New vehicles by year, published or recalled. Raises Refused."""
    check(economy)
    return series(economy, "vehicle-sales", "new_vehicle_sales_series", "new_vehicle_sales")


def exports_on_file(economy: str) -> Mapping[int, YearFigure]:
    """Used vehicles exported by year; empty where none are on file, which is not the same as none. Raises Refused."""
    check(economy)
    return series(economy, "vehicle-exports", "used_vehicle_export")


@dataclass(frozen=True)
class _Total:
    values: Floats
    sd_log: Floats
    basis: tuple[str, ...]
    confidence: tuple[Confidence, ...]


def _total(points: Mapping[int, YearFigure], years: Sequence[int]) -> _Total:
    """A series over all years: as on file, straight lines between, the mean of the last five years after."""
    last = max(points)
    level = float(np.mean([points[year].value for year in sorted(points)[-5:]]))
    values, sd, basis, sure = [], [], [], []
    known = sorted(points)
    for year in years:
        if year in points:
            point = points[year]
            values.append(point.value)
            sure.append(point.confidence)
            sd.append(SALES_SD[point.confidence])
            basis.append("recorded" if point.confidence > Confidence.MEMORY else "assumed")
        elif year > last:
            values.append(level)
            sure.append(Confidence.MEMORY)
            sd.append(PROJECTED_SD + PROJECTED_SD_A_YEAR * (year - last))
            basis.append("projected")
        else:
            inside = year > known[0]
            between = float(np.interp(year, known, [points[y].value for y in known])) if inside else 0.0
            values.append(between)
            sure.append(Confidence.MEMORY)
            sd.append(BETWEEN_SD)
            basis.append("inferred" if inside else "assumed")
    return _Total(np.array(values), np.array(sd), tuple(basis), tuple(sure))


def drive_trains(economy: str, years: Sequence[int], battery_electric: Mapping[int, float] | None = None) -> Floats:
    """Shares of the five kinds in sales (T, 5), adding up to 1.

    `battery_electric` gives the share of battery cars by year (straight lines between, level after); from its first
    year on it takes the place of what is on file and the others keep their proportions. Raises Refused.
    """
    check(economy)
    shares = np.zeros((len(years), len(VEHICLES)))
    for p, product in enumerate(VEHICLES):
        points = {r.year: r.share for r in rows("vehicle-drivetrains") if r.iso3 == economy and r.product == product}
        if points:
            shares[:, p] = np.interp(years, sorted(points), [points[y] for y in sorted(points)])
    shares[:, VEHICLES.index("vehicle-petrol")] = np.maximum(1 - shares.sum(axis=1), 0)
    shares /= shares.sum(axis=1, keepdims=True)
    return _with_battery(shares, years, battery_electric) if battery_electric else shares


def _with_battery(shares: Floats, years: Sequence[int], battery_electric: Mapping[int, float]) -> Floats:
    gather(
        Problem(
            N_("The share of battery cars in {year} is {share}; write a number from 0 to 1."),
            f"/battery_electric/{year}",
            "share",
            {"year": year, "share": share},
        )
        for year, share in battery_electric.items()
        if not 0 <= share <= 1
    )
    battery = VEHICLES.index("vehicle-battery")
    chosen = np.interp(years, sorted(battery_electric), [battery_electric[y] for y in sorted(battery_electric)])
    others = shares.copy()
    others[:, battery] = 0
    others *= ((1 - chosen) / others.sum(axis=1))[:, None]
    others[:, battery] = chosen
    return np.where(np.asarray(years)[:, None] >= min(battery_electric), others, shares)


def lifetime(economy: str, years: Sequence[int]) -> Weibull:
    """The Weibull law by year of sale.

    The shape is that of cars in Europe (van Nielen et al. 2023). In Japan the mean follows the published ages at
    deregistration of cars and trucks: a mean age L seen in year y is that of the vehicles sold in y - L. Elsewhere the
    mean is an assumption on file. Raises Refused.
    """
    check(economy)
    shape = next(row.value for row in elv() if row.variable == "weibull_car_shape")
    over_scale = math.gamma(1 + 1 / shape)
    cars = figures(economy, "average_use_passenger_car")
    if cars:
        trucks = figures(economy, "average_use_truck")
        ages = {y: CAR_SHARE * cars[y].value + (1 - CAR_SHARE) * trucks[y].value for y in cars if y in trucks}
        means = np.interp(years, [y - ages[y] for y in sorted(ages)], [ages[y] for y in sorted(ages)])
    else:
        means = np.full(len(years), next(iter(figures(economy, "assumed_mean_life_4w").values())).value)
    return Weibull(shape, means / over_scale)


def flows(economy: str, last_year: int = 2050, battery_electric: Mapping[int, float] | None = None) -> Flows:
    """Sales, stock, used exports and end-of-life vehicles by kind, from 1960 on, at mid-year convention.

    Used vehicles that are exported leave before scrapping, taken from the kinds in proportion. Raises Refused.
    """
    years = range(FIRST_SALES, last_year + 1)
    made = market(economy, years, battery_electric)
    law = lifetime(economy, years)
    scale = np.repeat(np.asarray(law.scale)[:, None], len(VEHICLES), axis=1)
    share = np.repeat(made.exported_share[:, None], len(VEHICLES), axis=1)
    return inflow_driven(
        made.vehicles,
        Weibull(float(law.shape), scale),
        tuple(years),
        "middle",
        exports=Exports(share=share),
        products=VEHICLES,
        unit="vehicles",
    )


def _leaving(economy: str, years: Sequence[int], total: Floats) -> Floats:
    return outflow_fractions(lifetime(economy, years), len(years), "middle", dims=0) @ total


def market(
    economy: str,
    years: Sequence[int] = range(1980, 2051),
    battery_electric: Mapping[int, float] | None = None,
) -> VehicleMarket:
    """Sales by kind of vehicle with lives and used exports. Raises Refused for an economy without sales on file."""
    check(economy)
    whole = range(FIRST_SALES, max(max(years), FIRST_SALES) + 1)
    points = sales_on_file(economy)
    total = _total(points, whole)
    at = [whole.index(year) for year in years]
    shares = drive_trains(economy, years, battery_electric)
    vehicles = total.values[at, None] * shares
    last = max(points)
    split = np.where(np.asarray(years)[:, None] > last, SPLIT_SD_PROJECTED, SPLIT_SD) * np.ones(len(VEHICLES))
    split[:, VEHICLES.index("vehicle-petrol")] = PETROL_SPLIT_SD
    kg_each = np.stack([vehicle_mass(product, years) for product in VEHICLES], axis=1)
    for p, product in enumerate(VEHICLES):
        sizes = {r.year: r.factor for r in rows("vehicle-sizes") if r.iso3 == economy and r.product == product}
        if sizes:
            kg_each[:, p] *= np.interp(years, sorted(sizes), [sizes[y] for y in sorted(sizes)])
    exported, exported_share = _exports(economy, whole, total.values)
    basis = np.array([[total.basis[i]] + ["assumed"] * (len(VEHICLES) - 1) for i in at])
    sure = tuple(total.confidence[i] for i in at)
    levels = weakest((float(total.values[i]), total.confidence[i]) for i in at)
    repairs = (
        (Repair("backcast", f"/sales/{economy}", None, 0.0, BACKCAST.format(year=min(points))),)
        if min(points) > min(years)
        else ()
    )
    law = lifetime(economy, years)
    found = [p.source for p in (*points.values(), *exports_on_file(economy).values())]
    found += [row.source for row in rows("vehicle-drivetrains") if row.iso3 == economy]
    return VehicleMarket(
        economy,
        VEHICLES,
        tuple(years),
        vehicles,
        vehicles * kg_each,
        kg_each,
        np.sqrt(total.sd_log[at, None] ** 2 + split**2),
        basis,
        sure,
        (levels, *(Confidence.MEMORY for _ in VEHICLES[1:])),
        float(law.shape),
        np.asarray(law.scale, dtype=np.float64),
        LIFE_SD.get(economy, LIFE_SD_ASSUMED),
        exported[at],
        exported_share[at],
        tuple(dict.fromkeys(found)),
        repairs,
        plain("") if figures(economy, "average_use_passenger_car") else DORMANT,
    )


def _exports(economy: str, whole: range, total: Floats) -> tuple[Floats, Floats]:
    points = exports_on_file(economy)
    if not points:
        return np.zeros(len(whole)), np.zeros(len(whole))
    amounts = np.interp(whole, list(points), [point.value for point in points.values()])
    amounts[np.asarray(whole) < min(points)] = 0.0
    leaving = _leaving(economy, whole, total)
    share = np.minimum(np.divide(amounts, leaving, out=np.zeros_like(amounts), where=leaving > 0), 1.0)
    return leaving * share, share
