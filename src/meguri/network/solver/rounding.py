"""A mixed-integer program by rounding its relaxation, and by the solver's own search where that is not enough.

The relaxation is solved by interior points. Whole-valued columns are then rounded at some threshold of their
fractional part, fixed, and the rest is solved again; the threshold that gives the best plan is sought by trial. In
location problems in their strong form the plan is often within a hundredth of the relaxation, which proves it, where
the solver's search would still be at its root.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from meguri.network.solver.highs import Session, Solution, SolverOptions, gap_of, solve
from meguri.network.solver.program import Floats, Program

FIRST, STEP, LEAST_STEP = 0.5, 0.2, 0.02
"""Where the search for a threshold starts, how far it goes each way, and when it stops."""
WHOLE = 1e-6


def solve_rounded(program: Program, options: SolverOptions | None = None) -> Solution:
    """Solve a mixed-integer program; the status is optimal where the plan is within ``options.gap`` of what is proved.

    A program without whole-valued columns, or one to be proved to the end (a gap of nothing), goes to the solver
    as it is.
    """
    options = options or SolverOptions()
    if not program.has_integers or options.gap <= 0:
        return solve(program, options)
    start = time.perf_counter()
    # Only the objective and the rough place of the plan are wanted of the relaxation, not a corner of it.
    quick = replace(options, method="ipm", crossover=False, progress=None)
    relaxed = solve(program.relaxed(), quick)
    if relaxed.status in ("unbounded", "failed"):
        return solve(program, options)
    if not relaxed.optimal:
        # Stopped on the way, its values are neither whole nor a plan.
        nothing = np.empty(0)
        return replace(
            relaxed, x=nothing, row_values=nothing, row_duals=nothing, reduced_costs=nothing,
            objective=float("nan"), bound=-float("inf"), gap=float("inf"),
        )  # fmt: skip
    search = _RoundingSearch(program, relaxed, replace(quick, time_limit=None), options, start)
    best = search.run()
    if best is not None and gap_of(best.objective, relaxed.objective) <= options.gap:
        return search.whole(best, "optimal", relaxed.objective)
    left = None if options.time_limit is None else max(0.0, options.time_limit - (time.perf_counter() - start))
    session = Session(program, replace(options, time_limit=left))
    if best is not None:
        session.start_at(best.x)
    found = session.resolve()
    if best is not None and (not found.found or best.objective < found.objective):
        found = search.whole(best, found.status, max(relaxed.objective, found.bound))
    bound = max(found.bound, relaxed.objective) if found.status != "infeasible" else found.bound
    return replace(
        found, bound=bound, gap=gap_of(found.objective, bound), seconds=time.perf_counter() - start,
        iterations=found.iterations + search.iterations,
    )  # fmt: skip


class _RoundingSearch:
    """Plans by threshold, each worked out once."""

    def __init__(
        self, program: Program, relaxed: Solution, quick: SolverOptions, options: SolverOptions, start: float
    ) -> None:
        self.program, self.quick, self.options, self.start = program, quick, options, start
        self.bound = relaxed.objective
        self.iterations = relaxed.iterations
        self.values = np.clip(relaxed.x, program.lower, program.upper)
        self.whole_columns = np.flatnonzero(program.integrality)
        self.tried: dict[bytes, Solution] = {}
        self.best: Solution | None = None

    def run(self) -> Solution | None:
        """Go towards the better side from the middle, in halved steps, until good enough."""
        at, step = FIRST, STEP
        value = self.plan(at)
        while step >= LEAST_STEP and not self.enough():
            sides = [(self.plan(side), side) for side in (at - step, at + step) if 0 < side < 1 and not self.enough()]
            better = min(sides, default=(value, at))
            if better[0] < value:
                value, at = better
            else:
                step /= 2
        return self.best

    def enough(self) -> bool:
        """Whether the best plan is good enough, or time is up."""
        options = self.options
        late = options.time_limit is not None and time.perf_counter() - self.start > options.time_limit
        stopped = options.cancel is not None and options.cancel()
        good = self.best is not None and gap_of(self.best.objective, self.bound) <= options.gap
        return good or late or stopped

    def plan(self, threshold: float) -> float:
        """The objective with columns rounded up from the threshold of their fraction; infinite without a plan."""
        fixed = self.rounded(threshold)
        key = fixed[self.whole_columns].tobytes()
        if key not in self.tried:
            found = solve(self.program.fixed(fixed), self.quick)
            self.iterations += found.iterations
            self.tried[key] = found
            if found.optimal and (self.best is None or found.objective < self.best.objective):
                self.best = replace(found, x=np.where(self.program.integrality == 1, fixed, found.x))
                if self.options.progress is not None:
                    self.options.progress(found.objective, self.bound)
        found = self.tried[key]
        return found.objective if found.optimal else float("inf")

    def rounded(self, threshold: float) -> Floats:
        """All columns, the whole-valued ones rounded within their bounds."""
        x, at = self.values.copy(), self.whole_columns
        down = np.floor(x[at] + WHOLE)
        up = down + (x[at] - down >= threshold)
        x[at] = np.clip(up, np.ceil(self.program.lower[at] - WHOLE), np.floor(self.program.upper[at] + WHOLE))
        return x

    def whole(self, best: Solution, status: str, bound: float) -> Solution:
        """The best plan as a solution of the mixed-integer program: no duals, and what is proved."""
        nothing = np.empty(0)
        return replace(
            best, status=status, bound=bound, gap=gap_of(best.objective, bound), row_duals=nothing,  # type: ignore[arg-type]
            reduced_costs=nothing, iterations=self.iterations, seconds=time.perf_counter() - self.start,
        )  # fmt: skip
