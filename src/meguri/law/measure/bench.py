"""What the law costs: single verdicts, vectorised verdicts, the world matrix, and what doubling the rules does.

Every figure is the median of several runs with the least and the greatest beside it, because machines are noisy.
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from meguri.kit import benches
from meguri.kit.benches import Measurement
from meguri.law import groups, tables
from meguri.law.across.comparing import compare
from meguri.law.across.world import Matrix, matrix
from meguri.law.asking.model import Question
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import COVERS, Law
from meguri.law.body.rulebook import Rule

SINGLE = 400
"""Questions of one run of single verdicts."""
NOWHERE = date(2017, 12, 31)
COLD = 20
"""Questions of one run in which the law has worked nothing out before each."""
AIMS = {"single": 2000.0, "matrix": 5.0, "memory": 1e9, "difference": 15.0}
"""Verdicts a second; seconds; bytes; seconds."""


@dataclass(frozen=True)
class Spread:
    """Least, median and greatest of several runs."""

    least: float
    median: float
    greatest: float


def _spread(values: list[float]) -> Spread:
    return Spread(*(round(value, 4) for value in (min(values), statistics.median(values), max(values))))


def _timed(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def questions(count: int, seed: int = 1) -> list[Question]:
    """Questions spread over economies (half of them those of the programme), streams, dates and facts."""
    pick = random.Random(seed)
    near = tables.usual("often asked")
    every = list(groups.states())
    found: list[Question] = []
    while len(found) < count:
        origin, destination = (pick.choice(near if pick.random() < 0.5 else every) for _ in range(2))
        homes = {tables.parties()[code].law_of or code for code in (origin, destination)}
        if len(homes) == 2:
            found.append(
                Question.parse(
                    on=COVERS[0] + timedelta(days=pick.randrange((COVERS[1] - COVERS[0]).days)),
                    stream=pick.choice(sorted(tables.streams())),
                    origin=origin,
                    destination=destination,
                    operation=pick.choice(("R4", "R3", "D10")),
                    facts={"hazardous": pick.choice((True, False, "unknown")), "facility_authorised": True},
                )
            )
    return found


def dates(count: int) -> tuple[date, ...]:
    """So many dates spread over what is covered."""
    span = (COVERS[1] - COVERS[0]).days
    return tuple(COVERS[0] + timedelta(days=span * n // max(count - 1, 1)) for n in range(count))


def doubled(law: Law, *, matching: bool) -> Law:
    """The law with every rule twice: the twin is over before all that is covered, or in force just as the first."""

    def twin(rule: Rule) -> Rule:
        return replace(
            rule,
            id=f"twin.{rule.id}",
            effective_to=rule.effective_to if matching else NOWHERE,
            effective_from=rule.effective_from if matching else None,
        )

    rules = tuple(one for rule in law.rules for one in (rule, twin(rule)))
    stages = {stage: tuple(rule for rule in rules if rule.stage == stage) for stage in law.stages}
    return replace(law, rules=rules, stages=MappingProxyType(stages), _near={}, _entries={})


def fewer(law: Law) -> Law:
    """The law without every tenth of its rules: packs as they might have been before."""
    rules = tuple(rule for n, rule in enumerate(law.rules) if n % 10)
    stages = {stage: tuple(rule for rule in rules if rule.stage == stage) for stage in law.stages}
    return replace(law, rules=rules, stages=MappingProxyType(stages), digest="fewer", _near={}, _entries={})


def measure(repeat: int = 5, days: int = 24) -> dict[str, Any]:
    """All figures of one run, as plain values."""
    law, asked = Law.load(), questions(SINGLE)

    def single(body: Law) -> float:
        for question in asked:
            verdict(question, body)
        return _timed(lambda: [verdict(question, body).to_json() for question in asked])

    def world(body: Law) -> Matrix:
        return matrix(None, None, dates(days), law=body)

    def cold() -> float:
        # As if each question met packs just read: every rule is looked through again.
        bodies = [replace(law, _near={}, _entries={}) for _ in range(COLD)]
        pairs = list(zip(asked[:COLD], bodies, strict=True))
        return _timed(lambda: [verdict(question, body).to_json() for question, body in pairs])

    begun = time.process_time()
    seconds = [single(law) for _ in range(repeat)]
    processor = time.process_time() - begun
    unprepared = [cold() for _ in range(repeat)]
    made: list[Matrix] = []
    worlds = [_timed(lambda: made.append(world(law))) for _ in range(max(1, min(repeat, 3)))]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    counts = made[-1].counts()
    decided = made[-1].evaluated
    del made[:]
    old, turned = fewer(law), []
    differences = [
        _timed(lambda: turned.append(compare(old, law, dates(days)).changed)) for _ in range(max(1, min(repeat, 3)))
    ]
    peak_of_all = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    cost = {}
    for name, matching in (("never matching", False), ("matching", True)):
        body = doubled(law, matching=matching)
        # The two are measured in turn, so that a slow minute of the machine meets both.
        ratios, wide = [], []
        for _ in range(repeat):
            ratios.append(single(body) / single(law))
        for _ in range(max(1, min(repeat, 3))):
            wide.append(_timed(lambda body=body: world(body)) / _timed(lambda: world(law)))  # type: ignore[misc]
        cost[name] = {"single": asdict(_spread(ratios)), "matrix": asdict(_spread(wide))}
    cells = counts["cells"] - counts["domestic"]
    return {
        "rules": len(law.rules),
        "entries": len(law.entries),
        "single_verdicts_per_second": asdict(_spread([SINGLE / value for value in seconds])),
        # Each run asks every question twice, once to have it worked out.
        "single_verdicts_per_processor_second": round(2 * SINGLE * repeat / processor, 1),
        "single_verdicts_unprepared_per_second": asdict(_spread([COLD / value for value in unprepared])),
        "vectorised_verdicts_per_second": asdict(_spread([cells / value for value in worlds])),
        "world": {
            "economies": len(groups.states()),
            "streams": len(tables.streams()),
            "dates": days,
            "seconds": asdict(_spread(worlds)),
            "peak_bytes": peak,
            "distinct": decided,
            **counts,
        },
        "difference": {
            "seconds": asdict(_spread(differences)),
            "changed": turned[-1],
            "rules_left_out": len(law.rules) - len(old.rules),
            "peak_bytes": peak_of_all,
        },
        "rules_doubled": cost,
        "repeat": repeat,
    }


def rows(found: dict[str, Any]) -> list[Measurement]:
    """The run as comparisons, by medians."""
    single = found["single_verdicts_per_second"]["median"]
    wide = found["vectorised_verdicts_per_second"]["median"]
    cold = found["single_verdicts_unprepared_per_second"]["median"]
    cells = found["world"]["cells"] - found["world"]["domestic"]
    world, turned = found["world"]["seconds"]["median"], found["difference"]["seconds"]["median"]
    peak = max(found["world"]["peak_bytes"], found["difference"]["peak_bytes"])

    def beside(job: str, ours: float, aim: float, one_by_one: float) -> Measurement:
        return Measurement(
            job=job, ours=ours, unit="s", baseline=one_by_one, ratio=ours / one_by_one, aim=aim, met=ours <= aim
        )

    made = [
        Measurement(
            job="single verdicts with full grounds, beside packs just read for each",
            ours=single,
            unit="verdicts/s",
            baseline=cold,
            ratio=single / cold,
            aim=AIMS["single"],
            met=single >= AIMS["single"],
        ),
        Measurement(
            job="verdicts of the world matrix beside single ones",
            ours=wide,
            baseline=single,
            ratio=wide / single,
            unit="verdicts/s",
        ),
        beside("the world matrix, beside its cells one by one", world, AIMS["matrix"], cells / single),
        beside(
            "old and new packs over the world, beside their cells one by one",
            turned,
            AIMS["difference"],
            2 * cells / single,
        ),
        Measurement(
            job="peak memory of the process", ours=peak, unit="bytes", aim=AIMS["memory"], met=peak <= AIMS["memory"]
        ),
    ]
    for name, cost in found["rules_doubled"].items():
        for which, times in cost.items():
            job = (
                f"every rule twice, the twin {name}: cost of {'single verdicts' if which == 'single' else 'the matrix'}"
            )
            made.append(Measurement(job=job, ours=times["median"], baseline=1.0, ratio=times["median"], unit="times"))
    return made


def run(repeat: int, days: int, as_json: bool) -> int:
    """Measure and print."""
    found = measure(max(1, repeat), max(1, days))
    if as_json:
        print(json.dumps({"rows": benches.rows_json(rows(found)), **found}))
        return 0

    def said(values: dict[str, float], form: str) -> str:
        return f"{values['median']:{form}}  ({values['least']:{form}} to {values['greatest']:{form}})"

    world = found["world"]
    print(
        f"{found['rules']} rules, {found['entries']} list entries; median (least to greatest) of {found['repeat']} runs"
    )
    print(f"single verdicts a second, full grounds   {said(found['single_verdicts_per_second'], ',.0f')}")
    unprepared = found["single_verdicts_unprepared_per_second"]
    print(f"  a second of processor time             {found['single_verdicts_per_processor_second']:,.0f}")
    print(f"  of packs just read for each            {said(unprepared, ',.0f')}")
    print(f"vectorised verdicts a second             {said(found['vectorised_verdicts_per_second'], ',.0f')}")
    print(
        f"world matrix: {world['economies']} x {world['economies']} economies x {world['streams']} streams x "
        f"{world['dates']} dates = {world['cells']:,} cells, {world['domestic']:,} of them domestic"
    )
    print(f"  seconds                                {said(world['seconds'], '.2f')}")
    print(f"  peak memory of the process             {world['peak_bytes'] / 1e6:,.0f} MB")
    print(f"  movements that the law tells apart     {world['distinct']:,}")
    print(f"  cells with a national law not covered  {world['not_covered']:,}")
    turned = found["difference"]
    print(
        f"packs without {turned['rules_left_out']} rules beside those on file: {turned['changed']:,} cells are others"
    )
    print(f"  seconds                                {said(turned['seconds'], '.2f')}")
    print(f"  peak memory of the process             {turned['peak_bytes'] / 1e6:,.0f} MB")
    for name, cost in found["rules_doubled"].items():
        print(f"every rule twice, the twin {name}:")
        print(f"  single verdicts cost                   {said(cost['single'], '.2f')} times")
        print(f"  world matrix costs                     {said(cost['matrix'], '.2f')} times")
    return 0
