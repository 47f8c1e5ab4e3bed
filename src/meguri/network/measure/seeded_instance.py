"""The synthetic instance that `meguri bench network` measures on: seeded, in no way data about e-waste.

Zones send commodities to dismantlers, whose yields turn them into other commodities; these go over ports to smelters.
Lanes from port to smelter are lawful for some commodities only. Capacities hold at dismantlers, ports and smelters, and
carbon is capped in each period.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from meguri.kit.words import Words
from meguri.network.solver.program import Axis, Builder, Floats, Ids, NamedLimit, Program


@dataclass(frozen=True)
class InstanceSize:
    """How large: nearest dismantlers of a zone, ports of a dismantler and smelters of a port, or 0 for all of them."""

    zones: int = 200
    dismantlers: int = 60
    ports: int = 30
    smelters: int = 20
    commodities: int = 15
    periods: int = 10
    near: tuple[int, int, int] = (8, 5, 20)


REFERENCE = InstanceSize()
DENSE = InstanceSize(near=(0, 0, 0))
ONE_PERIOD = InstanceSize(periods=1)
LOCATION = InstanceSize(periods=3)
SMALL = InstanceSize(zones=40, dismantlers=12, ports=6, smelters=5, commodities=6, periods=3, near=(4, 3, 5))


@dataclass(frozen=True)
class Arcs:
    """Lanes of one stage: from, to, kilometres."""

    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    km: Floats


@dataclass(frozen=True)
class InstanceArrays:
    """All data of the instance as arrays.

    `supply` (periods, zones, commodities) tonnes; `yields` (commodities in, commodities out) tonnes for a tonne;
    `treat`, `load` and `smelt` capacities of dismantlers, ports and smelters; `price` (commodities) of a tonne at a
    smelter; `lawful` (lanes from port to smelter, commodities); `carbon` (periods,) the caps; `fixed` (dismantlers,)
    what keeping one open for a period costs.
    """

    size: InstanceSize
    collect: Arcs
    haul: Arcs
    ship: Arcs
    supply: Floats
    yields: Floats
    treat: Floats
    load: Floats
    smelt: Floats
    price: Floats
    lawful: NDArray[np.bool_]
    carbon: Floats
    fixed: Floats

    @property
    def lanes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Lawful pairs of a lane from port to smelter and a commodity."""
        lane, commodity = np.nonzero(self.lawful)
        return lane, commodity

    def cost(self, arcs: Arcs, each: float, far: float) -> Floats:
        """Cost of a tonne over each lane: a charge and so much a kilometre."""
        return each + far * arcs.km


COLLECT, HAUL, SHIP = (12.0, 0.11), (4.0, 0.08), (9.0, 0.012)
"""Cost of a tonne: a charge, and so much a kilometre."""
CARBON = (1e-4, 0.9e-4, 1.5e-5)
"""Tonnes of carbon dioxide for a tonne over a kilometre: collecting, hauling, shipping."""
CAP = 0.02
"""Cap on carbon dioxide: tonnes for each tonne that arises. The cheapest plan would emit a sixth more."""


ROOM, FIXED = 2.0, 60.0
"""Where dismantlers open and close: how much larger they are then, and the cost of a tonne of the smaller capacity."""


def _nearest(origin: Floats, destination: Floats, near: int, far: float) -> Arcs:
    km = np.hypot(*(origin[:, None, k] - destination[None, :, k] for k in range(2))) * far
    near = near or len(destination)
    to = np.sort(np.argsort(km, axis=1, kind="stable")[:, :near], axis=1)
    at = np.repeat(np.arange(len(origin)), to.shape[1])
    return Arcs(at.astype(np.int32), to.ravel().astype(np.int32), km[at, to.ravel()])


def instance(size: InstanceSize = REFERENCE, seed: int = 1) -> InstanceArrays:
    """Draw the instance of a size."""
    draw = np.random.default_rng(seed)
    n = size.commodities
    zones, dismantlers, ports, smelters = (
        draw.uniform(0, 1, (count, 2)) for count in (size.zones, size.dismantlers, size.ports, size.smelters)
    )
    collect = _nearest(zones, dismantlers, size.near[0], 800.0)
    haul = _nearest(dismantlers, ports, size.near[1], 800.0)
    ship = _nearest(ports, smelters, size.near[2], 6000.0)
    growth = 1.03 ** np.arange(size.periods)
    supply = draw.gamma(2.0, 60.0, (size.zones, n))[None] * growth[:, None, None]
    yields = np.where(draw.uniform(0, 1, (n, n)) < 0.38, draw.gamma(1.0, 1.0, (n, n)), 0.0)
    yields[np.arange(n), draw.integers(0, n, n)] += 0.1
    yields *= (draw.uniform(0.6, 0.95, n) / yields.sum(axis=1))[:, None]
    total = float(supply[0].sum())
    treat = draw.uniform(0.5, 1.5, size.dismantlers) * total * 1.15 / size.dismantlers
    load = draw.uniform(0.5, 1.5, size.ports) * total * 1.2 / size.ports
    smelt = draw.uniform(0.5, 1.5, size.smelters) * total * 1.0 / size.smelters
    price = draw.lognormal(6.0, 0.8, n)
    lawful = draw.uniform(0, 1, (len(ship.km), n)) < 0.7
    carbon = CAP * supply.sum(axis=(1, 2))
    fixed = FIXED * treat * draw.uniform(0.7, 1.3, size.dismantlers)
    return InstanceArrays(size, collect, haul, ship, supply, yields, treat, load, smelt, price, lawful, carbon, fixed)


def _axis(what: str, count: int, at: Ids | None = None) -> Axis:
    return Axis([f"{what}{k + 1}" for k in range(count)], at, name=what)


def build(data: InstanceArrays, location: bool = False) -> Program:
    """The instance as a program; with `location` each dismantler is open or closed in each period, at its fixed cost.

    A closed dismantler takes nothing, and no more from a zone than the zone has: zone by zone and all commodities
    together, which is tight enough and far fewer rows than commodity by commodity. Capacities are then larger, so that
    about half the dismantlers are enough.
    """
    if location:
        data = replace(data, treat=ROOM * data.treat)
    size, builder = data.size, Builder()
    t, n = size.periods, size.commodities
    period, commodity = _axis("period", t), _axis("commodity", n)
    lane, kind = data.lanes
    flows = [
        builder.columns(name, (t, *shape), cost)
        for name, shape, cost in (
            ("collect", (len(data.collect.km), n), data.cost(data.collect, *COLLECT)[:, None]),
            ("haul", (len(data.haul.km), n), data.cost(data.haul, *HAUL)[:, None]),
            ("ship", (len(lane),), data.cost(data.ship, *SHIP)[lane] - data.price[kind]),
        )
    ]
    collect, haul, ship = flows
    dismantler, port, smelter = (
        _axis(what, count) for what, count in (("D", size.dismantlers), ("P", size.ports), ("S", size.smelters))
    )
    supply = builder.rows(
        "supply", data.supply.shape, upper=data.supply, axes=(period, _axis("Z", size.zones), commodity)
    )
    treat = builder.rows(
        "treat", (t, size.dismantlers), upper=0.0 if location else data.treat, axes=(period, dismantler),
        limit=NamedLimit(Words("capacity of {D} in {period}"), "", "t"),
    )  # fmt: skip
    parted = builder.rows("parted", (t, size.dismantlers, n), upper=0.0, axes=(period, dismantler, commodity))
    passed = builder.rows("passed", (t, size.ports, n), upper=0.0, axes=(period, port, commodity))
    load = builder.rows("load", (t, size.ports), upper=data.load, axes=(period, port))
    smelt = builder.rows("smelt", (t, size.smelters), upper=data.smelt, axes=(period, smelter))
    carbon = builder.rows(
        "carbon", t, upper=data.carbon, axes=(period,),
        limit=NamedLimit(Words("carbon cap of {period}"), "", "t"),
    )  # fmt: skip
    arcs = data.collect
    builder.entries(supply[:, arcs.origin], collect, 1.0)
    builder.entries(treat[:, arcs.destination, None], collect, 1.0)
    into, out = np.nonzero(data.yields)
    builder.entries(parted[:, arcs.destination[:, None], out], collect[:, :, into], -data.yields[into, out])
    builder.entries(parted[:, data.haul.origin], haul, 1.0)
    builder.entries(passed[:, data.haul.destination], haul, -1.0)
    builder.entries(load[:, data.haul.destination, None], haul, 1.0)
    builder.entries(passed[:, data.ship.origin[lane], kind], ship, 1.0)
    builder.entries(smelt[:, data.ship.destination[lane]], ship, 1.0)
    for ids, km, factor in (
        (collect, arcs.km[:, None], CARBON[0]),
        (haul, data.haul.km[:, None], CARBON[1]),
        (ship, data.ship.km[lane], CARBON[2]),
    ):
        builder.entries(carbon.reshape(t, *(1,) * (ids.ndim - 1)), ids, factor * km)
    if location:
        _open(builder, data, collect, treat)
    return builder.build()


def _open(builder: Builder, data: InstanceArrays, collect: Ids, treat: Ids) -> None:
    size, arcs = data.size, data.collect
    period = _axis("period", size.periods)
    open_ = builder.columns(
        "open", treat.shape, data.fixed, 0, 1, integer=True, axes=(period, _axis("D", size.dismantlers))
    )
    builder.entries(treat, open_, -data.treat)
    most = np.minimum(data.supply.sum(axis=2)[:, arcs.origin], data.treat[arcs.destination])
    tied = builder.rows("tied", most.shape, upper=0.0)
    builder.entries(tied[:, :, None], collect, 1.0)
    builder.entries(tied, open_[:, arcs.destination], -most)
