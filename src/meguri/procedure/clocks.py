"""Legal days, counted on the authority's own calendar. Pure: the same start, rule and calendar give the same day.

The day of the event does not count; the period ends with the end of its last day in the authority's zone. A working
day is one that is neither weekend nor holiday there; a period of calendar days that ends on a free day is put off to
the next working day where the authority's law says so (`Office.rolls`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import msgspec

from meguri.kit.catalogues import offered
from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words, given
from meguri.procedure.states import MOST_DAYS, DayKind, DayMoved, Due, Office

WEEKDAYS = (
    Words("Monday"),
    Words("Tuesday"),
    Words("Wednesday"),
    Words("Thursday"),
    Words("Friday"),
    Words("Saturday"),
    Words("Sunday"),
)


class ClockRule(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of a procedure table: how many days of which kind, from which event, and what follows from silence."""

    clock: str
    from_event: str
    days: int
    day_kind: DayKind
    legal: bool
    table: str = ""
    rule: str = ""
    then: str = ""
    bars: bool = False


@lru_cache(maxsize=256)
def _holidays(calendar: str, language: str | None) -> holidays.HolidayBase:
    country, _, subdivision = calendar.partition("-")
    try:
        found: holidays.HolidayBase = holidays.country_holidays(country, subdiv=subdivision or None, language=language)
    except NotImplementedError:
        raise refuse(
            N_("There is no calendar “{calendar}”. Write an ISO 3166 alpha-2 code, such as JP or MY-16."),
            "/calendar",
            "calendar",
            calendar=calendar,
        ) from None
    return found


def known(calendar: str) -> bool:
    """Whether the holidays of that calendar are known."""
    country, _, subdivision = calendar.partition("-")
    supported = holidays.list_supported_countries()
    return country in supported and (not subdivision or subdivision in supported[country])


def reason(moved: DayMoved, calendar: str) -> Words:
    """Why an office did not work on a day: the holiday's name in its calendar, the weekday, or that it closed."""
    if moved.why == "weekend":
        return WEEKDAYS[moved.day.weekday()]
    if moved.why == "closure":
        return Words("Office closed")
    country = calendar.partition("-")[0]
    own = _holidays(calendar, None)
    languages = own.supported_languages
    english = next((code for code in ("en_US", f"en_{country}") if code in languages), None)
    names = {code: str(_holidays(calendar, code).get(moved.day) or "") for code in offered() if code in languages}
    return given({"en": str(_holidays(calendar, english).get(moved.day) or own.get(moved.day) or ""), **names})


def free(day: date, office: Office) -> DayMoved | None:
    """Why the office does not work on that day, or None where it does."""
    year = _holidays(office.calendar, None)
    if day in year:
        return DayMoved(day, "holiday")
    if day.weekday() in year.weekend:
        return DayMoved(day, "weekend")
    if day.strftime("%m-%d") in office.closures:
        return DayMoved(day, "closure")
    return None


def end_of(day: date, zone: str) -> datetime:
    """The first instant after that day in the zone, in UTC."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)


def local(instant: datetime, zone: str) -> date:
    """The date of an instant in a zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def due(start: datetime, rule: ClockRule, office: Office) -> Due:
    """When a period that an event started is over.

    Formula: calendar days end on ``local date of start + days``, put off day by day while that day is free if the
    office rolls; working days end on the `days`-th day that is not free. `calendar_before` is a waiting time before
    a departure: it counts like calendar days and never rolls. ValueError for days outside 0..3700.
    """
    if not 0 <= rule.days <= MOST_DAYS:
        raise ValueError(f"a period of {rule.days} days")
    first = local(start, office.zone)
    moved: list[DayMoved] = []
    counted = first + timedelta(days=rule.days)
    day = counted
    if rule.day_kind == "working":
        day, left = first, rule.days
        while left:
            day += timedelta(days=1)
            why = free(day, office)
            if why is None:
                left -= 1
            else:
                moved.append(why)
    elif rule.day_kind == "calendar" and office.rolls:
        while (why := free(day, office)) is not None:
            moved.append(why)
            day += timedelta(days=1)
    last = day - timedelta(days=1) if rule.day_kind == "calendar_before" else day
    return Due(
        clock=rule.clock,
        from_event=rule.from_event,
        started_at=start,
        due_at=end_of(last, office.zone),
        due_on=day,
        days=rule.days,
        day_kind=rule.day_kind,
        zone=office.zone,
        calendar=office.calendar,
        legal=rule.legal,
        table=rule.table,
        rule=rule.rule,
        counted_on=counted,
        then=rule.then,
        bars=rule.bars,
        moved_by=tuple(moved),
    )


def months_later(day: date, months: int) -> date:
    """The last day of a period of months that begins on `day`: 2025-11-10 and 12 give 2026-11-09.

    The calendar's last day where the period would end after it.
    """
    year, month = divmod(day.month - 1 + months, 12)
    if day.year + year > date.max.year:
        return date.max
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last) - timedelta(days=1 if last == day.day else 0)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
