"""Movements and arrivals as the record has them, own or copied, for who may see them. Ids are bare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from meguri.consent.case import record as consent
from meguri.consent.case.record import sees
from meguri.journal import peers
from meguri.journal.projections import copies
from meguri.journal.subject import bare, home, split
from meguri.kit.problems import N_, NotFound, Problem
from meguri.movement import models
from meguri.movement.states import ArrivalState, MovementState


def no_movement(movement: str) -> NotFound:
    """The one answer for a movement that is absent or not for this reader."""
    return NotFound(
        Problem(N_("There is no movement {movement} for you."), "/movement", "no-movement", {"movement": movement})
    )


def kept(id: str, reader: Any = None) -> tuple[str, MovementState]:
    """The movement, and the node that keeps it: empty where this one does."""
    row = copies.row(models.Movement, "movement", id)
    if row is None or not sees(reader, f"movement:{row.id}"):
        raise no_movement(bare(id))
    return home(row.id), cast(MovementState, row.value)


def movement(id: str, reader: Any = None) -> MovementState:
    """The movement. With a reader (`request.reader` or a subject), NotFound where it is not theirs to see."""
    return kept(id, reader)[1]


def movements(ids: Iterable[str]) -> dict[str, tuple[str, MovementState]]:
    """Many movements by bare id, each with the node that keeps it; those that are not on record are left out."""
    rows = copies.rows(models.Movement, "movement", set(ids))
    return {id: (home(row.id), cast(MovementState, row.value)) for id, row in rows.items()}


def arrival_name(id: str, state: MovementState, keeper: str = "") -> str:
    """The subject of a movement's arrival as this node names it; `keeper` keeps the movement."""
    return peers.seen(f"arrival:{id}@{state.there}" if state.there else f"arrival:{id}", keeper)


def arrival_of(id: str, state: MovementState, keeper: str = "") -> ArrivalState | None:
    """What came of a movement, on whichever node; None before."""
    row = models.Arrival.objects.filter(id=split(arrival_name(id, state, keeper))[1]).first()
    return cast(ArrivalState, row.value) if row else None


def arrival(id: str) -> ArrivalState | None:
    """The same by the movement's id; None where there is no such movement."""
    found = movements([id]).get(bare(id))
    return arrival_of(bare(id), found[1], found[0]) if found else None


def arrivals(movements: Mapping[str, tuple[str, MovementState]]) -> dict[str, ArrivalState]:
    """What came of many."""
    names = {split(arrival_name(id, state, keeper))[1]: id for id, (keeper, state) in movements.items()}
    return {names[row.id]: cast(ArrivalState, row.value) for row in models.Arrival.objects.filter(id__in=names)}


def of_case(case: str, most: int = 0) -> dict[str, MovementState]:
    """The movements of a case by bare id, in serial order; with `most`, only the newest so many."""
    rows = models.Movement.objects.filter(case=case).order_by("-serial")
    keeper = consent.keeper(case)
    # Movements are kept where their case is: what another node says of one is not this case's.
    rows = rows.filter(id__endswith=f"@{keeper}") if keeper else rows.exclude(id__contains="@")
    found = rows[:most] if most else rows
    return {bare(row.id): cast(MovementState, row.value) for row in reversed(list(found))}
