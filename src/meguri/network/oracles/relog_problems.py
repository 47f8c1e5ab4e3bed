"""RELOG's problems: its JSON instances read, written as a program, and reported in its own terms.

The mathematics is that of RELOG's problem page (version 1 of its format: plants with input mixes, centers that collect
part of what they sold in earlier years). What its JSON can say beyond that page (storage) is refused by name rather
than left out in silence, unless `storage` asks for it to be ignored as RELOG itself does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from meguri.kit.problems import N_, refuse
from meguri.network.lanes.lane import great_circle
from meguri.network.solver.conflict import optimum
from meguri.network.solver.highs import Solution, SolverOptions
from meguri.network.solver.program import Builder, Floats, Ids, Program

METRES_PER_KM = 1000.0
LEAST = 1e-6
"""Tonnes below which nothing is sent: within the solver's tolerance."""
WGS84_A, WGS84_F = 6378137.0, 1 / 298.257223563


@dataclass(frozen=True)
class Center:
    """A collection and distribution center: sells what it takes in, and collects part of it in later years."""

    name: str
    lat: float
    lon: float
    takes: str | None
    fixed: Mapping[str, Floats]
    variable: Mapping[str, tuple[float, ...]]
    revenue: Floats
    collecting: Mapping[str, Floats]
    operating: Floats
    disposal_cost: Mapping[str, Floats]
    disposal_most: Mapping[str, Floats]


@dataclass(frozen=True)
class RelogPlant:
    """A plant with its input mix, its outputs for a tonne of input, and two sizes between which it may be built."""

    name: str
    lat: float
    lon: float
    mix: Mapping[str, float]
    outputs: Mapping[str, float]
    sizes: tuple[float, float]
    opening: tuple[float, float]
    fixed: tuple[float, float]
    variable: float
    disposal_cost: Mapping[str, Floats]
    disposal_most: Mapping[str, Floats]
    initial: float


@dataclass(frozen=True)
class Relog:
    """A RELOG instance as read."""

    years: int
    building: tuple[int, ...]
    metric: str
    transport: Mapping[str, float]
    centers: tuple[Center, ...]
    plants: tuple[RelogPlant, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class TransportLink:
    """A possible transport: sender, receiver, product, kilometres."""

    sender: str
    receiver: str
    product: str
    km: float


@dataclass(frozen=True)
class Reports:
    """RELOG's totals: the costs of its reports (USD over the horizon) and what is sent on each edge and year."""

    costs: Mapping[str, float]
    objective: float
    sent: Mapping[tuple[str, str, str], Floats]
    operating: Mapping[str, tuple[int, ...]]
    solution: Solution


def read(path: Path) -> Relog:
    """Read an instance. Raises Refused for a file that is not one."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        years = int(body["parameters"]["time horizon (years)"])
        centers = tuple(_center(name, one, years) for name, one in body["centers"].items())
        plants = tuple(_plant(name, one, years) for name, one in body["plants"].items())
        transport = {name: float(one["transportation cost ($/km/tonne)"]) for name, one in body["products"].items()}
        parameters = body["parameters"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise refuse(
            N_("{file} is not a RELOG instance of format 1: {error}."), "", "relog", file=path.name, error=str(error)
        ) from None
    left_out = []
    if any(v for one in body["plants"].values() for v in one.get("storage limit (tonne)", {}).values()):
        left_out.append("storage at plants (RELOG's problem page has none either)")
    if any(len(one.get("processing emissions (tonne)", {})) for one in body["plants"].values()):
        left_out.append("emissions (they have no price here)")
    building = tuple(int(t) for t in parameters.get("building period (years)", [1]))
    metric = str(parameters.get("distance metric", "Euclidean"))
    return Relog(years, building, metric, transport, centers, plants, tuple(left_out))


def _series(value: Any, years: int, none: float = 0.0) -> Floats:
    """A figure of RELOG: one number for all years, one for each, or null."""
    if value is None:
        return np.full(years, none)
    array = np.asarray(value, dtype=np.float64)
    return np.full(years, float(array)) if array.ndim == 0 else array


def _many(values: Any, years: int, none: float = 0.0) -> dict[str, Floats]:
    return {name: _series(value, years, none) for name, value in (values or {}).items()}


def _center(name: str, one: dict[str, Any], years: int) -> Center:
    lags = {
        product: tuple(np.atleast_1d(np.asarray(value, dtype=np.float64)).tolist())
        for product, value in (one["variable output (tonne/tonne)"] or {}).items()
    }
    return Center(
        name,
        float(one["latitude (deg)"]),
        float(one["longitude (deg)"]),
        one["input"],
        _many(one["fixed output (tonne)"], years),
        lags,
        _series(one["revenue ($/tonne)"], years),
        _many(one["collection cost ($/tonne)"], years),
        _series(one["operating cost ($)"], years),
        _many(one["disposal cost ($/tonne)"], years),
        _many(one["disposal limit (tonne)"], years, math.inf),
    )


def _plant(name: str, one: dict[str, Any], years: int) -> RelogPlant:
    sizes = one["capacities"]
    first, last = sizes[0], sizes[-1]
    return RelogPlant(
        name,
        float(one["latitude (deg)"]),
        float(one["longitude (deg)"]),
        {product: float(share) / 100.0 for product, share in one["input mix (%)"].items()},
        {product: float(amount) for product, amount in one["output (tonne)"].items()},
        (float(first["size (tonne)"]), float(last["size (tonne)"])),
        (float(first["opening cost ($)"]), float(last["opening cost ($)"])),
        (float(first["fixed operating cost ($)"]), float(last["fixed operating cost ($)"])),
        float(first["variable operating cost ($/tonne)"]),
        _many(one["disposal cost ($/tonne)"], years),
        _many(one["disposal limit (tonne)"], years, math.inf),
        float(one["initial capacity (tonne)"]),
    )


def distance(lat: float, lon: float, other_lat: float, other_lon: float, metric: str) -> float:
    """Kilometres: RELOG's Euclidean metric is the chord between points on the WGS 84 ellipsoid; else a great circle."""
    if metric != "Euclidean":
        return great_circle(lat, lon, other_lat, other_lon)
    return math.dist(_earth_centred(lat, lon), _earth_centred(other_lat, other_lon)) / METRES_PER_KM


def _earth_centred(lat: float, lon: float) -> tuple[float, float, float]:
    phi, lam = math.radians(lat), math.radians(lon)
    squared = WGS84_F * (2 - WGS84_F)
    normal = WGS84_A / math.sqrt(1 - squared * math.sin(phi) ** 2)
    return (
        normal * math.cos(phi) * math.cos(lam),
        normal * math.cos(phi) * math.sin(lam),
        normal * (1 - squared) * math.sin(phi),
    )


def makes(one: Center | RelogPlant) -> tuple[str, ...]:
    """The products that a center collects or a plant turns out."""
    return tuple(one.fixed if isinstance(one, Center) else one.outputs)


def edges(problem: Relog) -> tuple[TransportLink, ...]:
    """Every product from whoever makes it to whoever takes it."""
    everyone: tuple[Center | RelogPlant, ...] = (*problem.centers, *problem.plants)
    makers = [(one, makes(one)) for one in everyone]
    takers = [(one, (one.takes,) if isinstance(one, Center) else tuple(one.mix)) for one in everyone]
    return tuple(
        TransportLink(u.name, v.name, product, distance(u.lat, u.lon, v.lat, v.lon, problem.metric))
        for u, made in makers
        for v, taken in takers
        for product in made
        if product in taken and u.name != v.name
    )


class _Sheet:
    """The program of an instance, with the columns by what they are."""

    def __init__(self, problem: Relog) -> None:
        self.problem, self.edges, self.builder = problem, edges(problem), Builder()
        self.centers = {one.name: one for one in problem.centers}
        self.years = problem.years
        self._columns()
        for plant, row in zip(problem.plants, self.running, strict=True):
            self._plant(plant, row, self.extra[self._place(plant)])
        for center in problem.centers:
            self._center(center)

    def _place(self, plant: RelogPlant) -> int:
        return self.problem.plants.index(plant)

    def _columns(self) -> None:
        problem, t = self.problem, self.years
        cost = np.zeros((len(self.edges), t))
        plants = {one.name: one for one in problem.plants}
        for n, edge in enumerate(self.edges):
            cost[n] = edge.km * problem.transport[edge.product]
            if edge.receiver in self.centers:
                cost[n] -= self.centers[edge.receiver].revenue
            else:
                cost[n] += plants[edge.receiver].variable
            if edge.sender in self.centers:
                cost[n] += self.centers[edge.sender].collecting.get(edge.product, np.zeros(t))
        self.sent = self.builder.columns("sent", cost.shape, cost)
        everyone: tuple[Center | RelogPlant, ...] = (*problem.centers, *problem.plants)
        self.ends = [(one, product) for one in everyone for product in makes(one)]
        none = np.full(t, math.inf)
        gone = np.array([one.disposal_cost.get(product, np.zeros(t)) for one, product in self.ends])
        most = np.array([one.disposal_most.get(product, none) for one, product in self.ends])
        self.disposed = self.builder.columns("disposed", gone.shape, gone, 0.0, most)
        shape = (len(problem.plants), t)
        fixed = np.array([[one.fixed[0]] * t for one in problem.plants])
        opening = np.array([[one.opening[0]] * t for one in problem.plants])
        may = np.array([[t + 1 in problem.building for t in range(t)] for _ in problem.plants], dtype=np.float64)
        self.running = self.builder.columns("running", shape, fixed, 0.0, 1.0, integer=True)
        self.opened = self.builder.columns("opened", shape, opening, 0.0, may)
        # Size above the smallest: built once, paid for and run at the slope between the two sizes.
        slope = np.array([[_slope(one.sizes, one.fixed)] * t for one in problem.plants])
        wide = np.array([[one.sizes[1] - one.sizes[0]] * t for one in problem.plants])
        self.extra = self.builder.columns("extra", shape, slope, 0.0, wide)
        growth = np.array([[_slope(one.sizes, one.opening)] * t for one in problem.plants])
        self.grown = self.builder.columns("grown", shape, growth, 0.0, np.where(may > 0, wide, 0.0))

    def _into(self, name: str, product: str | None = None) -> Ids:
        return self.sent[[n for n, e in enumerate(self.edges) if e.receiver == name and product in (None, e.product)]]

    def _out_of(self, name: str, product: str) -> Ids:
        return self.sent[[n for n, e in enumerate(self.edges) if e.sender == name and e.product == product]]

    def _row(self, name: str, lower: Any, upper: Any, parts: Sequence[tuple[Ids, Any]]) -> Ids:
        rows = self.builder.rows(name, self.years, lower, upper)
        for ids, values in parts:
            if ids.size:
                self.builder.entries(np.broadcast_to(rows, ids.shape), ids, values)
        return rows

    def _plant(self, plant: RelogPlant, running: Ids, extra: Ids) -> None:
        name, every = plant.name, self._into(plant.name)
        for product, share in plant.mix.items():
            part = self._into(name, product)
            self._row(f"mix {name} {product}", 0.0, 0.0, ((part, 1.0), (every, -share)))
        for product, amount in plant.outputs.items():
            gone = self.disposed[self.ends.index((plant, product))]
            out = self._out_of(name, product)
            self._row(f"made {name} {product}", 0.0, 0.0, ((every, amount), (out, -1.0), (gone[None, :], -1.0)))
        inside = (every, 1.0), (running[None, :], -plant.sizes[0]), (extra[None, :], -1.0)
        self._row(f"capacity {name}", -math.inf, plant.initial, inside)
        wide = plant.sizes[1] - plant.sizes[0]
        self._row(f"size {name}", -math.inf, 0.0, ((extra[None, :], 1.0), (running[None, :], -wide)))
        place = self._place(plant)
        for what, states, starts in (("open", running, self.opened[place]), ("grow", extra, self.grown[place])):
            rows = self._row(f"{what} {name}", 0.0, 0.0, ((states[None, :], 1.0), (starts[None, :], -1.0)))
            self.builder.entries(rows[1:], states[:-1], -1.0)

    def _center(self, center: Center) -> None:
        taken = self._into(center.name)
        for product, fixed in center.fixed.items():
            gone = self.disposed[self.ends.index((center, product))]
            rows = self._row(
                f"collected {center.name} {product}",
                fixed,
                fixed,
                ((self._out_of(center.name, product), 1.0), (gone[None, :], 1.0)),
            )
            for lag, share in enumerate(center.variable.get(product, ())):
                if taken.size and share and lag < self.years:
                    later = np.broadcast_to(rows[lag:], taken[:, : self.years - lag].shape)
                    self.builder.entries(later, taken[:, : self.years - lag], -share)

    def program(self) -> Program:
        """The program; centers' fixed operating costs are its offset."""
        self.builder.offset = float(sum(one.operating.sum() for one in self.problem.centers))
        return self.builder.build()


def _slope(sizes: tuple[float, float], costs: tuple[float, float]) -> float:
    return (costs[1] - costs[0]) / (sizes[1] - sizes[0]) if sizes[1] > sizes[0] else 0.0


def program(problem: Relog) -> Program:
    """The instance as a program."""
    return _Sheet(problem).program()


def solve(problem: Relog, options: SolverOptions | None = None) -> Reports:
    """Solve an instance. Raises NoPlan where it has no plan."""
    sheet = _Sheet(problem)
    found = optimum(sheet.program(), options)
    x = found.x
    sent = x[sheet.sent]
    by_edge = list(zip(sheet.edges, sent, strict=True))
    plants = {one.name: one for one in problem.plants}
    zero = np.zeros(problem.years)

    def total(parts: Any) -> float:
        return float(sum((np.sum(part) for part in parts), 0.0))

    costs = {
        "opening": float((x[sheet.opened] * [[one.opening[0]] for one in problem.plants]).sum()),
        "expansion": float((x[sheet.grown] * [[_slope(one.sizes, one.opening)] for one in problem.plants]).sum()),
        "fixed operating": float(
            (x[sheet.running] * [[one.fixed[0]] for one in problem.plants]).sum()
            + (x[sheet.extra] * [[_slope(one.sizes, one.fixed)] for one in problem.plants]).sum()
        ),
        "variable operating": total(plants[e.receiver].variable * y for e, y in by_edge if e.receiver in plants),
        "transport": total(e.km * problem.transport[e.product] * y for e, y in by_edge),
        "center revenue": total(
            sheet.centers[e.receiver].revenue * y for e, y in by_edge if e.receiver in sheet.centers
        ),
        "center collection": total(
            sheet.centers[e.sender].collecting.get(e.product, zero) * y for e, y in by_edge if e.sender in sheet.centers
        ),
        "center operating": total(one.operating for one in problem.centers),
        "disposal": total(
            one.disposal_cost.get(product, zero) * amount
            for (one, product), amount in zip(sheet.ends, x[sheet.disposed], strict=True)
        ),
    }
    running = {
        one.name: tuple(t + 1 for t in range(problem.years) if x[row[t]] > 0.5)
        for one, row in zip(problem.plants, sheet.running, strict=True)
    }
    return Reports(
        costs,
        found.objective,
        {(e.sender, e.receiver, e.product): y for e, y in by_edge if (y > LEAST).any()},
        {name: years for name, years in running.items() if years},
        found,
    )


__all__ = ["Center", "TransportLink", "RelogPlant", "Relog", "Reports", "distance", "edges", "program", "read", "solve"]
