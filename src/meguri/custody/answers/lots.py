"""Answers to the rooms below: lots that could be shipped, what they become on arrival, what came out of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from meguri.consent.stored_lots import StoredLot
from meguri.custody import record, services
from meguri.custody.certificates import reserving
from meguri.custody.models import Lot
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of
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


def recovered(id: str, event: EventState, movement: str, lots: Collection[str]) -> RecoveryEvent | None:
    """What an event recovered from a movement's lots, as far as it is not certified; None where it is no recovery."""
    treated = reserving.treated_g(event, movement)
    if treated is None:
        return None
    states = record.lots(part.lot for part in event.outputs)
    made = tuple(
        Made(part.lot, element, free)
        for part in event.outputs
        if part.lot in states
        and (element := element_of(states[part.lot].stream))
        and (free := reserving.free_g(states[part.lot], movement))
    )
    went = {part.lot for part in event.inputs}
    own = tuple(lot for lot in lots if lot in went)
    return RecoveryEvent(event=id, made=made, day=event.at.date().isoformat(), treated_g=treated, lots=own)


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

    def recoveries(self, organisation: str, movement: str, lots: Collection[str]) -> tuple[RecoveryEvent, ...]:
        """Recoveries by the organisation into which these lots of a movement went, by whatever steps, newest first."""
        found: dict[str, EventState] = {}
        seen, ahead = set(lots), list(lots)
        while ahead:
            events = record.events(record.used_in(ahead))
            own = {id: event for id, event in events.items() if event.actor == organisation and event.facility}
            found.update(own)
            made = {part.lot for event in own.values() if event.type == "transformation" for part in event.outputs}
            ahead = [lot for lot, state in record.lots(made - seen).items() if not element_of(state.stream)]
            seen |= made
        newest = sorted(found.items(), key=lambda one: -one[1].number)
        told = [recovered(id, event, movement, lots) for id, event in newest]
        return tuple(one for one in told if one is not None)

    def recovery(self, event: str, movement: str, lots: Collection[str]) -> RecoveryEvent | None:
        """What one event recovered from a movement's lots; None where it recovered nothing of it."""
        state = record.events([event]).get(event)
        return recovered(event, state, movement, lots) if state else None

    def residue_g(self, movement: str, lots: Sequence[str]) -> int:
        """Accepted grams of a movement that these lots still carry."""
        return sum(reserving.left_g(state, movement) for state in record.lots(lots).values())

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
