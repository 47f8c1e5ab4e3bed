"""Rounding: a plan within the gap of what is proved, or the solver's own search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import transport

from meguri.network.measure.seeded_instance import SMALL, build, instance
from meguri.network.solver.decomposition import solve_apart
from meguri.network.solver.highs import Solution, SolverOptions, solve
from meguri.network.solver.program import Builder, Program
from meguri.network.solver.rounding import solve_rounded


def keeps(program: Program, found: Solution) -> None:
    """The plan is a plan of the program, and its objective is its own."""
    values = program.matrix @ found.x
    assert (values <= program.row_upper + 1e-5).all()
    assert (values >= program.row_lower - 1e-5).all()
    whole = found.x[program.integrality == 1]
    assert np.abs(whole - np.round(whole)).max() < 1e-6
    assert found.objective == pytest.approx(program.cost @ found.x + program.offset, rel=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.05, 0.005, 0.0]))
def test_within_the_gap_of_the_best(seed, gap):
    draw = np.random.default_rng(seed)
    program = transport(
        tuple(draw.uniform(20, 60, 6)),
        tuple(draw.uniform(5, 20, 5)),
        seed,
        whole=True,
        cap=float(draw.uniform(100, 900)),
    )
    best, found = solve(program), solve_rounded(program, SolverOptions(gap=gap))
    assert found.status == best.status
    if best.optimal:
        keeps(program, found)
        assert found.bound <= best.objective + 1e-6 * abs(best.objective)
        assert found.objective >= best.objective - 1e-6 * abs(best.objective)
        assert found.gap <= gap + 1e-9
        assert len(found.row_duals) == len(found.reduced_costs) == 0


def test_a_location_of_some_size_part_by_part():
    program = build(instance(SMALL), location=True)
    found = solve_apart(program, SolverOptions(gap=0.02), solver=solve_rounded)
    assert found.optimal
    assert found.gap <= 0.02
    keeps(program, found)
    assert 0 < found.x[program.block("open").ids].sum() < program.block("open").size


def test_whole_numbers_above_one_and_bounds_that_are_not_whole():
    builder = Builder()
    x = builder.columns("x", 3, [3.0, 2.0, 2.5], [0.5, 0, 0], [9, 7.5, 8], integer=True)
    need = builder.rows("need", 1, 20.3)
    builder.entries(need, x, [1.0, 1.7, 1.1])
    program = builder.build()
    best, found = solve(program), solve_rounded(program, SolverOptions(gap=0.01))
    keeps(program, found)
    assert found.objective <= best.objective * 1.011


def test_no_plan_no_time_and_no_whole_numbers():
    program = transport(supply=(5.0,), demand=(9.0,), whole=True)
    assert solve_rounded(program, SolverOptions(gap=0.01)).status == "infeasible"
    assert solve_rounded(transport(), SolverOptions(gap=0.01)).objective == solve(transport()).objective


def test_what_is_stopped_in_its_relaxation_is_no_plan():
    """A relaxation has values before it is done; they are not whole and must not pass for a plan."""
    for stop in ({"time_limit": 0.0}, {"settings": {"ipm_iteration_limit": 2}}):
        found = solve_rounded(build(instance(SMALL), location=True), SolverOptions(gap=0.01, **stop))
        assert not found.found or np.abs(found.x[-36:] - np.round(found.x[-36:])).max() < 1e-6
