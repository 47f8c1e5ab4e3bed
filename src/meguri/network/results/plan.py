"""A plan: an instance solved, with what is needed to ask it questions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from meguri.network.model.blocks import Floats, Ints
from meguri.network.model.formulation import Formulation, formulate
from meguri.network.model.instance import Instance
from meguri.network.model.limits import tangent
from meguri.network.model.mistakes import check
from meguri.network.results.statistics import Statistics
from meguri.network.solver.conflict import optimum
from meguri.network.solver.highs import Solution, SolverOptions, solve
from meguri.network.solver.program import Block, Program

Cut = tuple[Ints, Floats]

ROUNDS = 60
"""Most rounds of tangents for limits on concentration; a plan that needs more is said not to be settled."""


@dataclass(frozen=True)
class SolvedPlan:
    """A solved instance.

    `program` is what was solved in the end, with the tangents that limits on concentration needed; `duals` is its
    solution with yes-or-no decisions fixed at the plan's values.
    """

    formulation: Formulation
    program: Program
    solution: Solution
    duals: Solution
    tangents: int = 0

    @property
    def instance(self) -> Instance:
        """What was planned."""
        return self.formulation.instance

    @cached_property
    def statistics(self) -> Statistics:
        """All that the plan says, as tables."""
        return Statistics(self.formulation, self.solution.x)

    def values(self, name: str) -> Floats:
        """The decisions of a block of columns, shaped (things, periods)."""
        return self.formulation.values(name, self.solution.x)


def plan(instance: Instance, options: SolverOptions | None = None) -> SolvedPlan:
    """Plan an instance. Raises Refused for an instance that cannot be, with every problem and its place, and NoPlan
    naming the limits that conflict where no plan keeps them all.
    """
    check(instance)
    formulation = formulate(instance)
    program, count = formulation.program, 0
    for _ in range(ROUNDS):
        solution = optimum(program, options)
        cuts = list(_broken(formulation, solution.x))
        if not cuts:
            break
        program = appended(program, _matrix(program, cuts), count)
        count += len(cuts)
    duals = solve(program.fixed(solution.x), options) if program.has_integers else solution
    return SolvedPlan(formulation, program, solution, duals, count)


def _matrix(program: Program, cuts: list[Cut]) -> csr_array:
    columns = np.concatenate([ids for ids, _ in cuts])
    rows = np.repeat(np.arange(len(cuts)), [len(ids) for ids, _ in cuts])
    values = np.concatenate([values for _, values in cuts])
    return csr_array((values, (rows, columns)), shape=(len(cuts), program.columns))


def appended(program: Program, below: csr_array, before: int = 0) -> Program:
    """The program with further rows, each at most zero."""
    count = int(below.shape[0])
    matrix = csc_array(vstack([program.matrix, below]))
    return program.with_(
        indptr=matrix.indptr.astype(np.int32),
        indices=matrix.indices.astype(np.int32),
        data=matrix.data,
        row_lower=np.append(program.row_lower, np.full(count, -np.inf)),
        row_upper=np.append(program.row_upper, np.zeros(count)),
        row_blocks=(*program.row_blocks, Block(f"concentration {before}", program.rows, (count,))),
    )


def _broken(formulation: Formulation, x: Floats) -> list[Cut]:
    """Tangents that the solution does not keep: column ids and coefficients, each at most zero in sum."""
    found = []
    for limit in formulation.instance.limits:
        if limit.kind != "hhi":
            continue
        block = formulation.columns[f"by origin: {limit.name}"].block
        for t, most in enumerate(limit.value):
            cut = None if np.isnan(most) else tangent(block.of(x)[:, t], most)
            if cut is not None:
                found.append((block.ids[:, t], cut))
    return found
