"""Where a lot comes from, and what became of it: a walk over events, with shares that add up exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from meguri.custody.states import EventState, LotState
from meguri.custody.trace.flow import rows, spread
from meguri.journal.subject import home
from meguri.kit.grams import apportion
from meguri.movement.states import LotMass

STOCK, LOSS, DIFFERENCE, HANDED_OVER = range(4)
Part = tuple[str, tuple[LotMass, ...], tuple[LotMass, ...], int, int]
"""An event's name, what went in, what came out, its loss and its weighing difference."""


@dataclass(frozen=True)
class TracedLot:
    """A lot on the way. `grams` is what it weighed in all; `share_g` how much of that belongs to the lot asked about.

    Upwards, `share` is the part of the asked lot that came through this one; downwards, the part of the asked lot
    that went into it. `level` counts events away from the lot asked about.
    """

    lot: str
    stream: str
    grams: int
    origin: str
    facility: str
    holder: str
    at: datetime
    made_by: str
    level: int
    share: float
    share_g: int
    end: bool


@dataclass(frozen=True)
class TracedFlow:
    """Grams of one lot that went into an event from which another came."""

    source: str
    target: str
    grams: int
    event: str


@dataclass(frozen=True)
class TracedShare:
    """A part of the asked lot: of a source lot, or (downwards) in a stock lot, a loss or a weighing difference."""

    kind: str
    lot: str
    event: str
    share: float
    grams: int


@dataclass(frozen=True)
class Trace:
    """The answer: lots level by level, edges between them, and the ends with shares that add up to `grams`."""

    lot: str
    down: bool
    grams: int
    nodes: tuple[TracedLot, ...]
    edges: tuple[TracedFlow, ...]
    shares: tuple[TracedShare, ...]

    def sources(self) -> dict[str, float]:
        """Share by source lot; upwards only."""
        return {share.lot: share.share for share in self.shares if share.kind == "source"}


def total_g(state: LotState) -> int:
    """What a lot weighed in all: as made, with the differences of later weighings."""
    return state.made_g + state.adjusted_g


def trace(asked: str, lots: Mapping[str, LotState], events: Mapping[str, EventState], down: bool = False) -> Trace:
    """Follow a lot up to the lots that arose by collection, or down to what is left, lost or weighed away.

    `lots` and `events` must hold all that lies in that direction. Upwards, an event's output comes from its inputs in
    proportion to their grams (mass attribution: also for metals, whatever the contents). Downwards, an input goes to
    outputs, loss and a negative difference in proportion to theirs. Raises Refused for a cycle.
    """
    names = sorted(lots)
    number = {name: index for index, name in enumerate(names)}
    steps = [(name, *part) for name in sorted(events) for part in events[name].steps]
    size = len(names) + len(steps)
    source: list[int] = []
    target: list[int] = []
    weight: list[float] = []
    sinks = np.zeros((size, 4))

    def edge(one: int, other: int, grams: float) -> None:
        source.append(one)
        target.append(other)
        weight.append(grams)

    for here, (_, inputs, outputs, loss_g, difference_g) in enumerate(steps, start=len(names)):
        if not down and not any(part.lot in number for part in inputs):
            # It came from another node: here it begins.
            continue
        for part in inputs:
            if part.lot in number:
                edge(*((number[part.lot], here) if down else (here, number[part.lot])), part.grams)
        for part in outputs:
            if part.lot in number:
                edge(*((here, number[part.lot]) if down else (number[part.lot], here)), part.grams)
        if down:
            sinks[here, LOSS], sinks[here, DIFFERENCE] = loss_g, max(-difference_g, 0)
            sinks[here, HANDED_OVER] = sum(part.grams for part in outputs if home(part.lot))
    if down:
        for name, index in number.items():
            sinks[index, STOCK], sinks[index, DIFFERENCE] = lots[name].mass_g, max(-lots[name].adjusted_g, 0)
    graph = rows(size, np.array(source, np.int64), np.array(target, np.int64), np.array(weight, np.float64))
    # Downwards the lot as made is followed, so that its own weighing differences are among what became of it.
    grams = lots[asked].made_g if down else total_g(lots[asked])
    result = spread(graph, number[asked], 1.0, sinks)
    seen = np.flatnonzero(result.level >= 0)
    has_source = set(source)
    ends: list[tuple[str, str, str, float]] = []
    nodes = []
    for index in map(int, seen):
        amount = float(result.amount[index])
        if index < len(names):
            name, state = names[index], lots[names[index]]
            is_end = not down and index not in has_source
            if is_end:
                ends.append(("source", name, state.made_by, amount))
            if down and result.sunk[index, STOCK] > 0:
                ends.append(("stock", name, state.made_by, float(result.sunk[index, STOCK])))
            if result.sunk[index, DIFFERENCE] > 0:
                ends.append(("difference", name, "", float(result.sunk[index, DIFFERENCE])))
            nodes.append(_node(name, state, int(result.level[index]) // 2, amount, grams, is_end or state.mass_g > 0))
        else:
            event_name = steps[index - len(names)][0]
            for kind, column in (("loss", LOSS), ("difference", DIFFERENCE), ("handed-over", HANDED_OVER)):
                if result.sunk[index, column] > 0:
                    ends.append((kind, "", event_name, float(result.sunk[index, column])))
    kept = {node.lot for node in nodes}
    # Parts of one event that are one by themselves (the lots of a receipt) have one row together.
    together: dict[tuple[str, str, str], float] = {}
    for kind, name, event_name, amount in ends:
        together[kind, name, event_name] = together.get((kind, name, event_name), 0.0) + amount
    ends = [(*key, amount) for key, amount in together.items()]
    shares = apportion(grams, [end[3] for end in ends]) if ends else []
    return Trace(
        asked,
        down,
        grams,
        tuple(sorted(nodes, key=lambda node: (node.level, node.at, node.lot))),
        _edges(kept, steps),
        tuple(
            # Twelve decimals: finer than any mass on record, and free of the last digit's rounding.
            TracedShare(kind, lot, event, round(part, 12), cell)
            for (kind, lot, event, part), cell in zip(ends, shares, strict=True)
        ),
    )


def _node(name: str, state: LotState, level: int, share: float, grams: int, end: bool) -> TracedLot:
    return TracedLot(
        lot=name,
        stream=state.stream,
        grams=total_g(state),
        origin=state.origin,
        facility=state.facility,
        holder=state.holder,
        at=state.made_at,
        made_by=state.made_by,
        level=level,
        share=round(share, 12),
        share_g=round(grams * share),
        end=end,
    )


def _edges(kept: set[str], steps: Sequence[Part]) -> tuple[TracedFlow, ...]:
    """Edges between the lots that were met; the grams of an input are shared among outputs by largest remainders."""
    found = []
    for name, inputs, outputs, loss_g, difference_g in steps:
        cells = [[0] * len(outputs) for _ in inputs]
        for row, part in enumerate(inputs):
            weights = [output.grams for output in outputs]
            rest = loss_g + max(-difference_g, 0)
            cells[row] = apportion(part.grams, [*weights, rest])[:-1]
        for row, part in enumerate(inputs):
            for column, output in enumerate(outputs):
                if part.lot in kept and output.lot in kept:
                    found.append(TracedFlow(part.lot, output.lot, cells[row][column], name))
    return tuple(found)
