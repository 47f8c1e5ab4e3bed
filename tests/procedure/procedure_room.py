"""What the tests of procedures share: offices, facts, and a course that is led through its table."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from meguri.kit.words import plain
from meguri.procedure import clocks, engine, states, tables
from meguri.procedure.facts import Facts
from meguri.procedure.states import Course, CoursePoint, Days, Office

NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
DAY = date(2025, 10, 1)
JAPAN = Office(calendar="JP", zone="Asia/Tokyo", rolls=True, closures=("12-29", "12-30", "12-31", "01-02", "01-03"))
MALAYSIA = Office(calendar="MY-16", zone="Asia/Kuala_Lumpur", rolls=True)
ROLES = {
    role: f"organisation:{role}"
    for role in ("authority", "exporter", "importer", "operator", "carrier", "holder", "clock", "node")
} | {"clock": engine.CLOCK}
FULL: dict[str, Any] = {
    "text": "why",
    "conditions": ("c",),
    "reference": "R-1",
    "valid_from": DAY,
    "valid_until": clocks.months_later(DAY, 12),
}


def facts(at: datetime = NOW, office: Office = JAPAN, **more: Any) -> Facts:
    return Facts(**{"at": at, "office": office, "given": FULL, "authority_name": plain("the office")} | more)


def open_track(table_id: str, office: Office, at: datetime = NOW, days: Days | None = None) -> Course:
    table = tables.tables()[table_id]
    change = engine.opening(table, at, office, days or Days(form="written"))
    point = CoursePoint(at=at, transition="take_in", to=change.to, actor="organisation:node", act="A0", of="N0")
    return states.begun(table_id, tables.digest(table_id), change, point)


def followed(course: Course | None, table, row, at, office, days, actor) -> Course:
    change = engine.moved(table, course, row, at, office, days)
    number = len(course.points) if course else 0
    point = CoursePoint(at=at, transition=row.transition, to=row.to, actor=actor, act=f"A{number}")
    if course is None:
        return states.begun(table.id, tables.digest(table.id), change, point)
    return states.followed(course, change, point)


def step(course: Course | None, transition: str, role: str, table=None, **more: Any) -> Course:
    """The course after somebody takes a step, with a form that is filled in unless `given` says otherwise."""
    table = table or tables.of(course)
    at = more.pop("at", None) or (NOW if course is None else max(NOW, course.points[-1].at))
    known = facts(at, **more)
    row = engine.choose(table, course, transition, ROLES, ROLES[role], known)
    return followed(course, table, row, at, known.office, Days(form=known.form), ROLES[role])


def take_in(course: Course, on: str, at: datetime | None = None, office: Office = JAPAN) -> Course:
    """The course after its node took something in."""
    table = tables.of(course)
    at = at or max(NOW, course.points[-1].at)
    row = engine.arrivals(table, course, on)
    assert row is not None, on
    return followed(course, table, row, at, office, Days(form="tacit"), ROLES["node"])
