"""Of which parts a product is made, by year of sale, and what a part is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from meguri.arisings.contents import bills
from meguri.arisings.contents.bills import Floats
from meguri.kit.words import Words
from meguri.materials import ELEMENT_ORDER
from meguri.reference import Confidence, composition, weakest

# How far a small share of each confidence may be off, one standard deviation over its value: an assumption, the same
# as for the contents of lots. A share near 1 is surer, since it cannot exceed the whole: the spread is multiplied by
# what is left (steel is iron whatever else is in it).
SPREAD = {Confidence.SOURCED: 0.15, Confidence.DERIVED: 0.25, Confidence.MEMORY: 0.4, Confidence.MISSING: 1.0}
OTHER = "residue"


@dataclass(frozen=True)
class Parts:
    """Shares of the mass by part (V, P, N), with the confidence of each and the words behind the bill."""

    shares: Floats
    confidence: NDArray[np.int8]
    basis: tuple[str, ...]
    note: tuple[Words, ...]
    source: tuple[str, ...]


@cache
def elements() -> tuple[Floats, Floats, NDArray[np.int8], tuple[tuple[str, ...], ...]]:
    """Element shares of parts (N, 30), their relative deviations, confidence levels, and sources by part."""
    items: dict[str, dict[str, tuple[float, Confidence, str]]] = {}
    for row in composition():
        if row.level == "fraction_to_element":
            items.setdefault(row.item, {})[row.component] = (row.share, row.confidence, row.source)
    own: dict[str, dict[str, tuple[float, Confidence, str]]] = {}
    for row in bills.rows("part-elements"):
        own.setdefault(row.part, {})[row.element] = (row.value_mg_kg * 1e-6, row.confidence, row.source)
    size = (len(bills.parts()), len(ELEMENT_ORDER))
    shares, deviation, levels = np.zeros(size), np.zeros(size), np.zeros(size, dtype=np.int8)
    sources: list[tuple[str, ...]] = []
    for n, part in enumerate(bills.parts().values()):
        said: dict[str, None] = {}
        tables = (own.get(part.part, {}), *(items[item] for item in part.basis))
        for m, element in enumerate(ELEMENT_ORDER):
            rank = next((k for k, table in enumerate(tables) if element in table), None)
            if rank is None:
                continue
            share, sure, source = tables[rank][element]
            # The first row is of the part itself; a later one is of another board, which is a guess for this one.
            level = sure if rank == 0 else min(sure, part.confidence) if rank == 1 else Confidence.MEMORY
            shares[n, m], deviation[n, m], levels[n, m] = share, SPREAD[level], level
            said[source] = None
        sources.append(tuple(said))
    return shares, deviation, levels, tuple(sources)


def vehicle_mass(product: str, cohorts: Sequence[int]) -> Floats:
    """Kilograms a vehicle by year of sale; (V,)."""
    return bills.along(
        {row.cohort: row.kg_per_vehicle for row in bills.rows("vehicle-masses") if row.product == product}, cohorts
    )


@cache
def of(wanted: tuple[str, ...], cohorts: tuple[int, ...]) -> Parts:
    """Shares of the mass by part, in the order of `bills.parts()`; each product (a known one) adds up to 1."""
    order = list(bills.parts())
    shares = np.zeros((len(cohorts), len(wanted), len(order)))
    confidence = np.zeros((len(wanted), len(order)), dtype=np.int8)
    basis, notes, sources = [], [], []
    for p, product in enumerate(wanted):
        made = _vehicle(product, cohorts) if product in bills.VEHICLES else _device(product, cohorts)
        for part, (series, sure) in made.parts.items():
            shares[:, p, order.index(part)] = series
            confidence[p, order.index(part)] = sure
        basis.append(made.basis)
        notes.append(made.note)
        sources.append(made.source)
    shares.setflags(write=False)
    return Parts(shares, confidence, tuple(basis), tuple(notes), tuple(sources))


@dataclass(frozen=True)
class _Made:
    parts: dict[str, tuple[Floats, Confidence]]
    basis: str
    note: Words
    source: str


class _Sum:
    """Series by part with the confidence of what carries them."""

    def __init__(self, cohorts: int) -> None:
        self.series: dict[str, Floats] = {}
        self.carried: dict[str, list[tuple[float, Confidence]]] = {}
        self.size = cohorts

    def add(self, part: str, series: Floats, sure: Confidence) -> None:
        self.series[part] = self.series.get(part, np.zeros(self.size)) + series
        self.carried.setdefault(part, []).append((float(np.abs(series).mean()), sure))

    def done(self) -> dict[str, tuple[Floats, Confidence]]:
        return {part: (series, weakest(self.carried[part])) for part, series in self.series.items()}


def _device(product: str, cohorts: tuple[int, ...]) -> _Made:
    rows = [row for row in bills.rows("product-bills") if row.product == product]
    weights = bills.by_cohort([(row.bill, row.cohort, row.share) for row in rows], cohorts)
    total, said = _Sum(len(cohorts)), dict.fromkeys(row.source for row in rows)
    chosen = min(row.confidence for row in rows)
    for bill, weight in weights.items():
        components = bills.device_bills()[bill]
        # Published bills are rounded to five decimals.
        whole = sum(share for share, _, _ in components.values())
        for component, (share, sure, source) in components.items():
            said[source] = None
            for part, series, part_sure in _component(bill, component, cohorts):
                total.add(part, weight * series * (share / whole), min(sure, part_sure, chosen))
    _take_magnet(product, cohorts, total)
    return _Made(total.done(), rows[0].basis, rows[0].note, "; ".join(said))


def _component(bill: str, component: str, cohorts: tuple[int, ...]) -> list[tuple[str, Floats, Confidence]]:
    rows = _component_rows().get((bill, component)) or _component_rows()[("*", component)]
    series = bills.by_cohort([(row.part, row.cohort, row.share) for row in rows], cohorts)
    # Where a component is one part alone there is nothing to separate, and the bill decides how sure it is.
    alone = len(series) == 1 and not component.startswith("circuit")
    return [
        (part, values, Confidence.SOURCED if alone else min(row.confidence for row in rows if row.part == part))
        for part, values in series.items()
    ]


@cache
def _component_rows() -> Mapping[tuple[str, str], list[bills.ComponentPart]]:
    found: dict[tuple[str, str], list[bills.ComponentPart]] = {}
    for row in bills.rows("component-parts"):
        found.setdefault((row.bill, row.component), []).append(row)
    return found


def _take_magnet(product: str, cohorts: tuple[int, ...], total: _Sum) -> None:
    """Published bills count magnets as steel: they are taken out of it."""
    rows = [row for row in bills.rows("magnets") if row.product == product]
    if not rows:
        return
    points: dict[int | None, float] = {r.cohort: r.g_per_unit / 1000 / r.unit_kg * r.equipped_share for r in rows}
    steel = total.series["steel"]
    magnet = np.minimum(bills.along(points, cohorts), steel)
    total.series["steel"] = steel - magnet
    total.add(rows[0].part, magnet, min(row.confidence for row in rows))


def _vehicle(product: str, cohorts: tuple[int, ...]) -> _Made:
    """Kilograms by part over the mass of the vehicle; what no part names is the rest.

    The copper of a vehicle is published whole, so that of its boards and battery is taken out before the rest
    becomes harness and motor copper.
    """
    rows = [row for row in bills.rows("vehicle-bills") if row.product == product]
    total, said = _Sum(len(cohorts)), dict.fromkeys(row.source for row in rows)
    for part in dict.fromkeys(row.part for row in rows):
        own = [row for row in rows if row.part == part]
        kilograms = bills.along({row.cohort: row.kg_per_vehicle for row in own}, cohorts)
        total.add(part, kilograms, min(row.confidence for row in own))
    _add_battery(product, cohorts, total, said)
    copper = total.series.pop(bills.ALL_COPPER)
    sure = min(confidence for _, confidence in total.carried.pop(bills.ALL_COPPER))
    shares, order = elements()[0], list(bills.parts())
    copper_at = ELEMENT_ORDER.index("Cu")
    held = [series * shares[order.index(part), copper_at] for part, series in total.series.items()]
    total.add("hulk-copper", np.maximum(copper - np.sum(held, axis=0), 0.0), min(sure, Confidence.DERIVED))
    parts_kg = np.sum(list(total.series.values()), axis=0)
    mass = np.maximum(vehicle_mass(product, cohorts), parts_kg)
    total.add(OTHER, mass - parts_kg, Confidence.MEMORY)
    total.series = {part: series / mass for part, series in total.series.items()}
    note = Words("Bill of parts recalled; copper and magnets sourced")
    return _Made(total.done(), "recalled", note, "; ".join(said))


def _add_battery(product: str, cohorts: tuple[int, ...], total: _Sum, said: dict[str, None]) -> None:
    rows = [row for row in bills.rows("vehicle-batteries") if row.product == product]
    if not rows:
        return
    capacity = bills.along({row.cohort: row.kwh_per_vehicle for row in rows}, cohorts)
    packs = {pack.chemistry: pack for pack in bills.rows("battery-packs")}
    for chemistry, share in battery_mix(cohorts).items():
        pack = packs[chemistry]
        total.add(pack.part, capacity * share * pack.kg_per_kwh, Confidence.MEMORY)
        said[pack.source] = None
    said.update(dict.fromkeys(row.source for row in (*rows, *bills.rows("battery-chemistries"))))


def battery_mix(cohorts: Sequence[int]) -> dict[str, Floats]:
    """The share of each chemistry in the capacity of lithium-ion traction packs, by year of sale; each (V,)."""
    return bills.by_cohort(
        [(row.chemistry, row.cohort, row.share) for row in bills.rows("battery-chemistries")], cohorts
    )
