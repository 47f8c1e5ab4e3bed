"""Lots and events as the record has them, many at once, and which events used and moved which lots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from meguri.custody.models import MOVED, USED, Event, Lot
from meguri.custody.states import EventState, LotState
from meguri.journal.projections import relations

# SQLite takes at most this many values in one query.
AT_ONCE = 900


def events(names: Iterable[str]) -> dict[str, EventState]:
    """States of events by id."""
    wanted = sorted(set(names))
    found: dict[str, EventState] = {}
    for place in range(0, len(wanted), AT_ONCE):
        rows = Event.objects.filter(id__in=wanted[place : place + AT_ONCE])
        found |= {row.id: cast(EventState, row.value) for row in rows}
    return found


def lots(names: Iterable[str]) -> dict[str, LotState]:
    """States of lots by id; those that are not on record are left out."""
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
