"""The Pareto front between two aims: the least of one for each level of the other, by moving one bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from meguri.kit.problems import N_, nearest, refuse
from meguri.network.model.blocks import Floats
from meguri.network.results.plan import SolvedPlan
from meguri.network.solver.highs import Session, SolverOptions
from meguri.network.solver.program import Block, Program

KG_PER_KT = 1e6


@dataclass(frozen=True)
class FrontPoint:
    """One plan of the front: the first aim, the second, and simplex steps from the plan before."""

    first: float
    second: float
    steps: int


@dataclass(frozen=True)
class Aim:
    """A linear aim over the columns: `weights @ x`, made small (`sense` 1) or large (-1), in `unit`."""

    name: str
    unit: str
    sense: int
    weights: Floats


def aim(plan: SolvedPlan, name: str) -> Aim:
    """An aim by its name: `cost`, `carbon`, `invested`, or `recovered:Cu` for an element.

    Costs are discounted as the objective discounts them; the others are sums over all years. Raises Refused.
    """
    known = {"cost", "carbon", "invested"} | {f"recovered:{element}" for element in plan.formulation.recovered}
    if name not in known:
        raise refuse(
            N_("“{name}” is not an aim. Nearest: {hint}."),
            "/aims",
            "unknown",
            name=name,
            hint=nearest(name, known) or ", ".join(sorted(known)),
        )
    formulation, instance = plan.formulation, plan.instance
    years = np.array([period.years for period in instance.periods], dtype=np.float64)
    rate = instance.objective.discount
    discount = np.array([(1 + rate) ** -(period.year - instance.periods[0].year) for period in instance.periods])
    weights = np.zeros(plan.program.columns)
    if name.startswith("recovered:"):
        ids = formulation.columns["process"].block.ids
        weights[ids] = formulation.recovered[name.split(":")[1]] * years
        return Aim(name, "t", -1, weights)
    for block, column in formulation.columns.items():
        length = years if column.annual else np.ones_like(years)
        if name == "cost":
            weights[column.block.ids] = column.cost * length * discount
        elif name == "carbon":
            weights[column.block.ids] = column.carbon * length / KG_PER_KT
        elif block in ("build", "start", "stop"):
            weights[column.block.ids] = column.cost
    if name == "cost":
        _sales(plan, weights, years * discount)
    return Aim(name, {"cost": "USD", "carbon": "kt CO2e", "invested": "USD"}[name], 1, weights)


def _sales(plan: SolvedPlan, weights: Floats, length: Floats) -> None:
    ids = plan.formulation.columns["process"].block.ids
    for sale in plan.instance.sales:
        if sale.most_t_y is None and sale.what in plan.formulation.recovered:
            weights[ids] -= plan.formulation.recovered[sale.what] * np.array(sale.usd_t) * length


def front(
    plan: SolvedPlan,
    first: str,
    second: str,
    points: int = 20,
    options: SolverOptions | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[FrontPoint, ...]:
    """Plans from the best of the first aim to the best of the second, yes-or-no decisions as they are in the plan.

    The levels of the second aim are spread evenly between what it is at the best of the first and its own best. Each
    is a bound moved in place, and the program goes on from the last basis.
    """
    one, other = aim(plan, first), aim(plan, second)
    program = plan.program.fixed(plan.solution.x).with_(cost=one.sense * one.weights, offset=0.0)
    session = Session(_with_row(program, other), options)
    row = program.rows
    at_first = session.solve()
    start = float(other.weights @ at_first.x)
    ends = Session(program.with_(cost=other.sense * other.weights), options).solve()
    best = float(other.weights @ ends.x)
    found = []
    for n, level in enumerate(np.linspace(start, best, points)):
        if progress is not None:
            progress(n / points)
        # A hair's breadth, so that the best of the second stays possible within the solver's tolerance.
        level += other.sense * 1e-9 * max(abs(start), abs(best))
        session.set_row_bounds(row, *((None, level) if other.sense > 0 else (level, None)))
        solved = session.resolve()
        if solved.found:
            found.append(
                FrontPoint(
                    float(one.weights @ solved.x), float(other.weights @ solved.x), int(solved.simplex_iterations)
                )
            )
    return tuple(found)


def _with_row(program: Program, of: Aim) -> Program:
    matrix = csc_array(vstack([program.matrix, csr_array(of.weights[None, :])]))
    return program.with_(
        indptr=matrix.indptr.astype(np.int32),
        indices=matrix.indices.astype(np.int32),
        data=matrix.data,
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, np.inf),
        row_blocks=(*program.row_blocks, Block(f"level of {of.name}", program.rows, (1,))),
    )
