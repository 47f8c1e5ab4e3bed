"""Where the next tonne of capacity is worth most: duals with the yes-or-no decisions fixed, beside a re-solved step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meguri.network.model.blocks import Ints
from meguri.network.results.plan import SolvedPlan
from meguri.network.solver.highs import Session, SolverOptions

DECIDED = ("build", "running", "start", "stop")
"""Blocks of columns that say what is built, opened or closed."""

SMALL = 1e-6
"""USD below which a tonne is worth nothing."""

STEP = 0.01
"""The step that is solved again: one per cent more capacity."""


@dataclass(frozen=True)
class CapacityWorth:
    """What more capacity at a site would be worth, in units of the objective (discounted USD) over the whole plan.

    `dual_t_y` is for one tonne a year more in every period, read off the plan with everything built as it is.
    `step_t_y` is one per cent of what the site has, and `step_gain` what the objective gains when the program is
    solved again with it: by the tonne it is below the dual where the last tonnes of the step are worth less.
    `build_usd_t_y` is what building a tonne a year costs there, None where none can be built.
    """

    site: str
    economy: str
    capacity_t_y: float
    dual_t_y: float
    step_t_y: float
    step_gain: float
    build_usd_t_y: float | None

    @property
    def gain_t_y(self) -> float:
        """The gain of the re-solved step for one tonne a year."""
        return self.step_gain / self.step_t_y


def capacity_worth(plan: SolvedPlan, most: int = 10, options: SolverOptions | None = None) -> tuple[CapacityWorth, ...]:
    """Sites where more capacity is worth something, the best first; the first `most` are solved again.

    Only sites that run in the plan are asked: at a closed one a tonne of capacity is worth nothing by itself.
    """
    formulation, instance = plan.formulation, plan.instance
    session = built(plan, options)
    base = session.solve()
    session.keep()
    rows: dict[int, Ints] = dict(enumerate(formulation.rows["capacity"].ids))
    for place, ids in zip(
        formulation.places["only while running"], formulation.rows["only while running"].ids, strict=True
    ):
        rows[place] = np.concatenate([rows[place], ids])
    capacity = plan.statistics.capacity()
    has = (capacity["standing_t_y"] + capacity["built_t_y"]) * (capacity["running"] > 0.5)
    largest = {str(site): float(value) for site, value in has.groupby(capacity["site"]).max().items()}
    duals = {n: float(-base.row_duals[ids].sum()) for n, ids in rows.items() if largest[instance.sites[n].id] > 0}
    ranked = sorted((n for n, dual in duals.items() if dual > SMALL), key=lambda n: -duals[n])[:most]
    found = []
    for n in ranked:
        site, ids = instance.sites[n], rows[n]
        step = STEP * largest[site.id]
        before = plan.program.row_upper[ids]
        session.set_row_bounds(ids, upper=before + step)
        gain = base.objective - session.resolve().objective
        session.back()
        cost = site.build_usd_t_y if site.build_most_t_y > 0 else None
        found.append(CapacityWorth(site.id, site.economy, largest[site.id], duals[n], step, float(gain), cost))
    # A dual where nothing stands may be far above what a step brings: the step decides the order.
    return tuple(sorted(found, key=lambda one: -one.gain_t_y))


def built(plan: SolvedPlan, options: SolverOptions | None = None) -> Session:
    """The plan's program with everything that is built, opened or closed fixed, ready to be edited."""
    session = Session(plan.program.fixed(plan.solution.x), options)
    for name in DECIDED:
        ids = plan.formulation.columns[name].block.ids.ravel()
        session.set_column_bounds(ids, plan.solution.x[ids], plan.solution.x[ids])
    return session
