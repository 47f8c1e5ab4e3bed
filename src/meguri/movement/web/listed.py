"""What systems read of movements as a list: those that their organisation sees, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meguri.journal.listing import Filter, Listed
from meguri.journal.projections.books import Projection
from meguri.movement.models import Movement


def beside(rows: Sequence[Projection]) -> Mapping[str, Mapping[str, Any]]:
    """Where each stands in its procedure, and the case that allows it, if any."""
    return {row.pk: {"status": row.value.status, "case": row.value.case} for row in rows}


LISTS = (
    Listed(
        "movements",
        "movement",
        Movement,
        "A movement.",
        {
            "case": Filter("case", "the case that allows it"),
            "status": Filter("status", "where it stands in its procedure"),
            "carrier": Filter("carrier", "who carries it: organisation:…"),
        },
        more={"status": str, "case": str},
        beside=beside,
    ),
)
