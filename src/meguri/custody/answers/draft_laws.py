"""What custody holds, as movements on which a draft law can be tried: where the held materials might lawfully go."""

from __future__ import annotations

from datetime import date

from meguri import law
from meguri.custody.models import Lot
from meguri.law import laboratory


def held(on: date) -> tuple[law.Question, ...]:
    """Each material held in each economy, to every destination that the built-in lanes know for any origin.

    Lots of one material in one economy ask once. Metals that were recovered are no question of this law.
    """
    known = law.streams()
    destinations = sorted({lane.destination for lane in laboratory.lanes(on)})
    rows = Lot.objects.filter(status="held", mass_g__gt=0, stream__in=list(known)).order_by("id")
    places = sorted({(row.stream, row.value.economy) for row in rows.iterator()})
    return tuple(
        law.Question.parse(
            on=on,
            stream=stream,
            origin=economy,
            destination=destination,
            operation="R4",
            facts={"hazardous": "unknown"},
            case_id=f"{stream}:{economy}-{destination}",
        )
        for stream, economy in places
        for destination in destinations
        if destination != economy
    )
