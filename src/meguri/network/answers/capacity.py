"""Where the next tonne of capacity is worth most: duals with the yes-or-no decisions fixed, beside a re-solved step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meguri.network.plan import Plan
from meguri.network.solving import Options, Session

STEP = 0.01
"""The step that is solved again: one per cent more capacity."""


@dataclass(frozen=True)
class CapacityWorth:
    """What more capacity at a site would be worth, in units of the objective (discounted USD) over the whole plan.

    `dual` is for one tonne a year more in every period, read off the plan, with yes-or-no decisions as they are.
    `step_t_y` is one per cent of what the site has, `step_gain` what the objective gains when the program is solved
    again with it, and `gain_t_y` that gain by the tonne: below the dual where the last tonnes are worth less.
    """

    site: str
    economy: str
    capacity_t_y: float
    dual: float
    step_t_y: float
    step_gain: float

    @property
    def gain_t_y(self) -> float:
        """The gain of the re-solved step for one tonne a year."""
        return self.step_gain / self.step_t_y


def capacity_worth(plan: Plan, most: int = 10, options: Options | None = None) -> tuple[CapacityWorth, ...]:
    """Sites where more capacity is worth something, the best first; the first `most` are solved again.

    Only sites that run in the plan are asked: at a closed one a tonne of capacity is worth nothing by itself.
    """
    formulation, instance = plan.formulation, plan.instance
    rows = formulation.rows["capacity"].ids
    duals = -plan.duals.row_duals[rows].sum(axis=1)
    capacity = plan.statistics.capacity()
    has = (capacity["standing_t_y"] + capacity["built_t_y"]) * (capacity["running"] > 0.5)
    largest = has.groupby(capacity["site"]).max()
    ranked = [n for n in np.argsort(-duals) if duals[n] > 1e-6 and largest[instance.sites[n].id] > 0][:most]
    session = Session(plan.program.fixed(plan.solution.x), options)
    base = session.solve().objective
    found = []
    for n in ranked:
        site, ids = instance.sites[n], rows[n]
        step = STEP * float(largest[site.id])
        before = plan.program.row_upper[ids]
        session.set_row_bounds(ids, upper=before + step)
        gain = base - session.resolve().objective
        session.set_row_bounds(ids, upper=before)
        found.append(CapacityWorth(site.id, site.economy, float(largest[site.id]), float(duals[n]), step, float(gain)))
    return tuple(found)
