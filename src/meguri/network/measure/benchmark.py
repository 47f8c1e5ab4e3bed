"""What planning costs: building and handing over beside linopy and pyomo, solving apart, again and in many scenarios.

One synthetic seeded instance throughout (`seeded_instance`), CPU seconds of one thread, every ratio from the same run.
Builders are measured in processes of their own, so that none finds memory or modules that another has warmed. Each
aim stands beside what was measured; one that is not reached is said to be missed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from meguri.kit import benches
from meguri.kit.benches import Measurement
from meguri.network.measure import seeded_instance
from meguri.network.measure.seeded_instance import InstanceArrays, build, instance
from meguri.network.runs import plan_run
from meguri.network.solver.decomposition import Apart, solve_apart
from meguri.network.solver.ensemble import EnsembleScenario
from meguri.network.solver.ensemble import run as run_ensemble
from meguri.network.solver.highs import Solution, SolverOptions, handed_over, solve
from meguri.network.solver.program import Program
from meguri.network.solver.rounding import solve_rounded

T = TypeVar("T")

BY_POINTS = SolverOptions(method="ipm")
COLD_WHOLE, COLD_APART = 1, 2
"""Scenarios also built and solved from nothing, whole and part by part; the others are taken to cost as much."""
CHECKED = (0, -1)
"""Points of the front that are also solved from nothing."""
MOST_REPEATS = {"pyomo": 1}
"""Of a peer whose one build takes many seconds; the others are all repeated alike."""


@dataclass(frozen=True)
class MeasuredAim:
    """One aim beside what was measured."""

    what: str
    measured: float
    aim: float
    unit: str
    least: bool
    """Whether at least the aim is wanted, or at most."""
    beside: tuple[float, float] | None = None
    """Ours and the baseline's, where what was measured is a ratio of two figures."""

    def row(self) -> Measurement:
        """As every benchmark prints it."""
        ours, baseline = self.beside or (self.measured, None)
        ratio = self.measured if self.beside else None
        return Measurement(
            job=self.what, ours=ours, baseline=baseline, ratio=ratio, unit=self.unit.strip() or "1", aim=self.aim,
            met=self.met,
        )  # fmt: skip

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.measured >= self.aim if self.least else self.measured <= self.aim

    def line(self) -> str:
        """In words."""
        sign = "at least" if self.least else "at most"
        return (
            f"  {self.what:58} {self.measured:>10.3g}{self.unit}   aim: {sign} {self.aim:g}{self.unit}   "
            f"{'met' if self.met else 'MISSED'}"
        )


class _Report:
    """Figures and aims of one run, said as they come in."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.figures: dict[str, Any] = {}
        self.aims: list[MeasuredAim] = []

    def say(self, text: str) -> None:
        if not self.quiet:
            print(text, flush=True)

    def figure(self, name: str, value: Any) -> None:
        self.figures[name] = value

    def aim(
        self, what: str, measured: float, aim: float, unit: str = "", *, least: bool = False,
        beside: tuple[float, float] | None = None,
    ) -> None:  # fmt: skip
        self.aims.append(MeasuredAim(what, float(measured), aim, unit, least, beside))
        self.say(self.aims[-1].line())


def cpu(run: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of this process, and what came out."""
    start = time.process_time()
    made = run()
    return time.process_time() - start, made


def child(builder: str, size: str, repeat: int, solved: bool = False) -> dict[str, Any]:
    """One builder in a process of its own. Its last line is the measurement."""
    return _apart("peers", [builder, size, str(repeat), *(["solved"] if solved else [])])


def _apart(module: str, words: list[str], **more: str) -> dict[str, Any]:
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(  # noqa: S603 (our own interpreter and words, no shell)
        [sys.executable, "-W", "ignore", "-m", f"meguri.network.measure.{module}", *words],
        capture_output=True, text=True, check=True, env={**os.environ, **one_thread, **more},
    )  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _built(report: _Report, args: argparse.Namespace, peers: list[str]) -> None:
    size = "small" if args.quick else "ref"
    objectives = {who: child(who, "small", 1, solved=True)["objective"] for who in ("meguri", *peers)}
    report.figure("same_objective", objectives)
    apart = max(abs(value / objectives["meguri"] - 1) for value in objectives.values())
    report.say("objective of the small instance: " + ", ".join(f"{who} {v:.6f}" for who, v in objectives.items()))
    if peers:
        report.aim("relative difference of the objectives", apart, 1e-9)
    found = {who: child(who, size, min(args.repeat, MOST_REPEATS.get(who, args.repeat))) for who in ("meguri", *peers)}
    ours = found["meguri"]
    report.figure("build", found)
    report.say(
        f"{size}: {ours['columns']:,} columns, {ours['rows']:,} rows; CPU s of building + handing over, best run"
    )
    for who, one in found.items():
        report.say(
            f"  {who:8} {one['build']:8.3f} + {one['hand_over']:.3f} = {one['cpu']:8.3f} s "
            f"(first run {one['first']:.3f} s)   {one['memory_mb']:7.0f} MB, {one['memory_before_mb']:.0f} before"
        )
    for who, wanted in (("linopy", 15.0), ("pyomo", 100.0)):
        if who in found:
            report.aim(
                f"{who} takes so many times as long", benches.ratio(found[who]["cpu"], ours["cpu"]), wanted, "x",
                least=True, beside=(ours["cpu"], found[who]["cpu"]),
            )  # fmt: skip
    if "linopy" in found:
        memory = (ours["memory_mb"], found["linopy"]["memory_mb"])
        report.aim("memory beside linopy's", memory[0] / memory[1], 0.5, beside=memory)


def _dense(report: _Report, args: argparse.Namespace, peers: list[str]) -> None:
    found = {who: child(who, "dense", 3) for who in ("meguri", *peers) if who != "pyomo"}
    report.figure("dense", found)
    report.say(f"dense: {found['meguri']['columns']:,} columns, {found['meguri']['rows']:,} rows")
    for who, one in found.items():
        report.say(
            f"  {who:8} {one['build']:8.3f} + {one['hand_over']:.3f} = {one['cpu']:8.3f} s   {one['memory_mb']:7.0f} MB"
        )
    report.aim("columns of the largest build", found["meguri"]["columns"], 2e6, least=True)
    if "linopy" in found:
        report.aim(
            "dense: linopy takes so many times as long",
            benches.ratio(found["linopy"]["cpu"], found["meguri"]["cpu"]), 6, "x",
            least=True, beside=(found["meguri"]["cpu"], found["linopy"]["cpu"]),
        )  # fmt: skip


def _solved(report: _Report, data: InstanceArrays) -> float:
    """The whole at once and part by part. Returns the CPU seconds of one cold solve of the whole."""
    build(data)
    built, program = cpu(lambda: build(data))
    handed, _ = cpu(lambda: handed_over(program))
    whole_cpu, whole = cpu(lambda: solve(program, BY_POINTS))
    parts_cpu, parts = cpu(lambda: solve_apart(program, BY_POINTS))
    difference = abs(parts.objective / whole.objective - 1)
    report.figure(
        "solve",
        {
            "build": built, "hand_over": handed, "whole": whole_cpu, "apart": parts_cpu, "objective": whole.objective,
            "iterations": whole.iterations, "difference": difference, "status": [whole.status, parts.status],
        },
    )  # fmt: skip
    report.say(f"solve, interior points and crossover: whole {whole_cpu:.1f} s, part by part {parts_cpu:.1f} s of CPU")
    report.aim("building and handing over, share of the solve", benches.ratio(built + handed, whole_cpu), 0.01,
               beside=(built + handed, whole_cpu))  # fmt: skip
    report.aim("part by part beside the whole", benches.ratio(parts_cpu, whole_cpu), 0.5, beside=(parts_cpu, whole_cpu))
    report.aim("relative difference of the objectives", difference, 1e-8)
    return whole_cpu


def drawn(data: InstanceArrays, program: Program, count: int, seed: int = 7) -> list[EnsembleScenario]:
    """Scenarios: supply within a tenth of what it is, and one dismantler out."""
    draw = np.random.default_rng(seed)
    supply, treat = program.block("supply").ids, program.block("treat").ids
    rows = np.concatenate((supply.ravel(), treat.ravel()))
    found = []
    for k in range(count):
        room = np.broadcast_to(data.treat, treat.shape).copy()
        room[:, draw.integers(data.size.dismantlers)] = 0.0
        upper = np.concatenate(((data.supply * draw.uniform(0.9, 1.1, data.supply.shape)).ravel(), room.ravel()))
        found.append(EnsembleScenario(f"draw {k + 1}", rows=rows, row_upper=upper))
    return found


def _from_nothing(
    data: InstanceArrays, scenario: EnsembleScenario, way: Callable[..., Solution]
) -> tuple[float, float]:
    """CPU seconds of building and solving a scenario's program, and its objective."""
    seconds, found = cpu(lambda: way(scenario.applied(build(data)), BY_POINTS))
    return seconds, found.objective


def _ensemble(report: _Report, data: InstanceArrays, count: int) -> None:
    program = build(data)
    scenarios = drawn(data, program, count)
    hot_cpu, hot = cpu(lambda: run_ensemble(program, scenarios, BY_POINTS))
    cold, apart = (
        [_from_nothing(data, scenario, way) for scenario in scenarios[:measured]]
        for way, measured in ((solve, COLD_WHOLE), (solve_apart, COLD_APART))
    )
    once, once_apart = (float(np.mean([seconds for seconds, _ in one])) for one in (cold, apart))
    difference = max(
        abs(outcome.objective / objective - 1)
        for found in (cold, apart)
        for outcome, (_, objective) in zip(hot.outcomes, found, strict=False)
    )
    steps = [outcome.simplex_iterations for outcome in hot.outcomes]
    report.figure(
        "ensemble",
        {
            "scenarios": count, "hot": hot_cpu, "cold_each": once, "cold_apart_each": once_apart,
            "cold_measured": [len(cold), len(apart)], "difference": difference, "iterations": steps,
            "status": sorted({outcome.status for outcome in hot.outcomes}),
        },
    )  # fmt: skip
    report.say(
        f"{count} scenarios in place: {hot_cpu:.1f} s of CPU with the plan they start from; "
        f"{min(steps):,} to {max(steps):,} simplex steps each"
    )
    report.say(
        f"  one built and solved from nothing: {once:.1f} s whole, {once_apart:.1f} s part by part "
        f"(means of {len(cold)} and {len(apart)}, times {count} below)"
    )
    report.aim("cold rebuilds, whole, take so many times as long", benches.ratio(count * once, hot_cpu), 10, "x",
               least=True, beside=(hot_cpu, count * once))  # fmt: skip
    report.figures["ensemble"]["ratio_cold_apart"] = benches.ratio(count * once_apart, hot_cpu)
    report.say(f"  beside cold rebuilds part by part: {benches.ratio(count * once_apart, hot_cpu):.3g}x")
    report.aim("largest relative difference of the objectives", difference, 1e-9)


def _front(report: _Report, data: InstanceArrays, points: int, cold: float) -> None:
    """Least cost under ever lower caps on carbon, each point from the basis of the one before."""
    program = build(data)
    carbon = program.block("carbon").ids
    caps = np.linspace(1.0, 0.8, points)

    def along() -> list[Solution]:
        apart = Apart(program, BY_POINTS)
        found = []
        for k, cap in enumerate(caps):
            apart.set_row_bounds(carbon, upper=program.row_upper[carbon] * cap)
            found.append(apart.resolve() if k else apart.solve())
        return found

    seconds, found = cpu(along)
    difference = 0.0
    for k in CHECKED:
        upper = program.row_upper.copy()
        upper[carbon] *= caps[k]
        fresh = solve_apart(program.with_(row_upper=upper), BY_POINTS)
        difference = max(difference, abs(found[k].objective / fresh.objective - 1))
    steps = [one.simplex_iterations for one in found[1:]]
    report.figure(
        "front",
        {
            "points": points, "cpu": seconds, "cold_solve": cold, "difference": difference, "iterations": steps,
            "objectives": [one.objective for one in found], "status": sorted({one.status for one in found}),
        },
    )  # fmt: skip
    report.say(
        f"front of {points} points: {seconds:.1f} s of CPU; {min(steps):,} to {max(steps):,} simplex steps a point"
    )
    report.aim("front, in cold solves of the whole", benches.ratio(seconds, cold), 5, "x", beside=(seconds, cold))
    report.aim("largest relative difference of the objectives checked", difference, 1e-9)


def _location(report: _Report, args: argparse.Namespace) -> None:
    size = seeded_instance.SMALL if args.quick else seeded_instance.LOCATION
    program = build(instance(size), location=True)
    seconds, found = cpu(lambda: solve_apart(program, SolverOptions(gap=0.01), solver=solve_rounded))
    whole = int(program.integrality.sum())
    report.figure(
        "location",
        {
            "columns": program.columns, "whole": whole, "cpu": seconds, "gap": found.gap, "status": found.status,
            "objective": found.objective, "bound": found.bound,
        },
    )  # fmt: skip
    report.say(f"location: {program.columns:,} columns, {whole} of them open or closed; gap {found.gap:.2%}")
    report.aim("gap", found.gap, 0.01)
    report.aim("CPU seconds", seconds, 60, " s")


def _end_to_end(report: _Report, args: argparse.Namespace) -> None:
    """The reference scenario from its file to saved reports, twice: the first run may have modules to compile."""
    with tempfile.TemporaryDirectory() as home:
        runs = [
            _apart("end_to_end", [args.scenario, f"{home}/reports"], MEGURI_HOME=home, PYTHONDONTWRITEBYTECODE="")
            for _ in range(2)
        ]
    found = min(runs, key=lambda one: one["cpu"])
    report.figure("end_to_end", {"best": found, "runs": [{"cpu": r["cpu"], "solver": r["solver"]} for r in runs]})
    report.say(
        f"end to end, {args.scenario}: {found['columns']:,} columns, {found['rows']:,} rows, gap {found['gap']:.2%}; "
        + ", ".join(f"{step} {seconds:.2f}" for step, seconds in found["parts"].items())
        + f"; the solver {found['solver']:.2f} of {found['cpu']:.2f} s of CPU ({found['solves']} solves)"
    )
    report.aim(
        "the whole beside the solver alone",
        benches.ratio(found["cpu"], found["solver"]),
        2,
        "x",
        beside=(found["cpu"], found["solver"]),
    )


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """All figures of one run, as plain values."""
    report = _Report(bool(args.json))
    skip = set(args.skip)
    if "whole" not in skip and not args.quick:
        plan_run.of_file(args.scenario)  # a name that is not there is refused now, not after minutes
    peers = []
    for peer in ("linopy", "pyomo"):
        if peer not in skip and importlib.util.find_spec(peer) is None:
            report.say(f"{peer} is not installed; not compared (pip install 'meguri[bench]')")
        elif peer not in skip:
            peers.append(peer)
    report.figure("peers", peers)
    _built(report, args, peers)
    if "dense" not in skip and not args.quick:
        _dense(report, args, peers)
    data = instance(seeded_instance.SMALL if args.quick else seeded_instance.REFERENCE)
    cold = None
    if "solve" not in skip:
        cold = _solved(report, data)
    if "ensemble" not in skip:
        _ensemble(report, data, max(1, args.scenarios))
    if "front" not in skip:
        if cold is None:
            cold, _ = cpu(lambda: solve(build(data), BY_POINTS))
        _front(report, data, max(2, args.points), cold)
    if "location" not in skip:
        _location(report, args)
    if "whole" not in skip and not args.quick:
        _end_to_end(report, args)
    report.figure("quick", bool(args.quick))
    report.figure("rows", benches.rows_json(aim.row() for aim in report.aims))
    return report.figures


def run(args: argparse.Namespace) -> int:
    """Measure and print. Exit code 0 also where an aim is missed: it is said."""
    found = measure(args)
    if args.json:
        print(json.dumps(found))
    else:
        met = sum(row["met"] for row in found["rows"])
        tail = "; a small instance proves no aim" if args.quick else ""
        print(f"{met} of {len(found['rows'])} aims met{tail}")
    return 0
