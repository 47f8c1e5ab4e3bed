"""Answers to the consent room's forms: lots that could be shipped, and what came out of those that were."""

from __future__ import annotations

from collections.abc import Collection

from meguri.consent.holdings import Holding, Recovery
from meguri.consent.states import Made
from meguri.custody.models import Event, Lot
from meguri.custody.vocabulary import element_of

MOST = 200


class Kept:
    """Custody's own lots and events, as the consent room's `Holdings` asks for them."""

    def held(self, organisation: str, stream: str, economy: str) -> tuple[Holding, ...]:
        """Lots of that stream in the organisation's store in that economy, largest first."""
        rows = Lot.objects.held_by(organisation).filter(stream=stream).order_by("-mass_g", "id")[:MOST]
        return tuple(
            Holding(
                lot=row.id,
                stream=row.stream,
                label=row.value.label,
                grams=row.mass_g,
                economy=row.value.economy,
                facility=row.facility,
            )
            for row in rows
            if row.value.economy == economy
        )

    def recoveries(self, organisation: str, lots: Collection[str]) -> tuple[Recovery, ...]:
        """Transformations by the organisation that took in any of these lots, newest first, with the metals made."""
        rows = Lot.objects.filter(id__in=sorted(lots))
        used = sorted({event for row in rows for event in row.value.used_in})
        events = list(Event.objects.filter(id__in=used, actor=organisation).order_by("-number"))
        out = {part.lot for row in events for part in row.value.outputs}
        streams = dict(Lot.objects.filter(id__in=sorted(out)).values_list("id", "stream"))
        found = []
        for row in events:
            event = row.value
            made = tuple(
                Made(part.lot, element, part.grams)
                for part in event.outputs
                if (element := element_of(streams.get(part.lot, "")))
            )
            if made:
                found.append(Recovery(event=row.id, made=made, day=event.at.date().isoformat()))
        return tuple(found)
