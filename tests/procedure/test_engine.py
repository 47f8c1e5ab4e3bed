"""A Basel case through its tracks: opened, asked, answered, lapsed, withdrawn, taken back."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from procedure_room import DAY, JAPAN, MALAYSIA, NOW, facts, open_track, step, take_in

from meguri.kit.problems import Conflict, NotAllowed, Refused
from meguri.procedure import engine, tables
from meguri.procedure.facts import seen
from meguri.procedure.states import Days

EXPORT, IMPORT, TRANSIT = (f"basel-pic@1/{name}" for name in ("export", "import", "transit"))
WRITTEN, TACIT = Days(form="written"), Days(form="tacit")


def test_an_export_track_opens_with_the_notification_and_runs_its_clock():
    course = open_track(EXPORT, MALAYSIA)
    assert (course.state, course.standing, course.round) == ("filed", "open", 0)
    (check,) = course.dues
    assert (check.clock, check.from_event, check.days, check.table) == ("check", "opening", 14, EXPORT)
    assert course.due() == check
    assert course.points[0].transition == "take_in"
    assert course.digest == tables.digest("basel-pic@1")
    assert tables.of(course).id == EXPORT


def test_a_step_by_the_wrong_hand_or_in_the_wrong_state_is_refused_with_words():
    course = open_track(EXPORT, MALAYSIA)
    with pytest.raises(Conflict, match="Open: check, ask, object, retract"):
        step(course, "transmit", "authority")
    with pytest.raises(NotAllowed, match="belongs to organisation:authority"):
        step(course, "check", "exporter")
    with pytest.raises(Refused, match="Write what is asked") as caught:
        step(course, "ask", "authority", given={})
    assert caught.value.problems[0].pointer == "/text"


def test_a_question_is_a_round_and_its_answer_leads_back_to_where_it_was_asked():
    course = step(open_track(EXPORT, MALAYSIA), "ask", "authority")
    assert (course.state, course.round, course.dues) == ("asked", 1, ())
    assert [due.clock for due in course.spent] == ["check"]
    offer, retract = engine.offers(tables.of(course), course, frozenset({"exporter"}), facts())
    assert retract.row.transition == "retract"
    assert (offer.row.transition, offer.row.on, offer.fields, offer.closed) == ("answer", "answer", ("text",), None)
    back = take_in(course, "answer")
    assert (back.state, back.round) == ("filed", 1)
    assert [due.clock for due in back.dues] == ["check"]
    sent = step(step(back, "check", "authority"), "transmit", "authority")
    again = take_in(step(sent, "ask", "authority", at=NOW + timedelta(days=1)), "answer")
    assert (again.state, again.round) == ("transmitted", 2)
    assert [due.from_event for due in again.dues] == ["answer"]
    assert again.said("ask") > again.first("ask")


def test_silence_consents_where_the_form_lets_it_and_the_clock_says_so_later():
    course = open_track(TRANSIT, JAPAN, days=TACIT)
    (due,) = course.dues
    assert due.then == "lapse"
    assert not engine.is_granted(course, due.due_at - timedelta(seconds=1))
    assert engine.is_granted(course, due.due_at)
    assert engine.lapses(course, due.due_at) == (due,)
    with pytest.raises(Conflict, match="presumed when"):
        step(course, "object", "authority", at=due.due_at)
    lapsed = step(course, "lapse", "clock", at=due.due_at, form="tacit")
    assert (lapsed.state, lapsed.dues, lapsed.spent) == ("consented_by_silence", (), (due,))
    assert engine.lapses(lapsed, due.due_at) == ()


def test_silence_is_nothing_where_consent_is_written():
    course = open_track(TRANSIT, JAPAN, days=WRITTEN)
    (due,) = course.dues
    assert due.then == ""
    assert not engine.is_granted(course, due.due_at)
    assert engine.lapses(course, due.due_at) == ()
    assert step(course, "object", "authority", at=due.due_at).standing == "refused"
    with pytest.raises(Conflict, match="consents in writing only"):
        step(course, "lapse", "clock", at=due.due_at)


def test_the_verdicts_own_days_go_first():
    days = Days(form="written", days=5, day_kind="working", rule="x.y")
    (due,) = open_track(IMPORT, JAPAN, days=days).dues
    assert (due.days, due.day_kind, due.legal, due.rule) == (5, "working", True, "x.y")
    unknown = Days(form="written", days=5, day_kind="none", rule="x.y")
    (due,) = open_track(IMPORT, JAPAN, days=unknown).dues
    assert (due.days, due.legal, due.rule) == (30, False, "")


def test_a_waiting_time_stays_when_the_track_is_decided_and_is_not_the_next_clock():
    course = open_track("usa-rcra-export@1/export", JAPAN)
    assert {due.clock for due in course.dues} == {"notice", "check"}
    course = step(course, "transmit", "authority")
    assert [due.clock for due in course.dues] == ["notice"]
    assert course.due() is None


def test_another_authoritys_consent_is_awaited_and_named():
    course = step(open_track("usa-rcra-export@1/export", JAPAN), "transmit", "authority")
    asked = open_track(IMPORT, JAPAN)
    others = (seen("jpn-moej/import", "import", asked, False, authority="jpn-moej", needed=True),)
    (offer,) = (
        offer
        for offer in engine.offers(tables.of(course), course, frozenset({"authority"}), facts(tracks=others))
        if offer.row.transition == "acknowledge_consent"
    )
    assert "jpn-moej" in offer.closed.say("en")
    with pytest.raises(Conflict, match="not in: jpn-moej"):
        step(course, "acknowledge_consent", "authority", tracks=others)
    consented = step(asked, "consent", "authority")
    granted = (seen("jpn-moej/import", "import", consented, True, authority="jpn-moej", needed=True),)
    assert step(course, "acknowledge_consent", "authority", tracks=granted).standing == "granted"


def test_a_consent_says_how_long_it_holds():
    course = open_track(IMPORT, JAPAN)
    for valid, says in [
        ({"valid_from": DAY}, "from which day"),
        ({"valid_from": DAY, "valid_until": DAY - timedelta(days=1)}, "before it begins"),
        ({"valid_from": date(2020, 1, 1), "valid_until": date(2020, 2, 1)}, "already"),
        ({"valid_from": DAY, "valid_until": DAY + timedelta(days=365)}, "12 months"),
    ]:
        with pytest.raises(Refused, match=says):
            step(course, "consent", "authority", given=valid)
    with pytest.raises(Refused, match="6 months"):
        step(course, "consent", "authority", validity_months=6)


def test_taking_the_notification_back_reaches_every_track_in_its_own_time():
    for table in tables.tables().values():
        if table.subject != "track":
            continue
        for state in table.states():
            row = next((r for r in table.transitions if state in r.from_ and r.on == "retract"), None)
            ended = tables.states()[state].standing == "ended"
            assert (row is None) == ended, (table.id, state)
            assert row is None or (row.to, row.effects, row.role) == ("retracted", (), "exporter")
    course = open_track(EXPORT, MALAYSIA)
    with pytest.raises(Conflict, match="Movement 2 has left"):
        step(course, "retract", "exporter", under_way=1, under_way_serial=2)
    back = take_in(course, "retract")
    assert (back.standing, back.dues) == ("ended", ())
    assert engine.arrivals(tables.of(back), back, "retract") is None


def test_what_opens_a_track_depends_on_who_else_is_in_the_case():
    of = tables.tables()
    both = tables.openings([of[EXPORT], of[IMPORT]])
    assert both == {EXPORT: "notify", IMPORT: "export.transmit"}
    alone = tables.openings([of[IMPORT], of[TRANSIT]])
    assert set(alone.values()) == {"notify"}
    assert engine.arrivals(of[IMPORT], None, "notify") is None
    assert engine.arrivals(of[IMPORT], None, "export.transmit").to == "received"
    assert engine.arrivals(of[IMPORT], None, "notify", opens_on=alone[IMPORT]).to == "received"
    assert engine.listens(of[IMPORT]) == {"export.transmit", "answer", "retract"}


def test_who_is_awaited():
    course = open_track(EXPORT, MALAYSIA)
    assert engine.awaited(tables.of(course), course) == ("authority",)
    asked = step(course, "ask", "authority")
    assert engine.awaited(tables.of(asked), asked) == ("exporter",)


def test_japan_approves_an_export_only_once_the_consents_are_in():
    course = open_track("jpn-export@1/approval", JAPAN)
    waiting = (seen("x/import", "import", open_track(IMPORT, MALAYSIA), False, authority="x", needed=True),)
    with pytest.raises(Conflict, match="not in: x"):
        step(course, "apply", "exporter", tracks=waiting)
    applied = take_in(course, "apply")
    with pytest.raises(Conflict, match="not in: x"):
        step(applied, "approve", "authority", tracks=waiting)
    assert step(applied, "approve", "authority").standing == "granted"


@pytest.mark.parametrize("case", ["import-case1", "import-case2"])
def test_an_amber_authority_may_ask_before_and_after_it_acknowledged(case):
    start = open_track(f"oecd-amber@1/{case}", JAPAN, days=TACIT)
    early = take_in(step(start, "ask", "authority"), "answer")
    assert (early.state, [due.clock for due in early.dues]) == ("received", ["acknowledge"])
    known = step(early, "acknowledge", "authority", form="tacit")
    (decide,) = known.dues
    asked = step(known, "ask", "authority")
    assert not engine.is_granted(asked, decide.due_at)
    late = take_in(asked, "answer", at=NOW + timedelta(days=5))
    assert (late.state, [due.clock for due in late.dues]) == ("acknowledged", ["decide"])
    assert late.dues[0].due_at > decide.due_at
    with pytest.raises(Conflict, match="presumed"):
        step(known, "ask", "authority", at=decide.due_at)


def test_a_movement_goes_from_planned_to_recovered_and_back():
    table = tables.of_subject("movement", DAY)
    planned = step(None, "plan", "exporter", table=table)
    assert (planned.state, planned.standing) == ("planned", "open")
    with pytest.raises(NotAllowed):
        step(None, "plan", "carrier", table=table)
    gone = step(step(planned, "announce", "exporter"), "depart", "carrier")
    assert step(planned, "depart", "exporter").standing == gone.standing == "under_way"
    assert step(gone, "hand_over", "carrier").points[-1].transition == "hand_over"
    missing = step(gone, "miss", "carrier")
    assert step(missing, "find", "exporter").state == "under_way"
    there = take_in(missing, "arrival.receive")
    assert there.standing == "there"
    part = take_in(there, "arrival.recover_part")
    assert take_in(part, "arrival.recover_part").standing == "there"
    assert take_in(part, "arrival.recover").standing == "done"
    refused = take_in(gone, "arrival.refuse")
    back = step(step(refused, "return", "exporter"), "take_back", "exporter")
    assert (back.state, back.standing) == ("returned", "void")
    assert engine.arrivals(table, planned, "arrival.receive") is None
    assert step(planned, "cancel", "exporter").standing == "void"


def test_a_clock_runs_on_while_something_is_still_to_come():
    table = tables.of_subject("movement", DAY)
    there = take_in(step(step(None, "plan", "exporter", table=table), "depart", "exporter"), "arrival.receive")
    due = open_track(IMPORT, JAPAN).dues[0]
    there = msgspec.structs.replace(there, dues=(due,))
    part = take_in(there, "arrival.recover_part")
    assert (part.dues, part.spent) == ((due,), ())
    done = take_in(part, "arrival.recover")
    assert (done.dues, done.spent) == ((), (due,))


def test_an_arrival_is_the_operators():
    table = tables.of_subject("arrival", DAY)
    received = step(None, "receive", "operator", table=table)
    assert step(step(received, "recover_part", "operator"), "recover", "operator").standing == "done"
    assert step(None, "refuse", "operator", table=table).standing == "refused"


def test_a_course_whose_table_is_gone_or_another_says_so():
    course = open_track(EXPORT, MALAYSIA)
    with pytest.raises(Conflict, match="not on file"):
        tables.of(msgspec.structs.replace(course, table="gone@1/export"))
    with pytest.raises(Conflict, match="not the one by which"):
        tables.of(msgspec.structs.replace(course, digest="other"))
