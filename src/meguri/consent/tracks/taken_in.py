"""What taking an act in does to a track: which row of its table it is, what follows, and what proves it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from meguri import law
from meguri.consent import acts
from meguri.consent.states import AskedAuthority, DossierState, ReplyState, TrackState
from meguri.consent.tracks.authorities import listeners, table_of
from meguri.procedure import engine
from meguri.procedure.states import CourseChange

Shower = Callable[[Any, str], str]
_SHOWERS: dict[type, Shower] = {}


def shows(state: type, shower: Shower) -> None:
    """Let a room say what its state shows of an act: `shower(state, of)` is what the tables call it, or empty."""
    _SHOWERS[state] = shower


def _dossier(state: DossierState, of: str) -> str:
    return {state.retracted_by: "retract", state.notified_by: "notify"}.get(of, "") if of else ""


def _track(state: TrackState, of: str) -> str:
    return next((f"{state.capacity}.{point.transition}" for point in state.points if point.act == of), "")


def _reply(state: ReplyState, of: str) -> str:
    return state.transition if state.act == of else ""


shows(DossierState, _dossier)
shows(TrackState, _track)
shows(ReplyState, _reply)


def shown(state: Any, of: str) -> str:
    """What a state shows that the act was, in the words of the tables; empty where it shows nothing of it."""
    shower = _SHOWERS.get(type(state))
    return shower(state, of) if shower is not None else ""


def proven(state: Any, of: str, on: str) -> bool:
    """Whether a state shows that the act was said, and was what `on` calls it."""
    return bool(on) and shown(state, of) == on


def reckoned(
    dossier: DossierState,
    asked: AskedAuthority,
    track: TrackState | None,
    on: str,
    at: datetime,
    home: str = "",
    here: str = "",
) -> tuple[CourseChange, acts.Opening | None]:
    """What taking in an act does: the change of the track, and what it is where that opens it.

    An act for which the table has no row changes nothing but is kept; a track that was never told of a notification
    that is taken back ends unseen. `home` keeps the dossier, `here` the track.
    """
    office = law.office(asked.authority, asked.economy)
    table = table_of(asked)
    if track is not None:
        row = engine.arrivals(table, track.course, on)
        course = track.course
        if row is None:
            return CourseChange(to=course.state, standing=course.standing, round=course.round, dues=course.dues), None
        return engine.moved(table, course, row, at, office, asked.clock), None
    told = on == asked.opens_on
    change = (
        engine.opening(table, at, office, asked.clock)
        if told
        else CourseChange(to="retracted", standing="ended", round=0, dues=())
    )
    parties = (dossier.exporter, dossier.importer, dossier.operator)
    return change, acts.Opening(
        asked=asked,
        parties=parties,
        visible=told,
        clerk=dossier.clerk(asked.authority),
        listeners=listeners(dossier.asked, asked, home, here) if told else (),
    )
