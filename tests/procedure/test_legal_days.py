"""Days counted on the authority's own calendar, and what moves them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri import law
from meguri.kit.problems import Refused
from meguri.procedure import clocks, offices
from meguri.procedure.clocks import ClockRule, due
from meguri.procedure.states import MOST_DAYS, Office

JAPAN = Office(calendar="JP", zone="Asia/Tokyo", rolls=True, closures=("12-29", "12-30", "12-31", "01-02", "01-03"))


def rule(days, kind="calendar", **more):
    return ClockRule(clock="decide", from_event="opening", days=days, day_kind=kind, legal=True, **more)


def test_golden_week_puts_a_japanese_period_off():
    found = due(datetime(2026, 4, 3, 3, tzinfo=UTC), rule(30), JAPAN)
    assert found.counted_on == date(2026, 5, 3)
    assert found.due_on == date(2026, 5, 7)
    assert [(m.day.day, clocks.reason(m, found.calendar).say("ja")) for m in found.moved_by] == [
        (3, "憲法記念日"),
        (4, "みどりの日"),
        (5, "こどもの日"),
        (6, "振替休日"),
    ]
    assert clocks.reason(found.moved_by[0], found.calendar).en == "Constitution Day"


def test_the_period_ends_at_midnight_in_the_authoritys_zone():
    found = due(datetime(2026, 4, 3, 3, tzinfo=UTC), rule(30), JAPAN)
    assert found.due_at == datetime(2026, 5, 8, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert found.due_at.tzinfo is UTC


def test_another_calendar_gives_another_day():
    start = datetime(2026, 4, 3, 3, tzinfo=UTC)
    malaysia = Office(calendar="MY-16", zone="Asia/Kuala_Lumpur", rolls=True)
    assert due(start, rule(30), malaysia).due_on == date(2026, 5, 4)
    assert due(start, rule(30), Office(calendar="JP", zone="Asia/Tokyo")).due_on == date(2026, 5, 3)


def test_the_local_date_of_the_event_counts():
    late = datetime(2025, 10, 1, 16, tzinfo=UTC)
    assert due(late, rule(10), JAPAN).counted_on == date(2025, 10, 12)
    assert due(late, rule(10), Office(calendar="US", zone="America/New_York")).counted_on == date(2025, 10, 11)


def test_working_days_skip_weekends_holidays_and_closures():
    found = due(datetime(2025, 12, 26, 1, tzinfo=UTC), rule(3, "working"), JAPAN)
    assert found.due_on == date(2026, 1, 7)
    assert {clocks.reason(m, found.calendar).en for m in found.moved_by} >= {
        "Office closed",
        "Saturday",
        "New Year's Day",
    }


def test_a_waiting_time_ends_with_the_start_of_its_day_and_never_rolls():
    office = Office(calendar="US", zone="America/New_York", rolls=True)
    found = due(datetime(2025, 2, 15, 15, tzinfo=UTC), rule(60, "calendar_before", bars=True), office)
    assert found.due_on == date(2025, 4, 16)
    assert found.due_at == datetime(2025, 4, 16, tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("start", "last", "why"),
    [
        (datetime(2025, 5, 5, 15, tzinfo=UTC), date(2025, 7, 4), "holiday"),
        (datetime(2025, 4, 1, 15, tzinfo=UTC), date(2025, 5, 31), "weekend"),
        (datetime(2025, 4, 2, 15, tzinfo=UTC), date(2025, 6, 1), "weekend"),
    ],
)
def test_a_waiting_time_that_ends_on_a_free_day_ends_on_it(start, last, why):
    """Where the office's other periods run on to the next working day."""
    office = Office(calendar="US", zone="America/New_York", rolls=True)
    waiting = due(start, rule(60, "calendar_before", bars=True), office)
    assert clocks.free(last, office).why == why
    assert (waiting.due_on, waiting.counted_on, waiting.moved_by) == (last, last, ())
    assert waiting.due_at == datetime.combine(last, datetime.min.time(), ZoneInfo("America/New_York"))
    assert due(start, rule(60), office).due_on > last


def test_calendars_are_known_by_country_and_part_of_it():
    known = {name: clocks.known(name) for name in ("JP", "MY-16", "MY", "MY-99", "JP-", "QQ", "QQ-16", "")}
    assert [name for name, there in known.items() if there] == ["JP", "MY-16", "MY", "JP-"]


def test_an_unknown_calendar_is_refused_with_what_would_be_right():
    with pytest.raises(Refused, match="MY-16"):
        due(datetime(2025, 1, 1, tzinfo=UTC), rule(1, "working"), Office(calendar="QQ", zone="UTC"))


@pytest.mark.parametrize("days", [-1, MOST_DAYS + 1])
def test_absurd_periods_are_the_authors_mistake(days):
    with pytest.raises(ValueError, match="period"):
        due(datetime(2025, 1, 1, tzinfo=UTC), rule(days), JAPAN)


@given(
    start=st.datetimes(datetime(2018, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)),
    days=st.integers(0, 90),
    kind=st.sampled_from(["calendar", "working"]),
    calendar=st.sampled_from([("JP", "Asia/Tokyo"), ("MY-16", "Asia/Kuala_Lumpur"), ("US", "America/New_York")]),
)
def test_a_period_never_ends_early_nor_on_a_free_day(start, days, kind, calendar):
    office = Office(calendar=calendar[0], zone=calendar[1], rolls=True)
    found = due(start, rule(days, kind), office)
    assert found.due_on >= found.counted_on
    assert found.due_at > start
    if days:
        assert clocks.free(found.due_on, office) is None
    first = clocks.local(start, office.zone)
    passed = [first + timedelta(days=n + 1) for n in range((found.due_on - first).days)]
    if kind == "working":
        assert sum(clocks.free(day, office) is None for day in passed) == days
    assert all(moved.day in passed or days == 0 for moved in found.moved_by)


def test_every_authority_of_the_law_has_a_calendar_that_is_known():
    for slug, authority in law.authorities().items():
        office = law.office(slug, authority.economy)
        assert clocks.known(office.calendar), slug
        ZoneInfo(office.zone)


def test_end_rules_carry_their_source():
    assert law.end_rule("jpn-moej", "JPN").rolls
    assert not law.end_rule("usa-epa", "USA").rolls
    assert all(rule.source and rule.confidence for rule in offices.end_rules().values())


def test_the_law_names_offices_and_what_they_are_called():
    assert law.office("mys-doe", "MYS") == Office(calendar="MY-16", zone="Asia/Kuala_Lumpur", rolls=True)
    assert law.office("nobody", "VNM") == Office(calendar="VN", zone="UTC")
    assert law.office("nobody", "ZZZ") == Office(calendar="", zone="UTC")
    assert law.office_name("jpn-moej").say("ja") == "環境省"
    assert law.office_name("nobody").en == "nobody"


def test_two_offices_of_one_country_keep_their_own_calendars():
    """Munich keeps Corpus Christi, Hamburg does not; a period of working days ends on different days there."""
    known = offices.OfficeKnown(calendar="DE-BY", zone="Europe/Berlin")
    munich = offices.office("deu-by", "DEU", known)
    hamburg = offices.office("deu-hh", "DEU", offices.OfficeKnown(calendar="DE-HH", zone="Europe/Berlin"))
    assert (munich.calendar, hamburg.calendar) == ("DE-BY", "DE-HH")
    start = datetime(2025, 6, 18, 9, tzinfo=UTC)
    assert due(start, rule(1, "working"), munich).due_on == date(2025, 6, 20)
    assert due(start, rule(1, "working"), hamburg).due_on == date(2025, 6, 19)


def test_a_subdivision_that_the_law_names_goes_before_its_countrys_rule():
    penang = offices.office("mys-penang", "MYS", offices.OfficeKnown(calendar="MY-07", zone="Asia/Kuala_Lumpur"))
    assert (penang.calendar, penang.rolls) == ("MY-07", True)
    doe = offices.office("mys-doe", "MYS", offices.OfficeKnown(calendar="MY", zone="Asia/Kuala_Lumpur"))
    assert doe.calendar == "MY-16"


def test_silence_that_a_route_would_take_is_none_at_an_office_that_answers_in_writing():
    assert offices.form("jpn-moej", "JPN", "tacit") == "written"
    assert offices.form("usa-epa", "USA", "tacit") == "tacit"
    assert offices.form("usa-epa", "USA", "notice") == "notice"


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2025, 11, 10), 12, date(2026, 11, 9)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 1), 36, date(2029, 2, 28)),
        (date(9999, 6, 1), 12, date.max),
    ],
)
def test_a_period_of_months_ends_on_the_day_before(first, months, last):
    assert clocks.months_later(first, months) == last


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_months_follow_one_another(first, months):
    assert clocks.months_later(first, months) >= clocks.months_later(first, months - 1) if months > 1 else True
    assert 27 * months <= (clocks.months_later(first, months) - first).days <= 31 * months
