"""The endpoint of a case, for those who may see it."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router

from meguri.consent import procedure, services
from meguri.kit import clock
from meguri.kit.web.identity import ANYONE, Reader

router = Router()


@router.get("/cases/{case}", summary="A case as it stands, with its tracks and movements", operation_id="case")
def case(request: HttpRequest, case: str) -> dict[str, Any]:
    """The case's state, its standing, and what the reader's organisation may do on it now."""
    reader: Reader = getattr(request, "reader", ANYONE)
    state = services.whole_case(case, reader)
    now = clock.now()
    found = procedure.standing(state, now)
    return {
        "case": case,
        "standing": found.word,
        "missing": [track.key for track in found.missing],
        "open": [
            {"track": offer.track.key, "transition": offer.row.transition, "next": list(offer.next)}
            for offer in procedure.offers(state, reader.organisation or "", now)
        ],
        "state": msgspec.to_builtins(state),
    }
