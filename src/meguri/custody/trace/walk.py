"""A trace over the record: loads what the arithmetic of shares needs, level by level."""

from __future__ import annotations

from dataclasses import dataclass

from meguri.custody import record, services
from meguri.custody.states import EventState, LotState
from meguri.custody.trace import shares


@dataclass(frozen=True)
class FoundTrace:
    """A trace with the states of its lots and events, for pages that say more about them."""

    trace: shares.Trace
    lots: dict[str, LotState]
    events: dict[str, EventState]


def find(lot: str, down: bool = False, reader: object | None = None, known: FoundTrace | None = None) -> FoundTrace:
    """Trace a lot up to its sources or down to what became of it; with a reader, only a lot that it may see.

    Two queries a level (downwards three); `known` is a trace that has the lot itself already. Raises NotFound.
    """
    lots = {lot: known.lots[lot] if known else services.lot(lot, reader)}
    seen: dict[str, EventState] = {}
    level = lots
    while level:
        names = record.used_in(level) if down else {state.made_by for state in level.values()}
        fresh = record.events(names - seen.keys())
        seen |= fresh
        steps = [step for event in fresh.values() for step in event.steps]
        found = {part.lot for step in steps for part in (step.outputs if down else step.inputs)}
        level = record.lots(found - lots.keys())
        lots |= level
    return FoundTrace(shares.trace(lot, lots, seen, down), lots, seen)


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
