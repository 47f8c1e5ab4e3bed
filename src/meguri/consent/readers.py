"""Who may read the acts of a case or of a movement: those who see the case, and its carriers."""

from __future__ import annotations

from meguri.consent import models, procedure
from meguri.consent.states import CaseState, MovementState


def of_case(organisation: str, case: CaseState) -> bool:
    """Its parties, authorities whose track is visible, and carriers of its movements."""
    carriers = [line.carrier for line in case.movements]
    return organisation in procedure.organisations(case) or organisation in carriers


def of_movement(organisation: str, movement: MovementState) -> bool:
    """Whoever sees its case, and its own carrier."""
    if organisation == movement.carrier:
        return True
    return models.Case.objects.visible_to(organisation).filter(id=movement.case).exists()
