"""Tables with one thing changed at a time, and steps on other facts: what is said is what ``one_thing_changed.json``
keeps. ``python tests/altered.py`` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from procedure_room import FULL, JAPAN, NOW, ROLES, facts

import altered
from meguri.kit.files.reading import TableError
from meguri.kit.problems import MeguriError
from meguri.procedure import checks, engine, guards, tables
from meguri.procedure.facts import Facts, Seen
from meguri.procedure.model import Condition, Procedure, ProcedureTable
from meguri.procedure.states import Course, CoursePoint, Days, begun, followed

KEPT = Path(__file__).with_name("one_thing_changed.json")
ATLANTIS = Path(__file__).with_name("atlantis")
READ = ("atl-wsr@1", "movement@1")
WALKED = ("atl-wsr@1", "movement@1", "jpn-import@1")


def shelf() -> Any:
    return tables.folder(tables.FOLDER, ATLANTIS)


def mistakes(name: str) -> dict[str, list[str]]:
    """By what is said of it, the changes of a file."""
    with tables.reading(shelf()) as read:
        (own,) = (one for one in read.procedures if one.name == name)
        found: dict[str, list[str]] = {}
        for what, other in altered.Alterations((), each=True).of(own, 8):
            said = mistake(read, own, other)
            if said not in ("fine", altered.BROKEN):
                found.setdefault(said, []).append(what)
        return found


def mistake(read: Any, own: Procedure, other: Procedure) -> str:
    """What is said of a file in the place of another."""
    try:
        checks.alone(other, "here", read.state_words, read.transition_words)
        everything = [other if one is own else one for one in read.procedures]
        checks.together(everything, read.transition_words)
    except TableError as error:
        return str(error).partition(": ")[2]
    except Exception:
        return altered.BROKEN
    return "fine"


def courses(table: ProcedureTable) -> dict[str, Course]:
    """A course that stands at each state of a table, by the first way that leads there."""
    found: dict[str, Course] = {}
    if table.opens_at:
        change = engine.opening(table, NOW, JAPAN, Days(form="tacit"))
        point = CoursePoint(at=NOW, transition="take_in", to=change.to, actor="organisation:node", act="A0", of="N0")
        found[change.to] = begun(table.id, "", change, point)
    for _ in table.states():
        for row in table.transitions:
            for here in [found.get(state) for state in row.from_] or [None]:
                if row.to in found or (row.from_ and here is None):
                    continue
                at = NOW + timedelta(days=len(found))
                change = engine.moved(table, here, row, at, JAPAN, Days(form="tacit", days=20, day_kind="calendar"))
                point = CoursePoint(
                    at=at, transition=row.transition, to=row.to, actor="organisation:x", act=f"A{len(found)}"
                )
                found[row.to] = followed(here, change, point) if here else begun(table.id, "", change, point)
    return found


def seen(table: ProcedureTable) -> tuple[Seen, ...]:
    """Every other track of the file, granted and with all said."""
    (own,) = (one for one in tables.procedures() if one.name == table.procedure)
    return tuple(
        Seen(
            key=f"x.{other.capacity}", capacity=other.capacity, needed=True, granted=True, standing="granted",
            said={row.transition: NOW for row in other.transitions},
        )
        for other in own.tracks
        if other.id != table.id
    )  # fmt: skip


def base(table: ProcedureTable) -> Facts:
    """Facts on which most may be said."""
    return facts(
        NOW + timedelta(days=30), tracks=seen(table), in_force={"licences": True, "guarantee": True},
        paid={"fee": True}, covered={"period": True}, form="tacit", validity_months=12,
    )  # fmt: skip


def others(known: Facts) -> Iterator[tuple[str, Facts]]:
    """The same with one thing changed."""
    yield "as it is", known
    for name, value in FULL.items():
        for empty in (None, "", " ", (" ",)):
            yield f"given {name} {empty!r}", replace(known, given={**FULL, name: empty})
        for what, other in altered.Alterations(()).of(value):
            yield f"given {name} {what}", replace(known, given={**FULL, name: other})
    for days in (0, 5, 10, 11, 20, 29, 60, 61, 90, 400):
        yield f"after {days} days", replace(known, at=NOW + timedelta(days=days))
    for place, track in enumerate(known.tracks):
        changes: dict[str, dict[str, Any]] = {
            "missing": {"granted": False, "standing": "open"},
            "refused": {"granted": False, "standing": "refused"},
            "not needed": {"granted": False, "standing": "open", "needed": False},
            "silent": {"said": {}},
            "said long ago": {"said": {name: NOW - timedelta(days=100) for name in track.said}},
        }
        for what, fields in changes.items():
            tracks = (*known.tracks[:place], replace(track, **fields), *known.tracks[place + 1 :])
            yield f"{track.key} {what}", replace(known, tracks=tracks)
    for name in ("in_force", "paid", "covered"):
        for key in getattr(known, name):
            yield f"{name} not {key}", replace(known, **{name: {**getattr(known, name), key: False}})
        yield f"{name} nothing", replace(known, **{name: {}})
    yield "held", replace(known, held=True)
    yield "under way", replace(known, under_way=2, under_way_serial=7, left_g=5)
    yield "written", replace(known, form="written")
    yield "six months", replace(known, validity_months=6)
    yield "none of its months", replace(known, validity_months=0)


def said(table: ProcedureTable, course: Course | None, transition: str, role: str, known: Facts) -> str:
    """What becomes of a step."""
    try:
        row = engine.choose(table, course, transition, ROLES, ROLES[role], known)
    except MeguriError as error:
        return f"{type(error).__name__}: " + "; ".join(
            f"{one.pointer} {one.code}: {one.say('en')}" for one in error.problems
        )
    change = engine.moved(table, course, row, known.at, known.office, Days(form=known.form))
    dues = ", ".join(f"{due.clock} {due.due_on} {due.then}".strip() for due in change.dues)
    return f"{change.to} {change.standing} {change.round} [{dues}]"


def ways(name: str) -> dict[str, dict[str, list[str]]]:
    """By step, and what becomes of it, the facts on which that is so; those of no consequence are left out."""
    found: dict[str, dict[str, list[str]]] = {}
    with tables.reading(shelf()) as read:
        (own,) = (one for one in read.procedures if one.name == name)
        for table in own.tracks:
            for state, course in courses(table).items():
                for row in engine.rows(table, course):
                    step = f"{table.id} {state}: {row.transition} by {row.role}"
                    if row.role in ("node",) or step in found:
                        continue
                    usual = said(table, course, row.transition, row.role, base(table))
                    answers: dict[str, list[str]] = {usual: ["as it is"]}
                    for what, known in others(base(table)):
                        answer = said(table, course, row.transition, row.role, known)
                        if answer != usual:
                            answers.setdefault(answer, []).append(what)
                    found[step] = answers
                offered = engine.offers(table, course, frozenset(ROLES), base(table))
                found[f"{table.id} {state}"] = {
                    "offers": [
                        f"{one.row.transition} {one.row.on} {one.closed and one.closed.code}" for one in offered
                    ],
                    "awaits": list(engine.awaited(table, course)),
                    "takes in": [
                        f"{on}: {arrival.to if arrival else None}"
                        for on in sorted(engine.listens(table))
                        for arrival in (engine.arrivals(table, course, on),)
                    ],
                    "lapses": [
                        f"{days}: {[due.clock for due in engine.lapses(course, at)]} {engine.is_granted(course, at)}"
                        for days in (0, 9, 20, 40, 80, 400)
                        for at in (NOW + timedelta(days=days),)
                    ],
                }
    return found


CONDITIONS = (
    *(Condition(is_=name, capacity=("import", "transit")) for name in ("granted", "refused")),
    *(Condition(is_="said", of=of) for of in ("ask", "transmit", "sing", "import.acknowledge", "movement.depart")),
    *(Condition(is_="over", of=of) for of in ("answer", "decide", "sundial")),
    Condition(is_="over", days=60, day_kind="calendar", since="transit.acknowledge"),
    Condition(is_="over", days=10, since="import.acknowledge"),
    Condition(is_="over", days=10, day_kind="working", since="nobody.acknowledge"),
    *(Condition(is_="rounds_below", n=n) for n in (0, 1, 2)),
    *(Condition(is_="given", of=of) for of in ("text", "conditions", "reference")),
    *(Condition(is_="valid_within", months=months) for months in (None, 6, 36)),
    *(Condition(is_="in_force", of=of) for of in ("licences", "guarantee")),
    Condition(is_="paid", of="fee"),
    Condition(is_="covered", of="period"),
    *(Condition(is_=name) for name in ("none_left", "held", "silence")),
)
HELD, PAID, LEFT = Condition(is_="held"), Condition(is_="paid", of="fee"), Condition(is_="none_left")
TOGETHER = {
    "no": Condition(not_=HELD),
    "not no": Condition(not_=Condition(not_=HELD)),
    "one of one": Condition(any=(HELD,)),
    "one of two": Condition(any=(HELD, PAID)),
    "one of a pair and one": Condition(any=((HELD, PAID), LEFT)),
    "none of two": Condition(not_=Condition(any=(HELD, PAID))),
    "none of a pair": Condition(not_=Condition(any=((HELD, PAID),))),
}


def told_of(told: tuple[bool, Any]) -> str:
    so, problem = told
    return f"{so} {problem.pointer} {problem.code}: {problem.say('en')}" if problem else f"{so}"


def looked_at() -> dict[str, dict[str, list[str]]]:
    """By fact, and what is said of it, the facts on which that is so; and the same of several together."""
    found: dict[str, dict[str, list[str]]] = {}
    with tables.reading(shelf()) as read:
        for table_id, state in (("atl-wsr@1/export", "asked"), ("atl-wsr@1/import", ""), ("jpn-import@1/approval", "")):
            table = read.tables[table_id]
            course = courses(table).get(state)
            usual = replace(base(table), course=course)
            ways = [*others(usual), ("on no course", replace(usual, course=None)), ("on little", facts(NOW))]
            for condition in CONDITIONS:
                said_of: dict[str, list[str]] = {}
                for what, known in ways:
                    said_of.setdefault(told_of(guards.FACTS[condition.is_](condition, table, known)), []).append(what)
                found[f"{table_id} {msgspec.json.encode(condition).decode()} {guards.kind(condition)}"] = said_of
        several = [
            (f"{held} {paid} {left}", replace(usual, held=held, paid={"fee": paid}, under_way=0 if left else 1))
            for held in (False, True)
            for paid in (False, True)
            for left in (False, True)
        ]
        for name, condition in TOGETHER.items():
            for leave in (frozenset(), frozenset({"world"})):
                said_of = {}
                for what, known in several:
                    problem = guards.first_problem([condition], table, known, leave)
                    said_of.setdefault(told_of((problem is None, problem)), []).append(what)
                found[f"{name} {sorted(leave)}"] = said_of
    return found


def runs_out() -> dict[str, list[str]]:
    """Whether something follows in law from a clock that runs out."""
    found: dict[str, list[str]] = {}
    with tables.reading(shelf()) as read:
        for table in read.tables.values():
            if table.procedure not in WALKED:
                continue
            for course in courses(table).values():
                for due in course.dues:
                    for what, other in (
                        ("as it is", due), ("no effect", replace(due, then="")), ("target", replace(due, legal=False)),
                        ("unknown", replace(due, clock="x")), ("unknown, no effect", replace(due, clock="x", then="")),
                    ):  # fmt: skip
                        answer = f"{guards.effective(other, table)}"
                        found.setdefault(answer, []).append(f"{table.id} {course.state} {due.clock} {what}")
    return found


TOLD = {
    "facts": looked_at,
    "clocks that run out": runs_out,
    **{f"mistakes in {name}": partial(mistakes, name) for name in READ},
    **{f"steps by {name}": partial(ways, name) for name in WALKED},
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_said_of_each_change_is_what_was_said(name):
    right = json.loads(KEPT.read_text(encoding="utf-8"))[name]
    told = json.loads(msgspec.json.encode(TOLD[name]()))
    assert {key: value for key, value in told.items() if right.get(key) != value} == {}
    assert told == right


__all__ = ["NOW"]
