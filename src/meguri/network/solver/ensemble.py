"""Many scenarios of one program: each is a set of edits, solved from the last basis and taken back.

Nothing is built again. Scenarios go one after another in one process, or are shared out over processes of this machine
or, with the extra ``cluster``, over the workers of a Dask cluster. A worker starts from the basis of the plan without
edits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from meguri.kit.problems import N_, refuse
from meguri.network.solver.decomposition import Apart, Bases, pool
from meguri.network.solver.highs import Solution, SolverOptions, Status
from meguri.network.solver.program import Floats, Ids, Program


def _none() -> Any:
    return np.empty(0, np.int32)


@dataclass(frozen=True)
class EnsembleScenario:
    """A named set of edits: new bounds of rows and of columns, new costs. A side left out stays as it is.

    `rows`, `columns` and `costs` are ids; values are as long as their ids.
    """

    name: str
    rows: Ids = field(default_factory=_none)
    row_lower: Floats | None = None
    row_upper: Floats | None = None
    columns: Ids = field(default_factory=_none)
    lower: Floats | None = None
    upper: Floats | None = None
    costs: Ids = field(default_factory=_none)
    cost: Floats | None = None

    def applied(self, program: Program) -> Program:
        """The program of this scenario, for solving it from nothing."""
        arrays = {name: getattr(program, name).copy() for name in ("row_lower", "row_upper", "lower", "upper", "cost")}
        for ids, names in ((self.rows, ("row_lower", "row_upper")), (self.columns, ("lower", "upper"))):
            for name in names:
                values = getattr(self, name)
                if values is not None:
                    arrays[name][ids] = values
        if self.cost is not None:
            arrays["cost"][self.costs] = self.cost
        return program.with_(**arrays)


@dataclass(frozen=True)
class ScenarioPlan:
    """One scenario's plan. `kept` are the values of the columns asked for (empty without a plan)."""

    name: str
    status: Status
    objective: float
    kept: Floats
    simplex_iterations: int
    seconds: float


@dataclass(frozen=True)
class Ensemble:
    """The plan without edits, and each scenario's outcome in the order asked."""

    base: Solution
    outcomes: tuple[ScenarioPlan, ...]


def run(
    program: Program,
    scenarios: Sequence[EnsembleScenario],
    options: SolverOptions | None = None,
    *,
    keep: Ids | None = None,
    processes: int = 1,
    client: Any = None,
    told: Callable[[int], None] | None = None,
) -> Ensemble:
    """Solve every scenario.

    `keep` names columns whose values are kept for each; `processes` above one, or a Dask `client`, share the scenarios
    out; `told` hears how many are done. `options.cancel` stops between and within scenarios; those not reached are
    left out of the outcomes as "cancelled".
    """
    options = options or SolverOptions()
    keep = _none() if keep is None else np.asarray(keep, dtype=np.int32)
    rows = np.unique(np.concatenate([_none(), *(one.rows for one in scenarios)]))
    columns = np.unique(np.concatenate([_none(), *(one.columns for one in scenarios)]))
    apart = Apart(program, options, rows, columns)
    base = apart.solve()
    if client is None and processes <= 1:
        found: list[ScenarioPlan] = []
        for scenario in scenarios:
            found.append(_one(apart, program, scenario, keep))
            if told is not None:
                told(len(found))
        return Ensemble(base, tuple(found))
    quiet = replace(options, cancel=None, progress=None)
    shares = max(1, processes if client is None else len(client.scheduler_info()["workers"]))
    chunks = [list(scenarios[k::shares]) for k in range(min(shares, len(scenarios)))]
    bases = apart.bases()
    by_name: dict[int, ScenarioPlan] = {}
    done = 0
    if client is not None:
        there = client.scatter(program, broadcast=True)
        futures = [
            client.submit(_chunk, there, chunk, quiet, keep, rows, columns, bases, pure=False) for chunk in chunks
        ]
        results = (future.result() for future in futures)
    else:
        workers = pool(processes)
        futures = [workers.submit(_chunk, program, chunk, quiet, keep, rows, columns, bases) for chunk in chunks]
        results = (future.result() for future in futures)
    try:
        for k, outcomes in enumerate(results):
            for place, outcome in enumerate(outcomes):
                by_name[k + place * shares] = outcome
            done += len(outcomes)
            if told is not None:
                told(done)
    finally:
        if client is None:
            workers.shutdown(cancel_futures=True)
    return Ensemble(base, tuple(by_name[k] for k in sorted(by_name)))


def dask_client(address: str | None = None) -> Any:
    """A client of the Dask cluster at an address, or of a small one on this machine. Refused where Dask is absent."""
    try:
        from distributed import Client
    except ImportError:
        raise refuse(
            N_("Dask is not installed. Install Meguri with the extra “cluster”, or leave the cluster out."),
            "/cluster", "dask",
        ) from None  # fmt: skip
    return Client(address) if address else Client(n_workers=2, threads_per_worker=1, dashboard_address=None)


def _chunk(
    program: Program,
    scenarios: Sequence[EnsembleScenario],
    options: SolverOptions,
    keep: Ids,
    rows: Ids,
    columns: Ids,
    bases: Bases,
) -> list[ScenarioPlan]:
    apart = Apart(program, options, rows, columns)
    apart.start_from(bases)
    return [_one(apart, program, scenario, keep) for scenario in scenarios]


def _one(apart: Apart, program: Program, scenario: EnsembleScenario, keep: Ids) -> ScenarioPlan:
    """Edit, solve from the last basis, and take the edits back."""
    start = time.perf_counter()
    cancel = apart.options.cancel
    if cancel is not None and cancel():
        return ScenarioPlan(scenario.name, "cancelled", float("nan"), np.empty(0), 0, 0.0)
    known = apart.remember()
    if len(scenario.rows):
        apart.set_row_bounds(scenario.rows, scenario.row_lower, scenario.row_upper)
    if len(scenario.columns):
        apart.set_column_bounds(scenario.columns, scenario.lower, scenario.upper)
    if scenario.cost is not None:
        apart.set_cost(scenario.costs, scenario.cost)
    found = apart.resolve()
    if len(scenario.rows):
        apart.set_row_bounds(scenario.rows, program.row_lower[scenario.rows], program.row_upper[scenario.rows])
    if len(scenario.columns):
        columns = scenario.columns
        apart.set_column_bounds(columns, program.lower[columns], program.upper[columns])
    if scenario.cost is not None:
        apart.set_cost(scenario.costs, program.cost[scenario.costs])
    apart.recall(known)
    kept = found.x[keep] if found.found else np.empty(0)
    seconds = time.perf_counter() - start
    return ScenarioPlan(scenario.name, found.status, found.objective, kept, found.simplex_iterations, seconds)
