"""The commands of plans: ``meguri plan run | list | show | compare | front | disrupt | worth | regret | export``.

Imports no Django. Everything that needs numpy is imported inside, so that ``meguri --help`` stays quick.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meguri.kit.language.speaking import add_language
from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words

if TYPE_CHECKING:
    from meguri.network.runs.plan_run import PlanRun

SCENARIO = "a scenario file (TOML), the name of a built-in scenario, or an instance of your own (JSON)"
Action = Callable[[argparse.Namespace], int]
GUESSES = 15
"""Assumptions that are printed before the results; all are in --json and --out."""


def register(subparsers: Any) -> None:
    """Add ``plan`` to the command line."""
    room = subparsers.add_parser(
        "plan",
        help="where should it go: plan the network",
        description="Plan which plants, lanes and capacity recover the most metal at the least cost, carbon and risk.",
        epilog="Every key: docs/plan-format.md. What the reference plan rests on: docs/plan-reference.md.",
    )
    inner = room.add_subparsers(dest="plan_command", required=True, metavar="WHAT")
    run = _add(inner, "run", _run, "plan a scenario", "meguri plan run reference --out my-plan")
    run.add_argument("--out", type=Path, metavar="DIR", help="also write every report (Parquet) and summary.json")
    run.add_argument("--no-answers", action="store_true", help="only the plan: not what capacity and lanes are worth")
    listed = inner.add_parser("list", help="the built-in scenarios")
    listed.add_argument("--json", action="store_true", help="one JSON object")
    add_language(listed)
    listed.set_defaults(run=_list)
    shown = inner.add_parser("show", help="print a built-in scenario, to start one of your own from")
    shown.add_argument("scenario", metavar="SCENARIO")
    shown.set_defaults(run=_show)
    figures = inner.add_parser("figures", help="every figure of the tables that a scenario can replace, with its path")
    figures.add_argument("word", nargs="?", default="", metavar="WORD", help="only paths that hold this word")
    figures.add_argument("--json", action="store_true", help="one JSON object")
    figures.set_defaults(run=_figures)
    compared = _add(
        inner, "compare", _compare, "two scenarios side by side", "meguri plan compare reference security", 2
    )
    compared.set_defaults(count=2)
    front = _add(inner, "front", _front, "the Pareto front between two aims",
                 "meguri plan front reference --first cost --second carbon --points 20")  # fmt: skip
    front.add_argument(
        "--first", default="cost", metavar="AIM", help="cost, carbon, invested or recovered:Cu (default cost)"
    )
    front.add_argument(
        "--second", default="carbon", metavar="AIM", help="the aim whose levels are stepped (default carbon)"
    )
    front.add_argument("--points", type=int, default=20, metavar="N", help="how many points, 2 to 200 (default 20)")
    _add(inner, "disrupt", _disrupt, "what hurts most when it is gone", "meguri plan disrupt reference")
    _add(inner, "worth", _worth, "where the next tonne of capacity is worth most, and what closed lanes would be worth",
         "meguri plan worth reference")  # fmt: skip
    _add(inner, "regret", _regret, "what to do when nobody knows which scenario comes",
         "meguri plan regret reference carbon-price shock", 0)  # fmt: skip
    export = _add(inner, "export", _export, "write the program for another solver, or the instance as JSON",
                  "meguri plan export reference --mps plan.mps")  # fmt: skip
    export.add_argument("--mps", type=Path, metavar="FILE", help="the program as free MPS")
    export.add_argument("--instance", type=Path, metavar="FILE.json", help="the instance with every figure")


def _add(inner: Any, name: str, action: Any, text: str, example: str, count: int = 1) -> Any:
    parser = inner.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + ".", epilog=f"Example: {example}"
    )
    if count == 1:
        parser.add_argument("scenario", metavar="SCENARIO", help=SCENARIO)
    elif count == 2:
        parser.add_argument("first_scenario", metavar="A", help=SCENARIO)
        parser.add_argument("second_scenario", metavar="B", help=SCENARIO)
    else:
        parser.add_argument("scenarios", metavar="SCENARIO", nargs="+", help=SCENARIO)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument("--fresh", action="store_true", help="work it out again even where it is kept")
    add_language(parser)
    parser.set_defaults(run=action)
    return parser


def _planned(arguments: argparse.Namespace, name: str, answers: bool) -> PlanRun:
    from meguri.network.runs import plan_run

    say = _Said(arguments)
    try:
        return plan_run.run(plan_run.of_file(name), say, answers=answers, fresh=arguments.fresh)
    finally:
        say.end()


class _Said:
    """Progress on one line of standard error, written over as it changes; nothing with --quiet."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.quiet, self.last = arguments.quiet, ""

    def __call__(self, part: float, words: Words) -> None:
        said = f"{part:4.0%} {words}"
        if said != self.last and not self.quiet:
            self.last = said
            print(f"\r{said:<70}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """End the line where one was begun."""
        if self.last:
            print(file=sys.stderr)


def _list(arguments: argparse.Namespace) -> int:
    from meguri.network.scenarios import scenario_file

    found = scenario_file.built_in()
    if arguments.json:
        rows = [{"name": o.name, "title": o.title.everywhere(), "note": o.note.everywhere()} for o in found]
        print(json.dumps({"scenarios": rows}, ensure_ascii=False))
        return 0
    for one in found:
        print(f"{one.name:<20} {one.title}")
        print(f"{'':<20} {one.note}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from meguri.network.scenarios import scenario_file

    print(scenario_file.text_of(arguments.scenario), end="")
    return 0


def _figures(arguments: argparse.Namespace) -> int:
    from meguri.network.reference_plan import Figures, paths, tables

    figures, rows = Figures(), []
    for path, (_, _, unit) in paths().items():
        if arguments.word.lower() not in path.lower():
            continue
        name, *key, column = path.split("/")
        row = figures.by_key(name)[tuple(key)]
        rows.append((path, float(getattr(row, column)), unit, row.confidence.word, row.source))
    if arguments.json:
        names = ("path", "value", "unit", "confidence", "source")
        print(json.dumps({"figures": [dict(zip(names, row, strict=True)) for row in rows]}, ensure_ascii=False))
        return 0
    for path, value, unit, sure, _ in rows:
        print(f"{path:<64} {value:>14,.6g} {unit:<12} {sure}")
    print(f"{len(rows)} of {len(paths())} figures in {len(tables.TABLES)} tables", file=sys.stderr)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from meguri.network.runs import printed, reports

    run = _planned(arguments, arguments.scenario, not arguments.no_answers)
    if arguments.out:
        reports.save(run, arguments.out)
    told = reports.summary(run)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    print("\n".join(printed.plan(told, GUESSES)))
    if arguments.out:
        print(f"\n{arguments.out}/")
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from meguri.network.runs import printed, reports

    first, second = (
        reports.summary(_planned(arguments, name, False))
        for name in (arguments.first_scenario, arguments.second_scenario)
    )
    rows = reports.difference(first, second)
    if arguments.json:
        print(json.dumps({"first": first["name"], "second": second["name"], "rows": rows}, ensure_ascii=False))
    else:
        print("\n".join(printed.compared(first, second, rows)))
    return 0


def _front(arguments: argparse.Namespace) -> int:
    from meguri.network.answers.front import aim, front

    if not 2 <= arguments.points <= 200:
        raise refuse(N_("A front has 2 to 200 points."), "/points", "range")
    plan = _planned(arguments, arguments.scenario, False).plan
    points = front(plan, arguments.first, arguments.second, arguments.points)
    units = [aim(plan, name).unit for name in (arguments.first, arguments.second)]
    if arguments.json:
        rows = [{"first": p.first, "second": p.second, "simplex_steps": p.steps} for p in points]
        told = {"first": arguments.first, "second": arguments.second, "units": units, "points": rows}
        print(json.dumps(told, ensure_ascii=False))
        return 0
    print(f"{f'{arguments.first} ({units[0]})':>30} {f'{arguments.second} ({units[1]})':>30}")
    for p in points:
        print(f"{p.first:>30,.1f} {p.second:>30,.3f}")
    return 0


def _disrupt(arguments: argparse.Namespace) -> int:
    from meguri.network.runs import printed, reports

    told = reports.summary(_planned(arguments, arguments.scenario, True))
    if arguments.json:
        print(json.dumps({"name": told["name"], "disruptions": told["disruptions"]}, ensure_ascii=False))
    else:
        print("\n".join(printed.disruptions(told, 40)))
    return 0


def _worth(arguments: argparse.Namespace) -> int:
    from meguri.network.runs import printed, reports

    told = reports.summary(_planned(arguments, arguments.scenario, True))
    if arguments.json:
        print(json.dumps({key: told[key] for key in ("name", "capacity_worth", "closed_lanes")}, ensure_ascii=False))
    else:
        print("\n".join([*printed.capacity(told), "", *printed.lanes(told)]))
    return 0


def _regret(arguments: argparse.Namespace) -> int:
    from meguri.network.answers import regret
    from meguri.network.runs import plan_run, printed

    if len(arguments.scenarios) < 2:
        raise refuse(N_("Regret compares two scenarios or more."), "/scenarios", "few")
    plans = [_planned(arguments, name, False).plan for name in arguments.scenarios]
    words = Words("The plan for whatever comes", context="work")
    say = _Said(arguments)
    try:
        found = regret(plans, plan_run.options(), lambda part: say(part, words))
    finally:
        say.end()
    if arguments.json:
        told = {
            "scenarios": [name.en for name in found.scenarios],
            "cost_usd": [[None if v != v else v for v in row] for row in found.cost.tolist()],
            "regret_usd": [[None if v != v else v for v in row] for row in found.regret.tolist()],
            "robust_usd": [None if v != v else v for v in found.robust.tolist()],
            "robust_regret_usd": [None if v != v else v for v in found.robust_regret.tolist()],
            "robust_builds_t_y": dict(zip(found.buildable, found.robust_builds.tolist(), strict=True))
            if found.one_fits_all
            else None,
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        print("\n".join(printed.regret(found)))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from meguri.network.model import instance_file
    from meguri.network.solver import mps

    if arguments.mps is None and arguments.instance is None:
        raise refuse(N_("Say what to write: --mps FILE, --instance FILE.json, or both."), "", "missing")
    plan = _planned(arguments, arguments.scenario, False).plan
    done = {}
    try:
        if arguments.mps is not None:
            mps.write_mps(plan.program, arguments.mps)
            done["mps"] = str(arguments.mps)
        if arguments.instance is not None:
            instance_file.write(plan.instance, arguments.instance)
            done["instance"] = str(arguments.instance)
    except OSError as error:
        raise refuse(
            N_("“{path}” cannot be written: {error}."), "", "file", path=str(error.filename), error=str(error)
        ) from None
    told = {
        "written": done,
        "objective_usd": plan.solution.objective,
        "columns": plan.program.columns,
        "rows": plan.program.rows,
    }
    print(json.dumps(told) if arguments.json else "\n".join(done.values()))
    return 0
