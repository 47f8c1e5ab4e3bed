"""A lot's life drawn from left to right: where it arose, what it became; mass as thickness, losses visible.

Reckons shapes only; `custody/life.svg` writes them. Lengths are in the drawing's own units (pixels at full size).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from meguri.custody.states import EventState, LotState
from meguri.custody.trace.shares import TracedFlow, TracedLot, total_g
from meguri.custody.trace.walk import FoundTrace
from meguri.custody.vocabulary import steps, stream_words
from meguri.custody.web.veil import Veil
from meguri.kit.words import Words

COLUMN, BOX, GAP, LABEL, TOP, TALLEST = 330, 14, 14, 58, 12, 240
# What an event's words take beside its loss.
MARK = 44
# The room beside a bar, and what a narrow letter and a wide one (of East Asian writing) take of it, on average.
ROOM, NARROW, WIDE = 144.0, 6.5, 12.0
# More lots than this are not drawn: the nearest and heaviest stay, the table has all.
MOST = 48


@dataclass
class Box:
    """A lot: a bar as tall as its mass, with what, how much and whose."""

    lot: str
    x: float
    y: float
    height: float
    grams: int
    stream: Words
    who: Words
    url: str
    asked: bool
    adjusted_g: int
    status: str
    used: float = 0.0
    filled: float = 0.0

    @property
    def what(self) -> str:
        """The stream, as much of it as fits beside the bar."""
        return fitted(self.stream.say())

    @property
    def whose(self) -> str:
        """The holder, as much of it as fits beside the bar."""
        return fitted(self.who.say())


@dataclass(frozen=True)
class Ribbon:
    """Grams that went from one lot into another, as a ribbon."""

    path: str
    grams: int


@dataclass(frozen=True)
class EventMark:
    """An event between columns: its step and day, its declared loss as a hatched bar, its weighing difference."""

    x: float
    y: float
    step: Words
    event: EventState
    loss_height: float
    readable: bool


@dataclass
class Life:
    """All shapes, and the size of the drawing."""

    width: float = 0.0
    height: float = 0.0
    boxes: list[Box] = field(default_factory=list)
    bands: list[Ribbon] = field(default_factory=list)
    marks: list[EventMark] = field(default_factory=list)
    left_out: int = 0


def fitted(text: str) -> str:
    """A text cut to the room beside a bar."""

    def length(part: str) -> float:
        return sum(WIDE if unicodedata.east_asian_width(letter) in "WF" else NARROW for letter in part)

    if length(text) <= ROOM:
        return text
    kept = text
    while kept and length(kept) + NARROW > ROOM:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def draw(up: FoundTrace, down: FoundTrace, events: Mapping[str, EventState], veil: Veil) -> Life:
    """Lay out the ancestors of a lot to its left and its descendants to its right."""
    asked = up.trace.lot
    column = {node.lot: -node.level for node in up.trace.nodes}
    column |= {node.lot: node.level for node in down.trace.nodes}
    nodes = {node.lot: node for node in (*up.trace.nodes, *down.trace.nodes)}
    kept = sorted(nodes.values(), key=lambda node: (abs(column[node.lot]), -node.grams, node.lot))[:MOST]
    states = up.lots | down.lots
    life = Life(left_out=len(nodes) - len(kept))
    columns: dict[int, list[TracedLot]] = {}
    for node in kept:
        columns.setdefault(column[node.lot], []).append(node)
    first = min(columns)
    heaviest = max(sum(node.grams for node in members) for members in columns.values())
    scale = TALLEST / heaviest if heaviest else 0.0
    boxes = _boxes(columns, first, scale, asked, states, veil)
    edges = [
        edge
        for edge in dict.fromkeys((*up.trace.edges, *down.trace.edges))
        if edge.source in boxes and edge.target in boxes and boxes[edge.source].x < boxes[edge.target].x
    ]
    life.boxes = list(boxes.values())
    life.bands = _bands(edges, boxes, scale)
    life.marks = _marks(edges, boxes, events, scale, veil)
    life.width = (max(columns) - first) * COLUMN + 200.0
    lowest = [box.y + max(box.height, LABEL) for box in life.boxes]
    lowest += [mark.y + MARK + mark.loss_height for mark in life.marks]
    life.height = max(lowest) + GAP
    return life


def _boxes(
    columns: Mapping[int, list[TracedLot]],
    first: int,
    scale: float,
    asked: str,
    states: Mapping[str, LotState],
    veil: Veil,
) -> dict[str, Box]:
    made: dict[str, Box] = {}
    for place, members in sorted(columns.items()):
        y = float(TOP)
        for node in sorted(members, key=lambda node: (node.at, node.made_by, -node.grams, node.lot)):
            state = states[node.lot]
            height = max(2.0, node.grams * scale)
            seen = veil.named(state.holder, node.lot)
            made[node.lot] = Box(
                lot=node.lot,
                x=12.0 + (place - first) * COLUMN,
                y=y,
                height=height,
                grams=total_g(state),
                stream=stream_words(state.stream),
                who=veil.who(state.holder, node.lot),
                url=f"/lots/{node.lot}" if seen and node.lot != asked else "",
                asked=node.lot == asked,
                adjusted_g=state.adjusted_g,
                status=state.status,
            )
            y += max(height, LABEL) + GAP
    return made


def _bands(edges: list[TracedFlow], boxes: dict[str, Box], scale: float) -> list[Ribbon]:
    made = []
    for edge in sorted(edges, key=lambda edge: (boxes[edge.source].y, boxes[edge.target].y)):
        source, target = boxes[edge.source], boxes[edge.target]
        thick = max(1.5, edge.grams * scale)
        a = source.y + min(source.used, max(source.height - thick, 0.0))
        b = target.y + min(target.filled, max(target.height - thick, 0.0))
        source.used += edge.grams * scale
        target.filled += edge.grams * scale
        x0, x1 = source.x + BOX, target.x
        mid = (x0 + x1) / 2
        below, under = a + thick, b + thick
        made.append(
            Ribbon(
                f"M{x0:.1f} {a:.1f}C{mid:.1f} {a:.1f} {mid:.1f} {b:.1f} {x1:.1f} {b:.1f}"
                f"L{x1:.1f} {under:.1f}C{mid:.1f} {under:.1f} {mid:.1f} {below:.1f} {x0:.1f} {below:.1f}Z",
                edge.grams,
            )
        )
    return made


def _marks(
    edges: list[TracedFlow], boxes: Mapping[str, Box], events: Mapping[str, EventState], scale: float, veil: Veil
) -> list[EventMark]:
    """One mark an event, in the middle of its bands, moved down where it would lie on another."""
    around: dict[str, list[TracedFlow]] = {}
    for edge in edges:
        around.setdefault(edge.event, []).append(edge)
    made: list[EventMark] = []
    for name, group in around.items():
        event = events[name]
        x = max(boxes[edge.target].x for edge in group) - 120.0
        y = min(boxes[edge.target].y for edge in group) + 11.0
        loss = max(2.0, event.loss_g * scale) if event.loss_g else 0.0
        for other in sorted((m for m in made if abs(m.x - x) < COLUMN / 2), key=lambda m: m.y):
            if y < other.y + MARK + other.loss_height and other.y < y + MARK + loss:
                y = other.y + MARK + other.loss_height
        made.append(EventMark(x, y, steps()[event.step].names, event, loss, veil.reads(event)))
    return made
