"""The timeline: places within the axis, clocks that end at their due instant, words for what moved them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from consent_cast import CASE, CERTIFIED, DOE, EXPORTER, MOEJ, ROOMS, case, notify, on, plan, step, to_consent

from meguri.consent import acts
from meguri.consent.shipments import ShipmentMark
from meguri.consent.web import lanes, wording
from meguri.movement.web import case_shipments


def test_clocks_end_where_their_due_instant_is_and_today_is_a_line(record):
    notify(record, *CERTIFIED)
    step(record, DOE, "mys-doe.export", "check", on("2025-10-06"))
    step(record, DOE, "mys-doe.export", "transmit", on("2025-10-08"))
    now = on("2025-10-20")
    timeline = lanes.draw(case(record), [], now)
    export, moej, meti = timeline.lanes
    (bar,) = moej.clocks
    assert bar.assumed
    assert not bar.over
    assert moej.since == bar.x < timeline.today < bar.end
    assert [mark.x for mark in export.marks] == sorted(mark.x for mark in export.marks)
    assert [clock.spent for clock in export.clocks] == [True, False]
    assert meti.clocks == ()
    later = lanes.draw(case(record), [], on("2025-12-20"))
    assert later.lanes[1].clocks[0].over
    due = case(record).track("jpn-moej.import").due()
    scale = lanes.TimeScale([case(record).notified_at, now, due.due_at])
    assert scale.at(due.due_at) == pytest.approx(bar.end, abs=0.5)


def test_before_it_is_sent_on_a_lane_is_empty(record):
    notify(record, *CERTIFIED)
    drawn = lanes.draw(case(record), [], on("2025-10-02")).lanes
    assert drawn[0].since is not None
    assert drawn[1].since is None
    assert drawn[1].marks == ()


def test_holds_lie_across_and_movements_have_their_own_lane(record):
    to_consent(record)
    hold = acts.PutHold(case=CASE, track="jpn-moej.import", hold="H1", reason="Alarm")
    plan(record, ("B1", 1000))
    record.say(MOEJ, "consent.hold", hold, on("2025-11-19"), ROOMS)
    shipped = tuple(case_shipments._said(record.states["movement:M1"]))
    timeline = lanes.draw(case(record), shipped, on("2025-11-29"), "Asia/Tokyo")
    (bar,) = timeline.holds
    assert bar.end == pytest.approx(timeline.today, abs=0.01)
    assert timeline.lanes[-1].marks[0].words.en == "movement document"
    every = [mark.x for lane in timeline.lanes for mark in lane.marks] + [tick.x for tick in timeline.ticks]
    assert all(0 <= x <= 100 for x in every)
    assert 1 <= len(timeline.ticks) <= 12


def test_what_happened_to_movements_stretches_the_axis(record):
    to_consent(record)
    late = ShipmentMark(on("2026-08-01"), case_shipments.MARKS["depart"][0])
    timeline = lanes.draw(case(record), [late], on("2025-11-29"))
    assert timeline.lanes[-1].since == timeline.lanes[-1].marks[0].x > timeline.today


def test_an_authority_that_never_saw_the_case_has_an_empty_lane_when_it_is_taken_back(record):
    notify(record, *CERTIFIED)
    step(record, EXPORTER, "mys-doe.export", "retract", on("2025-10-03"))
    export, moej, _ = lanes.draw(case(record), [], on("2025-11-01")).lanes
    assert export.marks[-1].words.en == "Take the notification back"
    assert export.until < 100
    assert (moej.since, moej.marks) == (None, ())


def test_ticks_stay_few_over_years():
    ticks = lanes._ticks(lanes.TimeScale([on("2020-01-01"), on("2031-01-01")]), "UTC")
    assert 4 <= len(ticks) <= 17
    assert [tick.x for tick in ticks] == sorted(tick.x for tick in ticks)


def test_what_moved_a_due_day_is_said_in_both_languages(record):
    at = on("2026-04-03")
    notify(record, *CERTIFIED, at=at, period_from=date(2026, 4, 1), period_to=date(2027, 3, 31))
    step(record, DOE, "mys-doe.export", "check", at + timedelta(hours=1))
    step(record, DOE, "mys-doe.export", "transmit", at + timedelta(hours=2))
    due = case(record).track("jpn-moej.import").due()
    assert wording.due_day(due).say("ja") == "2026年5月7日(木)"
    assert wording.moved(due).say("ja") == "憲法記念日・みどりの日・こどもの日・振替休日のため4日後ろ"
    assert wording.moved(due).en.startswith("4 days later because of Constitution Day, Greenery Day")
    assert "no legal limit" in wording.rule(due).en
