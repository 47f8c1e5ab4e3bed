"""The staged flow of one period, from left to right: mass as thickness. Reckons shapes; a template writes them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from meguri.network.web import figures, names
from meguri.network.web.account.records import FlowStep, PlanAccount
from meguri.network.web.flows.flow_map import MOVED

STAGES = ("arises", "collection", "sorting", "dismantling", "pre-treatment", "smelting", "refining")
ENDS = ("metal", "sold", "disposed", "lost")
MOST = 6
"""Places of a stage that are drawn by name; the smaller ones are drawn as one."""
OTHERS = "*"
COLUMN, BAR, GAP, TOP, TALL, LABEL, LEAST = 198, 12, 30, 34, 360, 172, 0.75


@dataclass
class Node:
    """A place of the flow: a bar as tall as the mass through it."""

    stage: str
    economy: str
    words: str
    said: str
    x: float
    y: float = 0.0
    height: float = 0.0
    size: float = 0.0
    given: float = 0.0
    taken: float = 0.0


@dataclass(frozen=True)
class FlowRibbon:
    """Mass from one place to the next."""

    path: str
    width: float
    kind: str
    words: str


@dataclass
class FlowDrawing:
    """All shapes, the heads of the columns, and what is not drawn."""

    width: float = 0.0
    height: float = 0.0
    heads: list[tuple[float, str]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    ribbons: list[FlowRibbon] = field(default_factory=list)
    within: float = 0.0

    @property
    def within_said(self) -> str:
        """What moves between plants of one stage, which is in the table only."""
        return figures.tonnes(self.within)


def steps(told: PlanAccount, year: int) -> list[FlowStep]:
    """The steps of a period, the heaviest first within a stage."""
    found = [step for step in told.steps if step.year == year]
    return sorted(found, key=lambda step: (_rank(step.stage), _rank(step.next_stage), -step.tonnes))


def _rank(stage: str) -> int:
    return STAGES.index(stage) if stage in STAGES else len(STAGES) + (ENDS.index(stage) if stage in ENDS else 0)


def draw(told: PlanAccount, year: int) -> FlowDrawing:
    """Lay the flow out: a column for each stage that carries anything, and the ends in the last."""
    found = steps(told, year)
    made = FlowDrawing()
    large = _large(found)
    sums: dict[tuple[tuple[str, str], tuple[str, str]], float] = defaultdict(float)
    for step in found:
        if step.next_stage in STAGES and _rank(step.next_stage) <= _rank(step.stage):
            made.within += step.tonnes
            continue
        source, target = _merged(step.stage, step.economy, large), _merged(step.next_stage, step.next_economy, large)
        sums[source, target] += step.tonnes
    if not sums:
        return made
    stages = [stage for stage in STAGES if any(stage in (a[0], b[0]) for a, b in sums)]
    columns = {stage: n for n, stage in enumerate(stages)} | {end: len(stages) for end in ENDS}
    nodes = _nodes(sums, columns)
    _place(made, nodes, columns)
    made.heads = [
        (n * COLUMN + 1.0, names.said(names.stage(stage))) for stage, n in zip(stages, range(99), strict=False)
    ]
    made.heads.append((len(stages) * COLUMN + 1.0, _("What becomes of it")))
    made.width = len(stages) * COLUMN + LABEL
    for (source, target), tonnes in sorted(sums.items(), key=lambda pair: (nodes[pair[0][0]].y, nodes[pair[0][1]].y)):
        made.ribbons.append(_ribbon(nodes[source], nodes[target], tonnes))
    made.nodes = list(nodes.values())
    return made


def _large(found: list[FlowStep]) -> set[tuple[str, str]]:
    """The places that are drawn by name."""
    sizes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for step in found:
        sizes[step.stage][step.economy] += step.tonnes
    kept = set()
    for stage, by in sizes.items():
        ranked = sorted(by, key=lambda economy: -by[economy])
        kept |= {(stage, economy) for economy in (ranked if len(ranked) <= MOST + 1 else ranked[:MOST])}
    return kept


def _merged(stage: str, economy: str, large: set[tuple[str, str]]) -> tuple[str, str]:
    return (stage, economy) if stage in ENDS or (stage, economy) in large else (stage, OTHERS)


def _nodes(
    sums: dict[tuple[tuple[str, str], tuple[str, str]], float], columns: dict[str, int]
) -> dict[tuple[str, str], Node]:
    into: dict[tuple[str, str], float] = defaultdict(float)
    out: dict[tuple[str, str], float] = defaultdict(float)
    for (source, target), tonnes in sums.items():
        out[source] += tonnes
        into[target] += tonnes
    found = {}
    for key in sorted({*into, *out}, key=lambda key: (_rank(key[0]), key[1] == OTHERS, -max(into[key], out[key]))):
        stage, economy = key
        if stage in ENDS:
            words = names.said(names.stage(stage))
        else:
            words = _("others") if economy == OTHERS else names.said(names.economy(economy))
        size = max(into[key], out[key])
        found[key] = Node(stage, economy, words, figures.tonnes(size), columns[stage] * COLUMN, size=size)
    return found


def _place(made: FlowDrawing, nodes: dict[tuple[str, str], Node], columns: dict[str, int]) -> None:
    """Heights in proportion to mass; the fullest column is as tall as the drawing."""
    by: dict[int, list[Node]] = defaultdict(list)
    for node in nodes.values():
        by[columns[node.stage]].append(node)
    per = TALL / max(sum(node.size for node in column) for column in by.values())
    for column in by.values():
        y = float(TOP)
        for node in column:
            node.y, node.height = y, max(LEAST, node.size * per)
            y += max(node.height, 4.0) + GAP
        made.height = max(made.height, y)


def _ribbon(source: Node, target: Node, tonnes: float) -> FlowRibbon:
    width = source.height * tonnes / source.size
    here = source.y + source.given + width / 2
    thick = target.height * tonnes / target.size
    there = target.y + target.taken + thick / 2
    source.given += width
    target.taken += thick
    left, right = source.x + BAR, target.x
    bend = (right - left) / 2
    path = f"M{left:.1f} {here:.1f}C{left + bend:.1f} {here:.1f} {right - bend:.1f} {there:.1f} {right:.1f} {there:.1f}"
    words = MOVED.format(sender=source.words, receiver=target.words, mass=figures.tonnes(tonnes)).say()
    return FlowRibbon(path, max(0.6, min(width, thick)), target.stage if target.stage in ENDS else "on", words)
