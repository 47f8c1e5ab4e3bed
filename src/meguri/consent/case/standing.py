"""How a case stands at an instant: derived from its parts, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from meguri.consent.states import DossierState, Hold, TrackState, WholeCase
from meguri.procedure import engine
from meguri.procedure.states import Due

Word = Literal["completed", "retracted", "refused", "held", "clear", "waiting"]


class CaseStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What the tracks of a case amount to. `missing` are the consents that are not in, `barred` waiting times."""

    word: Word
    missing: tuple[TrackState, ...]
    refused: tuple[TrackState, ...]
    holds: tuple[Hold, ...]
    barred: tuple[Due, ...]


def standing(dossier: DossierState, tracks: Sequence[TrackState], at: datetime) -> CaseStanding:
    """What a dossier and its tracks amount to."""
    missing = tuple(track for track in tracks if track.needed and not engine.is_granted(track.course, at))
    refused = tuple(track for track in tracks if track.standing == "refused")
    holds = tuple(hold for track in tracks for hold in track.held_by)
    barred = tuple(due for track in tracks for due in track.dues if due.bars and at < due.due_at)
    word: Word
    if dossier.completed_at is not None:
        word = "completed"
    elif dossier.retracted_at is not None:
        word = "retracted"
    elif refused:
        word = "refused"
    elif holds:
        word = "held"
    else:
        word = "waiting" if missing else "clear"
    return CaseStanding(word=word, missing=missing, refused=refused, holds=holds, barred=barred)


def of(case: WholeCase, at: datetime) -> CaseStanding:
    """The same of a case that was put together."""
    return standing(case, case.tracks, at)
