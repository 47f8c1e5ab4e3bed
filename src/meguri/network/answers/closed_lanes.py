"""What each lane that the law closes would be worth if it were lawful: opened, solved again, ranked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meguri.network.model.blocks import Floats
from meguri.network.results.plan import SolvedPlan
from meguri.network.solver.highs import Session, SolverOptions

Key = tuple[str, str, str]
Bools = npt.NDArray[np.bool_]
SMALL = 1e-6
"""USD below which a lane is worth nothing."""


@dataclass(frozen=True)
class ClosedLane:
    """A stream that may not move from one economy to another, and what its opening would be worth.

    `gain` is in units of the objective (discounted USD) over the plan: all physical lanes of the pair are opened in
    every period in which they are closed, and the program is solved again with yes-or-no decisions as they are.
    `tonnes` is what would then move there a year, on average; `why` and `grounds` say what closes it now.
    """

    stream: str
    sender: str
    receiver: str
    gain: float
    tonnes_y: float
    why: tuple[str, ...]
    grounds: tuple[str, ...]
    assumed: bool


def closed_lanes(
    plan: SolvedPlan, most: int = 12, options: SolverOptions | None = None, solved: int = 60
) -> tuple[ClosedLane, ...]:
    """Closed lanes that are worth something, the best first.

    The duals of the plan bound what an opening can bring: its columns' reduced costs times what could at most flow
    there (weak duality). Lanes are solved in the order of that bound until it falls below the gains already found, so
    that no better lane is missed; after `solved` lanes the search ends all the same.
    """
    instance = plan.instance
    groups = _groups(plan)
    bounds = _bounds(plan, groups)
    ids = plan.formulation.columns["flow"].block.ids
    years = np.array([period.years for period in instance.periods], dtype=np.float64)
    session = Session(plan.program.fixed(plan.solution.x), options)
    base = session.solve().objective
    session.keep()
    found: list[ClosedLane] = []
    for key in sorted(groups, key=lambda one: -bounds[one])[:solved]:
        least = sorted((one.gain for one in found), reverse=True)[most - 1] if len(found) >= most else 0.0
        if bounds[key] <= max(least, SMALL, 1e-9 * abs(base)):
            break
        places = ids[groups[key]]
        shut = _shut(plan, groups[key])
        session.set_column_bounds(places[shut], upper=np.inf)
        opened = session.resolve()
        session.back()
        gain = base - opened.objective
        if not opened.found or gain <= max(SMALL, 1e-9 * abs(base)):
            continue
        moved = float((np.where(shut, opened.x[places], 0.0) * years).sum() / years.sum())
        found.append(_said(plan, key, groups[key], float(gain), moved))
    return tuple(sorted(found, key=lambda one: -one.gain)[:most])


def _groups(plan: SolvedPlan) -> dict[Key, list[int]]:
    """Flows on lanes that are closed in some period, by stream, sender and receiver."""
    instance = plan.instance
    economy = {zone.id: zone.economy for zone in instance.zones} | {one.id: one.economy for one in instance.sites}
    groups: dict[Key, list[int]] = defaultdict(list)
    for f, flow in enumerate(plan.formulation.reach.flows):
        lane = instance.lanes[flow.lane]
        if not all(lane.open):
            groups[(lane.stream, economy[lane.origin], economy[lane.destination])].append(f)
    return dict(groups)


def _shut(plan: SolvedPlan, members: list[int]) -> Bools:
    """Where the flows of a group are closed, shaped (flows, periods)."""
    instance = plan.instance
    shut: Bools = ~np.array([instance.lanes[plan.formulation.reach.flows[f].lane].open for f in members])
    return shut


def _bounds(plan: SolvedPlan, groups: dict[Key, list[int]]) -> dict[Key, float]:
    """What opening each group can bring at most."""
    instance, flows = plan.instance, plan.formulation.reach.flows
    ids = plan.formulation.columns["flow"].block.ids
    leaving = _leaving(plan)
    bounds = {}
    for key, members in groups.items():
        cheaper = np.where(_shut(plan, members), np.maximum(-plan.duals.reduced_costs[ids[members]], 0.0), 0.0)
        best: dict[tuple[str, str], Floats] = {}
        for row, f in zip(cheaper, members, strict=True):
            node = (instance.lanes[flows[f].lane].origin, flows[f].origin)
            best[node] = np.maximum(best.get(node, 0.0), row)
        bounds[key] = float(sum((row @ leaving[(node, key[0], origin)]) for (node, origin), row in best.items()))
    return bounds


def _leaving(plan: SolvedPlan) -> dict[tuple[str, str, str], Floats]:
    """Tonnes a year that can at most leave a place of a stream from an origin."""
    instance = plan.instance
    economy = {zone.id: zone.economy for zone in instance.zones}
    count = len(instance.periods)
    found: dict[tuple[str, str, str], Floats] = {}
    arising: dict[str, Floats] = {}
    for supply in instance.supplies:
        tonnes = np.array(supply.tonnes) * np.array(supply.most_share)
        origin = economy[supply.zone]
        found[(supply.zone, supply.stream, origin)] = tonnes
        arising[origin] = arising.get(origin, np.zeros(count)) + tonnes
    technologies = {one.id: one for one in instance.technologies}
    for product in plan.formulation.reach.products:
        site = instance.sites[product.place]
        technology = technologies[site.technology]
        made = [
            (out[product.stream], technology.use.get(stream, 1.0))
            for stream, out in technology.outputs.items()
            if product.stream in out
        ]
        capacity = np.array(site.capacity_t_y) + site.build_most_t_y
        by_site = capacity * max(share / use if use > 0 else np.inf for share, use in made)
        by_origin = arising[product.origin] * max(share for share, _ in made)
        # Storage may gather what came in earlier periods.
        if any(one.storage_most_t > 0 for one in instance.sites):
            by_origin = np.full(count, np.inf)
        found[(site.id, product.stream, product.origin)] = np.minimum(by_site, by_origin)
    return found


def _said(plan: SolvedPlan, key: Key, members: list[int], gain: float, moved: float) -> ClosedLane:
    instance = plan.instance
    lanes = [instance.lanes[plan.formulation.reach.flows[f].lane] for f in members]
    closed = [(lane, t) for lane in lanes for t, is_open in enumerate(lane.open) if not is_open]
    return ClosedLane(
        *key,
        gain,
        moved,
        tuple(dict.fromkeys(lane.why[t] for lane, t in closed)),
        tuple(dict.fromkeys(g for lane, t in closed if lane.grounds for g in lane.grounds[t])),
        any(lane.assumed[t] for lane, t in closed if lane.assumed),
    )
