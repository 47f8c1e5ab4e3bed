"""Who may read the acts of a case or of a movement: those who see the case, and a movement's own carrier."""

from __future__ import annotations

from typing import cast

from meguri.consent import models, procedure
from meguri.consent.states import CaseState, MovementState


def of_case(organisation: str, case: CaseState) -> bool:
    """Its parties, and authorities whose track is visible; carriers read the acts of their movements only."""
    return organisation in procedure.organisations(case)


def of_movement(organisation: str, movement: MovementState) -> bool:
    """Whoever sees its case, and its own carrier."""
    if organisation == movement.carrier:
        return True
    row = models.Case.objects.filter(id=movement.case).first()
    return row is not None and of_case(organisation, cast(CaseState, row.value))
