"""What waits for an organisation on cases: steps, answers, applications; the soonest due first.

Which lines there are, and their order, follow from the edges of tracks and are asked of the database; a page reads the
states of its own lines alone. What other parts forbid closes a button and is said, but does not hide the line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
from django.db import connection

from meguri.consent import models
from meguri.consent.case import record
from meguri.consent.states import DossierState, TrackState, WholeCase
from meguri.consent.tracks import open_steps
from meguri.consent.tracks.open_steps import OpenStep
from meguri.journal.projections import copies
from meguri.kit import clock
from meguri.kit.web import paging
from meguri.procedure.states import Due

NEVER = paging.LAST
"""The place of what has no date."""
AT_ONCE = 500


class CaseTask(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for an organisation on a track of a case: what may be done, and by when."""

    case: str
    number: str
    state: WholeCase
    offers: tuple[OpenStep, ...]
    track: TrackState
    due: Due | None = None


_ASKED = """
    FROM journal_edge e JOIN consent_track t ON t.id = substr(e.source, 7)
    WHERE e.kind = %s AND e.target = %s AND substr(e.source, 1, 6) = 'track:'"""
# A case that is over asks nobody; its dossier, own or copied, lies in the scope of its bare name.
_OPEN = """EXISTS (SELECT 1 FROM journal_lies l JOIN consent_case c ON c.id = substr(l.subject, 6)
        WHERE l.scope = 'case:' || t."case" AND l.prefix = 'case' AND NOT c.over)"""


def _bound(place: int) -> Any:
    """An instant as a value that the columns of either database are compared with."""
    return connection.ops.adapt_datetimefield_value(paging.instant(place))


def page(organisation: str, most: int, after: tuple[int, str] | None = None) -> list[tuple[int, str]]:
    """The next lines of a queue, the soonest due first: when each is due (milliseconds since 1970, NEVER where there
    is no date) and the id of its track; `after` is the last line of the page before.

    One query as a rule: whether a case is over is asked of the first lines alone, and of more where these fill no page.
    """
    found: list[tuple[int, str]] = []
    looked_at = 2 * most
    while True:
        lines = _lines(organisation, looked_at, after)
        found += [(due, id) for due, id, open_ in lines if open_]
        if len(found) >= most or len(lines) < looked_at:
            return found[:most]
        after, looked_at = lines[-1][:2], 4 * looked_at


def _lines(organisation: str, most: int, after: tuple[int, str] | None) -> list[tuple[int, str, bool]]:
    """What tracks ask, in order, those of cases that are over too; and whether the case is open."""
    due = "COALESCE(t.due, %s)" if connection.vendor == "sqlite" else "COALESCE(t.due, %s::timestamptz)"
    never = _bound(NEVER)
    later: str = ""
    values: list[Any] = []
    if after is not None:
        later = f"AND ({due} > %s OR ({due} = %s AND t.id > %s))"
        values = [never, _bound(after[0]), never, _bound(after[0]), after[1]]
    first = f'SELECT t.due, t.id, t."case" {_ASKED} {later} ORDER BY {due}, t.id LIMIT %s'
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.due, t.id, {_OPEN} FROM ({first}) t ORDER BY {due}, t.id",  # noqa: S608
            [models.ASKS, organisation, *values, never, most, never],
        )
        rows = cursor.fetchall()
    return [(NEVER if when is None else paging.place(_read(when)), id, bool(open_)) for when, id, open_ in rows]


def _read(when: datetime | str) -> datetime:
    """An instant as the database's driver gives it."""
    found = datetime.fromisoformat(when) if isinstance(when, str) else when
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def counted(organisation: str, most: int) -> tuple[int, bool]:
    """How many lines the queue has, up to `most`, and whether there are more."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 {_ASKED} AND {_OPEN} LIMIT %s) found",  # noqa: S608
            [models.ASKS, organisation, most + 1],
        )
        found = int(cursor.fetchone()[0])
    return min(found, most), found > most


def tasks(organisation: str, keys: Collection[str], at: datetime | None = None) -> tuple[CaseTask, ...]:
    """What may be done on these tracks, soonest due first; in as many queries however much it is."""
    now = at or clock.now()
    rows = models.Track.objects.filter(id__in=keys)
    asked = [cast(TrackState, row.value) for row in rows]
    dossiers = copies.rows(models.Case, "case", {track.case for track in asked}).values()
    open_ones = ((row.id, cast(DossierState, row.value)) for row in dossiers if not row.over)
    cases = {case.id: case for case in record.together(open_ones)}
    found = []
    for track in asked:
        case = cases.get(track.case)
        if case is None:
            continue
        offers = tuple(offer for offer in open_steps.on_track(case, track, organisation, now) if offer.row.waits)
        if offers:
            found.append(
                CaseTask(
                    case=case.id,
                    number=case.number,
                    state=case,
                    offers=offers,
                    track=track,
                    due=track.course.due(),
                )
            )
    return tuple(sorted(found, key=lambda task: (task.due is None, task.due.due_at if task.due else now, task.number)))


def waiting_for(organisation: str, at: datetime | None = None, most: int = 0) -> tuple[CaseTask, ...]:
    """What waits for an organisation, soonest due first: all of it, or the first lines."""
    if most:
        return tasks(organisation, [id for _, id in page(organisation, most)], at)
    return tuple(task for keys in _pages(organisation) for task in tasks(organisation, keys, at))


def _pages(organisation: str) -> Iterator[list[str]]:
    after: tuple[int, str] | None = None
    while found := page(organisation, AT_ONCE, after):
        yield [id for _, id in found]
        after = found[-1]
