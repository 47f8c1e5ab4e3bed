"""Ensembles: every scenario's plan is that of a program built for it, reached from the last basis."""

from __future__ import annotations

import numpy as np
import pytest
from small_networks import periods, transport

from meguri.network.measure.seeded_instance import SMALL, build, instance
from meguri.network.solver.ensemble import EnsembleScenario, run
from meguri.network.solver.highs import SolverOptions, solve
from meguri.network.solver.program import Program


def scenarios(program: Program, count: int = 12) -> list[EnsembleScenario]:
    """Supply drawn within a tenth, a price changed, a lane closed; one that has no plan."""
    draw = np.random.default_rng(4)
    supply, send = program.block("supply").ids.ravel(), program.block("send").ids.ravel()
    found = []
    for k in range(count):
        found.append(
            EnsembleScenario(
                f"draw {k}",
                rows=supply,
                row_upper=program.row_upper[supply] * draw.uniform(0.95, 1.1, len(supply)),
                columns=send[[k % len(send)]] if k % 3 else np.empty(0, np.int32),
                upper=np.array([0.0]) if k % 3 else None,
                costs=send[:3],
                cost=draw.uniform(1, 9, 3) if k % 4 == 0 else None,
            )
        )
    demand = program.block("demand").ids.ravel()
    found.insert(5, EnsembleScenario("no plan", rows=demand[:1], row_lower=np.array([1e5])))
    return found


@pytest.mark.parametrize(
    ("program", "processes"),
    [(transport(supply=(40.0, 45.0, 35.0)), 1), (periods(4), 1), (periods(4), 2)],
    ids=["one", "parts", "processes"],
)
def test_every_scenario_is_as_if_built_for_it(program, processes):
    asked = scenarios(program)
    keep = program.block("send").ids.ravel()
    found = run(program, asked, keep=keep, processes=processes)
    assert found.base.objective == pytest.approx(solve(program).objective, rel=1e-9)
    assert [one.name for one in found.outcomes] == [one.name for one in asked]
    for scenario, outcome in zip(asked, found.outcomes, strict=True):
        cold = solve(scenario.applied(program))
        assert outcome.status == cold.status
        if cold.optimal:
            assert outcome.objective == pytest.approx(cold.objective, rel=1e-9)
            assert scenario.applied(program).cost[keep] @ outcome.kept <= cold.objective + 1e-6
        else:
            assert len(outcome.kept) == 0


def test_the_basis_is_used_not_lost():
    """On an instance of some size the hot solves take a small part of the steps that cold ones take."""
    program = build(instance(SMALL))
    draw = np.random.default_rng(1)
    supply = program.block("supply").ids.ravel()
    asked = [
        EnsembleScenario(str(k), rows=supply, row_upper=program.row_upper[supply] * draw.uniform(0.9, 1.1, len(supply)))
        for k in range(4)
    ]
    found = run(program, asked, SolverOptions(method="simplex"))
    for scenario, outcome in zip(asked, found.outcomes, strict=True):
        cold = solve(scenario.applied(program), SolverOptions(method="simplex"))
        assert outcome.objective == pytest.approx(cold.objective, rel=1e-9)
        assert outcome.simplex_iterations < cold.simplex_iterations / 4


def test_scenarios_of_one_period_leave_the_others_alone():
    program = periods(6)
    demand = program.block("demand").ids
    asked = [EnsembleScenario(str(t), rows=demand[t, :1], row_lower=np.array([20.0])) for t in range(6)]
    found = run(program, asked)
    for scenario, outcome in zip(asked, found.outcomes, strict=True):
        assert outcome.objective == pytest.approx(solve(scenario.applied(program)).objective, rel=1e-9)


def test_a_cancelled_ensemble_stops():
    program, done = transport(supply=(40.0, 45.0, 35.0)), []
    found = run(program, scenarios(program), SolverOptions(cancel=lambda: len(done) >= 3), told=done.append)
    assert [one.status for one in found.outcomes[:3]] == ["optimal"] * 3
    assert {one.status for one in found.outcomes[3:]} == {"cancelled"}


def test_over_a_dask_cluster():
    distributed = pytest.importorskip("distributed")
    program = transport(supply=(40.0, 45.0, 35.0))
    asked = scenarios(program, 5)
    settings = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**settings) as here, distributed.Client(here) as client:
        spread = run(program, asked, client=client)
    alone = run(program, asked)
    for one, other in zip(spread.outcomes, alone.outcomes, strict=True):
        assert (one.name, one.status) == (other.name, other.status)
        if one.status == "optimal":
            assert one.objective == pytest.approx(other.objective, rel=1e-9)
