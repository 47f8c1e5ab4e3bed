"""A trace over the record: what is linked with a lot follows from the edges alone; then its states are read at once."""

from __future__ import annotations

from dataclasses import dataclass

from meguri.custody import record, services
from meguri.custody.models import MADE, USED
from meguri.custody.states import EventState, LotState
from meguri.custody.trace import shares
from meguri.journal.projections import relations
from meguri.journal.subject import split

MOST = 2000
"""Lots and events that a page follows; what is linked with more is followed by `meguri trace`."""


@dataclass(frozen=True)
class FoundTrace:
    """A trace with the states of its lots and events, for pages that say more about them.

    `cut` says that more is linked with the lot than was asked for: then nothing was followed, since shares of a part
    would be wrong.
    """

    trace: shares.Trace
    lots: dict[str, LotState]
    events: dict[str, EventState]
    cut: bool = False


def find(
    lot: str, down: bool = False, reader: object | None = None, known: FoundTrace | None = None, most: int = 0
) -> FoundTrace:
    """Trace a lot up to its sources or down to what became of it; with a reader, only a lot that it may see.

    At most four queries beside that for the lot, however much is linked with it; `known` is a trace that has the lot
    itself already. With `most`, a lot with which more lots and events are linked is not followed. Raises NotFound.
    """
    lots = {lot: known.lots[lot] if known else services.lot(lot, reader)}
    nodes = relations.reached(f"lot:{lot}", (USED, MADE), down=down, most=most + 1 if most else 0)
    if most and len(nodes) > most:
        return FoundTrace(shares.trace(lot, lots, {}, down), lots, {}, cut=True)
    named: dict[str, list[str]] = {"lot": [], "event": []}
    for node in nodes:
        prefix, name = split(node)
        named[prefix].append(name)
    events = record.events(named["event"])
    lots |= record.lots(set(named["lot"]) - lots.keys())
    if not down:
        # That a lot arose is no edge: nothing went into it.
        events |= record.events({state.made_by for state in lots.values()} - events.keys())
    return FoundTrace(shares.trace(lot, lots, events, down), lots, events)


def trace(lot: str, down: bool = False, reader: object | None = None) -> shares.Trace:
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
