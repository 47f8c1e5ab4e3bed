"""What waits for a reader among lots: those on the way to them, and those refused that they have to take back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from meguri.custody.models import Lot
from meguri.custody.states import LotState
from meguri.custody.vocabulary import stream_words
from meguri.kit.grams import to_kg
from meguri.kit.people.identity import Reader
from meguri.kit.web.inbox import Waiting
from meguri.kit.words import Words

SHOWN = 20


def waiting(reader: Reader) -> Iterable[Waiting]:
    """Lots on the way to the reader, and refused ones to be taken back; movements are the case's to tell."""
    if not reader.organisation:
        return
    coming = Lot.objects.filter(bound_for=reader.organisation, movement="")
    refused = Lot.objects.filter(holder=reader.organisation, status="refused")
    oldest = [list(rows.order_by("made_at", "id")[: SHOWN + 1]) for rows in (coming, refused)]
    for row in (row for rows in oldest for row in rows[:SHOWN]):
        state = cast(LotState, row.value)
        stream, back = stream_words(state.stream), state.status == "refused"
        title = Words("Take back: {stream}, {mass} kg") if back else Words("Receive: {stream}, {mass} kg")
        yield Waiting(
            title=title.format(stream=stream, mass=to_kg(state.mass_g)),
            due=None,
            consequence=Words("It stays out of every store until it is taken back.")
            if back
            else Words("It stays on its way, and nobody can use it."),
            ground=Words("Lot {lot}").format(lot=row.id),
            url=f"/lots/receive?lot={row.id}",
        )
    if any(len(rows) > SHOWN for rows in oldest):
        yield Waiting(
            title=Words("More lots wait to be received or taken back"),
            due=None,
            consequence=Words("The oldest stand above."),
            ground="",
            url="/lots/receive",
        )
