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


def table_with(state: Course, event: str) -> ProcedureTable:
    """The table that a course follows, where it knows an event: a transition, or what is taken in (``arrival.revoke``).

    What was not known when the course began, such as the revocation of a certificate, the newest version says.
    """
    own = table_of(state)
    if _knows(own, event):
        return own
    later = [one for one in tables.tables().values() if _kin(one) == _kin(own) and _knows(one, event)]
    return max(later, key=lambda one: int(one.procedure.partition("@")[2]), default=own)


def _kin(table: ProcedureTable) -> tuple[str, str]:
    """What all versions of a table have in common."""
    return table.procedure.partition("@")[0], table.subject


def _knows(table: ProcedureTable, event: str) -> bool:
    return any(event in (row.transition, row.on) for row in table.transitions)


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
        table_with(state.course, transition),
        state.course,
        transition,
        {"operator": state.operator},
        actor,
        facts(state.course, "", at),
        Words("this movement"),
    )


def arrival_follows(state: ArrivalState, chosen: TransitionRow, at: datetime) -> CourseChange:
    """What follows from it."""
    return engine.moved(
        table_with(state.course, chosen.transition), state.course, chosen, at, law.office("", ""), NOTICE
    )


def taken(state: MovementState, on: str, at: datetime) -> CourseChange:
    """What taking in an act of the facility does to a movement; nothing where its table has no row for it."""
    table = table_with(state.course, on)
    found = engine.arrivals(table, state.course, on)
    if found is None:
        own = state.course
        return CourseChange(to=own.state, standing=own.standing, round=own.round, dues=own.dues)
    return engine.moved(table, state.course, found, at, law.office("", state.origin), NOTICE)


def local_day(economy: str, at: datetime) -> date:
    """The date of an instant in an economy, by the zone of its first authority on file; in UTC without one."""
    return clocks.local(at, law.economy_zone(economy))
