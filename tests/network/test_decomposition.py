"""Independent parts: found, solved apart to the same objective, duals and status, and edited apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import periods, transport

from meguri.network.measure.seeded_instance import SMALL, build, instance
from meguri.network.solver.decomposition import Apart, solve_apart, split
from meguri.network.solver.highs import SolverOptions, solve
from meguri.network.solver.program import Builder


def test_periods_fall_apart_though_a_fixed_column_and_a_free_row_span_them():
    program = periods(5)
    found = split(program)
    assert len(found.parts) == 5
    assert sum(len(part.columns) for part in found.parts) == program.columns - 1
    assert found.column_part[program.block("stock").ids[0]] == -1
    assert found.row_part[program.block("total").ids[0]] == -1
    assert len(split(program, rows=program.block("total").ids).parts) == 1
    assert len(split(program, columns=program.block("stock").ids).parts) == 1


@pytest.mark.parametrize(("whole", "processes"), [(False, 1), (True, 1), (False, 2)])
def test_the_parts_add_up_to_the_whole(whole, processes):
    program = periods(4, whole=whole)
    together, apart = solve(program), solve_apart(program, processes=processes)
    assert apart.optimal
    assert apart.objective == pytest.approx(together.objective, rel=1e-8)
    assert apart.objective == pytest.approx(program.cost @ apart.x + program.offset, rel=1e-9)
    assert apart.bound == pytest.approx(together.bound, rel=1e-8)
    np.testing.assert_allclose(apart.row_values, program.matrix @ apart.x)
    assert (apart.row_values <= program.row_upper + 1e-6).all()
    assert (apart.row_values >= program.row_lower - 1e-6).all()
    if not whole:
        np.testing.assert_allclose(apart.row_duals, together.row_duals, atol=1e-7)
        np.testing.assert_allclose(apart.reduced_costs, together.reduced_costs, atol=1e-7)


def test_the_synthetic_instance_by_every_method():
    program = build(instance(SMALL))
    assert len(split(program).parts) == SMALL.periods
    together = solve(program, SolverOptions(method="simplex"))
    for method in ("simplex", "ipm"):
        apart = solve_apart(program, SolverOptions(method=method))
        assert apart.objective == pytest.approx(together.objective, rel=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_any_sparse_program(seed):
    """Random boxes and rows, many of them in pieces of one column, some infeasible: the same answer either way."""
    draw = np.random.default_rng(seed)
    columns, rows = int(draw.integers(1, 40)), int(draw.integers(1, 30))
    builder = Builder()
    lower = draw.integers(-3, 3, columns).astype(float)
    upper = lower + draw.integers(0, 4, columns)
    x = builder.columns("x", columns, draw.normal(size=columns), lower, upper)
    middle = draw.normal(size=rows) * 3
    width = draw.choice([0.5, 3.0, np.inf], rows)
    r = builder.rows("r", rows, middle - width, middle + width)
    count = int(draw.integers(0, 60))
    builder.entries(r[draw.integers(0, rows, count)], x[draw.integers(0, columns, count)], draw.normal(size=count))
    program = builder.build()
    together, apart = solve(program), solve_apart(program)
    assert apart.status == together.status
    if together.optimal:
        assert apart.objective == pytest.approx(together.objective, rel=1e-8, abs=1e-8)


def test_a_part_without_a_plan_is_the_whole_without_one():
    program = periods(4)
    lower = program.row_lower.copy()
    lower[program.block("demand").ids[2, 1]] = 1e4
    assert solve_apart(program.with_(row_lower=lower)).status == "infeasible"


def test_a_row_of_fixed_columns_can_contradict_alone():
    builder = Builder()
    x = builder.columns("x", 2, 1.0, [1.0, 0.0], [1.0, 5.0])
    row = builder.rows("r", 1, 2.0)
    builder.entries(row, x[:1])
    assert solve_apart(builder.build()).status == "infeasible"


def test_edits_reach_their_part_only():
    program = periods(5)
    apart = Apart(program)
    first = apart.solve()
    assert first.objective == pytest.approx(solve(program).objective, rel=1e-9)
    assert apart.resolve().simplex_iterations == 0
    demand = program.block("demand").ids
    apart.set_row_bounds(demand[3, :2], lower=[2.0, 4.0])
    apart.set_column_bounds(program.block("send").ids[3, 0], upper=6.0)
    apart.set_cost(program.block("send").ids[1, 2], 0.25)
    assert sum(found is None for found in apart._found) == 2
    again = apart.resolve()
    fresh = solve(apart.program)
    assert again.objective == pytest.approx(fresh.objective, rel=1e-9)
    assert again.simplex_iterations < fresh.simplex_iterations
    np.testing.assert_allclose(apart.program.row_lower[demand[3, :2]], [2.0, 4.0])


def test_an_edit_that_links_the_parts_is_still_right():
    program = periods(4)
    apart = Apart(program)
    before = apart.solve()
    total = program.block("total").ids
    used = float(before.row_values[total][0])
    apart.set_row_bounds(total, lower=used + 10)
    linked = apart.resolve()
    assert linked.objective == pytest.approx(solve(apart.program).objective, rel=1e-9)
    assert linked.objective > before.objective
    apart.set_column_bounds(program.block("stock").ids, lower=0.0, upper=8.0)
    freed = apart.resolve()
    assert freed.objective == pytest.approx(solve(apart.program).objective, rel=1e-9)


def test_a_program_of_one_part_is_solved_as_it_is():
    program = transport()
    assert solve_apart(program).objective == solve(program).objective
