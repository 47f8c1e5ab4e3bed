"""Solving a program with HiGHS: once, or again and again from the last basis after edits in place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from meguri.kit.problems import N_, MeguriError, Problem
from meguri.network.solver.program import Floats, Ids, Program

Status = Literal["optimal", "infeasible", "unbounded", "time limit", "cancelled", "interrupted", "failed"]
Method = Literal["choose", "simplex", "ipm", "pdlp"]

_STATUS: dict[Any, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kModelEmpty: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "failed",
    highspy.HighsModelStatus.kTimeLimit: "time limit",
    highspy.HighsModelStatus.kInterrupt: "cancelled",
    highspy.HighsModelStatus.kIterationLimit: "interrupted",
    highspy.HighsModelStatus.kSolutionLimit: "interrupted",
    highspy.HighsModelStatus.kObjectiveBound: "interrupted",
    highspy.HighsModelStatus.kObjectiveTarget: "interrupted",
}

SERIAL_DUAL, PRIMAL = 1, 4
"""Values of HiGHS's simplex_strategy. The parallel dual simplex (2, 3) forgets the basis it is given."""

LARGE = 100_000
"""Entries from which a program is solved by interior points first, where the choice is left to us."""

ASKED_EVERY = 0.2
"""Seconds between two questions whether to stop."""


class NoPlan(MeguriError):
    """The program has no solution to hand out; the problems say why."""

    status = 422
    title = N_("There is no plan")


@dataclass(frozen=True)
class SolverOptions:
    """How to solve.

    `method` is for programs without whole-valued columns; "choose" takes interior points (and a crossover to a basis)
    for large ones and the dual simplex for small. `gap` is the relative gap at which a mixed-integer search
    stops (0 proves the optimum to the solver's tolerance). `time_limit` in seconds of wall time. `cancel` is asked
    from time to time and stops the solver by returning True; `progress` is told of each better plan of a
    mixed-integer search: (objective, bound). `settings` are options of HiGHS by name.
    """

    method: Method = "choose"
    gap: float = 0.0
    time_limit: float | None = None
    threads: int = 1
    crossover: bool = True
    cancel: Callable[[], bool] | None = None
    progress: Callable[[float, float], None] | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    log: bool = False


@dataclass(frozen=True)
class Solution:
    """What the solver found.

    `x` (columns) and `row_values` are empty where there is no feasible plan. `row_duals[i]` is the change of the
    objective for one unit more on the bound of row i that holds, `reduced_costs[j]` the same for the bound of
    column j; both are empty for mixed-integer programs and where the basis is not optimal. `bound` and `gap` say how
    far the objective is proved; `iterations` counts simplex, interior-point or first-order steps, whichever ran,
    and `simplex_iterations` those of the simplex alone (with crossover).
    """

    status: Status
    objective: float
    x: Floats
    row_values: Floats
    row_duals: Floats
    reduced_costs: Floats
    seconds: float
    iterations: int
    simplex_iterations: int
    bound: float
    gap: float
    nodes: int
    said: str = ""

    @property
    def found(self) -> bool:
        """Whether there is a feasible plan, proved the best or not."""
        return len(self.x) > 0

    @property
    def optimal(self) -> bool:
        """Whether the plan is proved the best within the gap asked for."""
        return self.status == "optimal"


def solve(program: Program, options: SolverOptions | None = None) -> Solution:
    """Solve a program once. The status says how it ended; ask `conflict` why it is infeasible."""
    return Session(program, options).solve()


_SCHEDULER = threading.local()


class _Quiet(highspy.Highs):
    """The solver without its banner, which it would print where a command prints JSON."""

    def enableCallbacks(self) -> None:  # noqa: N802
        """Enable callbacks, silently."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


class Session:
    """A program kept in the solver: edited in place and solved again from the last basis.

    Row and column numbers are those of the program. Between two solves the basis stays, so that `resolve` needs few
    iterations; `Solution.simplex_iterations` shows how many. For a mixed-integer program the last plan is offered
    as a start instead. A session belongs to one thread at a time.
    """

    def __init__(self, program: Program, options: SolverOptions | None = None) -> None:
        self.options = options or SolverOptions()
        self.base = program
        self._integers = program.has_integers
        self._cost, self._lower, self._upper = program.cost.copy(), program.lower.copy(), program.upper.copy()
        self._row_lower, self._row_upper = program.row_lower.copy(), program.row_upper.copy()
        self._edited: set[str] = set()
        self._last: Solution | None = None
        self._kept: tuple[tuple[Floats, ...], Any] | None = None
        self._solver = _Quiet()
        self._settle()
        _pass(self._solver, program)

    @property
    def program(self) -> Program:
        """The program as edited."""
        return replace(
            self.base, cost=self._cost.copy(), lower=self._lower.copy(), upper=self._upper.copy(),
            row_lower=self._row_lower.copy(), row_upper=self._row_upper.copy(),
        )  # fmt: skip

    @property
    def _method(self) -> str:
        if self._integers or self.options.method != "choose":
            return "choose" if self._integers else self.options.method
        return "ipm" if self.base.entries > LARGE else "simplex"

    def _settle(self) -> None:
        options = self.options
        settings: dict[str, Any] = {
            "output_flag": options.log,
            "threads": options.threads,
            "parallel": "off" if options.threads == 1 else "choose",
            "solver": self._method,
            "run_crossover": "on" if options.crossover else "off",
            "mip_rel_gap": options.gap,
            **options.settings,
        }
        if getattr(_SCHEDULER, "threads", options.threads) != options.threads:
            # The thread pool keeps the size it was first given until it is taken down.
            highspy.Highs.resetGlobalScheduler(True)
        _SCHEDULER.threads = options.threads
        for name, value in settings.items():
            if self._solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
                raise ValueError(f"the solver has no option {name} = {value!r}")

    def set_row_bounds(self, rows: ArrayLike, lower: ArrayLike | None = None, upper: ArrayLike | None = None) -> None:
        """Change bounds of rows in place; a side left out stays as it is."""
        ids, low, high = self._bounds(rows, lower, upper, self._row_lower, self._row_upper)
        if len(ids):
            _good(self._solver.changeRowsBounds(len(ids), ids, low, high))

    def set_column_bounds(
        self, columns: ArrayLike, lower: ArrayLike | None = None, upper: ArrayLike | None = None
    ) -> None:
        """Change bounds of columns in place; a side left out stays as it is."""
        ids, low, high = self._bounds(columns, lower, upper, self._lower, self._upper)
        if len(ids):
            _good(self._solver.changeColsBounds(len(ids), ids, low, high))

    def _bounds(
        self, ids: ArrayLike, lower: ArrayLike | None, upper: ArrayLike | None, lowers: Floats, uppers: Floats
    ) -> tuple[Ids, Floats, Floats]:
        where = np.atleast_1d(np.asarray(ids, dtype=np.int32)).ravel()
        before = lowers[where], uppers[where]
        for side, kept in ((lower, lowers), (upper, uppers)):
            if side is not None:
                values = np.asarray(side, dtype=np.float64)
                if np.isnan(values).any():
                    raise ValueError("a bound is not a number")
                kept[where] = values.ravel() if values.ndim else values
        # A bound made wider leaves the plan as it is only where nothing rests on it: a column shut at zero may open.
        kept_low = (lowers[where] == before[0]).all()
        opened = kept_low and bool(((before[0] == before[1]) & (uppers[where] >= before[1])).all())
        self._edited.add("opened" if opened else "bounds")
        return where, lowers[where], uppers[where]

    def set_cost(self, columns: ArrayLike, cost: ArrayLike) -> None:
        """Change costs of columns in place."""
        ids = np.atleast_1d(np.asarray(columns, dtype=np.int32)).ravel()
        values = np.asarray(cost, dtype=np.float64)
        if not np.isfinite(values).all():
            raise ValueError("a cost is not a finite number")
        if len(ids):
            self._cost[ids] = values.ravel() if values.ndim else values
            _good(self._solver.changeColsCost(len(ids), ids, self._cost[ids]))
            self._edited.add("cost")

    def solve(self) -> Solution:
        """Solve from nothing by the method chosen, presolve and all."""
        self._solver.clearSolver()
        self._solver.setOptionValue("presolve", str(self.options.settings.get("presolve", "choose")))
        self._solver.setOptionValue("solver", self._method)
        found = self._run()
        if found.status == "failed" and self._method == "ipm":
            self._solver.setOptionValue("solver", "simplex")
            found = self._run()
        return found

    def resolve(self) -> Solution:
        """Solve again after edits, from the last basis by the serial simplex, or from nothing where there is none.

        Changed bounds leave the basis dual feasible and the dual simplex goes on from it; changed costs and columns
        opened that were shut leave it primal feasible and the primal simplex does.
        """
        if self._integers:
            if self._last is not None and self._last.found:
                self.start_at(self._last.x)
            return self._run()
        if not self._solver.getBasis().valid:
            return self.solve()
        # With presolve on the basis would be set aside.
        self._solver.setOptionValue("presolve", "off")
        self._solver.setOptionValue("solver", "simplex")
        self._solver.setOptionValue("simplex_strategy", SERIAL_DUAL if "bounds" in self._edited else PRIMAL)
        found = self._run()
        if found.status == "failed":
            return self.solve()
        return found

    def basis(self) -> tuple[NDArray[np.int8], NDArray[np.int8]] | None:
        """The last basis as statuses of columns and rows, to hand to another session; None where there is none."""
        basis = self._solver.getBasis()
        if not basis.valid:
            return None
        return tuple(  # type: ignore[return-value]
            np.fromiter((int(status) for status in side), np.int8) for side in (basis.col_status, basis.row_status)
        )

    def start_from(self, basis: tuple[NDArray[np.int8], NDArray[np.int8]]) -> None:
        """Take a basis of a program of the same shape as the last one."""
        words = [highspy.HighsBasisStatus(k) for k in range(5)]
        taken = highspy.HighsBasis()
        taken.col_status = [words[k] for k in basis[0]]
        taken.row_status = [words[k] for k in basis[1]]
        taken.valid = True
        _good(self._solver.setBasis(taken))

    def start_at(self, x: Floats) -> None:
        """Offer a plan to a mixed-integer search as its start, for the next `resolve`."""
        every = np.arange(self.base.columns, dtype=np.int32)
        self._solver.setSolution(len(every), every, x)

    def keep(self) -> None:
        """Remember bounds and basis as they are now, to come `back` to."""
        bounds = (self._lower, self._upper, self._row_lower, self._row_upper)
        self._kept = (tuple(array.copy() for array in bounds), _copied(self._solver.getBasis()))

    def back(self) -> None:
        """Put bounds and basis back to what was kept. Nothing is solved."""
        assert self._kept is not None, "nothing has been kept"
        (lower, upper, row_lower, row_upper), basis = self._kept
        columns = np.flatnonzero((lower != self._lower) | (upper != self._upper))
        rows = np.flatnonzero((row_lower != self._row_lower) | (row_upper != self._row_upper))
        self.set_column_bounds(columns, lower[columns], upper[columns])
        self.set_row_bounds(rows, row_lower[rows], row_upper[rows])
        if basis is not None:
            _good(self._solver.setBasis(basis))
            self._edited.clear()

    def copy(self) -> Session:
        """Another session on the program as edited, with the same basis."""
        twin = Session(self.program, self.options)
        basis = self.basis()
        if basis is not None:
            twin.start_from(basis)
        return twin

    def _run(self) -> Solution:
        solver, options = self._solver, self.options
        if options.time_limit is not None:
            # The solver's clock runs on from one solve to the next.
            solver.setOptionValue("time_limit", solver.getRunTime() + options.time_limit)
        handlers = _handlers(solver, options)
        for event, handler in handlers:
            event.subscribe(handler)
        start = time.perf_counter()
        try:
            solver.run()
        finally:
            for event, handler in handlers:
                event.unsubscribe(handler)
        seconds = time.perf_counter() - start
        status = _STATUS.get(solver.getModelStatus(), "failed")
        if solver.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            status = self._which()
        self._edited.clear()
        self._last = self._read(status, seconds)
        return self._last

    def _which(self) -> Status:
        """Presolve may say only that it is one of the two: without a cost, an unbounded program is feasible."""
        trial = _Quiet()
        trial.setOptionValue("threads", self.options.threads)
        program = self.program
        _pass(trial, replace(program, cost=np.zeros_like(program.cost)))
        trial.run()
        return "unbounded" if trial.getModelStatus() == highspy.HighsModelStatus.kOptimal else "infeasible"

    def _read(self, status: Status, seconds: float) -> Solution:
        info, nothing = self._solver.getInfo(), np.empty(0)
        feasible = info.primal_solution_status == 2 and status not in ("infeasible", "unbounded")
        if self.base.columns == 0:
            feasible = status == "optimal"
        solution = self._solver.getSolution()
        duals = feasible and status == "optimal" and not self._integers and bool(solution.dual_valid)
        objective = float(info.objective_function_value) if feasible else np.nan
        bound = float(info.mip_dual_bound) if self._integers else objective if status == "optimal" else -np.inf
        steps = (info.simplex_iteration_count, info.ipm_iteration_count, info.pdlp_iteration_count)
        simplex, ipm, pdlp = (max(0, int(count)) for count in steps)
        return Solution(
            status=status,
            objective=objective,
            x=np.array(solution.col_value) if feasible else nothing,
            row_values=np.array(solution.row_value) if feasible else nothing,
            row_duals=np.array(solution.row_dual) if duals else nothing,
            reduced_costs=np.array(solution.col_dual) if duals else nothing,
            seconds=seconds,
            iterations=ipm or pdlp or simplex,
            simplex_iterations=simplex,
            bound=bound,
            gap=gap_of(objective, bound),
            nodes=max(0, int(info.mip_node_count)),
            said=str(self._solver.modelStatusToString(self._solver.getModelStatus())),
        )


def _copied(basis: Any) -> Any | None:
    """A basis of our own: what the solver hands out is its own, and it starts from nothing when given that back."""
    if not basis.valid:
        return None
    taken = highspy.HighsBasis()
    taken.col_status, taken.row_status = list(basis.col_status), list(basis.row_status)
    taken.valid = True
    return taken


def gap_of(objective: float, bound: float) -> float:
    """How far an objective is from what is proved, relative to it."""
    if not (np.isfinite(objective) and np.isfinite(bound)):
        return float("inf")
    return abs(objective - bound) / max(abs(objective), 1e-9)


def handed_over(program: Program) -> highspy.Highs:
    """The solver with the program in it, for a measurement or for what Meguri does not ask of it."""
    solver = _Quiet()
    _pass(solver, program)
    return solver


def _pass(solver: highspy.Highs, program: Program) -> None:
    """Hand the arrays over in one call; the form that fills in a HighsLp copies each array twice."""
    _good(
        solver.passModel(
            program.columns,
            program.rows,
            program.entries,
            1,
            1,
            program.offset,
            program.cost,
            program.lower,
            program.upper,
            program.row_lower,
            program.row_upper,
            program.indptr,
            program.indices,
            program.data,
            program.integrality,
        )
    )


def _good(status: Any) -> None:
    if status == highspy.HighsStatus.kError:
        raise ValueError("the solver refused the program or the edit")


def _handlers(solver: highspy.Highs, options: SolverOptions) -> list[tuple[Any, Callable[[Any], None]]]:
    found: list[tuple[Any, Callable[[Any], None]]] = []
    cancel, progress = options.cancel, options.progress
    if cancel is not None:
        asked = time.monotonic()

        def stop(event: Any) -> None:
            nonlocal asked
            now = time.monotonic()
            if now - asked >= ASKED_EVERY:
                asked = now
                if cancel():
                    event.interrupt()

        found += [(event, stop) for event in (solver.cbSimplexInterrupt, solver.cbIpmInterrupt, solver.cbMipInterrupt)]
    if progress is not None:

        def tell(event: Any) -> None:
            progress(event.data_out.objective_function_value, event.data_out.mip_dual_bound)

        found.append((solver.cbMipImprovingSolution, tell))
    return found


def refuse_unfinished(solution: Solution) -> Solution:
    """Hand out a solution that has a plan; NoPlan in words for one that was stopped before it had."""
    if solution.found:
        return solution
    texts = {
        "time limit": N_("No plan was found within the time allowed. Allow more time, or plan fewer periods."),
        "cancelled": N_("The run was cancelled before a plan was found."),
        "unbounded": N_("The plan could earn without end: some flow has a value and no limit. Give it a limit."),
    }
    text = texts.get(solution.status, N_("The solver stopped without a plan: {said}."))
    raise NoPlan(Problem(text, "", solution.status.replace(" ", "_"), {"said": solution.said}))
