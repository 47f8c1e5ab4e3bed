"""From economies to blocks: draws them one after another, adds up the totals over economies, keeps the quantiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from meguri.arisings.draws import monte_carlo as draws
from meguri.arisings.draws import quantiles
from meguri.arisings.draws.engine import Array
from meguri.arisings.runs import pedigree, supply
from meguri.arisings.runs.economy import UNTOTALLED, WORTHS, EconomyModel, rate_of
from meguri.arisings.runs.pedigree import LAST, Pedigree
from meguri.arisings.runs.results import (
    ALL,
    ASEAN,
    ASEAN_MEMBERS,
    EQUIPMENT,
    QUANTILES,
    VARIABLES,
    VEHICLES,
    WORLD,
    VariableBlock,
)
from meguri.arisings.scenarios.scenario import VEHICLES as DRIVE_TRAINS
from meguri.arisings.scenarios.scenario import ArisingsScenario
from meguri.arisings.stock.repairs import Repair
from meguri.kit.words import Words
from meguri.materials import ELEMENT_ORDER

Say = Callable[[float, Words], None]
SHARES = [q / 100 for q in QUANTILES]
LEVELS = 4


def silent(share: float, what: Words) -> None:
    """Says nothing."""


@dataclass
class Cells:
    """One variable of one economy (or total) and kind: arrays (labels, items, T), quantiles (labels, items, 5, T)."""

    labels: tuple[str, ...]
    items: tuple[str, ...]
    value: Array
    quantiles: Any
    pedigree: Pedigree


class Worked(NamedTuple):
    """By variable: draws (n, T, labels, items), the central run (1, T, labels, items), and the pedigree."""

    made: Mapping[str, Any]
    central: Mapping[str, Any]
    by: Mapping[str, Pedigree]


@dataclass
class RegionTotal:
    """Sums over economies: draws by variable, the central run, and how much of it rests on which level and basis."""

    name: str
    members: tuple[str, ...]
    sums: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Array] = field(default_factory=dict)
    levels: dict[str, Array] = field(default_factory=dict)
    bases: dict[str, Array] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    sample: EconomyModel | None = None

    def add(self, economy: EconomyModel, worked: Worked) -> None:
        """Add one economy."""
        made, central, by = worked
        self.sample = self.sample or economy
        for name, values in made.items():
            mine = by[name] if name not in WORTHS else _last(by[name])
            if name not in self.sums:
                self.sums[name] = values.astype(np.float32)
                self.central[name] = central[name].copy()
                self.levels[name] = np.zeros((LEVELS, *central[name].shape[1:]))
                self.bases[name] = np.zeros((LAST + 1, *central[name].shape[1:]))
                self.known[name] = mine.known.copy()
            else:
                self.sums[name] += values
                self.central[name] += central[name]
                self.known[name] |= mine.known
            for level in range(LEVELS):
                self.levels[name][level] += np.where(mine.confidence == level, central[name][0], 0.0)
            for code in range(LAST + 1):
                self.bases[name][code] += np.where(mine.basis == code, central[name][0], 0.0)

    def worked(self) -> Worked:
        """The sums, with the weakest level and basis that carry more than a tenth of each."""
        found = {}
        codes = np.arange(LAST + 1)
        for name in self.sums:
            sure = pedigree.weakest_levels(np.moveaxis(self.levels[name], 0, -1), np.arange(LEVELS))
            basis = pedigree.weakest_basis(np.moveaxis(self.bases[name], 0, -1), codes)
            found[name] = Pedigree(sure, basis, self.known[name])
        for name, of in WORTHS.items():
            found[name] = pedigree.of_worth(name, self.central[of][0], found[of])
        return Worked(self.sums, self.central, found)


def _last(by: Pedigree) -> Pedigree:
    return Pedigree(by.confidence[..., -1:], by.basis[..., -1:], by.known[:, -1:])


def cells(economy: EconomyModel, worked: Worked) -> dict[str, Cells]:
    """Values and quantiles of all variables."""
    made, central, by = worked
    found = {}
    for name, values in made.items():
        if name not in WORTHS:
            found[name] = Cells(
                economy.labels_of(name), economy.items(name), _ahead(central[name][0]), _bands(values), by[name]
            )
    for name, of in WORTHS.items():
        rate = rate_of(name).value
        value, bands = found[of].value * rate[:, None], found[of].quantiles * rate[:, None, None]
        items: tuple[str, ...] = ELEMENT_ORDER
        if name != UNTOTALLED:
            items = (*ELEMENT_ORDER, ALL)
            value = np.concatenate([value, _ahead(central[name][0])], axis=1)
            bands = np.concatenate([bands, _bands(made[name])], axis=1)
        found[name] = Cells(economy.part_labels, items, value, bands, by[name])
    return found


def _ahead(values: Array) -> Array:
    """From (T, labels, items) to (labels, items, T)."""
    return np.ascontiguousarray(np.moveaxis(values, 0, -1))


def _bands(values: Any) -> Any:
    """Quantiles (labels, items, 5, T) of draws (n, T, labels, items)."""
    return np.moveaxis(quantiles.of(values, SHARES), (0, 1), (2, 3)).astype(np.float32)


def work(economy: EconomyModel, n: int, seed: int, room: Mapping[str, Any] | None = None) -> Worked:
    """One economy, worked out. `room` is room for the draws, made before."""
    central = draws.preallocated(economy.outputs, 1)
    economy.run(economy.central(), central)
    made = draws.simulate(economy, n, seed, out=room).values
    return Worked(made, central, pedigree.of(economy, central))


@dataclass
class Assembled:
    """Everything that a run keeps."""

    blocks: dict[str, VariableBlock]
    sources: dict[str, tuple[str, ...]]
    repairs: dict[str, tuple[Repair, ...]]


def assemble(scenario: ArisingsScenario, say: Say = silent) -> Assembled:
    """Work out a scenario. `say` is told the share done and may raise to stop."""
    kinds = {EQUIPMENT: _with_goods(scenario, EQUIPMENT), VEHICLES: _with_goods(scenario, VEHICLES)}
    steps, done = sum(map(len, kinds.values())), 0
    parts: dict[str, list[tuple[str, Cells]]] = {}
    sources: dict[str, dict[str, None]] = {}
    repairs: dict[str, tuple[Repair, ...]] = {}
    for kind, names in kinds.items():
        totals = _totals(names)
        room: dict[str, Any] | None = None
        for name in names:
            say(done / max(steps, 1), _doing(name, kind))
            economy = supply.economy(scenario, name, kind)
            room = room or draws.preallocated(economy.outputs, scenario.draws)
            worked = work(economy, scenario.draws, scenario.seed, room)
            start = scenario.first_year - economy.supply.first_year
            for variable, found in cells(economy, worked).items():
                parts.setdefault(variable, []).append((name, since(found, start)))
            for total in totals:
                if name in total.members:
                    total.add(economy, worked)
            sources.setdefault(name, {}).update(dict.fromkeys(sources_of(economy)))
            repairs[name] = (*repairs.get(name, ()), *economy.supply.repairs)
            done += 1
        for total in totals:
            assert total.sample is not None
            start = scenario.first_year - total.sample.supply.first_year
            for variable, found in cells(total.sample, total.worked()).items():
                parts.setdefault(variable, []).append((total.name, since(found, start)))
            for member in total.members:
                sources.setdefault(total.name, {}).update(sources[member])
    say(1.0, Words("Keeping the figures"))
    blocks = {name: block(name, parts[name]) for name in VARIABLES if name in parts}
    return Assembled(blocks, {name: tuple(found) for name, found in sources.items()}, repairs)


def _with_goods(scenario: ArisingsScenario, kind: str) -> tuple[str, ...]:
    vehicle = [p for p in scenario.products if p in DRIVE_TRAINS]
    mine = vehicle if kind == VEHICLES else [p for p in scenario.products if p not in DRIVE_TRAINS]
    if scenario.products and not mine:
        return ()
    return scenario.vehicle_economies if kind == VEHICLES else scenario.economies


def _totals(names: Sequence[str]) -> list[RegionTotal]:
    asean = tuple(name for name in names if name in ASEAN_MEMBERS)
    found = [RegionTotal(ASEAN, asean)] if len(asean) > 1 else []
    return [*found, RegionTotal(WORLD, tuple(names))] if len(names) > 1 else found


def _doing(name: str, kind: str) -> Words:
    return Words("{name}: {said}").format(name=name, said=Words("vehicles") if kind == VEHICLES else Words("equipment"))


def sources_of(economy: EconomyModel) -> tuple[str, ...]:
    """Where an economy's sales, rates and routes come from."""
    way = economy.way
    found = [*economy.supply.sources, *way.collected.sources, *way.informal.sources]
    found += [source for route in way.routes for source in route.sources]
    return tuple(dict.fromkeys(found))


def since(found: Cells, start: int) -> Cells:
    """Cut to the years from a place on; the pedigree with the years last, as the values are."""
    by = found.pedigree
    turned = Pedigree(np.moveaxis(by.confidence[start:], 0, -1), np.moveaxis(by.basis[start:], 0, -1), by.known)
    return Cells(found.labels, found.items, found.value[..., start:], found.quantiles[..., start:], turned)


def block(variable: str, parts: Sequence[tuple[str, Cells]]) -> VariableBlock:
    """One variable of several economies and kinds in dense arrays."""
    economies = tuple(dict.fromkeys(name for name, _ in parts))
    labels = tuple(dict.fromkeys(label for _, found in parts for label in found.labels))
    items = parts[0][1].items
    years = parts[0][1].value.shape[-1]
    shape = (len(economies), len(labels), len(items))
    value = np.zeros((*shape, years))
    bands = np.zeros((*shape, len(QUANTILES), years), dtype=np.float32)
    sure = np.zeros((*shape, years), dtype=np.int8)
    basis = np.zeros((*shape, years), dtype=np.int8)
    present = np.zeros(shape, dtype=bool)
    for name, found in parts:
        e = economies.index(name)
        at = [labels.index(label) for label in found.labels]
        value[e, at], bands[e, at] = found.value, found.quantiles
        sure[e, at], basis[e, at] = found.pedigree.confidence, found.pedigree.basis
        present[e, at] = found.pedigree.known
    return VariableBlock(variable, economies, labels, items, value, bands, sure, basis, present)
