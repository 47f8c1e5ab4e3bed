"""Cases for lists: many by their ids, in as many queries however many they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from meguri.consent import models
from meguri.consent.case import record
from meguri.consent.states import Case, DossierState
from meguri.journal.projections import copies
from meguri.journal.subject import bare


def dossiers(ids: Iterable[str]) -> dict[str, DossierState]:
    """The dossiers of these cases, by bare id, own or copied."""
    return {id: cast(DossierState, row.value) for id, row in copies.rows(models.Case, "case", set(ids)).items()}


def cases(ids: Iterable[str]) -> list[Case]:
    """These cases with all their parts, in the order given."""
    wanted = list(ids)
    found = copies.rows(models.Case, "case", wanted)
    rows = (found[bare(id)] for id in wanted if bare(id) in found)
    return record.together((row.id, cast(DossierState, row.value)) for row in rows)
