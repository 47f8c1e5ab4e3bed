"""Whom a movement or an arrival asks for its next step, from its own state and table alone. Pure."""

from __future__ import annotations

from meguri.movement import course
from meguri.movement.states import ArrivalState, MovementState
from meguri.procedure import engine


def asked_by(state: MovementState) -> tuple[str, ...]:
    """The organisations that are asked for a step of the movement; under way, the facility that awaits it."""
    who = course.roles(state)
    rows = engine.rows(course.table_of(state.course), state.course)
    asked = [who[row.role] for row in rows if row.waits and row.role in who]
    if state.course.standing == "under_way" and state.status != "returning":
        asked.append(state.operator)
    return tuple(dict.fromkeys(asked))


def certifies(state: ArrivalState) -> bool:
    """Whether its facility is still to certify recovery."""
    rows = engine.rows(course.table_of(state.course), state.course)
    return any(row.waits and row.role == "operator" for row in rows)
