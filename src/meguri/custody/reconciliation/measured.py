"""The flows of one site in one period, as the record has them: masses, and elements where they were assayed.

Pure. A balance is a transformation, or a receipt at which a lot was weighed again; what is between two of them is one
figure. A lot that is used in parts links nothing, because its parts are not weighed against the whole. Contents that
rest on a figure on file or on a declaration are no measurement: what they belong to is joined, or left out and said so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from meguri.custody import contents
from meguri.custody.reconciliation.solving import MeasuredFlow, Reconciliation, reconcile
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of, tolerances
from meguri.kit.files import reading
from meguri.kit.words import Words, cell
from meguri.materials import SETTLED

TABLES = Path(__file__).parent / "tables"
RECEIVING = "receiving"
LEAST_U = 1e-6
"""Grams below which no uncertainty is reckoned."""
MassU = Callable[[str, int], float]


class Assumed(msgspec.Struct, frozen=True):
    """A figure that reconciliation assumes, in words, and where it is from."""

    what: str
    value: float
    unit: Words
    words: Words
    source: str
    confidence: str


@cache
def assumed() -> dict[str, Assumed]:
    """Assumptions by their word."""
    return {
        row["what"]: Assumed(
            row["what"],
            float(row["value"]),
            cell("custody/assumed", "", "unit", row["unit"]),
            cell("custody/assumed", row["what"], "words", row["words"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "assumed.csv")
    }


def mass_u(step: str, grams: int) -> float:
    """The standard uncertainty of a weighing at a step, in grams: all that its tolerance allows is equally likely."""
    known = tolerances()
    tolerance = known.get(step, known[RECEIVING])
    return max(float(tolerance.fraction) * grams / math.sqrt(3), assumed()["rounding"].value)


@dataclass
class SiteFlow:
    """What went from one balance of a site to another: of which lot (empty: a declared loss), how much, how sure."""

    lot: str
    source: str
    target: str
    grams: int
    u: float
    measured: bool = True
    of_g: int = 0
    """Of a loss: what went into its event."""

    @property
    def name(self) -> str:
        """The lot and the balance from which it came, or to which it went."""
        return f"{self.lot or 'loss'} {self.source or '-'} {self.target or '-'}"


@dataclass(frozen=True)
class Reconciled:
    """What came of a quantity at a site: masses (empty `element`) or an element.

    `left_out` are balances of which a figure was not measured, with what was missing.
    """

    element: str
    result: Reconciliation | None
    left_out: tuple[tuple[str, str], ...] = ()


def flows_of(
    site: str, events: Iterable[EventState], names: Mapping[int, str], mass_u: MassU = mass_u
) -> list[SiteFlow]:
    """The flows of masses that events make at a site; `names` gives each event's name by its number."""
    flows: list[SiteFlow] = []
    now: dict[str, SiteFlow] = {}
    for event in sorted(events, key=lambda one: one.number):
        name = names[event.number]
        here = event.facility == site
        if event.type == "transformation" and here:
            _transformed(event, name, flows, now, mass_u)
        elif event.step == RECEIVING and here:
            _received(event, name, flows, now, mass_u)
        elif event.step == "collecting" and here:
            for part in event.outputs:
                now[part.lot] = SiteFlow(part.lot, "", "", part.grams, mass_u(event.step, part.grams))
                flows.append(now[part.lot])
        elif event.step == "correcting":
            for part in event.outputs:
                if part.lot in now:
                    now[part.lot].grams, now[part.lot].u = part.grams, mass_u(event.step, part.grams)
    return [flow for flow in flows if flow.source or flow.target]


def _transformed(event: EventState, name: str, flows: list[SiteFlow], now: dict[str, SiteFlow], mass_u: MassU) -> None:
    for part in event.inputs:
        flow = now.get(part.lot)
        if flow is None or flow.target or flow.grams != part.grams:
            flow = SiteFlow(part.lot, "", "", part.grams, mass_u(RECEIVING, part.grams))
            flows.append(flow)
        flow.target = name
    for part in event.outputs:
        now[part.lot] = SiteFlow(part.lot, name, "", part.grams, mass_u(event.step, part.grams))
        flows.append(now[part.lot])
    if event.loss_g:
        loss = SiteFlow("", name, "", event.loss_g, mass_u(event.step, event.loss_g), not event.loss_by, event.input_g)
        flows.append(loss)


def _received(event: EventState, name: str, flows: list[SiteFlow], now: dict[str, SiteFlow], mass_u: MassU) -> None:
    for sent, taken in zip(event.inputs, event.outputs, strict=True):
        if taken.lot in event.refused:
            continue
        balance = f"{name}/{taken.lot}"
        flow = now.get(sent.lot)
        if flow is None or flow.target or flow.grams != sent.grams:
            flow = SiteFlow(sent.lot, "", "", sent.grams, mass_u(RECEIVING, sent.grams))
            flows.append(flow)
        flow.target = balance
        now[taken.lot] = SiteFlow(taken.lot, balance, "", taken.grams, mass_u(RECEIVING, taken.grams))
        flows.append(now[taken.lot])


Element = tuple[float, float] | None
Assays = Mapping[str, Mapping[str, tuple[float, float]] | str]
"""By lot what was assayed in it, as mass fractions with uncertainty; a metal's symbol where it is one."""


def assays_of(lots: Mapping[str, LotState]) -> Assays:
    """What was measured of lots."""
    found: dict[str, Mapping[str, tuple[float, float]] | str] = {}
    for name, state in lots.items():
        metal = element_of(state.stream)
        found[name] = metal if metal and not state.contents else _assayed(state)
    return found


def _assayed(state: LotState) -> dict[str, tuple[float, float]]:
    return {
        one.element: (one.ppb / contents.WHOLE, one.sd_ppb / contents.WHOLE)
        for one in state.contents
        if one.basis in SETTLED or one.basis == "assay"
    }


def element_in(element: str, flow: SiteFlow, assays: Assays, share: float) -> Element:
    """Grams of an element in a flow with their standard uncertainty, or None where nobody measured it.

    `share` is how much of what went into a loss's event was the element.
    """
    if not flow.lot:
        return 0.0, max(flow.of_g * share * assumed()["loss"].value / 100, LEAST_U)
    known = assays.get(flow.lot)
    if isinstance(known, str):
        other = max(flow.grams * assumed()["purity"].value / 100, LEAST_U)
        return (float(flow.grams), max(flow.u, other)) if known == element else (0.0, other)
    found = known.get(element) if known is not None else None
    if found is None:
        return None
    content, sd = found
    return flow.grams * content, max(math.hypot(flow.grams * sd, content * flow.u), LEAST_U)


def assayed(lots: Mapping[str, LotState]) -> tuple[str, ...]:
    """The elements of which any lot was assayed."""
    return tuple(sorted({element for state in lots.values() for element in _assayed(state)}))


def masses(flows: Sequence[SiteFlow]) -> Reconciled:
    """The masses of a site, reconciled."""
    kept, left_out = solvable(flows, [flow.measured for flow in flows])
    if not kept:
        return Reconciled("", None, left_out)
    values = np.array([[float(flows[place].grams)] for place, _ in kept])
    u = np.array([[flows[place].u] for place, _ in kept])
    return Reconciled("", reconcile([flow for _, flow in kept], values, u)[0], left_out)


def elements(flows: Sequence[SiteFlow], lots: Mapping[str, LotState], wanted: Sequence[str]) -> list[Reconciled]:
    """The elements of a site, reconciled; those that were measured alike together."""
    joined, assays = transparent(flows), assays_of(lots)
    into: dict[str, list[SiteFlow]] = {}
    for flow in joined:
        if flow.target:
            into.setdefault(flow.target, []).append(flow)
    alike: dict[tuple[bool, ...], list[tuple[str, list[Element]]]] = {}
    for element in wanted:
        shares = _shares(element, joined, into, assays)
        figures = [element_in(element, flow, assays, shares.get(flow.source, 0.0)) for flow in joined]
        alike.setdefault(tuple(one is not None for one in figures), []).append((element, figures))
    made = []
    for pattern, group in alike.items():
        kept, left_out = solvable(joined, pattern)
        if not kept:
            made += [Reconciled(element, None, left_out) for element, _ in group]
            continue
        held = [[figures[place] or (0.0, 1.0) for place, _ in kept] for _, figures in group]
        values = np.array([[one[0] for one in column] for column in held]).T
        u = np.array([[one[1] for one in column] for column in held]).T
        results = reconcile([flow for _, flow in kept], values, u)
        made += [Reconciled(element, one, left_out) for (element, _), one in zip(group, results, strict=True)]
    return sorted(made, key=lambda one: wanted.index(one.element))


def _shares(
    element: str,
    flows: Sequence[SiteFlow],
    into: Mapping[str, Sequence[SiteFlow]],
    assays: Assays,
) -> dict[str, float]:
    """How much of what went into each event with a loss was the element, as far as it was assayed."""
    found = {}
    for flow in flows:
        if not flow.lot and flow.source not in found:
            known = [element_in(element, one, assays, 0.0) for one in into.get(flow.source, ())]
            grams = sum(one.grams for one in into.get(flow.source, ()))
            found[flow.source] = sum(one[0] for one in known if one is not None) / grams if grams else 0.0
    return found


def transparent(flows: Sequence[SiteFlow]) -> list[SiteFlow]:
    """The flows of elements: what a lot holds was assayed once, whatever it was weighed at on arrival."""
    before = {flow.target: flow for flow in flows if "/" in flow.target}
    made = []
    for flow in flows:
        if "/" in flow.target:
            continue
        source = flow.source
        while "/" in source:
            source = before[source].source if source in before else ""
        made.append(replace(flow, source=source))
    return [flow for flow in made if flow.source or flow.target]


def solvable(
    flows: Sequence[SiteFlow], measured: Sequence[bool]
) -> tuple[list[tuple[int, MeasuredFlow]], tuple[tuple[str, str], ...]]:
    """The flows that can be reconciled, by their place, and the balances that cannot, with a lot that is missing.

    Balances between which something unmeasured passes are one; those from which something unmeasured goes outside are
    left out, and what leads to them then leads outside.
    """
    leader: dict[str, str] = {}

    def find(node: str) -> str:
        while leader.setdefault(node, node) != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for flow, known in zip(flows, measured, strict=True):
        if not known and flow.source and flow.target:
            leader[find(flow.source)] = find(flow.target)
    missing: dict[str, str] = {}
    for flow, known in zip(flows, measured, strict=True):
        if not known and not (flow.source and flow.target):
            missing.setdefault(find(flow.source or flow.target), flow.lot or "loss")
    kept = []
    for place, (flow, known) in enumerate(zip(flows, measured, strict=True)):
        ends = [find(node) if node and find(node) not in missing else "" for node in (flow.source, flow.target)]
        if known and ends[0] != ends[1]:
            kept.append((place, MeasuredFlow(flow.name, *ends)))
    nodes = sorted({node for flow in flows for node in (flow.source, flow.target) if node})
    return kept, tuple((node, missing[find(node)]) for node in nodes if find(node) in missing)
