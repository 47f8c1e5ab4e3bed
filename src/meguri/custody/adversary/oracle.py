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
from meguri.custody.contents import WHOLE
from meguri.custody.states import EventState, LotState
from meguri.custody.substance import vocabulary
from meguri.custody.vocabulary import element_of
from meguri.journal import kinds
from meguri.journal.act import Entry
from meguri.journal.entry.in_memory import MemoryRecord

SLACK = 20
"""Weighings may differ on the way: a twentieth of what came out."""


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
    found.above_bound = _above(record.entries)
    return found


def _above(entries: Iterable[Entry]) -> int:
    """In how many groups of lots that came of each other more of a metal was made than all that was taken in can hold,
    by the ceilings of its streams; whatever assays say.
    """
    group: dict[str, str] = {}
    taken: list[tuple[str, str, int]] = []
    made: list[tuple[str, str, int]] = []

    def root(lot: str) -> str:
        while group.setdefault(lot, lot) != lot:
            lot = group[lot]
        return lot

    for entry in entries:
        body: Any = kinds.find(entry.act.kind).read(entry.act)
        if isinstance(body, acts.Collect):
            taken.append((body.lot, body.stream, body.grams))
        elif isinstance(body, acts.Transform):
            names = [*(part.lot for part in body.inputs), *(output.lot for output in body.outputs)]
            for name in names[1:]:
                group[root(name)] = root(names[0])
            if vocabulary.makes_metal(body.step):
                made += [(one.lot, element, one.grams) for one in body.outputs if (element := element_of(one.stream))]
    above = 0
    for head, element in {(root(lot), element) for lot, element, _ in made}:
        held = sum(
            grams if (most := vocabulary.ceiling_ppb(stream, element)) is None else grams * most // WHOLE
            for lot, stream, grams in taken
            if root(lot) == head
        )
        came = sum(grams for lot, one, grams in made if one == element and root(lot) == head)
        above += came > held + came // SLACK
    return above


def _masses(entries: Iterable[Entry]) -> dict[str, int]:
    """Grams by lot, from bodies alone. Where a lot is weighed again, what was weighed is what it weighs; what was
    declared wrong was never said.
    """
    grams: dict[str, int] = defaultdict(int)
    told = [kinds.find(entry.act.kind).read(entry.act) for entry in entries]
    wrong = {event for body in told if isinstance(body, acts.DeclareWrong) for event in body.events}
    body: Any
    for body in told:
        if getattr(body, "event", "") in wrong:
            continue
        if isinstance(body, acts.Collect):
            grams[body.lot] += body.grams
        elif isinstance(body, acts.Transform):
            for part in body.inputs:
                grams[part.lot] -= part.grams
            for output in body.outputs:
                grams[output.lot] += output.grams
        elif isinstance(body, acts.Receive):
            for bag in body.bags:
                if not bag.missing:
                    grams[bag.lot] = bag.received_g - bag.refused_g
                    grams[bag.part] += bag.refused_g
        elif isinstance(body, acts.Correct):
            grams[body.lot] = body.grams
    return grams
