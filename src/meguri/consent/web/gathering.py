"""Cases for lists: many by their ids, in as many queries however many they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from meguri.consent import models, reading
from meguri.consent.states import Case, DossierState


def dossiers(ids: Iterable[str]) -> dict[str, DossierState]:
    """The dossiers of these cases, by id."""
    return {row.id: cast(DossierState, row.value) for row in models.Case.objects.filter(id__in=list(ids))}


def cases(ids: Iterable[str]) -> list[Case]:
    """These cases with all their parts, in the order given."""
    wanted = list(ids)
    found = dossiers(wanted)
    return reading.together((id, found[id]) for id in wanted if id in found)
