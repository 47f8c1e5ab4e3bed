"""Answers of a plan against what solving again by hand gives; saving and keeping bring back what was planned."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from plan_small import lane, limit, site, small

from meguri.kit.problems import Refused
from meguri.network.answers import capacity_worth, closed_lanes, disruptions, front, regret
from meguri.network.model import instance_file
from meguri.network.model.instance import Instance
from meguri.network.results.plan import plan
from meguri.network.runs import kept_plans, plan_run, reports
from meguri.network.solver.highs import NoPlan, SolverOptions


def tight() -> Instance:
    """A furnace too small, a second one that the law closes to boards from VNM, and a target."""
    base = small()
    sites = (*base.sites[:2], site("furnace", "JPN", "smelter", 30.0), site("far", "SWE", "smelter", 100.0))
    shut = lane(
        "a-yard", "far", "boards", 50.0, open=(False, False), why=("prohibited",) * 2, grounds=(("Basel Art 4A",),) * 2
    )
    return replace(base, sites=sites, lanes=(*base.lanes, shut), limits=(limit("hhi", 0.9, "JPN", "Au"),))


def test_every_dual_of_capacity_is_the_change_on_solving_again() -> None:
    made = plan(tight())
    found = {one.site: one for one in capacity_worth(made)}
    assert set(found) == {"furnace"}
    more = replace(
        tight(), sites=tuple(replace(s, capacity_t_y=(30.3, 30.3)) if s.id == "furnace" else s for s in tight().sites)
    )
    gain = made.solution.objective - plan(more).solution.objective
    assert found["furnace"].step_t_y == pytest.approx(0.3)
    assert found["furnace"].step_gain == pytest.approx(gain)
    assert found["furnace"].gain_t_y <= found["furnace"].dual_t_y + 1e-6


def test_a_closed_lane_is_worth_what_opening_it_brings() -> None:
    made = plan(tight())
    (found,) = closed_lanes(made)
    opened = replace(tight(), lanes=tuple(replace(one, open=(True, True)) for one in tight().lanes))
    assert (found.stream, found.sender, found.receiver) == ("boards", "VNM", "SWE")
    assert found.gain == pytest.approx(made.solution.objective - plan(opened).solution.objective)
    assert found.why == ("prohibited",)
    assert found.grounds == ("Basel Art 4A",)


def test_what_is_gone_costs_what_planning_without_it_costs() -> None:
    made = plan(small())
    found = {(one.kind, one.thing): one for one in disruptions(made)}
    without = replace(
        small(), sites=tuple(s if s.id != "furnace" else replace(s, capacity_t_y=(0.0, 0.0)) for s in small().sites)
    )
    assert found[("plant", "furnace")].loss == pytest.approx(plan(without).solution.objective - made.solution.objective)
    assert found[("passage", "malacca")].loss == pytest.approx(3 * 100 * 273.5)
    assert found[("economy", "VNM")].metal["Au"] == pytest.approx(-100 * 0.4 * 0.001 * 0.9)


def test_the_front_runs_from_the_best_of_one_to_the_best_of_the_other() -> None:
    made = plan(small())
    points = front(made, "cost", "carbon", 5)
    assert points[0].first == pytest.approx(made.solution.objective)
    assert points[-1].second == pytest.approx(0.0, abs=1e-6)
    assert all(b.first >= a.first - 1e-6 and b.second <= a.second + 1e-6 for a, b in pairwise(points))
    with pytest.raises(Refused, match="carbon"):
        front(made, "cost", "carbn", 5)


def test_regret_of_its_own_scenario_is_none() -> None:
    base = small()
    yard = site("a-yard", "VNM", "yard", 0.0, build_most_t_y=500.0, build_usd_t_y=100.0)
    rich = replace(base, sites=(yard, *base.sites[1:]), name=replace_words("rich"))
    poor = replace(rich, sales=(replace(base.sales[0], usd_t=(500_000.0, 500_000.0)),), name=replace_words("poor"))
    found = regret([plan(rich), plan(poor)])
    assert np.diag(found.regret) == pytest.approx(0.0)
    assert (found.regret >= -1e-6).all()
    assert found.robust_regret.max() <= found.regret.max() + 1e-6
    near = regret([plan(rich), plan(poor)], SolverOptions(gap=1e-3))
    assert near.robust_regret.max() <= min(found.regret.max(axis=1)) + 1e-6


def test_the_builds_that_regret_least_are_priced_by_flows_through_them() -> None:
    """Between a market that pays for a yard and one that does not, half a yard halves the largest regret."""
    base = small()
    yard = site("a-yard", "VNM", "yard", 0.0, build_most_t_y=500.0, build_usd_t_y=100.0)
    rich = replace(base, sites=(yard, *base.sites[1:]), name=replace_words("rich"))
    poor = replace(rich, sales=(replace(base.sales[0], usd_t=(500_000.0, 500_000.0)),), name=replace_words("poor"))
    plans = [plan(rich), plan(poor)]
    found = regret(plans)
    for j, one in enumerate(plans):
        fixed = one.instance.sites[0]
        most = tuple(float(x) for x in np.cumsum(found.robust_builds[0]))
        paid = replace(fixed, capacity_t_y=most, build_most_t_y=0.0)
        again = plan(replace(one.instance, sites=(paid, *one.instance.sites[1:]))).solution.objective
        price = one.program.cost[one.formulation.columns["build"].block.ids[0]]
        assert found.robust[j] == pytest.approx(again + float(found.robust_builds[0] @ price), rel=1e-9)


def test_where_no_builds_keep_all_scenarios_it_is_said() -> None:
    """One scenario asks Viet Nam to smelt, the other has no money to build there."""
    base = small()
    furnace = site("a-furnace", "VNM", "smelter", 0.0, build_most_t_y=50.0, build_usd_t_y=10.0)
    lanes = (*base.lanes, lane("a-yard", "a-furnace", "boards", 1.0))
    free = replace(base, sites=(*base.sites, furnace), lanes=lanes, name=replace_words("free"))
    asked = replace(free, limits=(limit("processed", 10.0, "VNM"),), name=replace_words("asked"))
    broke = replace(free, limits=(limit("budget", 0.0),), name=replace_words("broke"))
    assert regret([plan(free), plan(asked)]).one_fits_all
    found = regret([plan(free), plan(asked), plan(broke)])
    assert not found.one_fits_all
    assert np.isnan(found.robust_regret).all()
    assert np.isnan(found.cost[1, 2])
    assert np.isnan(found.cost[2, 1])
    assert np.isfinite(np.diag(found.cost)).all()


def replace_words(name: str):  # type: ignore[no-untyped-def]
    from meguri.kit.words import plain

    return plain(name)


def test_an_instance_comes_back_from_json_as_it_was() -> None:
    instance = replace(tight(), limits=(replace(limit("hhi", 0.9, "JPN", "Au"), value=(0.5, float("nan"))),))
    back = instance_file.loads(instance_file.dumps(instance))
    assert np.isnan(back.limits[0].value[1])
    assert replace(back, limits=()) == replace(instance, limits=())


def test_names_in_an_instance_are_words_or_texts_by_language() -> None:
    held = json.loads(instance_file.dumps(small()))
    held["name"] = {"en": "Small", "vi": "Nhỏ"}
    held["sites"][0]["name"] = "Yard"
    back = instance_file.loads(json.dumps(held))
    assert (back.name.say("en"), dict(back.name.own)) == ("Small", {"vi": "Nhỏ"})
    assert back.sites[0].name.say("ja") == "Yard"
    assert back.technologies[0].name == small().technologies[0].name


@pytest.mark.parametrize(
    ("change", "pointer", "said"),
    [
        (lambda raw: raw["sites"][0].update(capacity_kt=[1, 1]), "/sites/0/capacity_kt", "capacity_t_y"),
        (lambda raw: raw["sites"][0].pop("technology"), "/sites/0/technology", "missing"),
        (lambda raw: raw["zones"][0].update(lat="north"), "/zones/0/lat", "a number"),
        (lambda raw: raw["lanes"][0].update(open=["yes", True]), "/lanes/0/open/0", "true or false"),
        (lambda raw: raw["limits"].append({"name": "x", "kind": "carbon", "value": [1, 1]}), "/limits/1/kind", "carbon-cap"),  # noqa: E501
        (lambda raw: raw["lanes"][0]["ways"][0].update(mode="air"), "/lanes/0/ways/0/mode", "sea"),
        (lambda raw: raw.update(meguri_plan=9), "/meguri_plan", "1"),
    ],
)  # fmt: skip
def test_mistakes_in_an_instance_file_are_named(change, pointer: str, said: str) -> None:  # type: ignore[no-untyped-def]
    raw = json.loads(instance_file.dumps(tight()))
    change(raw)
    with pytest.raises(Refused) as refused:
        instance_file.loads(json.dumps(raw))
    assert said in {one.pointer: one.say() for one in refused.value.problems}[pointer]


def test_a_plan_is_kept_whole_and_saved_as_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEGURI_HOME", str(tmp_path))
    told: list[float] = []
    first = plan_run.run(tight(), lambda part, words: told.append(part))
    assert not first.kept
    assert told == sorted(told)
    assert told[-1] == 1.0
    again = plan_run.run(tight())
    assert again.kept
    assert again.capacity_worth == first.capacity_worth
    assert again.closed_lanes == first.closed_lanes
    assert again.plan.solution.objective == first.plan.solution.objective
    assert np.array_equal(again.plan.solution.x, first.plan.solution.x)
    assert np.array_equal(again.plan.duals.row_duals, first.plan.duals.row_duals)
    assert (
        again.plan.program.rows == first.plan.program.rows == first.plan.formulation.program.rows + first.plan.tangents
    )
    folder = reports.save(first, tmp_path / "out")
    summary, tables = reports.load(folder)
    assert summary["objective_usd"] == pytest.approx(first.plan.solution.objective)
    assert set(tables) == set(reports.tables(first))
    assert tables["balance"]["unaccounted_t_y"].abs().max() < 1e-9
    assert len(summary["targets"]) == 2
    assert summary["targets"][1]["plan_t_y"] is None
    assert all(one["change"] == 0 for one in reports.difference(summary, summary))
    with pytest.raises(Refused):
        reports.load(tmp_path)


def test_a_broken_folder_is_no_plan_and_a_run_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEGURI_HOME", str(tmp_path))
    name = kept_plans.digest(small())
    (kept_plans.home() / name).mkdir(parents=True)
    (kept_plans.home() / name / "plan.json").write_text("{}", encoding="utf-8")
    assert kept_plans.find(name) is None
    from meguri.network.solver.highs import NoPlan

    with pytest.raises(NoPlan, match="cancelled"):
        plan_run.run(small(), cancel=lambda: True)


def test_a_conflicting_limit_is_said_in_every_language_whatever_its_name() -> None:
    asked = replace(limit("recovered", 9.0, "JPN", "Au"), name="gold {for} Japan")
    with pytest.raises(NoPlan) as told:
        plan(small(limits=(asked,)))
    problem = next(problem for problem in told.value.problems if problem.code == "conflict")
    assert "metal recovered (Au, Japan) “gold {for} Japan” (2025)" in problem.say("en")
    assert "金属回収量（Au、日本）「gold {for} Japan」（2025）" in problem.say("ja")
