"""What systems read of consents as a list: the cases that their organisation sees, and how each stands now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meguri.consent import models
from meguri.consent.case import record
from meguri.consent.case import standing as standings
from meguri.journal.listing import Filter, Listed
from meguri.journal.projections.books import Projection
from meguri.kit import clock


def beside(rows: Sequence[Projection]) -> Mapping[str, Mapping[str, Any]]:
    """How each case stands, and which consents are not in."""
    now = clock.now()
    whole = zip(rows, record.together((row.pk, row.value) for row in rows), strict=True)
    found = {row.pk: standings.of(case, now) for row, case in whole}
    return {
        id: {"standing": one.word, "missing": tuple(track.key for track in one.missing)} for id, one in found.items()
    }


LISTS = (
    Listed(
        "cases",
        "case",
        models.Case,
        "A case, with how it stands now.",
        {
            "number": Filter("number", "the number of the notification"),
            "exporter": Filter("exporter", "who notified: organisation:…"),
            "origin": Filter("origin", "economy of origin, ISO 3166 alpha-3"),
            "destination": Filter("destination", "economy of destination, ISO 3166 alpha-3"),
            "stream": Filter("stream", "material, such as circuit-boards"),
            "over": Filter("over", "whether it is completed or retracted", ("true", "false")),
        },
        more={"standing": standings.Word, "missing": tuple[str, ...]},
        beside=beside,
    ),
)
