"""Whom a track asks for its next step, from its own state and table alone. Pure."""

from __future__ import annotations

from meguri.consent.states import TrackState
from meguri.procedure import engine, tables
from meguri.procedure.model import TransitionRow


def waiting_rows(track: TrackState) -> tuple[TransitionRow, ...]:
    """The rows of its table for which somebody is awaited where it stands."""
    table = tables.tables().get(track.asked.table)
    if table is None or not track.visible or track.standing not in ("open", "noted"):
        return ()
    return tuple(row for row in engine.rows(table, track.course) if row.waits and row.role not in ("clock", "node"))


def holder(track: TrackState, role: str) -> str:
    """The organisation that has a role of the tables on this track."""
    exporter, importer, operator = track.parties
    return {
        "authority": track.clerk or track.organisation,
        "exporter": exporter,
        "importer": importer,
        "operator": operator,
    }[role]


def asked_by(track: TrackState) -> tuple[str, ...]:
    """The organisations that are asked, each once."""
    return tuple(dict.fromkeys(holder(track, row.role) for row in waiting_rows(track)))
