"""Traces and balances over the tables: loads what the pure arithmetic needs, level by level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from django.core.cache import cache

from meguri.custody import contents, services
from meguri.custody import trace as arithmetic
from meguri.custody.balance import Balance
from meguri.custody.balance import balance as add_up
from meguri.custody.models import Event, Lot
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of

# SQLite takes at most this many values in one query.
AT_ONCE = 900


@dataclass(frozen=True)
class Leg:
    """A journey of lots that lie on a trace: the event that sent them and, once there, the one that received them."""

    lots: tuple[str, ...]
    sent: str
    received: str
    from_facility: str
    to_facility: str
    movement: str


@dataclass(frozen=True)
class Found:
    """A trace with the states of its lots and events, for pages that say more about them."""

    trace: arithmetic.Trace
    lots: dict[str, LotState]
    events: dict[str, EventState]


def events(names: Iterable[str]) -> dict[str, EventState]:
    """States of events by id."""
    wanted = sorted(set(names))
    found: dict[str, EventState] = {}
    for place in range(0, len(wanted), AT_ONCE):
        rows = Event.objects.filter(id__in=wanted[place : place + AT_ONCE])
        found |= {row.id: cast(EventState, row.value) for row in rows}
    return found


def _lots(names: Iterable[str]) -> dict[str, LotState]:
    wanted = sorted(set(names))
    found: dict[str, LotState] = {}
    for place in range(0, len(wanted), AT_ONCE):
        rows = Lot.objects.filter(id__in=wanted[place : place + AT_ONCE])
        found |= {row.id: cast(LotState, row.value) for row in rows}
    return found


def find(lot: str, down: bool = False, reader: object | None = None) -> Found:
    """Trace a lot up to its sources or down to what became of it; with a reader, only a lot that it may see.

    Two queries a level. Raises NotFound.
    """
    lots = {lot: services.lot(lot, reader)}
    seen: dict[str, EventState] = {}
    level = lots
    while level:
        names = (
            {name for state in level.values() for name in state.used_in}
            if down
            else {state.made_by for state in level.values()}
        )
        fresh = events(names - seen.keys())
        seen |= fresh
        sides = [event.outputs if down else event.inputs for event in fresh.values() if event.type == "transformation"]
        level = _lots({part.lot for side in sides for part in side} - lots.keys())
        lots |= level
    return Found(arithmetic.trace(lot, lots, seen, down), lots, seen)


def trace(lot: str, down: bool = False, reader: object | None = None) -> arithmetic.Trace:
    """The trace alone."""
    return find(lot, down, reader).trace


def origin_shares(lot: str) -> dict[str, float]:
    """Share of a lot by the organisation that took the source lots in: what a claim of origin says."""
    found = find(lot)
    shares: dict[str, float] = {}
    for source, share in found.trace.sources().items():
        actor = found.events[found.lots[source].made_by].actor
        shares[actor] = shares.get(actor, 0.0) + share
    return shares


def legs(found: Found) -> tuple[Leg, ...]:
    """Journeys between facilities of the lots on a trace, in the order in which they began."""
    on_way = {node.lot: found.lots[node.lot] for node in found.trace.nodes}
    known = events(name for state in on_way.values() for name in (state.made_by, *state.moved_in))
    made: dict[tuple[str, str, str, str], list[str]] = {}
    for lot, state in on_way.items():
        place, sent = known[state.made_by].facility, ""
        for name in state.moved_in:
            event = known[name]
            if event.step in ("dispatching", "departing"):
                sent = name
            elif event.step == "receiving" and lot not in event.refused:
                made.setdefault((sent, name, place, event.facility), []).append(lot)
                place = event.facility
    journeys = [
        Leg(tuple(lots), sent, received, start, end, known[sent].movement if sent in known else "")
        for (sent, received, start, end), lots in made.items()
        if start != end
    ]
    return tuple(sorted(journeys, key=lambda leg: (known[leg.received].number, known[leg.sent].number)))


def newest() -> str:
    """The id of the newest event, empty where there is none: what a page's short memory of the balance goes by."""
    return str(Event.objects.order_by("-number").values_list("id", flat=True).first() or "")


def remembered() -> Balance:
    """The balance as of the newest event, reckoned at most once a minute for pages that anyone may open."""
    found: Balance | None = cache.get_or_set(f"custody:balance:{newest()}", balance, 60)
    return found or balance()


def balance() -> Balance:
    """Add up the whole record."""
    lots = {row.id: cast(LotState, row.value) for row in Lot.objects.all().iterator()}
    told = [cast(EventState, row.value) for row in Event.objects.order_by("number").iterator()]
    smelted = {
        part.lot
        for event in told
        if any(element_of(lots[out.lot].stream) for out in event.outputs if out.lot in lots)
        for part in event.inputs
    }
    fractions = {
        name: {element: (estimate.value, estimate.sd) for element, estimate in contents.of(lots[name]).items()}
        for name in smelted
        if name in lots
    }
    return add_up(told, lots, fractions)
