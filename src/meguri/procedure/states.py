"""What a procedure makes of a subject: where it stands, which clocks run, what was said. Values only, instants UTC.

A *course* is the way of one subject through its table: the part of an authority in a case, a movement, an arrival,
a licence.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from meguri.kit.words import Text

Capacity = Literal["export", "import", "transit", "approval", "informed"]
Form = Literal["written", "tacit", "acknowledgement", "notice"]
DayKind = Literal["calendar", "working", "calendar_before", "none"]
FreeDay = Literal["holiday", "weekend", "closure"]
Subject = Literal["track", "movement", "arrival", "licence"]
Role = Literal["authority", "exporter", "importer", "operator", "carrier", "holder", "clock", "node"]
Standing = Literal["waiting", "open", "granted", "refused", "noted", "ended", "under_way", "there", "done", "void"]
Outcome = Literal["consent", "consent_with_conditions", "object", "tacit", "withdrawn"]

LIVE: frozenset[Standing] = frozenset({"waiting", "open", "under_way", "there"})
"""Standings in which something is still to come: clocks run on, and a way leads out."""

MOST_DAYS = 3700
"""No period of a table or a verdict is longer."""


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """How an authority counts days.

    `calendar` is an ISO 3166 alpha-2 code, with a subdivision after a hyphen where holidays differ (``MY-16``);
    `zone` an IANA zone; `rolls` whether a period that ends on a free day runs on to the next working day;
    `closures` further days of the year on which the office is closed, as ``MM-DD``.
    """

    calendar: str
    zone: str
    rolls: bool = False
    closures: tuple[str, ...] = ()


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """What the verdict says of a course: the form of the answer, its own number of days, the `rule` that sets them."""

    form: Form
    days: int | None = None
    day_kind: DayKind = "none"
    rule: str = ""


class DayMoved(msgspec.Struct, frozen=True):
    """A day that was not counted, or on which a period could not end, and why; a holiday's name is its calendar's."""

    day: date
    why: FreeDay


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that runs on a course, reckoned once, when it was started, and then kept. What it is called, what follows
    from silence and on which ground stands in its `table`, or with the `rule` that sets its days.

    `due_on` is the last day in the authority's own zone, `due_at` the first instant after it. `moved_by` are the
    holidays and weekends that put the day off, `counted_on` is the day without them. `legal` is false for a service
    target, which has no effect in law. `then` is the transition that the clock says when nothing was done; empty where
    nothing follows from silence. A clock that `bars` is a waiting time: nothing departs before its end.
    """

    clock: str
    from_event: str
    started_at: datetime
    due_at: datetime
    due_on: date
    days: int
    day_kind: DayKind
    zone: str
    calendar: str
    legal: bool
    counted_on: date
    table: str = ""
    rule: str = ""
    then: str = ""
    bars: bool = False
    moved_by: tuple[DayMoved, ...] = ()


class CoursePoint(msgspec.Struct, frozen=True, kw_only=True):
    """An act on a course: when it counts, what it was, where it led, by whom, its id; `of` is the act it took in."""

    at: datetime
    transition: str
    to: str
    actor: str
    act: str
    of: str = ""
    text: Text = ""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Where a subject stands in its table, and how it came there.

    `table` with its `digest` is the table of the day on which the course began. `round` counts the questions asked,
    `dues` are the clocks that run, `spent` those that were stopped by an act or ran out.
    """

    table: str
    digest: str
    state: str
    standing: Standing
    round: int = 0
    dues: tuple[Due, ...] = ()
    spent: tuple[Due, ...] = ()
    points: tuple[CoursePoint, ...] = ()

    def due(self) -> Due | None:
        """The running clock that ends first, waiting times left out; or None."""
        return min((due for due in self.dues if not due.bars), key=lambda due: due.due_at, default=None)

    def said(self, transition: str) -> datetime | None:
        """When a transition was last said here, or None."""
        return max((point.at for point in self.points if point.transition == transition), default=None)

    def first(self, transition: str) -> datetime | None:
        """When a transition was first said here, or None."""
        return min((point.at for point in self.points if point.transition == transition), default=None)


class CourseChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What follows from a step for its course, reckoned by its author and carried in the act."""

    to: str
    standing: Standing
    round: int = 0
    dues: tuple[Due, ...] = ()


def begun(table_id: str, digest: str, change: CourseChange, point: CoursePoint) -> Course:
    """The course that an opening begins."""
    return Course(
        table=table_id,
        digest=digest,
        state=change.to,
        standing=change.standing,
        round=change.round,
        dues=change.dues,
        points=(point,),
    )


def followed(course: Course, change: CourseChange, point: CoursePoint) -> Course:
    """The course after a change. What ran and runs no longer is spent."""
    return replace(
        course,
        state=change.to,
        standing=change.standing,
        round=change.round,
        dues=change.dues,
        spent=(*course.spent, *(due for due in course.dues if due not in change.dues)),
        points=(*course.points, point),
    )
