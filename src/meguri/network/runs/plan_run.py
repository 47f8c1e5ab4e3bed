"""A scenario planned and asked: the plan, where capacity is worth most, which closed lanes cost, and what hurts.

What has been worked out is kept under MEGURI_HOME/plans by a digest of the scenario, the tables and the code.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from meguri.kit.problems import N_, Problem
from meguri.kit.words import Words
from meguri.network.answers import (
    CapacityWorth,
    ClosedLane,
    Disruption,
    capacity_worth,
    closed_lanes,
    disruptions,
)
from meguri.network.model import instance_file
from meguri.network.model.instance import Instance
from meguri.network.results.plan import SolvedPlan, plan
from meguri.network.runs import kept_plans
from meguri.network.scenarios import scenario_file
from meguri.network.scenarios.as_instance import instance_of
from meguri.network.scenarios.scenario import PlanScenario
from meguri.network.solver.highs import NoPlan, SolverOptions

Progress = Callable[[float, Words], None]
Cancel = Callable[[], bool]

GAP = 0.001
"""Relative gap at which the search over yes-or-no decisions stops."""
STEPS = {
    "instance": (0.0, Words("Reading arisings, law and sea lanes")),
    "plan": (0.35, Words("Planning")),
    "capacity": (0.6, Words("What more capacity would be worth")),
    "lanes": (0.7, Words("What closed lanes would be worth")),
    "disruptions": (0.8, Words("What would hurt most")),
    "done": (1.0, Words("Done")),
}
"""The part of the work done at the start of each step, and what the step is called."""


@dataclass(frozen=True)
class PlanRun:
    """A plan with its answers; `seconds` is what working it out took, `kept` whether it was on file."""

    plan: SolvedPlan
    capacity_worth: tuple[CapacityWorth, ...]
    closed_lanes: tuple[ClosedLane, ...]
    disruptions: tuple[Disruption, ...]
    seconds: float
    kept: bool = False


def options(cancel: Cancel | None = None) -> SolverOptions:
    """How plans are solved: measured on the reference plan, whose mixed-integer search is quick at this gap."""
    return SolverOptions(gap=GAP, cancel=cancel)


def run(
    scenario: PlanScenario | Instance,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    *,
    answers: bool = True,
    fresh: bool = False,
) -> PlanRun:
    """Plan a scenario (or an instance of one's own) and ask it everything; `answers` False only plans.

    Raises Refused for what cannot be, and NoPlan naming the limits that conflict or saying that it was cancelled.
    """
    name = kept_plans.digest(scenario)
    kept = None if fresh else kept_plans.find(name)
    if kept is not None and (kept.asked or not answers):
        return PlanRun(kept.plan, kept.capacity_worth, kept.closed_lanes, kept.disruptions, kept.seconds, True)
    start = time.perf_counter()

    def say(step: str, part: float = 0.0) -> None:
        if cancel is not None and cancel():
            raise NoPlan(Problem(N_("The run was cancelled before it was finished."), "", "cancelled"))
        if progress is not None:
            steps = list(STEPS)
            first, words = STEPS[step]
            following = STEPS[steps[min(steps.index(step) + 1, len(steps) - 1)]][0]
            progress(first + part * (following - first), words)

    say("instance")
    solving = options(cancel)
    if kept is not None:
        made = kept.plan
    else:
        instance = (
            scenario if isinstance(scenario, Instance) else instance_of(scenario, lambda part: say("instance", part))
        )
        say("plan")
        made = plan(instance, solving)
    found = PlanRun(made, (), (), (), time.perf_counter() - start)
    if answers:
        say("capacity")
        capacity = capacity_worth(made, options=solving)
        say("lanes")
        lanes = closed_lanes(made, options=solving)
        say("disruptions")
        hurts = disruptions(made, options=solving, progress=lambda part: say("disruptions", part))
        found = replace(
            found, capacity_worth=capacity, closed_lanes=lanes, disruptions=hurts, seconds=time.perf_counter() - start
        )
    say("done")
    kept_plans.keep(
        name,
        kept_plans.Kept(made, found.capacity_worth, found.closed_lanes, found.disruptions, found.seconds, answers),
    )
    return found


def of_file(name: str) -> PlanScenario | Instance:
    """A scenario by name or TOML file, or an instance of one's own from a JSON file. Raises Refused."""
    path = Path(name).expanduser()
    return instance_file.read(path) if path.suffix == ".json" and path.is_file() else scenario_file.read(name)
