"""A trace on the map: points where lots arose and were made, arcs where they travelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from meguri.custody import record
from meguri.custody.states import EventState
from meguri.custody.trace import journeys, walk
from meguri.custody.web.veil import Veil
from meguri.journal.projections import copies
from meguri.journal.subject import bare
from meguri.kit.problems import MeguriError
from meguri.kit.words import Words, plain
from meguri.movement.models import Movement
from meguri.movement.states import MovementState
from meguri.sea import legs as ways

Place = tuple[float, float, Words]


@dataclass(frozen=True)
class Stops:
    """Journeys with the events that ended and began each, and the movements under which they went; fetched once."""

    legs: tuple[journeys.Journey, ...]
    events: Mapping[str, EventState]
    movements: Mapping[str, MovementState]

    @property
    def ends(self) -> set[str]:
        """The facilities where journeys began and ended."""
        return {name for leg in self.legs for name in (leg.from_facility, leg.to_facility) if name}

    @property
    def actors(self) -> set[str]:
        """Who sent and who received."""
        return {event.actor for event in self.events.values()}


def stops(found: walk.FoundTrace) -> Stops:
    """The journeys of a trace's lots, in as many queries however many there are."""
    legs = journeys.legs(found)
    known = record.events({name for leg in legs for name in (leg.sent, leg.received) if name})
    rows = copies.rows(Movement, "movement", {leg.movement for leg in legs if leg.movement})
    return Stops(legs, known, {id: cast(MovementState, row.value) for id, row in rows.items()})


def _places(stops: Stops, veil: Veil) -> list[tuple[journeys.Journey, EventState, Place, Place]]:
    """Journeys with both ends' places, as far as they are known."""
    known, found = stops.events, []
    for leg in stops.legs:
        here = known[leg.received]
        sender = known[leg.sent].actor if leg.sent in known else ""
        economy = known[leg.sent].economy if leg.sent in known else here.economy
        start = _facility(leg.from_facility, sender, economy, leg.lots[0], veil)
        end = _facility(leg.to_facility, here.actor, here.economy, leg.lots[0], veil)
        if start and end:
            found.append((leg, here, start, end))
    return found


def _facility(id: str, actor: str, economy: str, lot: str, veil: Veil) -> Place | None:
    state = veil.facility(id) if id else None
    owner = state.organisation if state else actor
    return veil.place(_at(id, owner, state.economy if state else economy), lot)


def _at(facility: str, actor: str, economy: str) -> EventState:
    """An event that stands for a place alone."""
    from meguri.kit import clock

    return EventState(
        type="object",
        step="receiving",
        actor=actor,
        at=clock.now(),
        act="",
        number=0,
        facility=facility,
        economy=economy,
    )


def sea_way(state: MovementState | None) -> tuple[list[list[float]], float | None, Words]:
    """The way of a movement between its ports as longitude and latitude, its length in km, and the length's source."""
    if state is None:
        return [], None, plain("")
    if not state.port_from:
        return [], None, plain("")
    try:
        way = ways.leg(state.port_from, state.port_to, tuple(state.ports_via))
    except MeguriError:
        return [], state.km, ways.reckoned(state.km_source)
    return [[lon, lat] for lon, lat in way.points], state.km, ways.reckoned(state.km_source)


def table(stops: Stops, veil: Veil) -> list[dict[str, Any]]:
    """Rows of the table of journeys."""
    rows = []
    for leg, event, start, end in _places(stops, veil):
        _, km, source = sea_way(stops.movements.get(bare(leg.movement)))
        rows.append(
            {
                "from": start[2],
                "to": end[2],
                "at": event.at,
                "lots": len(leg.lots),
                "km": km,
                "source": source,
                "movement": leg.movement,
                "case": event.case,
                "act": event.act if veil.reads(event) else "",
            }
        )
    return rows


def world(found: walk.FoundTrace, made: Mapping[str, EventState], stops: Stops, veil: Veil) -> dict[str, Any]:
    """The map's data: one point a place, one arc a journey (the sea's way for a movement)."""
    points: dict[tuple[float, float], dict[str, Any]] = {}
    ends = {share.lot for share in found.trace.shares if share.lot}
    for node in found.trace.nodes:
        place = veil.place(made[node.made_by], node.lot)
        if place is None:
            continue
        lon, lat, name = place
        kind = "destination" if node.lot == found.trace.lot else "origin" if node.lot in ends else "transit"
        known = points.setdefault((lon, lat), {"lon": lon, "lat": lat, "label": name.say(), "kind": kind, "share": 0.0})
        if kind != "transit":
            known["kind"] = kind
    arcs = []
    for leg, _, start, end in _places(stops, veil):
        way, _, _ = sea_way(stops.movements.get(bare(leg.movement)))
        carried = sum(node.share for node in found.trace.nodes if node.lot in leg.lots)
        line = [[start[0], start[1]], *way, [end[0], end[1]]]
        if (start[0], start[1]) != (end[0], end[1]):
            label = f"{start[2].say()} → {end[2].say()}"
            arcs.append({"points": line, "label": label, "weight": round(min(1.0, carried), 4), "kind": ""})
    return {"points": [{k: v for k, v in p.items() if k != "share"} for p in points.values()], "arcs": arcs}
