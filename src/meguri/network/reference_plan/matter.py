"""From parts to streams: what each stream of equipment breaks into, and which elements each fraction holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from meguri.arisings.contents import bills, parts
from meguri.arisings.runs.results import EQUIPMENT
from meguri.arisings.scenarios.scenario import ArisingsScenario
from meguri.materials import ELEMENT_ORDER
from meguri.network.model.blocks import Floats
from meguri.network.model.instance import Period, StreamContent
from meguri.network.reference_plan.arising import arising, band, kinds
from meguri.network.reference_plan.figures import Figures
from meguri.reference import recovery

BOARDS = ("circuit-boards", "circuit-boards-high-grade", "circuit-boards-low-grade")
CRUSHED, GRANULES, RESIDUE = "crushed-e-waste", "copper-granules", "shredder-residue"
TAKEN_OUT = {
    "flat-displays": "display-panels",
    "cathode-ray-tubes": "crt-glass",
    "lamps-mercury": "lamp-fractions",
    "photovoltaic-panels": "panel-fractions",
}
"""What the parts table calls by the name of the equipment it comes from."""
SORTED = ("motors", "compressors", "cables", "hard-disks", "mixed-metal-scrap")
LEAST = 1e-6
"""Shares of an output below this are counted as residue."""
MARKER = {
    **dict.fromkeys(BOARDS, "Au"),
    "steel-scrap": "Fe",
    "aluminium-scrap": "Al",
    **dict.fromkeys(SORTED, "Cu"),
}
"""The element whose measured or recalled recovery by hand stands for a whole stream."""
Yields = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Matter:
    """Tonnes a year by economy and stream of equipment: `tonnes[economy][stream]` shaped (periods, parts)."""

    figures: Figures
    periods: tuple[Period, ...]
    tonnes: Mapping[str, Mapping[str, Floats]]
    sources: Mapping[str, tuple[str, ...]]

    @staticmethod
    def of(
        figures: Figures,
        scenario: ArisingsScenario,
        economies: Sequence[str],
        periods: tuple[Period, ...],
        edge: str = "central",
    ) -> Matter:
        """The arisings of a scenario; `edge` low or high takes the 5 or 95 % point of what arises in all."""
        stream_of = {row.product: row.stream for row in figures.rows("equipment")}
        years = range(periods[0].year, periods[-1].year + periods[-1].years)
        starts = [period.year - years[0] for period in periods]
        lengths = np.array([period.years for period in periods], dtype=float)
        found: dict[str, dict[str, Floats]] = {}
        sources: dict[str, tuple[str, ...]] = {}
        for economy in economies:
            mine = found.setdefault(economy, {})
            for kind in kinds(economy):
                one = arising(scenario, economy, kind, years)
                sources[economy] = (*sources.get(economy, ()), *one.sources)
                tonnes = one.tonnes
                if edge != "central":
                    low, high = band(scenario, economy, kind, years)
                    tonnes = tonnes * (low if edge == "low" else high)[:, None, None]
                mean = np.add.reduceat(tonnes, starts, axis=0) / lengths[:, None, None]
                for p, product in enumerate(one.products):
                    mine[stream_of[product]] = mine.get(stream_of[product], 0.0) + mean[:, p]
        return Matter(
            figures, periods,
            {e: {s: x for s, x in by.items() if x.sum() > LEAST} for e, by in found.items()}, sources,
        )  # fmt: skip

    @cached_property
    def part_streams(self) -> tuple[str, ...]:
        """The plan's stream of every part."""
        return tuple(TAKEN_OUT.get(part.stream, part.stream) for part in bills.parts().values())

    def arises(self, economy: str, stream: str) -> Floats:
        """Tonnes a year by period."""
        return np.asarray(self.tonnes[economy][stream].sum(axis=1))

    def fractions(self, stream: str) -> dict[str, float]:
        """What a tonne of a stream is made of, over all economies and years of the plan; adds up to one."""
        years = np.array([period.years for period in self.periods], dtype=float)
        total = sum(years @ by[stream] for by in self.tonnes.values() if stream in by)
        shares: dict[str, float] = {}
        for name, mass in zip(self.part_streams, np.atleast_1d(total), strict=True):
            shares[name] = shares.get(name, 0.0) + float(mass)
        whole = sum(shares.values())
        kept = {name: mass / whole for name, mass in shares.items() if mass / whole > LEAST}
        kept[RESIDUE] = kept.get(RESIDUE, 0.0) + 1.0 - sum(kept.values())
        return kept

    def content(self, fractions: Sequence[str]) -> tuple[StreamContent, ...]:
        """Elements of fractions by origin and period, weighted by what arises there."""
        return tuple(self._contents(fractions))

    def _contents(self, fractions: Sequence[str]) -> Iterator[StreamContent]:
        elements = parts.elements()[0]
        names = np.array(self.part_streams)
        wire = elements[list(bills.parts()).index("copper-wire")]
        for economy, by in self.tonnes.items():
            mass = sum(by.values())
            equipment = sum((x for stream, x in by.items() if not stream.endswith("vehicles")), np.zeros_like(mass))
            for fraction in fractions:
                if fraction == GRANULES:
                    share = np.tile(wire, (len(self.periods), 1))
                elif fraction == CRUSHED:
                    kept = np.array([self._kept_by_shredding(element) for element in ELEMENT_ORDER])
                    share = _mixed(equipment, elements, np.isin(names, BOARDS)) * kept
                else:
                    share = _mixed(np.asarray(mass), elements, names == fraction)
                held = {
                    element: tuple(float(v) for v in share[:, m])
                    for m, element in enumerate(ELEMENT_ORDER)
                    if share[:, m].any()
                }
                if held:
                    yield StreamContent(fraction, economy, held)

    @staticmethod
    def _kept_by_shredding(element: str) -> float:
        """How much of an element is in crushed boards for each part of gold that is, at most one."""
        measured = yields("shred-and-sort")
        metals = {name: value for name, value in measured.items() if name in ("Au", "Ag", "Pd")}
        return min(1.0, metals.get(element, measured["Au"]) / measured["Au"])


def yields(route: str) -> dict[str, float]:
    """The recoveries of a route by element."""
    return {row.element: row.yield_share for row in recovery() if row.route == route}


def _mixed(mass: Floats, elements: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Element shares (periods, 30) of the chosen parts together."""
    picked = mass[:, chosen]
    total = picked.sum(axis=1, keepdims=True)
    return np.divide(picked @ elements[chosen], total, out=np.zeros((len(mass), elements.shape[1])), where=total > 0)


def dismantled(fractions: Mapping[str, float], by_hand: Mapping[str, float]) -> dict[str, float]:
    """What hand dismantling gives: each stream less what is lost to residue by the recovery of its marker element."""
    out: dict[str, float] = {}
    for stream, share in fractions.items():
        kept = share * by_hand.get(MARKER.get(stream, ""), 1.0)
        _add(out, stream, kept)
        _add(out, RESIDUE, share - kept)
    return out


def shredded(
    fractions: Mapping[str, float], sorting: Yields, measured: Mapping[str, float], metal: Mapping[str, float]
) -> dict[str, float]:
    """What shredding gives: crushed boards, sorted metals, what must be taken out first, and residue.

    Of the boards the measured share of gold reaches the crushed boards, of copper parts the measured share the
    granules (`measured`); steel and aluminium as vehicles' shredders keep them (`metal`).
    """
    out: dict[str, float] = {}
    for stream, share in fractions.items():
        if stream in BOARDS:
            _add(out, CRUSHED, share * measured["Au"])
            _add(out, RESIDUE, share * (1 - measured["Au"]))
        elif stream in SORTED:
            made = {name: part * share for name, part in sorting[stream].items()}
            made[GRANULES] = made.get(GRANULES, 0.0) * measured["Cu"]
            for name, part in made.items():
                _add(out, name, part)
            _add(out, RESIDUE, share - sum(made.values()))
        elif stream in ("steel-scrap", "aluminium-scrap"):
            kept = share * metal[MARKER[stream]]
            _add(out, stream, kept)
            _add(out, RESIDUE, share - kept)
        else:
            _add(out, RESIDUE if stream == "plastics-from-e-waste" else stream, share)
    return out


def _add(out: dict[str, float], stream: str, share: float) -> None:
    if share > 0:
        out[stream] = out.get(stream, 0.0) + share


__all__ = [
    "BOARDS",
    "CRUSHED",
    "EQUIPMENT",
    "GRANULES",
    "RESIDUE",
    "SORTED",
    "Matter",
    "dismantled",
    "shredded",
    "yields",
]
