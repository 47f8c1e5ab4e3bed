"""What collection, dismantling and recovery make of contained metals: chains of yields with their ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meguri.arisings.contents.bills import FOLDER, Floats
from meguri.arisings.contents.composition import Contents
from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words
from meguri.materials import ELEMENT_ORDER
from meguri.reference import Column, Confidence, Fact, FactTable, recovery, smelter_constraints
from meguri.reference.reader import read
from meguri.reference.rows import SHARE_OF

STAGES: dict[str, Words] = {
    "collection": Words("Collection"),
    "dismantling": Words("Dismantling"),
    "recovery": Words("Recovery"),
}
# The low and high of a yield are taken as the points with a twentieth of the cases below and above.
RANGE_IN_DEVIATIONS = 1.6449
_AT = {element: m for m, element in enumerate(ELEMENT_ORDER)}


class Route(Fact, frozen=True, kw_only=True):
    """A chain: its name and what it is fed with (equipment, vehicle, battery, catalyst, magnet)."""

    route: str
    name: Words
    feeds: str


class RouteStep(Fact, frozen=True, kw_only=True):
    """One step of a chain for some elements: a share of its own, or a row of the table of recoveries."""

    route: str
    step: int
    stage: str
    elements: tuple[str, ...]
    recovery_route: str
    yield_share: float | None
    low: float | None
    high: float | None
    note: Words


@dataclass(frozen=True)
class StepYield:
    """One step of one element: its share with low and high, and whether it is an assumption."""

    stage: str
    share: float
    low: float
    high: float
    note: Words
    source: str
    confidence: Confidence

    @property
    def assumed(self) -> bool:
        """True for every figure that was not read or measured."""
        return self.confidence <= Confidence.MEMORY


@dataclass(frozen=True)
class Yields:
    """The share of each element that a route recovers: all arrays are (30,) in the order of the vector.

    `low` and `high` stand for the points with 5 % of the cases below and above. Where `known` is false no figure is
    on file and `values` is 0. `steps` names the yields behind each element.
    """

    route: str
    values: Floats
    low: Floats
    high: Floats
    known: NDArray[np.bool_]
    confidence: NDArray[np.int8]
    steps: tuple[tuple[StepYield, ...], ...]

    def at(self, deviates: Floats) -> Floats:
        """Yields for standard normal deviates (..., 30): a normal law of two halves about the value, cut to 0 and 1."""
        below, above = self.values - self.low, self.high - self.values
        drawn = self.values + np.where(deviates < 0, below, above) * deviates / RANGE_IN_DEVIATIONS
        return np.clip(drawn, 0.0, 1.0)

    def draw(self, n: int, seed: int) -> Floats:
        """`n` sets of yields, (n, 30); equal seeds give equal draws."""
        return self.at(np.random.default_rng(seed).standard_normal((n, len(self.values))))

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the yields come from."""
        return tuple(dict.fromkeys(one.source for steps in self.steps for one in steps))


@dataclass(frozen=True)
class RouteRecovery:
    """Masses recovered, in the unit and shape of what went in, with low and high, and masses lost or unknown.

    `unknown` is what the route has no figure for; it is in neither `values` nor a claim of loss.
    """

    values: Floats
    low: Floats
    high: Floats
    unknown: Floats
    yields: Yields


@dataclass(frozen=True)
class ExceededLimit:
    """A limit of the smelter that a feed exceeds: `share` against the limits, all as mass fractions."""

    parameter: str
    share: float
    penalty_above: float
    reject_above: float
    note: Words
    source: str
    confidence: Confidence

    @property
    def rejected(self) -> bool:
        """Whether the feed would be refused, not only charged."""
        return self.share > self.reject_above


_SHARE: dict[str, Any] = {"kind": "share", "unit": "1", "optional": True}
_TABLES: dict[str, FactTable[Any]] = {
    "routes": FactTable(
        "routes",
        Words("Routes"),
        Words("Chains from collection to metal"),
        Route,
        (
            Column("route", Words("Route")),
            Column("name", Words("Name"), words=True),
            Column("feeds", Words("What it is fed with")),
        ),
        ("route",),
        room="arisings",
    ),
    "route-steps": FactTable(
        "route-steps",
        Words("Steps of routes"),
        Words("Yields by step and element"),
        RouteStep,
        (
            Column("route", Words("Route")),
            Column("step", Words("Place in the chain"), "integer"),
            Column("stage", Words("Stage"), "choice", choices=tuple(STAGES)),
            Column("elements", Words("Elements"), "list"),
            Column("recovery_route", Words("Row of the table of recoveries"), optional=True),
            Column("yield_share", Words("Yield"), **_SHARE),
            Column("low", Words("Low"), **_SHARE),
            Column("high", Words("High"), **_SHARE),
            Column("note", Words("Remark"), optional=True, words="shared"),
        ),
        ("route", "step", "stage", "elements"),
        room="arisings",
    ),
}


@cache
def _rows(name: str) -> tuple[Any, ...]:
    return read(_TABLES[name], path=FOLDER / f"{name.replace('-', '_')}.csv")


@cache
def all_routes() -> Mapping[str, Route]:
    """The chains on file, by name."""
    return {row.route: row for row in _rows("routes")}


ROUTES: tuple[str, ...] = tuple(all_routes())


@cache
def yields(route: str) -> Yields:
    """What a route recovers of each element that enters dismantling. Raises Refused with the nearest known route.

    The share collected comes before and is the scenario's: it is not in these yields. The yield of a chain is the
    product of its steps. Deviations of the steps are independent, so the relative distances to low and high add up
    in squares.
    """
    if route not in all_routes():
        raise refuse(
            N_("“{route}” is not a known route. Did you mean {hint}? The routes are {known}."),
            "/route",
            "route",
            route=route,
            hint=nearest(route, ROUTES) or ROUTES[0],
            known=", ".join(ROUTES),
        )
    steps: dict[str, dict[int, StepYield]] = {element: {} for element in ELEMENT_ORDER}
    for row in _rows("route-steps"):
        if row.route == route:
            for element in row.elements:
                steps[element][row.step] = _one(row, element)
    chains = tuple(tuple(found[n] for n in sorted(found)) for found in steps.values())
    values, low, high = (np.zeros(len(ELEMENT_ORDER)) for _ in range(3))
    known = np.array([bool(chain) and chain[-1].stage == "recovery" for chain in chains])
    confidence = np.zeros(len(ELEMENT_ORDER), dtype=np.int8)
    for m in np.flatnonzero(known):
        values[m], low[m], high[m] = _chained(chains[m])
        confidence[m] = min(one.confidence for one in chains[m])
    for array in (values, low, high):
        array.setflags(write=False)
    return Yields(route, values, low, high, known, confidence, chains)


def _one(row: RouteStep, element: str) -> StepYield:
    if not row.recovery_route:
        assert row.yield_share is not None
        assert row.low is not None
        assert row.high is not None
        return StepYield(row.stage, row.yield_share, row.low, row.high, row.note, row.source, row.confidence)
    found = next(r for r in recovery() if r.route == row.recovery_route and r.element == element)
    return StepYield(row.stage, found.yield_share, found.low, found.high, found.note, found.source, found.confidence)


def _chained(chain: Sequence[StepYield]) -> tuple[float, float, float]:
    value = math.prod(one.share for one in chain)
    if value == 0:
        return 0.0, 0.0, math.prod(one.high for one in chain)
    down = math.sqrt(sum((1 - one.low / one.share) ** 2 for one in chain))
    up = math.sqrt(sum((one.high / one.share - 1) ** 2 for one in chain))
    return value, max(value * (1 - down), 0.0), min(value * (1 + up), 1.0)


def recovered(content: Contents | Floats, route: str, collected: float | Floats = 1.0) -> RouteRecovery:
    """What a route recovers of contained masses (..., 30) or of contents; `collected` is a share from 0 to 1.

    Raises Refused for an unknown route, for arrays that do not end in 30 elements, negative masses, or a share that
    is none.
    """
    chain = yields(route)
    held = content.values if isinstance(content, Contents) else np.asarray(content, dtype=np.float64)
    if held.shape[-1:] != (len(ELEMENT_ORDER),) or not np.isfinite(held).all() or (held < 0).any():
        raise refuse(
            N_("The masses must be numbers of zero or more with {count} elements along the last axis."),
            "/content",
            "shape",
            count=len(ELEMENT_ORDER),
        )
    share = np.asarray(collected, dtype=np.float64)
    if not ((share >= 0) & (share <= 1)).all():
        raise refuse(N_("The share collected lies between 0 and 1 (20 % is 0.2)."), "/collected", "share")
    got = held * share[..., None] if share.ndim else held * share
    return RouteRecovery(got * chain.values, got * chain.low, got * chain.high, np.where(chain.known, 0.0, got), chain)


def penalties(feed: Floats) -> tuple[ExceededLimit, ...]:
    """The limits that a feed exceeds at the smelter's gate; `feed` holds mass fractions (30,).

    Only limits on elements of the vector can be seen here; halogens, mercury and cells need the lot's own assay.
    """
    return tuple(_exceeded(np.asarray(feed, dtype=np.float64)))


def _exceeded(feed: Floats) -> Iterator[ExceededLimit]:
    for row in smelter_constraints():
        place = _AT.get(row.parameter)
        if place is None or row.unit not in SHARE_OF:
            continue
        unit = SHARE_OF[row.unit]
        if feed[place] > row.penalty_above * unit:
            yield ExceededLimit(
                row.parameter,
                float(feed[place]),
                row.penalty_above * unit,
                row.reject_above * unit,
                row.note,
                row.source,
                row.confidence,
            )
