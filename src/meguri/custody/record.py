"""Lots and events as the record has them, many at once, and which events used and moved which lots."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import cast

from meguri.custody.models import MOVED, USED, Event, Lot
from meguri.custody.states import EventState, LotState
from meguri.journal.projections import relations


def events(names: Iterable[str]) -> dict[str, EventState]:
    """States of events by id. One query, however many."""
    wanted = set(names)
    rows = Event.objects.filter(id__in=relations.listed(wanted)) if wanted else ()
    return {row.id: cast(EventState, row.value) for row in rows}


def events_of_acts(numbers: Collection[int]) -> dict[str, EventState]:
    """States of the events that these acts recorded, by id."""
    return {row.id: cast(EventState, row.value) for row in Event.objects.filter(number__in=numbers)}


def lots(names: Iterable[str]) -> dict[str, LotState]:
    """States of lots by id; those that are not on record are left out. One query, however many."""
    wanted = set(names)
    rows = Lot.objects.filter(id__in=relations.listed(wanted)) if wanted else ()
    return {row.id: cast(LotState, row.value) for row in rows}


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
