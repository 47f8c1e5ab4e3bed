"""What must be so whatever was told: reckoned from the acts that were taken down, not from states or guards.

An account of its own, on purpose: grams by lot as the bodies say them, metal by the ceilings of what was collected,
certified and claimed grams by lot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from meguri.custody import acts
from meguri.custody.balance import ledger
from meguri.custody.states import EventState, LotState
from meguri.journal import kinds
from meguri.journal.act import Entry
from meguri.journal.entry.in_memory import MemoryRecord


@dataclass
class HistoryFaults:
    """What must not be: unaccounted grams, lots or accounts below nothing, metal beyond what can have been there."""

    residual_g: int = 0
    negative: int = 0
    above_bound: int = 0
    twice: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.residual_g or self.negative or self.above_bound or self.twice)


def look(record: MemoryRecord) -> HistoryFaults:
    """Everything that is wrong with a record."""
    found = HistoryFaults()
    lots = {name.partition(":")[2]: state for name, state in record.states.items() if isinstance(state, LotState)}
    events = {name.partition(":")[2]: state for name, state in record.states.items() if isinstance(state, EventState)}
    added = ledger.balance(events.values(), lots)
    found.residual_g = abs(added.closure_g) + sum(abs(row.events_g - row.state_g) for row in added.wrong)
    mine = _masses(record.entries)
    found.residual_g += sum(abs(mine.get(name, 0) - state.mass_g) for name, state in lots.items())
    found.negative = sum(grams < 0 for grams in mine.values())
    return found


def _masses(entries: Iterable[Entry]) -> dict[str, int]:
    """Grams by lot, from bodies alone. Where a lot is weighed again, what was weighed is what it weighs."""
    grams: dict[str, int] = defaultdict(int)
    for entry in entries:
        body: Any = kinds.find(entry.act.kind).read(entry.act)
        if isinstance(body, acts.Collect):
            grams[body.lot] += body.grams
        elif isinstance(body, acts.Transform):
            for part in body.inputs:
                grams[part.lot] -= part.grams
            for output in body.outputs:
                grams[output.lot] += output.grams
        elif isinstance(body, acts.Receive):
            for bag in body.bags:
                grams[bag.lot] = bag.received_g
        elif isinstance(body, acts.Correct):
            grams[body.lot] = body.grams
    return grams
