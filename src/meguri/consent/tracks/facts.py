"""What the guards of the procedure tables may look at, from the parts of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from meguri import law
from meguri.consent.acts import TrackStep
from meguri.consent.states import AccountState, DossierState, TrackState
from meguri.procedure import engine, tables
from meguri.procedure.facts import Facts, Seen
from meguri.procedure.facts import seen as as_seen

FIELDS = ("text", "conditions", "valid_from", "valid_until", "reference")


def seen(track: TrackState, at: datetime) -> Seen:
    """Another track, as far as a guard may look."""
    return as_seen(
        track.key,
        track.capacity,
        track.course,
        engine.is_granted(track.course, at),
        economy=track.economy,
        authority=track.authority,
        name=law.office_name(track.authority),
        needed=track.needed,
    )


def given(body: TrackStep) -> Mapping[str, Any]:
    """What a step gives beside its transition."""
    return {name: getattr(body, name) for name in FIELDS}


def facts(
    dossier: DossierState,
    account: AccountState,
    track: TrackState,
    tracks: Sequence[TrackState],
    at: datetime,
    given: Mapping[str, Any] | None = None,
    in_force: Mapping[str, bool] | None = None,
) -> Facts:
    """What a guard on `track` may look at at an instant."""
    return Facts(
        at=at,
        office=law.office(track.authority, track.economy),
        course=track.course,
        form=track.form,
        tracks=tuple(seen(other, at) for other in tracks if other.key != track.key),
        given=given or {},
        in_force=in_force or {},
        under_way=account.left,
        held=any(other.held_by for other in tracks),
        authority_name=law.office_name(track.authority),
        validity_months=tables.tables()[track.asked.table].validity_months,
    )
