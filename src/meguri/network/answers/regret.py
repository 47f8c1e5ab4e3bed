"""What to do when nobody knows which scenario comes: regret of each scenario's plan, and the plan that regrets least.

What is built is decided once; flows follow the scenario. Scenarios differ in figures (supplies, prices, costs, which
lanes are open), not in sites or lanes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import block_diag, csc_array, csr_array, hstack, vstack

from meguri.kit.problems import N_, refuse
from meguri.network.answers.capacity import DECIDED
from meguri.network.conflict import optimum
from meguri.network.layout import Floats, Ints
from meguri.network.plan import Plan
from meguri.network.program import Program
from meguri.network.solving import Options, solve

SIZE = 1e-4
"""The unit of costs in the program of all scenarios, as a part of the largest plan."""


@dataclass(frozen=True)
class Regret:
    """Objectives (discounted USD) when what one scenario's plan builds meets another scenario.

    `cost[i, j]`: builds of plan i under scenario j (NaN where no flows keep all its limits); `regret` is its excess
    over the best plan of j. `robust[j]` is the cost of the plan whose largest regret is the least (`robust_regret`),
    `robust_builds` what it builds, shaped (sites, periods), in the order of `buildable`.
    """

    scenarios: tuple[str, ...]
    cost: Floats
    robust: Floats
    buildable: tuple[str, ...]
    robust_builds: Floats

    @property
    def regret(self) -> Floats:
        """Excess over the best plan of each scenario, shaped as `cost`."""
        return self.cost - np.diag(self.cost)[None, :]

    @property
    def robust_regret(self) -> Floats:
        """Excess of the robust plan in each scenario."""
        return self.robust - np.diag(self.cost)


def regret(plans: Sequence[Plan], options: Options | None = None) -> Regret:
    """Compare plans of scenarios that share sites and periods. Raises Refused where they do not."""
    first = plans[0].formulation
    decided = [_decided(plan) for plan in plans]
    names = [tuple(site.id for site in plan.instance.sites) for plan in plans]
    if any(name != names[0] for name in names) or any(len(ids) != len(decided[0]) for ids in decided):
        raise refuse(
            N_("Scenarios that are compared by regret need the same sites and periods."), "/scenarios", "sites"
        )
    cost = np.full((len(plans), len(plans)), np.nan)
    for i, plan in enumerate(plans):
        built = plan.solution.x[decided[i]]
        for j, other in enumerate(plans):
            cost[i, j] = other.solution.objective if i == j else _met(other.program, decided[j], built, options)
    best = np.diag(cost)
    program, offsets = _together([plan.program for plan in plans], decided, best)
    found = optimum(program, options)
    robust = np.array([
        plan.program.cost @ found.x[at : at + plan.program.columns] + plan.program.offset
        for plan, at in zip(plans, offsets, strict=True)
    ])  # fmt: skip
    sites = first.instance.sites
    return Regret(
        tuple(plan.instance.name.en for plan in plans),
        cost,
        robust,
        tuple(sites[n].id for n in first.places["build"]),
        first.columns["build"].block.of(found.x),
    )


def _decided(plan: Plan) -> Ints:
    return np.concatenate([plan.formulation.columns[name].block.ids.ravel() for name in DECIDED])


def _met(program: Program, decided: Ints, built: Floats, options: Options | None) -> float:
    """The objective with these builds, or NaN."""
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[decided], upper[decided] = built, built
    found = solve(program.with_(lower=lower, upper=upper, integrality=np.zeros_like(program.integrality)), options)
    return found.objective if found.optimal else float("nan")


def _together(programs: list[Program], decided: list[Ints], best: Floats) -> tuple[Program, list[int]]:
    """Every scenario side by side with the same builds, and one column above every regret, made as small as possible.

    A thousandth of the mean cost is added, so that among plans of equal largest regret the cheaper is taken. Costs are
    told in a unit of the size of the plans' own: the solver's tolerances are absolute.
    """
    unit = max(1.0, SIZE * float(np.abs(best).max(initial=0.0)))
    offsets = list(np.cumsum([0] + [program.columns for program in programs[:-1]]))
    columns = sum(program.columns for program in programs)
    body = block_diag([program.matrix for program in programs], format="csr")
    ties, costs = [], []
    for at, program, ids in zip(offsets, programs, decided, strict=True):
        if at:
            count = np.arange(len(ids))
            ties.append(
                csr_array((np.ones(len(ids)), (count, offsets[0] + decided[0])), shape=(len(ids), columns))
                - csr_array((np.ones(len(ids)), (count, at + ids)), shape=(len(ids), columns))
            )
        costs.append(
            csr_array((program.cost, (np.zeros(program.columns, int), at + np.arange(program.columns))), (1, columns))
        )
    # cost_j . x - z <= best_j
    above = vstack(costs) / unit
    last = np.zeros((body.shape[0] + sum(tie.shape[0] for tie in ties) + len(programs), 1))
    last[-len(programs) :] = -1.0
    matrix = csc_array(hstack([vstack([body, *ties, above]), csr_array(last)]))
    tied = sum(tie.shape[0] for tie in ties)
    constant = np.array([program.offset for program in programs])
    mean = np.concatenate([program.cost for program in programs]) / (1000.0 * len(programs) * unit)
    whole = Program(
        cost=np.append(mean, 1.0),
        lower=np.append(np.concatenate([program.lower for program in programs]), -np.inf),
        upper=np.append(np.concatenate([program.upper for program in programs]), np.inf),
        row_lower=np.concatenate([*(p.row_lower for p in programs), np.zeros(tied), np.full(len(programs), -np.inf)]),
        row_upper=np.concatenate([*(p.row_upper for p in programs), np.zeros(tied), (best - constant) / unit]),
        indptr=matrix.indptr.astype(np.int32),
        indices=matrix.indices.astype(np.int32),
        data=matrix.data,
        integrality=np.append(np.concatenate([program.integrality for program in programs]), 0).astype(np.int32),
    )
    return whole, [int(at) for at in offsets]
