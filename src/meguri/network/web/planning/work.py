"""The long work of the plan's pages: planning a scenario, a front, regret over scenarios, the program as a file.

What loads the solver is imported where it is used: pages show what is planned without it.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from meguri.kit.problems import Problem
from meguri.kit.words import Words
from meguri.kit.work import jobs
from meguri.network.runs import code_digest
from meguri.network.scenarios import scenario_file
from meguri.network.web.account import records
from meguri.network.web.planning import changes

if TYPE_CHECKING:
    from meguri.network.runs.plan_run import PlanRun

BUILT_IN, OWN = "network.built-in", "network.own"
FRONT, REGRET, MPS = "network.front", "network.regret", "network.mps"
PLANS_SHARE = 0.4
"""The share of the work of regret that the plans themselves take."""
SEEN = 1.0
"""Tonnes a year below which a build is not told: interior points leave crumbs."""
PLANNED = 0.9
"""The share of a front's or a file's work that planning itself takes where the plan is not kept."""


@dataclass(frozen=True)
class ListedScenario:
    """A built-in scenario: its name in addresses, its title, and what it assumes."""

    name: str
    title: Words
    note: Words


def built_in() -> tuple[ListedScenario, ...]:
    """The built-in scenarios, the reference first."""
    return tuple(ListedScenario(one.name, one.title, one.note) for one in scenario_file.built_in())


def payload(name: str) -> dict[str, str]:
    """What the work of a built-in scenario is given; also what it rests on, so that changes are noticed."""
    return {"scenario": name, "rests_on": rests_on()}


@cache
def rests_on() -> str:
    """A word for the code, the tables and the built-in scenarios as they are."""
    files = scenario_file.FILES
    whole = "\n".join([code_digest.digest(), *(files.text_of(name) for name in files.names())])
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def planned(payload: Mapping[str, Any], task: jobs.Task, share: float = 1.0, answers: bool = False) -> PlanRun:
    """The plan of what a page asked for, kept or solved now. Raises NoPlan, Refused, Cancelled."""
    from meguri.network.runs import plan_run

    chosen = scenario_file.read(str(payload.get("scenario") or payload["base"]))
    if "changes" in payload:
        chosen = changes.changed(chosen, changes.of(payload))
    return plan_run.run(chosen, progress=lambda part, words: task.say(share * part, words), answers=answers)


def _plan(task: jobs.Task) -> Path:
    from meguri.network.solver.highs import NoPlan
    from meguri.network.web.account.of_plan import tell

    try:
        run = planned(task.payload, task, answers=True)
    except NoPlan as error:
        told = records.PlanningOutcome(conflicts=tuple(_said(problem) for problem in error.problems))
    else:
        made = tell(run.plan, run.capacity_worth, run.closed_lanes, run.disruptions, run.seconds)
        if "changes" in task.payload:
            own = changes.said(changes.of(task.payload))
            made = msgspec.structs.replace(made, assumptions=(*own, *made.assumptions))
        told = records.PlanningOutcome(made)
    return records.write(told, task.folder / "plan.json")


def _said(problem: Problem) -> Words:
    """A problem as words, because nobody knows yet who will read it."""
    return Words(problem.text).format(**problem.params)


class Front(msgspec.Struct, frozen=True):
    """Points of a front: each the pair of both aims, and the simplex steps that it took."""

    first: str
    second: str
    first_unit: str
    second_unit: str
    points: tuple[tuple[float, float, int], ...]


def _front(task: jobs.Task) -> Path:
    from meguri.network.answers.front import aim, front

    run = planned(task.payload, task, PLANNED)
    first, second = str(task.payload["first"]), str(task.payload["second"])
    words = Words("Moving along the front")
    points = front(
        run.plan, first, second, int(task.payload["points"]),
        progress=lambda part: task.say(PLANNED + (1 - PLANNED) * part, words),
    )  # fmt: skip
    units = [aim(run.plan, name).unit for name in (first, second)]
    found = Front(first, second, units[0], units[1], tuple((p.first, p.second, p.steps) for p in points))
    path = task.folder / "front.json"
    path.write_bytes(msgspec.json.encode(found))
    return path


class Regrets(msgspec.Struct, frozen=True):
    """Discounted USD: costs of each scenario's builds under each other (None: they keep not all limits there).

    `robust` is the plan whose largest regret is least (None where no one set of plants keeps the limits of all
    scenarios); `builds` what it builds by site, in tonnes a year by period.
    """

    scenarios: tuple[str, ...]
    cost: tuple[tuple[float | None, ...], ...]
    regret: tuple[tuple[float | None, ...], ...]
    robust: tuple[float | None, ...]
    robust_regret: tuple[float | None, ...]
    builds: tuple[tuple[str, Words, str, tuple[float, ...]], ...]
    years: tuple[int, ...]
    yearly: float


def _regret(task: jobs.Task) -> Path:
    from meguri.network.answers import regret
    from meguri.network.runs import plan_run

    keys = [str(one) for one in task.payload["scenarios"]]
    plans = []
    for n, name in enumerate(keys):

        def say(part: float, words: Words, n: int = n) -> None:
            task.say(PLANS_SHARE * (n + part) / len(keys), words)

        plans.append(planned({"scenario": name}, jobs.Task(task.id, {}, task.folder, say)).plan)
    words = Words("The plan for whatever comes", context="work")
    found = regret(plans, plan_run.options(), lambda part: task.say(PLANS_SHARE + (1 - PLANS_SHARE) * part, words))
    instance = plans[0].instance
    sites = {site.id: site for site in instance.sites}
    rate = instance.objective.discount
    told = Regrets(
        tuple(keys),
        tuple(tuple(_number(value) for value in row) for row in found.cost),
        tuple(tuple(_number(value) for value in row) for row in found.regret),
        tuple(_number(value) for value in found.robust),
        tuple(_number(value) for value in found.robust_regret),
        tuple(
            (name, sites[name].name, sites[name].economy, tuple(float(value) for value in row))
            for name, row in zip(found.buildable, found.robust_builds, strict=True)
            if row.max(initial=0.0) > SEEN
        ),
        tuple(period.year for period in instance.periods),
        sum(p.years * (1 + rate) ** -(p.year - instance.periods[0].year) for p in instance.periods),
    )
    path = task.folder / "regret.json"
    path.write_bytes(msgspec.json.encode(told))
    return path


def _number(value: float) -> float | None:
    return float(value) if value == value else None


def _mps(task: jobs.Task) -> Path:
    from meguri.network.solver import mps

    run = planned(task.payload, task, PLANNED)
    task.say(PLANNED, Words("Writing the file"))
    plain, packed = task.folder / "model.mps", task.folder / "model.mps.gz"
    mps.write_mps(run.plan.program, plain)
    with plain.open("rb") as source, gzip.open(packed, "wb", compresslevel=5) as target:
        shutil.copyfileobj(source, target)
    plain.unlink()
    return packed


jobs.offer(BUILT_IN, Words("Planning the network"), _plan, seconds=1800)
jobs.offer(OWN, Words("Planning your own scenario"), _plan, public=True)
jobs.offer(FRONT, Words("Moving along the front"), _front, public=True)
jobs.offer(REGRET, Words("The plan for whatever comes", context="work"), _regret, seconds=3600)
jobs.offer(MPS, Words("Writing the program as a file"), _mps, public=True)
