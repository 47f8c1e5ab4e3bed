"""What waits for a reader among lots: those on the way to them, and those refused that they have to take back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from meguri.custody import record
from meguri.custody.models import OPEN, Lot
from meguri.custody.states import LotState
from meguri.custody.vocabulary import stream_words
from meguri.journal.projections import relations
from meguri.kit.grams import to_kg
from meguri.kit.people.identity import Reader
from meguri.kit.web.inbox import Waiting
from meguri.kit.words import Words

SHOWN = 20


def _open(organisation: str) -> Iterable[Waiting]:
    """Weighings that stand open until the organisation agrees, and lots of it that did not arrive."""
    links = relations.edges(OPEN, target=organisation)
    names = sorted({link.source.partition(":")[2] for link in links})[:SHOWN]
    for name, state in sorted(record.lots(names).items()):
        missing = state.status == "missing"
        title = (
            Words("Missing on arrival: {stream}, {mass} kg")
            if missing
            else Words("Weighed otherwise: {stream}, {mass} kg")
        )
        yield Waiting(
            title=title.format(stream=stream_words(state.stream), mass=to_kg(state.mass_g)),
            due=None,
            consequence=Words("Until it is found the balance says that weighings do not agree.")
            if missing
            else Words("Until you agree, or it is weighed again, the balance says that weighings do not agree."),
            ground=Words("Lot {lot}").format(lot=name),
            url=f"/lots/{name}" if missing else f"/lots/{name}/agree",
        )


def waiting(reader: Reader) -> Iterable[Waiting]:
    """Lots on the way to the reader, and refused ones to be taken back; movements are the case's to tell."""
    if not reader.organisation:
        return
    yield from _open(str(reader.organisation))
    coming = Lot.objects.filter(bound_for=reader.organisation, movement="", status="in_transit")
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
