"""What to do when nobody knows which scenario comes: regret of each scenario's plan, and the plan that regrets least.

What is built is decided once; flows follow the scenario. Scenarios differ in figures (supplies, prices, costs, which
lanes are open), not in sites or lanes. Builds are priced by sending the scenario's flows through them, so that the
regrets of the plan that regrets least are those of a plan that was worked out, not of a relaxation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import block_diag, csc_array, csr_array, hstack, vstack

from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words
from meguri.network.answers.capacity import DECIDED, built
from meguri.network.model.blocks import Floats, Ints
from meguri.network.results.plan import SolvedPlan
from meguri.network.solver.highs import SolverOptions, refuse_unfinished
from meguri.network.solver.program import Program
from meguri.network.solver.rounding import solve_rounded

SIZE = 1e-4
"""The unit of costs in the program of all scenarios, as a part of the largest plan."""
NEAR = 1e-3
"""How near the optimum interior points stop, relative to the regrets in that unit: near the end they gain a millionth
of what plans cost in a step, at the pace of the first steps."""
TOLERANCES = ("ipm_optimality_tolerance", "optimality_tolerance", "dual_feasibility_tolerance")
MET = 0.6
"""The share of the work that pricing each scenario's builds in each other takes."""


@dataclass(frozen=True)
class Regret:
    """Objectives (discounted USD) when what one scenario's plan builds meets another scenario.

    `cost[i, j]`: builds of plan i under scenario j (NaN where no flows keep all its limits); `regret` is its excess
    over the best of j. `robust[j]` is the cost of the plan whose largest regret is the least (`robust_regret`),
    `robust_builds` what it builds, shaped (sites, periods), in the order of `buildable`; both are NaN where no one set
    of builds keeps the limits of all scenarios.
    """

    scenarios: tuple[Words, ...]
    cost: Floats
    robust: Floats
    buildable: tuple[str, ...]
    robust_builds: Floats

    @property
    def regret(self) -> Floats:
        """Excess over the best plan known of each scenario, shaped as `cost`."""
        return np.asarray(self.cost - self.best)

    @property
    def robust_regret(self) -> Floats:
        """Excess of the robust plan in each scenario."""
        return np.asarray(self.robust - self.best)

    @property
    def best(self) -> Floats:
        """The least cost known of each scenario. Plans are sought to a gap, so that another's builds may be better."""
        return np.asarray(np.nanmin(np.vstack([self.cost, self.robust]), axis=0))

    @property
    def one_fits_all(self) -> bool:
        """Whether one set of builds keeps the limits of all scenarios."""
        return not bool(np.isnan(self.robust).any())


def regret(
    plans: Sequence[SolvedPlan], options: SolverOptions | None = None, progress: Callable[[float], None] | None = None
) -> Regret:
    """Compare plans of scenarios that share sites and periods. `progress` is told the part done, 0 to 1.

    With a gap above zero the plan that regrets least is sought to within that part of the mean cost. Raises Refused
    where sites or periods differ.
    """
    decided = [_decided(plan) for plan in plans]
    names = [tuple(site.id for site in plan.instance.sites) for plan in plans]
    if any(name != names[0] for name in names) or any(len(ids) != len(decided[0]) for ids in decided):
        raise refuse(
            N_("Scenarios that are compared by regret need the same sites and periods."), "/scenarios", "sites"
        )
    told = progress or (lambda part: None)
    meetings = [_Meeting(plan, ids, options) for plan, ids in zip(plans, decided, strict=True)]
    builds = [plan.solution.x[ids] for plan, ids in zip(plans, decided, strict=True)]
    cost = np.full((len(plans), len(plans)), np.nan)
    for j, meeting in enumerate(meetings):
        for i, own in enumerate(builds):
            cost[i, j] = plans[j].solution.objective if i == j else meeting.cost(own)
        told(MET * (j + 1) / len(plans))
    best = np.nanmin(cost, axis=0)
    shared = _shared([plan.program for plan in plans], decided, best, options)
    rows, made = cost, builds
    if shared is not None:
        # Sought to a gap, it may be behind one of the scenarios' own plans; that one is then the better answer.
        rows, made = np.vstack([[meeting.cost(shared) for meeting in meetings], cost]), [shared, *builds]
    worst = (rows - best).max(axis=1)
    chosen = None if np.isnan(worst).all() else int(np.nanargmin(worst))
    sites, first = plans[0].instance.sites, plans[0].formulation
    at = first.columns["build"].block.ids
    told(1.0)
    return Regret(
        tuple(plan.instance.name for plan in plans),
        cost,
        np.full(len(plans), np.nan) if chosen is None else rows[chosen],
        tuple(sites[n].id for n in first.places["build"]),
        np.full(at.shape, np.nan) if chosen is None else made[chosen][: at.size].reshape(at.shape),
    )


class _Meeting:
    """A scenario that other builds are sent into, from the basis of its own plan."""

    def __init__(self, plan: SolvedPlan, decided: Ints, options: SolverOptions | None) -> None:
        self.decided = decided
        self.session = built(plan, options)
        self.session.solve()
        self.session.keep()

    def cost(self, builds: Floats) -> float:
        """The objective with these builds; NaN where no flows keep all limits."""
        self.session.back()
        self.session.set_column_bounds(self.decided, builds, builds)
        found = self.session.resolve()
        return found.objective if found.optimal else float("nan")


def _decided(plan: SolvedPlan) -> Ints:
    """The columns of what is decided once, those of builds first."""
    return np.concatenate([plan.formulation.columns[name].block.ids.ravel() for name in DECIDED])


def _shared(programs: list[Program], decided: list[Ints], best: Floats, options: SolverOptions | None) -> Floats | None:
    """The builds whose largest regret is the least, in the order of the decided columns; None where there are none."""
    options = options or SolverOptions()
    program = _together(programs, decided, best)
    if options.gap > 0:
        options = replace(options, settings={**options.settings, **dict.fromkeys(TOLERANCES, NEAR)})
    found = solve_rounded(program, options)
    if found.status == "infeasible":
        return None
    x = refuse_unfinished(found).x[decided[0]]
    return np.clip(x, programs[0].lower[decided[0]], programs[0].upper[decided[0]])


def _together(programs: list[Program], decided: list[Ints], best: Floats) -> Program:
    """Every scenario side by side with the same builds, and one column above every regret, made as small as possible.

    A thousandth of the mean cost is added, so that among plans of equal largest regret the cheaper is taken. Costs are
    told in a unit of the size of the plans' own: the solver's tolerances are absolute. The objective counts from the
    mean of the best costs, so that a gap is a part of what plans cost and not of the regret, which may be nothing.
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
    # One scenario's yes-or-no decisions are everybody's: the ties make them whole in the others.
    whole = [program.integrality.copy() for program in programs]
    for integrality, ids in zip(whole[1:], decided[1:], strict=True):
        integrality[ids] = 0
    return Program(
        cost=np.append(mean, 1.0),
        lower=np.append(np.concatenate([program.lower for program in programs]), -np.inf),
        upper=np.append(np.concatenate([program.upper for program in programs]), np.inf),
        row_lower=np.concatenate([*(p.row_lower for p in programs), np.zeros(tied), np.full(len(programs), -np.inf)]),
        row_upper=np.concatenate([*(p.row_upper for p in programs), np.zeros(tied), (best - constant) / unit]),
        indptr=matrix.indptr.astype(np.int32),
        indices=matrix.indices.astype(np.int32),
        data=matrix.data,
        integrality=np.append(np.concatenate(whole), 0).astype(np.int32),
        offset=float(np.abs(best).mean()) / unit,
    )
