"""Programs that fall apart into independent blocks, such as periods that nothing links, solved block by block.

Rows that limit nothing and columns that are fixed link nothing, so that a plan whose builds are fixed falls apart into
its periods. Ten small interior-point solves cost less than one large one, and an edit touches one part only.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from meguri.network.solver.highs import Session, Solution, SolverOptions, Status, gap_of, solve
from meguri.network.solver.program import Floats, Ids, Program

SMALL = 0.01
"""Blocks with less than this share of the columns are put together into parts of about this share."""

_WORST: tuple[Status, ...] = (
    "infeasible", "failed", "unbounded", "cancelled", "time limit", "interrupted", "optimal",
)  # fmt: skip
NONE = -1


@dataclass(frozen=True)
class Subproblem:
    """A program of its own and where its columns and rows stand in the whole."""

    program: Program
    columns: Ids
    rows: Ids


@dataclass(frozen=True)
class Split:
    """A program in independent parts.

    `column_part` and `row_part` give each one's part, -1 for a fixed column or a row that limits nothing;
    `fixed` is what fixed columns add to each row, and `constant` to the objective.
    """

    program: Program
    parts: tuple[Subproblem, ...]
    column_part: Ids
    row_part: Ids
    column_place: Ids
    row_place: Ids
    fixed: Floats
    constant: float
    contradicted: bool = False
    """Whether a row without free columns breaks its bounds, so that there is no plan."""


def split(program: Program, rows: ArrayLike = (), columns: ArrayLike = ()) -> Split:
    """Find the independent parts. `rows` and `columns` are going to be edited: they are not left out as limiting
    nothing or as fixed."""
    live_row = np.isfinite(program.row_lower) | np.isfinite(program.row_upper)
    live_row[np.asarray(rows, dtype=np.int32)] = True
    live_column = program.lower != program.upper
    live_column[np.asarray(columns, dtype=np.int32)] = True
    count = np.diff(program.indptr)
    column_of = np.repeat(np.arange(program.columns, dtype=np.int32), count)
    tied = live_column[column_of] & live_row[program.indices]
    column_label, row_label = _components(program, column_of[tied], program.indices[tied])
    column_label[~live_column] = NONE
    row_label[~live_row] = NONE
    row_label[np.bincount(program.indices[tied], minlength=program.rows) == 0] = NONE
    column_part, row_part, parts = _packed(column_label, row_label)
    still = np.where(live_column, 0.0, program.lower)
    fixed = program.matrix @ still
    alone = (row_part == NONE) & live_row
    scale = 1.0 + np.abs(fixed)
    contradicted = (fixed < program.row_lower - 1e-7 * scale) | (fixed > program.row_upper + 1e-7 * scale)
    made, column_place, row_place = _extracted(program, column_part, row_part, parts, fixed)
    return Split(
        program, made, column_part, row_part, column_place, row_place, fixed,
        program.offset + float(program.cost @ still), bool(contradicted[alone].any()),
    )  # fmt: skip


def _components(program: Program, columns: Ids, rows: Ids) -> tuple[Ids, Ids]:
    size = program.columns + program.rows
    graph = csr_array((np.ones(len(columns), np.int8), (columns, rows + program.columns)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    return label[: program.columns].astype(np.int32), label[program.columns :].astype(np.int32)


def _packed(column_label: Ids, row_label: Ids) -> tuple[Ids, Ids, int]:
    """Number the parts; small components share one."""
    labels = max(column_label.max(initial=NONE), row_label.max(initial=NONE)) + 1
    sizes = np.bincount(column_label[column_label >= 0], minlength=labels)
    least = max(1.0, SMALL * sizes.sum())
    large = sizes >= least
    part = np.full(labels, NONE, dtype=np.int32)
    part[large] = np.arange(large.sum(), dtype=np.int32)
    rest = ~large & (sizes > 0)
    if rest.any():
        part[rest] = large.sum() + (np.cumsum(sizes[rest]) / least).astype(np.int32)
    used, renumbered = np.unique(part[part >= 0], return_inverse=True)
    part[part >= 0] = renumbered
    wide = np.append(part, NONE)
    return wide[column_label], wide[row_label], len(used)


def _places(part: Ids, parts: int) -> tuple[list[Ids], Ids]:
    """Members of each part, in order, and each one's place in its part."""
    order = np.argsort(part, kind="stable").astype(np.int32)
    ends = np.searchsorted(part[order], np.arange(parts + 1))
    place = np.zeros(len(part), dtype=np.int32)
    members = []
    for k in range(parts):
        ids = order[ends[k] : ends[k + 1]]
        place[ids] = np.arange(len(ids), dtype=np.int32)
        members.append(ids)
    return members, place


def _extracted(
    program: Program, column_part: Ids, row_part: Ids, parts: int, fixed: Floats
) -> tuple[tuple[Subproblem, ...], Ids, Ids]:
    columns, column_place = _places(column_part, parts)
    rows, row_place = _places(row_part, parts)
    count = np.diff(program.indptr)
    made = []
    for ids, lines in zip(columns, rows, strict=True):
        sizes = count[ids]
        start = np.zeros(len(ids) + 1, dtype=np.int32)
        np.cumsum(sizes, out=start[1:])
        at = np.repeat(program.indptr[ids] - start[:-1], sizes) + np.arange(start[-1], dtype=np.int32)
        kept = row_part[program.indices[at]] >= 0
        if not kept.all():
            ends = np.concatenate(([0], np.cumsum(kept)))
            start = ends[start].astype(np.int32)
            at = at[kept]
        one = Program(
            program.cost[ids], program.lower[ids], program.upper[ids],
            program.row_lower[lines] - fixed[lines], program.row_upper[lines] - fixed[lines],
            start, row_place[program.indices[at]], program.data[at], program.integrality[ids],
        )  # fmt: skip
        made.append(Subproblem(one, ids, lines))
    return tuple(made), column_place, row_place


Solver = Callable[[Program, SolverOptions], Solution]


def solve_apart(
    program: Program, options: SolverOptions | None = None, processes: int = 1, solver: Solver = solve
) -> Solution:
    """Solve part by part; the same plan as of the whole, or one of several equally good ones.

    With `processes` above one the parts are shared out; a `cancel` is then asked between parts only. `solver` solves
    one part (`rounding.solve_rounded` for another way).
    """
    options = options or SolverOptions()
    start = time.perf_counter()
    apart = split(program)
    if len(apart.parts) == 1 and len(apart.parts[0].columns) == program.columns:
        return solver(program, options)
    found = _each([part.program for part in apart.parts], options, start, processes, solver)
    return assembled(apart, found, time.perf_counter() - start)


def _each(
    programs: Sequence[Program], options: SolverOptions, start: float, processes: int, solver: Solver
) -> list[Solution]:
    found: list[Solution] = []

    def left() -> SolverOptions:
        if options.time_limit is None:
            return options
        return replace(options, time_limit=max(0.0, options.time_limit - (time.perf_counter() - start)))

    if processes <= 1 or len(programs) == 1:
        for one in programs:
            found.append(solver(one, left()))
            if found[-1].status in ("infeasible", "cancelled", "time limit"):
                break
        return found
    quiet = replace(left(), cancel=None, progress=None)
    with pool(processes) as workers:
        waiting = [workers.submit(solver, one, quiet) for one in programs]
        for future in waiting:
            found.append(future.result())
            if options.cancel is not None and options.cancel():
                workers.shutdown(wait=False, cancel_futures=True)
                found[-1] = replace(found[-1], status="cancelled")
                break
    return found


def pool(processes: int) -> ProcessPoolExecutor:
    """Fresh processes: a copy of a process with threads of a server or a solver may hang."""
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))


def assembled(apart: Split, found: Sequence[Solution], seconds: float) -> Solution:
    """One solution of the whole from those of its parts (fewer than the parts where one of them ended the search)."""
    program = apart.program
    status: Status = min((one.status for one in found), key=_WORST.index, default="optimal")
    if apart.contradicted:
        status = "infeasible"
    nothing = np.empty(0)
    complete = len(found) == len(apart.parts) and all(one.found for one in found) and not apart.contradicted
    x = row_values = row_duals = reduced = nothing
    objective = bound = float("nan")
    if complete:
        x = np.where(apart.column_part == NONE, program.lower, 0.0)
        for part, one in zip(apart.parts, found, strict=True):
            x[part.columns] = one.x
        row_values = program.matrix @ x
        objective = apart.constant + sum(one.objective for one in found)
        bound = apart.constant + sum(one.bound for one in found)
        if all(len(one.row_duals) == len(part.rows) for part, one in zip(apart.parts, found, strict=True)):
            row_duals = np.zeros(program.rows)
            for part, one in zip(apart.parts, found, strict=True):
                row_duals[part.rows] = one.row_duals
            reduced = program.cost - program.matrix.T @ row_duals
    return Solution(
        status=status, objective=objective, x=x, row_values=row_values, row_duals=row_duals, reduced_costs=reduced,
        seconds=seconds, iterations=sum(one.iterations for one in found),
        simplex_iterations=sum(one.simplex_iterations for one in found),
        bound=bound, gap=gap_of(objective, bound), nodes=sum(one.nodes for one in found),
        said="; ".join(sorted({one.said for one in found})),
    )  # fmt: skip


Bases = list[tuple[NDArray[np.int8], NDArray[np.int8]] | None]
"""The last basis of each part, where it has one."""


class Apart:
    """Like `highs.Session`, with one session for each part: only parts that were edited are solved again.

    Rows and columns that will be edited are named at the start where they limit nothing or are fixed as yet. An edit
    of others of these makes the parts anew, and the next solve starts from nothing.
    """

    def __init__(
        self, program: Program, options: SolverOptions | None = None, rows: ArrayLike = (), columns: ArrayLike = ()
    ) -> None:
        self.options = options or SolverOptions()
        self._rows, self._columns = np.asarray(rows, dtype=np.int32), np.asarray(columns, dtype=np.int32)
        self._begin(program)

    def _begin(self, program: Program) -> None:
        self.split = split(program, self._rows, self._columns)
        self._sessions = [Session(part.program, self.options) for part in self.split.parts]
        self._found: list[Solution | None] = [None] * len(self._sessions)

    @property
    def program(self) -> Program:
        """The program as edited."""
        whole = self.split.program
        arrays = {name: getattr(whole, name).copy() for name in ("cost", "lower", "upper", "row_lower", "row_upper")}
        for part, session in zip(self.split.parts, self._sessions, strict=True):
            now = session.program
            for name in ("cost", "lower", "upper"):
                arrays[name][part.columns] = getattr(now, name)
            for name in ("row_lower", "row_upper"):
                arrays[name][part.rows] = getattr(now, name) + self.split.fixed[part.rows]
        return whole.with_(**arrays)

    def _edit(self, kind: str, ids: ArrayLike, values: dict[str, ArrayLike | None]) -> None:
        where = np.atleast_1d(np.asarray(ids, dtype=np.int32)).ravel()
        of_rows = kind == "row"
        part_of = self.split.row_part if of_rows else self.split.column_part
        place = self.split.row_place if of_rows else self.split.column_place
        wide = {
            name: None if one is None else np.broadcast_to(np.asarray(one, dtype=np.float64).ravel(), where.shape)
            for name, one in values.items()
        }
        parts = part_of[where]
        if (parts == NONE).any():
            self._again(kind, where, wide)
            return
        for k in np.unique(parts):
            here = parts == k
            session, at = self._sessions[k], place[where[here]]
            own = {name: one[here] for name, one in wide.items() if one is not None}
            if of_rows:
                shift = self.split.fixed[where[here]]
                session.set_row_bounds(at, **{name: one - shift for name, one in own.items()})
            elif kind == "cost":
                session.set_cost(at, own["cost"])
            else:
                session.set_column_bounds(at, **own)
            self._found[k] = None

    def _again(self, kind: str, where: Ids, values: dict[str, NDArray[np.float64] | None]) -> None:
        program = self.program
        prefix = "row_" if kind == "row" else ""
        arrays = {}
        for name, one in values.items():
            if one is not None:
                arrays[prefix + name] = getattr(program, prefix + name).copy()
                arrays[prefix + name][where] = one
        if kind == "row":
            self._rows = np.union1d(self._rows, where)
        else:
            self._columns = np.union1d(self._columns, where)
        self._begin(program.with_(**arrays))

    def set_row_bounds(self, rows: ArrayLike, lower: ArrayLike | None = None, upper: ArrayLike | None = None) -> None:
        """Change bounds of rows in place; a side left out stays as it is."""
        self._edit("row", rows, {"lower": lower, "upper": upper})

    def set_column_bounds(
        self, columns: ArrayLike, lower: ArrayLike | None = None, upper: ArrayLike | None = None
    ) -> None:
        """Change bounds of columns in place; a side left out stays as it is."""
        self._edit("column", columns, {"lower": lower, "upper": upper})

    def set_cost(self, columns: ArrayLike, cost: ArrayLike) -> None:
        """Change costs of columns in place."""
        self._edit("cost", columns, {"cost": cost})

    def bases(self) -> Bases:
        """The last basis of each part, for another session on the same program with the same rows and columns named."""
        return [session.basis() for session in self._sessions]

    def start_from(self, bases: Bases) -> None:
        """Take bases of the same parts as the last ones."""
        for session, basis in zip(self._sessions, bases, strict=True):
            if basis is not None:
                session.start_from(basis)

    def remember(self) -> tuple[Split, list[Solution | None]]:
        """What is known of the parts as they now are; hand it to `recall` once later edits have been taken back."""
        return self.split, list(self._found)

    def recall(self, known: tuple[Split, list[Solution | None]]) -> None:
        """All edits since `remember` have been taken back: what was known holds again."""
        if known[0] is self.split:
            self._found = list(known[1])

    def solve(self) -> Solution:
        """Solve all parts from nothing."""
        self._found = [None] * len(self._sessions)
        return self._run(hot=False)

    def resolve(self) -> Solution:
        """Solve the edited parts again from their last bases; iterations are those of this call."""
        return self._run(hot=True)

    def _run(self, hot: bool) -> Solution:
        start = time.perf_counter()
        found: list[Solution] = []
        for k, session in enumerate(self._sessions):
            kept = self._found[k]
            if kept is None:
                kept = session.resolve() if hot else session.solve()
                # A part left as it is costs nothing in the next solve.
                self._found[k] = replace(kept, iterations=0, simplex_iterations=0, nodes=0) if kept.optimal else None
            found.append(kept)
        return assembled(self.split, found, time.perf_counter() - start)
