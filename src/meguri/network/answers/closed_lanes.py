"""What each lane that the law closes would be worth if it were lawful: opened, solved again, ranked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from meguri.network.plan import Plan
from meguri.network.solving import Options, Session


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


def closed_lanes(plan: Plan, most: int = 20, options: Options | None = None) -> tuple[ClosedLane, ...]:
    """Closed lanes that are worth something, the best first.

    A lane none of whose columns would lower the objective at the margin is worth nothing: the duals of the plan prove
    it for linear programs, so that only the others are solved again.
    """
    formulation, instance = plan.formulation, plan.instance
    economy = {zone.id: zone.economy for zone in instance.zones} | {one.id: one.economy for one in instance.sites}
    ids = formulation.columns["flow"].block.ids
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for f, flow in enumerate(formulation.reach.flows):
        lane = instance.lanes[flow.lane]
        if not all(lane.open):
            groups[(lane.stream, economy[lane.origin], economy[lane.destination])].append(f)
    years = np.array([period.years for period in instance.periods], dtype=np.float64)
    session = Session(plan.program.fixed(plan.solution.x), options)
    base = session.solve().objective
    found = []
    for key, members in groups.items():
        places = ids[members]
        shut = ~np.array([instance.lanes[formulation.reach.flows[f].lane].open for f in members])
        if plan.duals.reduced_costs[places[shut]].min() > -1e-9:
            continue
        session.set_column_bounds(places[shut], upper=np.inf)
        opened = session.resolve()
        session.set_column_bounds(places[shut], upper=0.0)
        gain = base - opened.objective
        if gain <= max(1e-6, 1e-9 * abs(base)):
            continue
        moved = float((np.where(shut, opened.x[places], 0.0) * years).sum() / years.sum())
        lanes = [instance.lanes[formulation.reach.flows[f].lane] for f in members]
        closed = [(lane, t) for lane in lanes for t, is_open in enumerate(lane.open) if not is_open]
        found.append(
            ClosedLane(
                *key,
                float(gain),
                moved,
                tuple(dict.fromkeys(lane.why[t] for lane, t in closed)),
                tuple(dict.fromkeys(g for lane, t in closed if lane.grounds for g in lane.grounds[t])),
                any(lane.assumed[t] for lane, t in closed if lane.assumed),
            )
        )
    return tuple(sorted(found, key=lambda one: -one.gain)[:most])
