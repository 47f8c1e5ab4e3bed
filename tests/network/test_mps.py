"""The file: another solver reads it and finds the same objective; names are whole, plain and each once."""

from __future__ import annotations

import numpy as np
import pytest
from small_networks import periods, transport

from meguri.kit.words import plain
from meguri.network.solver.highs import solve
from meguri.network.solver.mps import column_names, row_names, write_mps
from meguri.network.solver.program import Axis, Builder, Program

model_builder = pytest.importorskip("ortools.linear_solver.python.model_builder")


def by_another(path, solver: str):
    model = model_builder.Model()
    assert model.import_from_mps_file(str(path))
    found = model_builder.Solver(solver)
    status = found.solve(model)
    assert status == model_builder.SolveStatus.OPTIMAL
    return model, found


def awkward() -> Program:
    """Every kind of bound and row, an offset, a free row, negative bounds, a whole column without an upper bound."""
    builder = Builder()
    builder.offset = -12.75
    lower, upper = [0, -5, -np.inf, -np.inf, 2.5, -4, 0, 0], [4, -1, np.inf, 7, 2.5, np.inf, 9, np.inf]
    x = builder.columns("x", 8, [1.0, -2.0, 3.0, -1.0, 0.5, 0.1, -3.0, 1 / 3], lower, upper)
    n = builder.columns("n", 3, [-1.1, 2.3, -0.7], [0, -3, 0], [np.inf, 5, 1], integer=True)
    rows = builder.rows("r", 6, [-np.inf, -3, 1.5, -4, -np.inf, 2], [20.1, np.inf, 1.5, 8, np.inf, 2.5])
    draw = np.random.default_rng(7)
    values = draw.uniform(0.1, 2, (6, 11))
    builder.entries(rows[:, None], np.concatenate((x, n))[None, :], values)
    return builder.build()


@pytest.mark.parametrize("program", [transport(cap=330.0), periods(), awkward().relaxed()], ids=["one", "many", "all"])
def test_a_linear_program_by_glop(tmp_path, program):
    path = tmp_path / "plan.mps"
    write_mps(program, path)
    _, found = by_another(path, "glop")
    assert found.objective_value == pytest.approx(solve(program).objective, rel=1e-9)


@pytest.mark.parametrize("program", [transport(whole=True), awkward()], ids=["plants", "all"])
@pytest.mark.parametrize("solver", ["scip"])
def test_a_mixed_integer_program_by_another_solver(tmp_path, program, solver):
    path = tmp_path / "plan.mps"
    write_mps(program, path)
    _, found = by_another(path, solver)
    assert found.objective_value == pytest.approx(solve(program).objective, rel=1e-7)


def test_what_is_read_back_is_what_was_written(tmp_path):
    """To the last bit, through another reader."""
    program = awkward()
    path = tmp_path / "plan.mps"
    write_mps(program, path)
    model, _ = by_another(path, "scip")
    assert model.objective_offset == program.offset
    read = {model.var_from_index(k).name: model.var_from_index(k) for k in range(model.num_variables)}
    for j, name in enumerate(column_names(program)):
        one = read[name]
        assert (one.lower_bound, one.upper_bound) == (program.lower[j], program.upper[j])
        assert one.objective_coefficient == program.cost[j]
        assert one.is_integral == bool(program.integrality[j])
    assert model.num_constraints == program.rows - 1  # The row that limits nothing is left out.


def test_names_are_plain_and_each_once(tmp_path):
    builder = Builder()
    ports = [plain(name) for name in ("Hải Phòng", "Port Klang", "Port_Klang", "大阪", "神戸")]
    builder.columns("ship", 5, 1.0, 1.0, axes=(Axis(ports),))
    builder.columns("2nd", 1, 1.0, 1.0)
    builder.rows("objective", (), 0.0)
    builder.rows("long" * 100, 2, 0.0)
    program = builder.build()
    names, rows = column_names(program), row_names(program)
    assert names[:2] == ["ship(Hai_Phong)", "ship(Port_Klang)"]
    for found in (names, rows):
        assert len(set(found)) == len(found)
        assert all(name.isascii() and len(name) < 255 and not set(name) & set(" \t") for name in found)
    assert "objective" not in rows
    write_mps(program, tmp_path / "plan.mps")
    _, found = by_another(tmp_path / "plan.mps", "glop")
    assert found.objective_value == 6.0
