"""Whatever way a course goes through any table, what is kept of it stays in order."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from procedure_room import JAPAN, NOW, facts, open_track

from meguri.procedure import engine, states, tables
from meguri.procedure.states import LIVE, Course, CoursePoint, Days

FORMS = st.sampled_from(["written", "tacit", "acknowledgement", "notice"])


@pytest.mark.parametrize("table_id", tables.tables())
@settings(max_examples=40)
@given(data=st.data())
def test_a_walk_through_a_table(table_id, data):
    table, at = tables.tables()[table_id], NOW
    days = Days(form=data.draw(FORMS), days=data.draw(st.sampled_from([None, 7])), day_kind="working", rule="a.rule")
    course = open_track(table_id, JAPAN, days=days) if table.subject == "track" else None
    started = set(course.dues) if course else set()
    for number in range(data.draw(st.integers(1, 12))):
        open_now = engine.rows(table, course)
        if not open_now:
            break
        at += timedelta(days=data.draw(st.integers(1, 40)))
        row = data.draw(st.sampled_from(open_now))
        before, change = course, engine.moved(table, course, row, at, JAPAN, days)
        point = CoursePoint(at=at, transition=row.transition, to=row.to, actor="organisation:o", act=f"A{number}")
        course = states.followed(course, change, point) if course else states.begun(table_id, "d", change, point)
        started |= set(course.dues)

        assert (course.state, course.standing) == (row.to, tables.states(table.subject)[row.to].standing)
        assert course.points[-1] == point
        assert set(course.dues) | set(course.spent) == started, "a clock runs or is spent, and none is lost"
        assert not set(course.dues) & set(course.spent)
        assert len({due.clock for due in course.dues}) == len(course.dues)
        assert list(course.dues) == sorted(course.dues, key=lambda due: (due.due_at, due.clock))
        assert all(table.clock(due.clock) and due.started_at <= at for due in course.dues)
        if before:
            assert 0 <= course.round - before.round <= 1
            bars = {due for due in before.dues if due.bars}
            assert bars <= set(course.dues), "a waiting time is never shortened"
        if course.standing not in LIVE:
            assert all(due.bars or due.started_at == at for due in course.dues)
            assert engine.lapses(course, at + timedelta(days=4000)) == ()
        assert msgspec.json.decode(msgspec.json.encode(course), type=Course) == course
        said = {one.row.transition for one in engine.offers(table, course, frozenset({row.role}), facts(at))}
        assert said <= {one.transition for one in engine.rows(table, course)}
    for due in engine.lapses(course, at + timedelta(days=4000)) if course else ():
        assert due.then in {row.transition for row in table.transitions if row.role == "clock"}


@pytest.mark.parametrize("table_id", [id for id, table in tables.tables().items() if table.subject == "track"])
def test_silence_consents_at_the_due_instant_only_where_the_form_says_so(table_id):
    table = tables.tables()[table_id]
    for form in ("written", "tacit"):
        course = open_track(table_id, JAPAN, days=Days(form=form))
        later = NOW + timedelta(days=4000)
        presumed = [due for due in course.dues if due.then == "lapse"]
        assert engine.is_granted(course, later) == bool(presumed)
        assert not (presumed and form == "written")
        for due in presumed:
            lapse = engine.rows(table, course, due.then)
            assert lapse, "what a clock says is open where it runs"
