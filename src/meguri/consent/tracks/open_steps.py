"""What an organisation may do on the tracks of a case now: the buttons of its page. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from meguri.consent.states import TrackState, WholeCase
from meguri.consent.tracks import turns
from meguri.consent.tracks.authorities import table_of
from meguri.consent.tracks.facts import facts
from meguri.kit.problems import Problem
from meguri.procedure import engine, tables
from meguri.procedure.model import TransitionRow


class OpenStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step that an organisation may take now. `next` are the organisations that are asked after it.

    `closed` says why a guard that does not depend on the form's fields would refuse it now; None where it is open.
    """

    track: TrackState
    row: TransitionRow
    fields: tuple[str, ...]
    next: tuple[str, ...]
    closed: Problem | None = None


def offers(case: WholeCase, actor: str, at: datetime) -> tuple[OpenStep, ...]:
    """Track by track, what leads on before what holds up, in the order of the table of transitions."""
    return tuple(offer for track in case.tracks for offer in on_track(case, track, actor, at))


def on_track(case: WholeCase, track: TrackState, actor: str, at: datetime) -> tuple[OpenStep, ...]:
    """What an organisation may do on one track, at this node."""
    if not track.visible or case.completed_at is not None or case.retracted_at is not None:
        return ()
    acts_here = actor in track.speakers and track.key not in case.elsewhere
    roles = set(case.roles(actor)) | ({"authority"} if acts_here else set())
    if not roles:
        return ()
    order = {transition: place for place, transition in enumerate(tables.transitions())}
    seen = facts(case, case.account, track, case.tracks, at, in_force={"licences": True, "guarantee": True})
    found = [
        OpenStep(
            track=track,
            row=offer.row,
            fields=offer.fields,
            next=_next(case, track, offer.row),
            closed=offer.closed,
        )
        for offer in engine.offers(table_of(track.asked), track.course, frozenset(roles), seen)
        if offer.row.transition != "retract"
    ]
    return tuple(sorted(found, key=lambda offer: order[offer.row.transition]))


def _next(case: WholeCase, track: TrackState, row: TransitionRow) -> tuple[str, ...]:
    """Who is asked after a step: those who are told by it, and those whose turn it is on this track."""
    told = {listener.track for listener in track.listeners if listener.transition == row.transition}
    asked = [other.organisation for other in case.tracks if other.key in told and not other.visible]
    after = [
        one for one in table_of(track.asked).transitions if row.to in one.from_ and one.waits and one.role != "clock"
    ]
    if tables.states()[row.to].standing == "open":
        asked += [turns.holder(track, one.role) for one in after if one.role != "node"]
    return tuple(dict.fromkeys(asked))
