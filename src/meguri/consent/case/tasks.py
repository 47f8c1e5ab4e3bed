"""What waits for an organisation on cases: steps, answers, applications; the soonest due first.

Which lines there are follows from one subject each (the edges of tracks). What other parts forbid closes a button and
is said, but does not hide the line.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

import msgspec

from meguri.consent import models
from meguri.consent.case import record
from meguri.consent.states import DossierState, TrackState, WholeCase
from meguri.consent.tracks import open_steps
from meguri.consent.tracks.open_steps import OpenStep
from meguri.journal.projections import copies, relations
from meguri.kit import clock
from meguri.procedure.states import Due


class CaseTask(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for an organisation on a track of a case: what may be done, and by when."""

    case: str
    number: str
    state: WholeCase
    offers: tuple[OpenStep, ...]
    track: TrackState
    due: Due | None = None


def waiting_for(organisation: str, at: datetime | None = None) -> tuple[CaseTask, ...]:
    """What waits for an organisation, soonest due first; in as many queries however much it is."""
    now = at or clock.now()
    links = relations.edges(models.ASKS, target=organisation)
    keys = [link.source.partition(":")[2] for link in links]
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
        dues = [due for due in track.dues if not due.bars]
        if offers:
            found.append(
                CaseTask(
                    case=case.id,
                    number=case.number,
                    state=case,
                    offers=offers,
                    track=track,
                    due=min(dues, key=lambda due: due.due_at, default=None),
                )
            )
    return tuple(sorted(found, key=lambda task: (task.due is None, task.due.due_at if task.due else now, task.number)))
