"""Whom a movement or an arrival asks for its next step, from its own state and table alone. Pure."""

from __future__ import annotations

from meguri.movement import course
from meguri.movement.states import ArrivalState, MovementState
from meguri.procedure import engine


def asked_by(state: MovementState, keeper: str = "", here: str = "") -> tuple[str, ...]:
    """The organisations that are asked for a step of the movement; under way, the facility that awaits it.

    Exporter and carrier are asked on the node that keeps the movement (`keeper`, empty: `here`), the facility on its
    own.
    """
    who = course.roles(state)
    rows = engine.rows(course.table_of(state.course), state.course)
    asked = [] if keeper else [who[row.role] for row in rows if row.waits and row.role in who]
    if awaited(state, keeper, here):
        asked.append(state.operator)
    return tuple(dict.fromkeys(asked))


def awaited(state: MovementState, keeper: str = "", here: str = "") -> bool:
    """Whether a facility of the node `here` awaits the movement."""
    under_way = state.course.standing == "under_way" and state.status != "returning"
    return under_way and (state.there or keeper or here) == here


def certifies(state: ArrivalState) -> bool:
    """Whether its facility is still to certify recovery."""
    rows = engine.rows(course.table_of(state.course), state.course)
    return any(row.waits and row.role == "operator" for row in rows)
