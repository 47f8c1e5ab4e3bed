"""The command: ``python -m tests.mutations``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import runs

ROOMS = ("journal", "custody", "consent", "movement", "registry", "procedure")
ENOUGH = 0.85


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, try, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description="Which small faults go unnoticed?")
    parser.add_argument("--rooms", nargs="+", default=list(ROOMS), metavar="ROOM", help=f"of {', '.join(ROOMS)}")
    parser.add_argument("--count", type=int, default=300, help="how many faults (300)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    parser.add_argument("--within", type=float, default=45, help="seconds of tests for one fault, nearest first (45)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    try:
        return tell(asked)
    except runs.CannotRun as error:
        say(str(error))
        return 2


def say(text: str) -> None:
    """Progress, beside the answer."""
    print(text, file=sys.stderr, flush=True)


def tell(asked: argparse.Namespace) -> int:
    """Try the faults that were asked for and print those that went unnoticed."""
    root = asked.root.resolve()
    rooms = [room for room in asked.rooms if (root / "src" / "meguri" / room).is_dir()]
    for room in asked.rooms:
        if room not in rooms:
            say(f"there is no room {room} here; it is left out")
    if not rooms or asked.count < 1:
        raise runs.CannotRun("there is nothing to draw from")
    with runs.copied(root) as place:
        # All rooms whatever was asked: their tests drive one another's record, and one run serves every question.
        reached = runs.reach(place, root, [room for room in ROOMS if (place / "src" / "meguri" / room).is_dir()], say)
        for test in reached.failed:
            say(f"fails without any fault, and is not used: {test}")
        faults = runs.draw(runs.sources(place, rooms), reached, asked.count, asked.seed, asked.within)
        if not faults:
            raise runs.CannotRun("there is nothing to change")
        done = 0

        def told(index: int, answer: dict[str, object]) -> None:
            nonlocal done
            done += 1
            fault = faults[index]
            where = f"{fault.file}:{fault.change.line} {fault.change.operator}"
            say(f"{done}/{len(faults)} {answer['outcome']} in {answer['seconds']:.0f} s: {where}")

        answers = runs.attempt(place, root, faults, reached, asked.jobs, told)
        on_postgresql(place, root, rooms, asked, faults, answers)
    count = {name: sum(answer["outcome"] == name for answer in answers) for name in ("killed", "survived", "timeout")}
    if sum(count.values()) < len(faults):
        raise runs.CannotRun("some faults could not be tried: their tests were not found, or a process ended")
    ratio = (count["killed"] + count["timeout"]) / len(faults)
    survivors: list[dict[str, Any]] = [
        {
            "file": fault.file,
            "line": fault.change.line,
            "operator": fault.change.operator,
            "diff": list(fault.diff),
            "tests": list(fault.tests),
        }
        for fault, answer in zip(faults, answers, strict=True)
        if answer["outcome"] == "survived"
    ]
    survivors.sort(key=lambda found: (found["file"], found["line"]))
    if asked.json:
        result = {"seed": asked.seed, "drawn": len(faults), **count, "ratio": round(ratio, 4), "survivors": survivors}
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        for found in survivors:
            print("\n".join([f"{found['file']}:{found['line']}: {found['operator']}", *found["diff"]]))
            print(f"  {tests_in_short(found['tests'])}\n")
        for room in rooms:
            mine = [answer for fault, answer in zip(faults, answers, strict=True) if Path(fault.file).parts[2] == room]
            print(f"{room}: {sum(answer['outcome'] != 'survived' for answer in mine)} of {len(mine)} noticed")
        print(
            f"seed {asked.seed}: {len(faults)} drawn, {count['killed']} noticed, {count['timeout']} ran too long, "
            f"{count['survived']} unnoticed; {100 * ratio:.1f} % noticed"
        )
    return 0 if ratio >= ENOUGH else 1


def on_postgresql(
    place: Path,
    root: Path,
    rooms: Sequence[str],
    asked: argparse.Namespace,
    faults: Sequence[runs.Fault],
    answers: list[dict[str, Any]],
) -> None:
    """Try what went unnoticed again where there is code for PostgreSQL alone; what is noticed there counts."""
    left = [index for index, answer in enumerate(answers) if answer["outcome"] == "survived"]
    other = runs.other_database(place, rooms)
    mine = [index for index in left if Path(faults[index].file).parts[2] in other]
    if not mine:
        return
    reached = runs.reach(place, root, other, say, "postgresql")
    again = [
        dataclasses.replace(
            faults[index], tests=tuple(reached.tests(faults[index].file, faults[index].change, asked.within))
        )
        for index in mine
    ]

    def told(index: int, answer: dict[str, object]) -> None:
        where = f"{again[index].file}:{again[index].change.line} {again[index].change.operator}"
        say(f"on PostgreSQL {answer['outcome']} in {answer['seconds']:.0f} s: {where}")

    found = runs.attempt(place, root, again, reached, asked.jobs, told, "postgresql")
    for index, answer in zip(mine, found, strict=True):
        if answer["outcome"] in ("killed", "timeout"):
            answers[index] = answer


def tests_in_short(tests: Sequence[str]) -> str:
    """The tests that ran, by file where they are many."""
    if not tests:
        return "no test runs this line"
    if len(tests) <= 4:
        return "ran " + ", ".join(tests)
    files: dict[str, int] = {}
    for test in tests:
        name = test.partition("::")[0]
        files[name] = files.get(name, 0) + 1
    return "ran " + ", ".join(f"{name} ({number})" for name, number in files.items())


if __name__ == "__main__":
    raise SystemExit(main())
