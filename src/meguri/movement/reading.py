"""Movements and arrivals as the record has them, for who may see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from meguri.consent.reading import sees
from meguri.kit.problems import N_, NotFound, Problem
from meguri.movement import models
from meguri.movement.states import ArrivalState, MovementState


def no_movement(movement: str) -> NotFound:
    """The one answer for a movement that is absent or not for this reader."""
    return NotFound(
        Problem(N_("There is no movement {movement} for you."), "/movement", "no-movement", {"movement": movement})
    )


def movement(id: str, reader: Any = None) -> MovementState:
    """The movement. With a reader (`request.reader` or a subject), NotFound where it is not theirs to see."""
    row = models.Movement.objects.filter(id=id).first()
    if row is None or not sees(reader, f"movement:{id}"):
        raise no_movement(id)
    return cast(MovementState, row.value)


def arrival(id: str) -> ArrivalState | None:
    """What came of it; None before."""
    row = models.Arrival.objects.filter(id=id).first()
    return cast(ArrivalState, row.value) if row else None


def arrivals(ids: Iterable[str]) -> dict[str, ArrivalState]:
    """What came of many."""
    return {row.id: cast(ArrivalState, row.value) for row in models.Arrival.objects.filter(id__in=list(ids))}


def of_case(case: str, most: int = 0) -> dict[str, MovementState]:
    """The movements of a case by bare id, in serial order; with `most`, only the newest so many."""
    rows = models.Movement.objects.filter(case=case).order_by("-serial")
    found = rows[:most] if most else rows
    return {row.id: cast(MovementState, row.value) for row in reversed(list(found))}
