"""The way of a licence through its procedure: who may take which step, and what follows. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from meguri import law
from meguri.kit.words import Words
from meguri.procedure import engine, tables
from meguri.procedure.clocks import local, months_later
from meguri.procedure.facts import Facts
from meguri.procedure.model import ProcedureTable, TransitionRow
from meguri.procedure.states import Course, CourseChange, Days
from meguri.registry.states import LicenceBegins, LicenceState

NOTICE = Days(form="notice")
HERE = Words("this licence")


def start_of(day: date, economy: str) -> datetime:
    """The first instant of a day where the economy's authority sits."""
    return datetime.combine(day, time(), ZoneInfo(law.economy_zone(economy))).astimezone(UTC)


def last_day(until: datetime, economy: str) -> date:
    """The last day on which what ends at an instant (exclusive) still holds there."""
    return local(until - timedelta(microseconds=1), law.economy_zone(economy))


def last_of(since: datetime, months: int, economy: str) -> date:
    """The last day of so many months from an instant on, as days are counted there."""
    return months_later(local(since, law.economy_zone(economy)), months)


def table(at: datetime) -> ProcedureTable:
    """The table by which a licence begins at an instant."""
    return tables.of_subject("licence", at.date())


def begins(transition: str, economy: str, at: datetime) -> LicenceBegins:
    """What follows from the first act on a licence (``apply`` or ``grant``), and by which table."""
    found = table(at)
    first = engine.rows(found, None, transition)[0]
    change = engine.moved(found, None, first, at, law.office("", economy), NOTICE)
    return LicenceBegins(table=found.id, digest=tables.digest(found.id), change=change)


def roles(actor: str, *, holder: bool, issuer: bool) -> dict[str, str]:
    """Who has which role of the table, as far as it concerns the actor."""
    return {"holder": actor if holder else "the holder", "authority": actor if issuer else "the authority"}


def choose(
    course: Course, transition: str, actor: str, at: datetime, text: str, *, holder: bool, issuer: bool
) -> TransitionRow:
    """The row by which this actor may take the step. Raises what the table refuses."""
    facts = Facts(at=at, office=engine.NOWHERE, course=course, form="notice", given={"text": text}, authority_name=HERE)
    named = roles(actor, holder=holder, issuer=issuer)
    return engine.choose(tables.of(course), course, transition, named, actor, facts, HERE)


def follows(course: Course, row: TransitionRow, economy: str, at: datetime) -> CourseChange:
    """What follows from a row."""
    return engine.moved(tables.of(course), course, row, at, law.office("", economy), NOTICE)


def change(licence: LicenceState, transition: str, economy: str, at: datetime) -> CourseChange:
    """What follows from a step, whoever takes it; what its author puts in the act."""
    rows = engine.rows(tables.of(licence.course), licence.course, transition)
    if rows:
        return follows(licence.course, rows[0], economy, at)
    own = licence.course
    return CourseChange(to=own.state, standing=own.standing, round=own.round, dues=own.dues)


def open_steps(licence: LicenceState, *, holder: bool, issuer: bool) -> tuple[engine.Offer, ...]:
    """What holder or issuer may do now, with the fields of its form."""
    mine = frozenset({name for name, so in (("holder", holder), ("authority", issuer)) if so})
    facts = Facts(at=licence.course.points[-1].at, office=engine.NOWHERE, authority_name=HERE)
    return engine.offers(tables.of(licence.course), licence.course, mine, facts)
