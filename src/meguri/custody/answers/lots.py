"""Answers to the rooms below: lots that could be shipped, what they become on arrival, what came out of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from meguri.consent.stored_lots import StoredLot
from meguri.custody import record, services
from meguri.custody.models import USED, Event, Lot
from meguri.custody.states import LotState
from meguri.custody.vocabulary import element_of
from meguri.journal.projections import relations
from meguri.movement.states import Consigned, LotMass, Made
from meguri.movement.travelling_lots import RecoveryEvent


def consigned(lot: str, grams: int, state: LotState) -> Consigned:
    """A lot as a movement's document has it."""
    return Consigned(
        lot=lot,
        grams=grams,
        origin=state.origin,
        label=state.label,
        mix=state.mix,
        contents=state.contents,
        basis=state.basis,
    )


class LotAnswers:
    """Custody's own lots and events, as the rooms below ask for them."""

    def held(self, organisation: str, stream: str, economy: str) -> tuple[StoredLot, ...]:
        """Lots of that stream in the organisation's store in that economy, largest first."""
        rows = Lot.objects.held_by(organisation).filter(stream=stream).order_by("-mass_g", "id")
        return tuple(
            StoredLot(
                lot=row.id,
                stream=row.stream,
                label=row.value.label,
                grams=row.mass_g,
                economy=row.value.economy,
                facility=row.facility,
            )
            for row in rows
            if row.value.economy == economy and not row.value.promised_to
        )

    def recoveries(self, organisation: str, lots: Collection[str]) -> tuple[RecoveryEvent, ...]:
        """Transformations by the organisation that took in any of these lots, newest first, with the metals made."""
        links = relations.edges(USED, source=[f"lot:{lot}" for lot in lots])
        used = sorted({link.target.partition(":")[2] for link in links})
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
                found.append(RecoveryEvent(event=row.id, made=made, day=event.at.date().isoformat()))
        return tuple(found)

    def consigned(self, lots: Sequence[LotMass]) -> tuple[Consigned, ...]:
        """Lots as their own records describe them, for a movement's document."""
        states = services.lots([part.lot for part in lots])
        return tuple(consigned(part.lot, part.grams, states[part.lot]) for part in lots)

    def whole(self, lots: Sequence[str]) -> tuple[LotMass, ...]:
        """Lots with all that is left of each."""
        return services.parts(list(lots))

    def agreed(self, lots: Sequence[str]) -> dict[str, int]:
        """The weighings to come that their senders have agreed to, in grams, by lot."""
        states = record.lots(lots)
        return {name: state.agreed_g for name, state in states.items() if state.agreed_g is not None}

    def used_in(self, event: str, lots: Sequence[str]) -> tuple[str, ...]:
        """Which of these lots went into an event."""
        links = relations.edges(USED, source=[f"lot:{lot}" for lot in lots], target=f"event:{event}")
        went = {link.source.partition(":")[2] for link in links}
        return tuple(lot for lot in lots if lot in went)
