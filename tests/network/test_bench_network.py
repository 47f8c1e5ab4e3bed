"""The benchmark: its instance is what it says, and it reports every aim, missed ones too."""

from __future__ import annotations

import itertools
import json
import time

import numpy as np
import pytest
from plan_small import small

from meguri.network.measure.benchmark import MeasuredAim
from meguri.network.measure.end_to_end import measure as measure_end_to_end
from meguri.network.measure.peers import BUILDERS, measure
from meguri.network.measure.seeded_instance import REFERENCE, SMALL, build, instance
from meguri.network.model.instance_file import write
from meguri.network.solver.highs import Session
from meguri.portal.cli import main


def test_the_reference_instance_has_the_size_it_is_named_for():
    program = build(instance(REFERENCE))
    assert program.rows == 44_610
    assert 340_000 < program.columns < 355_000
    assert 2_400_000 < program.entries < 2_700_000
    again = build(instance(REFERENCE))
    assert (again.data == program.data).all()
    assert (again.row_upper == program.row_upper).all()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("builder", sorted(BUILDERS))
def test_every_builder_makes_the_same_program(builder):
    pytest.importorskip({"meguri": "numpy", "linopy": "linopy", "pyomo": "pyomo"}[builder])
    ours = measure("meguri", "small", 1, solved=True)
    found = measure(builder, "small", 1, solved=True)
    assert (found["columns"], found["rows"]) == (ours["columns"], ours["rows"])
    assert found["objective"] == pytest.approx(ours["objective"], rel=1e-9)
    assert found["cpu"] >= 0


def test_mass_closes_in_what_is_planned():
    from meguri.network.solver.highs import solve

    data = instance(SMALL)
    program = build(data)
    x = solve(program).x
    collected = x[program.block("collect").ids]
    made = np.einsum("tac,co->to", collected, data.yields)
    assert (x[program.block("haul").ids].sum(axis=1) <= made + 1e-6).all()
    assert collected.sum() > 0


def test_an_aim_that_is_missed_is_said_to_be():
    assert "MISSED" in MeasuredAim("a ratio", 14.9, 15.0, "x", least=True).line()
    assert "MISSED" in MeasuredAim("a share", 0.51, 0.5, "", least=False).line()
    assert MeasuredAim("a share", 0.49, 0.5, "", least=False).line().endswith("met")


def test_the_solver_is_told_apart_from_the_rest_of_a_run(tmp_path, monkeypatch):
    monkeypatch.setenv("MEGURI_HOME", str(tmp_path / "home"))
    inner = Session._run
    ticks = itertools.count()
    monkeypatch.setattr(time, "process_time", lambda: float(next(ticks)))
    write(small(), tmp_path / "plan.json")
    found = measure_end_to_end(str(tmp_path / "plan.json"), tmp_path / "reports")
    assert Session._run is inner
    assert found["solves"] >= 1
    assert found["solver"] == found["solves"] < found["cpu"]
    assert sum(found["parts"].values()) == pytest.approx(found["cpu"])
    assert (tmp_path / "reports" / "summary.json").is_file()


def test_the_command_reports_all_parts_even_where_the_clock_of_the_processor_stands_still(capfd, monkeypatch):
    monkeypatch.setattr(time, "process_time", lambda: 7.0)
    words = ["bench", "network", "--quick", "--json", "--scenarios", "3", "--points", "3", "--skip", "linopy"]
    assert main([*words, "--skip", "pyomo", "--repeat", "1"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert {"build", "solve", "ensemble", "front", "location"} <= set(found)
    assert found["peers"] == []
    assert found["ensemble"]["difference"] < 1e-9
    assert found["front"]["difference"] < 1e-9
    assert found["solve"]["difference"] < 1e-8
    objectives = found["front"]["objectives"]
    assert objectives == sorted(objectives)
    assert all({"job", "ours", "baseline", "ratio", "unit", "aim", "met"} == set(row) for row in found["rows"])
