"""How a case stands at an instant: derived from its parts, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from meguri.consent.case import resting
from meguri.consent.states import DossierState, Hold, TrackState, WholeCase
from meguri.kit.problems import Problem
from meguri.procedure import engine
from meguri.procedure.states import Due

Word = Literal["completed", "retracted", "refused", "held", "clear", "waiting"]


class CaseStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What the tracks of a case amount to. `missing` are the consents that are not in, `barred` waiting times,
    `stopped` licences and parties on which it rests that do not stand: holds that nobody had to write."""

    word: Word
    missing: tuple[TrackState, ...]
    refused: tuple[TrackState, ...]
    holds: tuple[Hold, ...]
    barred: tuple[Due, ...]
    stopped: tuple[Problem, ...] = ()


def standing(
    dossier: DossierState, tracks: Sequence[TrackState], at: datetime, stopped: Iterable[Problem] = ()
) -> CaseStanding:
    """What a dossier and its tracks amount to; `stopped` says what holds of that on which the case rests otherwise."""
    missing = tuple(track for track in tracks if track.needed and not engine.is_granted(track.course, at))
    refused = tuple(track for track in tracks if track.standing == "refused")
    holds = tuple(hold for track in tracks for hold in track.held_by)
    barred = tuple(due for track in tracks for due in track.dues if due.bars and at < due.due_at)
    over = dossier.completed_at is not None or dossier.retracted_at is not None
    lost = () if over else tuple(stopped)
    word: Word
    if dossier.completed_at is not None:
        word = "completed"
    elif dossier.retracted_at is not None:
        word = "retracted"
    elif refused:
        word = "refused"
    elif holds or lost:
        word = "held"
    else:
        word = "waiting" if missing else "clear"
    return CaseStanding(word=word, missing=missing, refused=refused, holds=holds, barred=barred, stopped=lost)


def of(case: WholeCase, at: datetime) -> CaseStanding:
    """The same of a case that was put together."""
    return standing(case, case.tracks, at, resting.stopped(case, case.resting, at))
