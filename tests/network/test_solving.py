"""Solving: statuses, duals that tell what a unit more is worth, and edits in place from the last basis."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import linprog
from small_networks import transport

from meguri.network.measure.seeded_instance import ONE_PERIOD, build, instance
from meguri.network.solver.highs import NoPlan, Session, SolverOptions, refuse_unfinished, solve
from meguri.network.solver.program import Builder, Program

METHODS = ("choose", "simplex", "ipm")


def by_scipy(program: Program) -> float:
    """The objective by scipy's own call, from a dense matrix."""
    a = program.matrix.toarray()
    up, down = np.isfinite(program.row_upper), np.isfinite(program.row_lower)
    found = linprog(
        program.cost, np.vstack((a[up], -a[down])), np.concatenate((program.row_upper[up], -program.row_lower[down])),
        bounds=np.column_stack((program.lower, program.upper)),
    )  # fmt: skip
    assert found.status == 0
    return float(found.fun) + program.offset


@pytest.mark.parametrize("method", METHODS)
def test_the_optimum_is_that_of_another_call(method):
    program = transport(cap=330.0)
    found = solve(program, SolverOptions(method=method))
    assert found.optimal
    assert found.objective == pytest.approx(by_scipy(program), rel=1e-9)
    assert found.objective == pytest.approx(program.cost @ found.x, rel=1e-9)
    np.testing.assert_allclose(found.row_values, program.matrix @ found.x, atol=1e-7)
    assert (found.row_values <= program.row_upper + 1e-6).all()
    assert (found.row_values >= program.row_lower - 1e-6).all()
    assert found.gap == 0


def test_every_dual_is_the_change_of_the_objective():
    """Each row's bound moved a little either way, each column's too: what it is worth is its dual."""
    program = transport(cap=330.0)
    found = solve(program)
    step, seen = 1e-3, 0
    for i in range(program.rows):
        for sign in (1, -1):
            lower, upper = program.row_lower.copy(), program.row_upper.copy()
            lower[i] += sign * step
            upper[i] += sign * step
            moved = solve(program.with_(row_lower=lower, row_upper=upper))
            assert (moved.objective - found.objective) / (sign * step) == pytest.approx(found.row_duals[i], abs=1e-5)
        seen += abs(found.row_duals[i]) > 0.1
    assert seen >= 3
    assert found.row_duals[program.block("carbon").ids[0]] < -0.1
    for j in range(program.columns):
        forced = program.lower.copy()
        forced[j] += found.x[j] + step
        moved = solve(program.with_(lower=forced))
        assert moved.objective - found.objective >= -1e-9
        if found.x[j] < 1e-9:
            assert (moved.objective - found.objective) / step == pytest.approx(found.reduced_costs[j], abs=1e-5)


def test_duals_with_builds_fixed():
    """A mixed-integer plan has no duals; with its openings fixed it has, and they hold for a unit of demand."""
    program = transport(whole=True)
    plan = solve(program)
    assert plan.optimal
    assert len(plan.row_duals) == 0
    fixed = program.fixed(plan.x)
    found = solve(fixed)
    assert found.objective == pytest.approx(plan.objective, rel=1e-9)
    met = program.block("demand").ids
    for i in met:
        lower = program.row_lower.copy()
        lower[i] += 1e-3
        moved = solve(fixed.with_(row_lower=lower))
        assert (moved.objective - found.objective) / 1e-3 == pytest.approx(found.row_duals[i], abs=1e-5)


def test_a_gap_is_a_gap_and_zero_proves():
    program = transport(supply=tuple(range(20, 32)), demand=tuple(range(10, 22)), whole=True)
    best = solve(program)
    assert best.bound == pytest.approx(best.objective, rel=1e-9)
    loose = solve(program, SolverOptions(gap=0.2))
    assert loose.optimal
    assert loose.bound <= best.objective + 1e-6
    assert loose.objective <= best.objective * 1.25


def test_edits_in_place_are_those_of_a_new_program():
    draw = np.random.default_rng(2)
    program = transport(supply=tuple(range(20, 32)), demand=tuple(range(10, 22)))
    session = Session(program)
    cold = session.solve()
    assert cold.simplex_iterations > 10
    supply, demand = program.block("supply").ids, program.block("demand").ids
    for _ in range(8):
        session.set_row_bounds(supply, upper=program.row_upper[supply] * draw.uniform(0.98, 1.05, len(supply)))
        session.set_row_bounds(demand[0], lower=draw.uniform(8, 12))
        session.set_column_bounds([3, 4], upper=draw.uniform(2, 8))
        hot = session.resolve()
        fresh = solve(session.program)
        assert hot.objective == pytest.approx(fresh.objective, rel=1e-9)
        assert hot.simplex_iterations < fresh.simplex_iterations
    session.set_cost(np.arange(5), draw.uniform(1, 9, 5))
    assert session.resolve().objective == pytest.approx(solve(session.program).objective, rel=1e-9)
    session.set_cost([0], 4.0)
    session.set_row_bounds(supply[:1], upper=22.0)
    assert session.resolve().objective == pytest.approx(solve(session.program).objective, rel=1e-9)


def test_an_unchanged_program_takes_no_steps_from_its_basis():
    """Were the basis lost, as the parallel simplex or a presolve loses it, this would count the steps again."""
    session = Session(transport(supply=tuple(range(20, 32)), demand=tuple(range(10, 22))))
    assert session.solve().simplex_iterations > 10
    assert session.resolve().simplex_iterations == 0
    twin = session.copy()
    assert twin.resolve().simplex_iterations == 0
    by_points = Session(session.base, SolverOptions(method="ipm"))
    by_points.solve()
    assert by_points.resolve().simplex_iterations == 0


def test_a_session_goes_on_after_an_infeasible_edit():
    program = transport()
    session = Session(program)
    before = session.solve().objective
    demand = program.block("demand").ids
    session.set_row_bounds(demand[:1], lower=1e4)
    gone = session.resolve()
    assert gone.status == "infeasible"
    assert not gone.found
    assert np.isnan(gone.objective)
    assert len(gone.x) == len(gone.row_duals) == 0
    session.set_row_bounds(demand[:1], lower=program.row_lower[demand[0]])
    assert session.resolve().objective == pytest.approx(before, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("whole", [False, True])
def test_no_end_and_no_plan_are_told_apart(method, whole):
    builder = Builder()
    x = builder.columns("x", 2, [-1.0, 1.0], integer=whole)
    row = builder.rows("r", 1, 0.0)
    builder.entries(row, x, [1.0, -1.0])
    endless = builder.build()
    found = solve(endless, SolverOptions(method=method))
    assert found.status == "unbounded"
    with pytest.raises(NoPlan, match="without end"):
        refuse_unfinished(found)
    crossed = endless.with_(row_lower=np.array([5.0]), row_upper=np.array([9.0]), upper=np.array([4.0, 9.0]))
    assert solve(crossed, SolverOptions(method=method)).status == "infeasible"
    assert solve(endless.with_(lower=np.array([5.0, 0.0]), upper=np.array([4.0, 9.0]))).status == "infeasible"


def hard(seed: int = 3) -> Program:
    """A mixed-integer program that takes a while: many plants, tight room, whole plants only."""
    draw = np.random.default_rng(seed)
    plants, customers = 60, 120
    builder = Builder()
    share = builder.columns(
        "share", (plants, customers), draw.uniform(10, 1000, (plants, customers)), 0, 1, integer=True
    )
    open_ = builder.columns("open", plants, draw.uniform(900, 1800, plants), 0, 1, integer=True)
    need = draw.integers(5, 35, customers)
    met = builder.rows("met", customers, 1, 1)
    room = builder.rows("room", plants, upper=0)
    builder.entries(met[None, :], share)
    builder.entries(room[:, None], share, need[None, :])
    builder.entries(room, open_, -draw.integers(80, 160, plants))
    return builder.build()


def test_the_time_allowed_holds_for_each_solve():
    session = Session(hard(), SolverOptions(time_limit=0.5))
    for _ in range(2):
        assert session.solve().status == "time limit"
    nothing = solve(hard(), SolverOptions(time_limit=0.0))
    assert nothing.status == "time limit"
    if not nothing.found:
        with pytest.raises(NoPlan, match="time allowed"):
            refuse_unfinished(nothing)


def test_a_run_is_cancelled_and_tells_its_progress():
    heard: list[tuple[float, float]] = []
    start = time.perf_counter()
    options = SolverOptions(
        cancel=lambda: time.perf_counter() - start > 1, progress=lambda *news: heard.append(news), time_limit=60
    )
    found = solve(hard(), options)
    assert found.status == "cancelled"
    assert len(heard) > 0
    assert all(bound <= objective for objective, bound in heard)


def test_nothing_of_the_solver_is_printed(capfd):
    """A command prints JSON; a banner before it would spoil it."""
    solve(transport(whole=True))
    assert capfd.readouterr().out == ""


def test_options_unknown_to_the_solver_are_said():
    with pytest.raises(ValueError, match="no option"):
        solve(transport(), SolverOptions(settings={"no_such_option": 1}))


def test_interior_points_are_cancelled_too():
    program = build(instance(ONE_PERIOD))
    found = solve(program, SolverOptions(method="ipm", cancel=lambda: True))
    assert found.status == "cancelled"
    assert len(found.row_duals) == 0
