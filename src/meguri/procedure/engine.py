"""The engine that reads every procedure: what may be said now, what follows from it, and where a course then stands.

Pure: a table, a course, facts and an instant in; rows, changes, courses, offers or a refusal out. What a step does is
reckoned once, by its author, carried in the act as a `CourseChange`, and folded without asking any table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.kit.words import Words
from meguri.procedure import guards, tables
from meguri.procedure.clocks import ClockRule, due
from meguri.procedure.facts import Facts
from meguri.procedure.model import OPENING, Clock, ProcedureTable, TransitionRow
from meguri.procedure.states import LIVE, Course, CourseChange, Days, Due, Office, Standing

CLOCK = "organisation:clock"
FIELDS: frozenset[guards.Kind] = frozenset({"field"})
UNKNOWN: frozenset[guards.Kind] = frozenset({"field", "world"})
NOWHERE = Office(calendar="", zone="UTC")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A step that somebody may take now, with the fields of its form.

    `closed` says why a guard would refuse it whatever the form says; None where it is open. A row with `on` is offered
    as a statement: the course moves when its node takes it in.
    """

    row: TransitionRow
    fields: tuple[str, ...]
    closed: Problem | None = None


def opening(table: ProcedureTable, at: datetime, office: Office, days: Days) -> CourseChange:
    """What follows when the node of a track brings it into being at an instant: its first state, its first clocks."""
    started = [_start(table, clock, OPENING, at, office, days) for clock in table.clocks if clock.starts_on == OPENING]
    return CourseChange(to=table.opens_at, standing=_standing(table, table.opens_at), dues=_sorted(started))


def moved(
    table: ProcedureTable, course: Course | None, row: TransitionRow, at: datetime, office: Office, days: Days
) -> CourseChange:
    """What follows from a row. Waiting times are kept, ended clocks dropped, started ones replace their like."""
    standing = _standing(table, row.to)
    events = {row.transition, row.on} - {""}
    ended = {clock.id for clock in table.clocks if events.intersection(clock.ends_on)}
    started = [
        _start(table, clock, row.event, at, office, days)
        for clock in table.clocks
        if (clock.starts_on == row.transition and row.role != "node") or clock.id in row.starts
    ]
    begun = {due.clock for due in started}
    kept = [
        due
        for due in (course.dues if course else ())
        if due.clock not in begun and (due.bars or (standing in LIVE and due.clock not in ended))
    ]
    done = course.round if course else 0
    return CourseChange(
        to=row.to, standing=standing, round=done + ("round" in row.effects), dues=_sorted([*kept, *started])
    )


def _standing(table: ProcedureTable, state: str) -> Standing:
    return tables.states(table.subject)[state].standing


def _sorted(dues: list[Due]) -> tuple[Due, ...]:
    return tuple(sorted(dues, key=lambda due: (due.due_at, due.clock)))


def _start(table: ProcedureTable, clock: Clock, event: str, at: datetime, office: Office, days: Days) -> Due:
    by_verdict = clock.from_verdict and days.days is not None and days.day_kind in ("calendar", "working")
    return due(
        at,
        ClockRule(
            clock=clock.id,
            from_event=event,
            days=days.days if by_verdict and days.days is not None else clock.days,
            day_kind=days.day_kind if by_verdict else clock.day_kind,
            legal=True if by_verdict else clock.legal,
            table=table.id,
            rule=days.rule if by_verdict else "",
            then=clock.then if days.form == "tacit" or not _by_silence(table, clock) else "",
            bars=clock.bars,
        ),
        office,
    )


def _by_silence(table: ProcedureTable, clock: Clock) -> bool:
    """Whether what the clock says needs the authority's silence to consent."""
    said = [row for row in table.transitions if row.role == "clock" and row.transition == clock.then]
    return any(condition.is_ == "silence" for row in said for condition in row.guard)


def is_granted(course: Course, at: datetime) -> bool:
    """Whether the consent is in at the instant: said, or presumed since a clock ran out, said or not."""
    return course.standing == "granted" or any(_tacit(due) for due in lapses(course, at))


def _tacit(due: Due) -> bool:
    known = tables.transitions().get(due.then)
    return known is not None and known.outcome == "tacit"


def lapses(course: Course, at: datetime) -> tuple[Due, ...]:
    """Clocks that have run out with an effect that nobody has said yet, in the order in which they ended."""
    if course.standing not in LIVE:
        return ()
    return tuple(due for due in sorted(course.dues, key=lambda due: due.due_at) if due.then and at >= due.due_at)


def rows(table: ProcedureTable, course: Course | None, transition: str = "") -> tuple[TransitionRow, ...]:
    """The rows that lead on from where a course stands; from nothing where there is none."""
    return tuple(
        row
        for row in table.transitions
        if (course.state in row.from_ if course else not row.from_) and transition in ("", row.transition)
    )


def choose(
    table: ProcedureTable,
    course: Course | None,
    transition: str,
    roles: Mapping[str, str],
    actor: str,
    facts: Facts,
    authority: Words | None = None,
) -> TransitionRow:
    """The row by which this actor may take this step, or say this statement, now. `roles` says who holds which role.

    Conflict where the transition is not open from the course's state, naming those that are; NotAllowed where it
    belongs to somebody else, naming whom; Refused or Conflict of the guard that fails.
    """
    facts = msgspec.structs.replace(facts, course=course, authority_name=authority or facts.authority_name)
    here = rows(table, course)
    named = [row for row in here if row.transition == transition]
    if not named:
        raise Conflict(_not_open(table, course, transition, here, facts))
    mine = [row for row in named if roles.get(row.role) == actor]
    if not mine:
        holders = dict.fromkeys(roles.get(row.role, row.role) for row in named)
        raise NotAllowed(
            Problem(
                N_("“{transition}” on the track of {authority} belongs to {who}."),
                "/actor",
                "role",
                {"transition": transition, "authority": facts.authority_name, "who": " / ".join(holders)},
            )
        )
    row, problem = _passing(mine, table, facts, frozenset())
    if problem is None:
        return row
    if problem.pointer in guards.FIELDS:
        raise refuse(problem.text, problem.pointer, problem.code, **problem.params)
    raise Conflict(problem)


def _not_open(
    table: ProcedureTable, course: Course | None, transition: str, here: tuple[TransitionRow, ...], facts: Facts
) -> Problem:
    state = tables.states(table.subject).get(course.state) if course else None
    return Problem(
        N_("“{transition}” is not open for {authority}: its track stands at “{state}”. Open: {open}."),
        "/transition",
        "not-open",
        {
            "transition": transition,
            "authority": facts.authority_name,
            "state": state.words if state else "-",
            "open": ", ".join(dict.fromkeys(row.transition for row in here)) or "-",
        },
    )


def _passing(
    among: list[TransitionRow], table: ProcedureTable, facts: Facts, leave: frozenset[guards.Kind]
) -> tuple[TransitionRow, Problem | None]:
    """The first row whose guard passes; the first of all with its problem where none does."""
    first: Problem | None = None
    for row in among:
        problem = guards.first_problem(row.guard, table, facts, leave)
        if problem is None:
            return row, None
        first = first or problem
    return among[0], first


def offers(
    table: ProcedureTable, course: Course | None, actor_roles: frozenset[str], facts: Facts
) -> tuple[Offer, ...]:
    """What somebody with these roles may do now, in the order of the table: once for each transition and taking in."""
    facts = msgspec.structs.replace(facts, course=course)
    found: dict[tuple[str, str], list[TransitionRow]] = {}
    for row in rows(table, course):
        if row.role in actor_roles:
            found.setdefault((row.transition, row.on), []).append(row)
    fields = tables.transitions(table.subject)
    offered = (_passing(among, table, facts, FIELDS) for among in found.values())
    return tuple(Offer(row=row, fields=fields[row.transition].fields, closed=problem) for row, problem in offered)


def arrivals(
    table: ProcedureTable, course: Course | None, on: str, facts: Facts | None = None, opens_on: str = ""
) -> TransitionRow | None:
    """The row by which a course moves when its node takes in `on`; for none yet, its opening. None where none is open.

    Without facts the course's own past alone chooses among rows: whether something might be said was judged where it
    was said. `opens_on` goes before the table's own opening (`tables.openings`).
    """
    if course is None and (first := table.opening) is not None:
        first = msgspec.structs.replace(first, on=opens_on or first.on)
        return first if first.on == on else None
    among = [row for row in rows(table, course) if row.on == on]
    if not among:
        return None
    known = msgspec.structs.replace(facts or Facts(at=datetime.max.replace(tzinfo=UTC), office=NOWHERE), course=course)
    row, problem = _passing(among, table, known, FIELDS if facts else UNKNOWN)
    return row if problem is None else None


def listens(table: ProcedureTable) -> frozenset[str]:
    """All that a course by this table takes in, its opening among them."""
    return frozenset({table.opens_on, *(row.on for row in table.transitions)} - {""})


def awaited(table: ProcedureTable, course: Course | None) -> tuple[str, ...]:
    """The roles for which a course waits where it stands: neither the clock nor the node, nor who may only hold up."""
    here = [row.role for row in rows(table, course) if row.waits and row.role not in ("clock", "node")]
    return tuple(dict.fromkeys(here))
