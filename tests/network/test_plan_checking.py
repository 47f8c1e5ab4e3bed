"""What is wrong with an instance is said with its place, all of it at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from plan_small import lane, limit, small

from meguri.kit.problems import Refused
from meguri.network.model.instance import Disposal, Instance, Period
from meguri.network.model.mistakes import check, problems
from meguri.network.results.plan import plan


def found(instance: Instance) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in problems(instance)}


def with_yard(**changes: Any) -> Instance:
    base = small()
    return replace(base, technologies=(replace(base.technologies[0], **changes), base.technologies[1]))


def test_a_sound_instance_has_no_problem() -> None:
    assert found(small()) == {}


@pytest.mark.parametrize(
    ("instance", "pointer", "code"),
    [
        (with_yard(outputs={"phones": {"boards": -0.1}}), "/technologies/0/outputs/phones/boards", "yield"),
        (with_yard(outputs={"phones": {"boards": 0.7, "residue": 0.5}}), "/technologies/0/outputs/phones", "sum"),
        (with_yard(cost_usd_t={"phones": -1.0}), "/technologies/0/cost_usd_t/phones", "range"),
        (with_yard(stage="dismanteling"), "/technologies/0/stage", "unknown"),
        (small(periods=(Period(2025, 1), Period(2027, 2))), "/periods/1/year", "order"),
        (small(lanes=(*small().lanes, small().lanes[0])), "/lanes/5", "twice"),
        (small(lanes=(*small().lanes, lane("a-yard", "furnace", "phones", 1.0))), "/lanes/5/stream", "stream"),
        (small(lanes=(*small().lanes, lane("a-yard", "furnance", "boards", 1.0))), "/lanes/5/destination", "unknown"),
        (small(limits=(limit("recovered", 1.0, "JPN", "Ag"),)), "/limits/0/item", "unknown"),
        (small(limits=(limit("hhi", 1.5, "JPN", "Au"),)), "/limits/0/value/0", "range"),
        (small(limits=(limit("treated-at-home", 0.5),)), "/limits/0/economy", "missing"),
        (small(limits=(replace(limit("hhi", 0.5, "JPN", "Au"), value=(0.5,)),)), "/limits/0/value", "length"),
        (small(contents=(replace(small().contents[0], share={"Au": (0.7, 0.7), "Cu": (0.6, 0.6)}),)), "/contents/0/share", "sum"),  # noqa: E501
        (small(supplies=(replace(small().supplies[0], zone="B"),)), "/supplies/0/zone", "unknown"),
        (small(supplies=(replace(small().supplies[0], tonnes=(1.0,)),)), "/supplies/0/tonnes", "length"),
        (small(supplies=(replace(small().supplies[0], least_share=(0.5, 0.5), most_share=(0.1, 0.1)),)), "/supplies/0/least_share/0", "range"),  # noqa: E501
        (small(sites=(replace(small().sites[0], capacity_t_y=(1e9, 1e9)), *small().sites[1:])), "/sites/0/capacity_t_y", "unit"),  # noqa: E501
        (small(disposals=(Disposal("residu", None, 7.0),)), "/disposals/0/stream", "unknown"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_place(instance: Instance, pointer: str, code: str) -> None:
    assert found(instance).get(pointer) == code


def test_a_zone_without_any_lane_is_unreachable() -> None:
    lanes = tuple(one for one in small().lanes if one.origin != "A")
    assert found(small(lanes=lanes)) == {"/supplies/0": "unreachable"}


def test_what_must_be_collected_needs_a_lawful_way_out() -> None:
    shut = tuple(
        replace(one, open=(True, False), why=("allowed_pic", "prohibited")) if one.origin == "A" else one
        for one in small().lanes
    )
    must = tuple(replace(one, least_share=(0.5, 0.5)) for one in small().supplies)
    instance = small(lanes=shut, supplies=must)
    assert found(instance) == {"/supplies/0/least_share/1": "no_lawful_lane"}
    with pytest.raises(Refused, match=r"from 2026 on.*prohibited"):
        check(instance)


def test_no_lawful_lane_at_all_is_said_as_such() -> None:
    shut = tuple(replace(one, open=(False, False), why=("prohibited", "prohibited")) for one in small().lanes)
    with pytest.raises(Refused, match="No lane is lawful in any period"):
        plan(small(lanes=shut))


def test_all_problems_come_together() -> None:
    with pytest.raises(Refused) as refused:
        plan(replace(with_yard(cost_usd_t={"phones": -1.0}), periods=(Period(2025, 1), Period(2025, 2))))
    assert len(refused.value.problems) == 2
