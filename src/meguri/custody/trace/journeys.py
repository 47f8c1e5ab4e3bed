"""The journeys of the lots on a trace: which event sent them, which one received them, from where to where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from meguri.custody import record
from meguri.custody.states import EventState, LotState
from meguri.custody.trace.walk import FoundTrace
from meguri.journal.subject import home


@dataclass(frozen=True)
class Journey:
    """A journey of lots that lie on a trace: the event that sent them and, once there, the one that received them."""

    lots: tuple[str, ...]
    sent: str
    received: str
    from_facility: str
    to_facility: str
    movement: str


def legs(found: FoundTrace) -> tuple[Journey, ...]:
    """Journeys between facilities of the lots on a trace, in the order in which they began.

    A lot that a receiver made of a sender's ends the journey on which the sender's lot left.
    """
    on_way = {node.lot: found.lots[node.lot] for node in found.trace.nodes}
    # How another node's lot travelled stands in that node's record.
    came = {lot: state.came_from for lot, state in on_way.items() if state.came_from and not home(state.came_from)}
    moves = record.moved_in({*on_way, *came.values()})
    wanted = {*(state.made_by for state in on_way.values()), *(name for names in moves.values() for name in names)}
    known = found.events | record.events(wanted - found.events.keys())
    senders = record.lots(set(came.values()) - on_way.keys()) | on_way
    known |= record.events({senders[name].made_by for name in came.values()} - known.keys())
    made: dict[tuple[str, str, str, str], list[str]] = {}
    for lot, state in on_way.items():
        place, sent = known[state.made_by].facility, ""
        if lot in came:
            left, start = _left(came[lot], senders[came[lot]], moves[came[lot]], known)
            made.setdefault((left, state.made_by, start, place), []).append(lot)
        for name in moves[lot]:
            event = known[name]
            if event.step in ("dispatching", "departing"):
                sent = name
            elif event.step == "receiving" and lot not in event.refused:
                made.setdefault((sent, name, place, event.facility), []).append(lot)
                place = event.facility
    journeys = [
        Journey(tuple(lots), sent, received, start, end, known[sent].movement if sent in known else "")
        for (sent, received, start, end), lots in made.items()
        if start != end
    ]
    return tuple(sorted(journeys, key=lambda leg: (known[leg.received].number, known[leg.sent].number)))


def _left(lot: str, state: LotState, moves: Iterable[str], known: Mapping[str, EventState]) -> tuple[str, str]:
    """The event with which a lot left on its last journey, and from where."""
    place, sent, start = known[state.made_by].facility, "", known[state.made_by].facility
    for name in moves:
        event = known[name]
        if event.step in ("dispatching", "departing"):
            sent, start = name, place
        elif event.step == "receiving" and lot not in event.refused:
            place = event.facility
    return sent, start
