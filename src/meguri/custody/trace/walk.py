"""Traces and balances over the tables: loads what the pure arithmetic needs, level by level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from meguri.custody import contents, services
from meguri.custody.balance import accounts
from meguri.custody.balance.ledger import Balance
from meguri.custody.balance.ledger import balance as add_up
from meguri.custody.models import MOVED, USED, Event, Lot
from meguri.custody.states import EventState, LotState
from meguri.custody.trace import shares as arithmetic
from meguri.custody.vocabulary import element_of
from meguri.journal.projections import relations, sums
from meguri.journal.subject import home

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


def used_in(lots: Iterable[str]) -> set[str]:
    """The events that took from any of these lots."""
    links = relations.edges(USED, source=[f"lot:{lot}" for lot in lots])
    return {link.target.partition(":")[2] for link in links}


def moved_in(lots: Iterable[str]) -> dict[str, list[str]]:
    """The events that sent, weighed or corrected each of these lots, in order of number."""
    found: dict[str, list[str]] = {lot: [] for lot in lots}
    for link in relations.edges(MOVED, source=[f"lot:{lot}" for lot in found]):
        found[link.source.partition(":")[2]].append(link.target.partition(":")[2])
    return found


def taken_over(lots: Iterable[str]) -> dict[str, str]:
    """The receivers' own lots that these became on arrival, by the sender's name; those that did not are left out."""
    wanted = set(lots)
    pairs = (pair for event in events(used_in(wanted)).values() for pair in event.renamed)
    return {sent.lot: taken.lot for sent, taken in pairs if sent.lot in wanted}


def find(lot: str, down: bool = False, reader: object | None = None, known: Found | None = None) -> Found:
    """Trace a lot up to its sources or down to what became of it; with a reader, only a lot that it may see.

    Two queries a level (downwards three); `known` is a trace that has the lot itself already. Raises NotFound.
    """
    lots = {lot: known.lots[lot] if known else services.lot(lot, reader)}
    seen: dict[str, EventState] = {}
    level = lots
    while level:
        names = used_in(level) if down else {state.made_by for state in level.values()}
        fresh = events(names - seen.keys())
        seen |= fresh
        steps = [step for event in fresh.values() for step in event.steps]
        found = {part.lot for step in steps for part in (step.outputs if down else step.inputs)}
        level = _lots(found - lots.keys())
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
    """Journeys between facilities of the lots on a trace, in the order in which they began.

    A lot that a receiver made of a sender's ends the journey on which the sender's lot left.
    """
    on_way = {node.lot: found.lots[node.lot] for node in found.trace.nodes}
    # How another node's lot travelled stands in that node's record.
    came = {lot: state.came_from for lot, state in on_way.items() if state.came_from and not home(state.came_from)}
    moves = moved_in({*on_way, *came.values()})
    wanted = {*(state.made_by for state in on_way.values()), *(name for names in moves.values() for name in names)}
    known = found.events | events(wanted - found.events.keys())
    senders = _lots(set(came.values()) - on_way.keys()) | on_way
    known |= events({senders[name].made_by for name in came.values()} - known.keys())
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
        Leg(tuple(lots), sent, received, start, end, known[sent].movement if sent in known else "")
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


def standing() -> Balance:
    """The balance as the record keeps it: read from sums, whatever has been recorded. Two queries at most."""
    kept = sums.totals(accounts.ACCOUNTS)
    names = accounts.apart(kept)
    named = names[: accounts.MOST_WRONG]
    known = _lots(named)
    return accounts.balance_of(kept, {name: known.get(name) for name in named}, len(names) - len(named))


def balance() -> Balance:
    """Add up the whole record anew: what `standing` must come to."""
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
