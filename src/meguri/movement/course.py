"""The tables that movements and arrivals follow, and what follows from a transition. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from meguri import law
from meguri.kit.words import Words, plain
from meguri.movement.states import ArrivalState, Begins, MovementState
from meguri.procedure import clocks, engine, tables
from meguri.procedure.facts import Facts
from meguri.procedure.model import ProcedureTable, TransitionRow
from meguri.procedure.states import Course, CourseChange, Days, Subject

NOTICE = Days(form="notice")
BLANK = CourseChange(to="", standing="open", round=0, dues=())


def table(subject: Subject, on: date) -> ProcedureTable:
    """The table by which a ``movement`` or an ``arrival`` begins on a day."""
    return tables.of_subject(subject, on)


def digest(found: ProcedureTable) -> str:
    """The digest of the file that a table stands in."""
    return tables.digest(found.id.partition("/")[0])


def table_of(state: Course) -> ProcedureTable:
    """The table that a course follows."""
    return tables.tables()[state.table]


def roles(state: MovementState) -> Mapping[str, str]:
    """Who has which role of the tables."""
    return {
        "exporter": state.exporter,
        "importer": state.importer,
        "operator": state.operator,
        "carrier": state.carrier,
    }


def facts(course: Course, economy: str, at: datetime, given: Mapping[str, Any] | None = None) -> Facts:
    """What guards of these tables may look at."""
    return Facts(
        at=at,
        office=law.office("", economy),
        course=course,
        form="notice",
        given=given or {},
        authority_name=plain(""),
    )


def row(state: MovementState, transition: str, actor: str, at: datetime, text: str = "") -> TransitionRow:
    """The row by which an organisation may take a transition of a movement. Raises what the table refuses."""
    return engine.choose(
        table_of(state.course),
        state.course,
        transition,
        roles(state),
        actor,
        facts(state.course, state.origin, at, {"text": text}),
        Words("this movement"),
    )


def follows(state: MovementState, chosen: TransitionRow, at: datetime) -> CourseChange:
    """What follows from it."""
    office = law.office("", state.origin)
    return engine.moved(table_of(state.course), state.course, chosen, at, office, NOTICE)


def begins(subject: Subject, transition: str, economy: str, at: datetime) -> Begins:
    """What follows from the first act on a movement or an arrival, and by which table."""
    found = table(subject, at.date())
    first = engine.rows(found, None, transition)[0]
    change = engine.moved(found, None, first, at, law.office("", economy), NOTICE)
    return Begins(table=found.id, digest=digest(found), change=change)


def arrival_row(state: ArrivalState, transition: str, actor: str, at: datetime) -> TransitionRow:
    """The row by which an organisation may take a transition of an arrival."""
    return engine.choose(
        table_of(state.course),
        state.course,
        transition,
        {"operator": state.operator},
        actor,
        facts(state.course, "", at),
        Words("this movement"),
    )


def arrival_follows(state: ArrivalState, chosen: TransitionRow, at: datetime) -> CourseChange:
    """What follows from it."""
    return engine.moved(table_of(state.course), state.course, chosen, at, law.office("", ""), NOTICE)


def taken(state: MovementState, on: str, at: datetime) -> CourseChange:
    """What taking in an act of the facility does to a movement; nothing where its table has no row for it."""
    found = engine.arrivals(table_of(state.course), state.course, on)
    if found is None:
        own = state.course
        return CourseChange(to=own.state, standing=own.standing, round=own.round, dues=own.dues)
    return follows(state, found, at)


def local_day(economy: str, at: datetime) -> date:
    """The date of an instant in an economy, by the zone of its first authority on file; in UTC without one."""
    return clocks.local(at, law.economy_zone(economy))
