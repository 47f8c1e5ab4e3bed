"""The quantities of one economy, draw by draw: from its supply, rates and routes to every variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meguri import worth
from meguri.arisings.contents.routes import ROUTES, Yields
from meguri.arisings.draws import deviates, engine
from meguri.arisings.draws.deviates import Deviates
from meguri.arisings.draws.engine import Array, GoodsFlows, Inputs
from meguri.arisings.runs.collection import Rates
from meguri.arisings.runs.results import ALL
from meguri.arisings.stock.repairs import Repair
from meguri.materials import ELEMENT_ORDER
from meguri.reference import Confidence

Levels = NDArray[np.int8]
Bools = NDArray[np.bool_]
ELEMENTS = len(ELEMENT_ORDER)
MASSES = ("put-on-market", "stock", "arisings", "collected")
COUNTS = ("vehicles-sold", "vehicles-in-use", "end-of-life-vehicles", "vehicles-exported")
ELEMENT_MASSES = ("contained", "stock-contained", "recovered", "recovered-informally")
WORTHS = {
    "value-usd": "contained",
    "stock-value-usd": "stock-contained",
    "recovered-value-usd": "recovered",
    "carbon-avoided-kg": "recovered",
    "share-of-japan-demand": "recovered",
}
"""Variables that are an element's mass times a rate, and the masses they rest on; drawn is their total."""
UNTOTALLED = "share-of-japan-demand"


@dataclass(frozen=True)
class GoodsSupply:
    """What the goods of one economy are, T years and P products, one kind (equipment in kg, or vehicles counted).

    `basis` (T, P) holds codes of `BASIS_CODES`, `confidence` (T, P) levels, both of the sales. `inputs.columns`
    carries per unit: 30 elements, then the streams, then one column of kilograms. `observed` (T,) are published
    arisings in kg, NaN where none: each draw of inferred sales is scaled to them, within `observed_sd`. `last_known`
    is the place of the last year that is published, `first_year` the year of the first place. `content_sd` is (P, 30 +
    streams).
    """

    first_year: int
    products: tuple[str, ...]
    unit: str
    inputs: Inputs
    basis: Levels
    confidence: Levels
    content_sd: Array
    content_confidence: Levels
    stream_confidence: Levels
    streams: tuple[str, ...]
    observed: Array | None
    observed_sd: float
    last_known: int
    sources: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True)
class ProductGroup:
    """A label under which products are added up; (P,) members."""

    label: str
    members: Bools


@dataclass(frozen=True)
class Treatment:
    """What happens to what arises: shares collected and worked informally, and the chosen routes with their shares.

    `places` say which row of the deviates of yields belongs to each route; the last route is the informal one.
    """

    collected: Rates
    informal: Rates
    routes: tuple[Yields, ...]
    places: tuple[int, ...]
    shares: Array

    def formal(self, z: Deviates) -> Array:
        """The yields (n, 30) of the formal routes together."""
        each = [route.at(z.yields[:, at]) for route, at in zip(self.routes[:-1], self.places, strict=False)]
        mixed: Array = np.tensordot(self.shares, np.stack(each), axes=(0, 0))
        return mixed

    def backyard(self, z: Deviates) -> Array:
        """The yields (n, 30) of the informal route."""
        return self.routes[-1].at(z.yields[:, self.places[-1]])

    def collected_share(self, z: Deviates) -> Array:
        """The share collected in each draw, (n, T), never above one."""
        return np.minimum(self.collected.share * np.exp(self.collected.sd * z.collection[:, None]), 1.0)


@dataclass(frozen=True)
class EconomyModel:
    """One economy and kind, ready to be drawn: a model as `draws` and `variance` understand it."""

    name: str
    supply: GoodsSupply
    parts: tuple[ProductGroup, ...]
    way: Treatment

    @property
    def years(self) -> int:
        """How many years are worked out."""
        return len(self.supply.inputs.sales)

    @property
    def labels(self) -> tuple[str, ...]:
        """Products, then the groups under which they are added up."""
        return (*self.supply.products, *self.part_labels)

    @property
    def part_labels(self) -> tuple[str, ...]:
        """Labels of the groups."""
        return tuple(part.label for part in self.parts)

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups of inputs that are drawn."""
        return tuple(deviates.GROUPS)

    @property
    def outputs(self) -> dict[str, tuple[int, ...]]:
        """Every variable and the shape of one draw: years, labels, items."""
        names = (*MASSES, *(COUNTS if self.supply.unit == "vehicles" else ()))
        found: dict[str, tuple[int, ...]] = {name: (self.years, len(self.labels), 1) for name in names}
        within = (self.years, len(self.parts))
        found["fractions"] = (*within, len(self.supply.streams))
        found |= dict.fromkeys(ELEMENT_MASSES, (*within, ELEMENTS))
        found |= {name: (*within, 1) for name in WORTHS if name != UNTOTALLED}
        return found

    def items(self, variable: str) -> tuple[str, ...]:
        """What the last axis of a variable is."""
        if variable == "fractions":
            return self.supply.streams
        return ELEMENT_ORDER if variable in ELEMENT_MASSES else (ALL,)

    def labels_of(self, variable: str) -> tuple[str, ...]:
        """What the axis of products of a variable is."""
        return self.labels if variable in MASSES or variable in COUNTS else self.part_labels

    def deviates(self, n: int, seed: int) -> Deviates:
        """`n` draws of all inputs."""
        return deviates.drawn(n, seed, self.name, self.supply.products, self._items, ELEMENTS, len(ROUTES))

    def central(self) -> Deviates:
        """The one draw without any deviation."""
        return deviates.central(len(self.supply.products), self._items, ELEMENTS, len(ROUTES))

    @property
    def _items(self) -> int:
        return ELEMENTS + len(self.supply.streams)

    def swapped(self, z: Deviates, other: Deviates, group: str) -> Deviates:
        """`z` with one group of inputs taken from `other`."""
        return z.replaced(other, group)

    def run(self, z: Deviates, out: Mapping[str, Any]) -> None:
        """Write the variables named in `out`, each (n, T, labels, items)."""
        flow = self.flows(z)
        self._masses(z, flow, out)
        if "fractions" in out:
            self._fractions(self._factors(z, slice(ELEMENTS, None)), flow, out["fractions"])
        wanted = {WORTHS.get(name, name) for name in out} & set(ELEMENT_MASSES)
        if wanted:
            held = self._elements(z, flow, wanted, out)
            for name in WORTHS.keys() & out.keys():
                # Of single elements the draws are those of the mass times a rate; only the total is drawn.
                np.matmul(held[WORTHS[name]], rate_of(name).value[:, None], out=out[name])

    def flows(self, z: Deviates) -> GoodsFlows:
        """The flows of every draw, brought in line with published arisings where sales were inferred from them."""
        flow = engine.flows(self.supply.inputs, z)
        if self.supply.observed is None:
            return flow
        factor = np.exp(self.supply.observed_sd * z.level - (self._level(flow) - self._central_level))[:, None, None]
        for part in (flow.sales, flow.exported, flow.arisings, flow.stock):
            part *= factor
        return flow

    @cached_property
    def _central_level(self) -> float:
        return float(self._level(engine.flows(self.supply.inputs, self.central()))[0])

    def _level(self, flow: GoodsFlows) -> Array:
        """The mean logarithm (n,) of all arisings over the years with published ones."""
        assert self.supply.observed is not None
        seen = np.isfinite(self.supply.observed)
        total = engine.goods(flow.arisings, self.supply.inputs.columns)[:, seen].sum(axis=2)
        return np.log(np.maximum(total, 1e-9)).mean(axis=1)

    def in_kilograms(self, flow: Array) -> Array:
        """The mass (n, T, P) of a flow by column."""
        columns = self.supply.inputs.columns
        if self.supply.unit == "kg":
            return engine.goods(flow, columns)
        kilograms: Array = np.add.reduceat(flow * columns.matter[:, -1], columns.first, axis=2)
        return kilograms

    def _masses(self, z: Deviates, flow: GoodsFlows, out: Mapping[str, Array]) -> None:
        members = np.stack([part.members for part in self.parts], axis=1).astype(np.float64)
        own = len(self.supply.products)

        def put(name: str, quantity: Array) -> None:
            if name in out:
                out[name][:, :, :own, 0] = quantity
                np.matmul(quantity, members, out=out[name][:, :, own:, 0])

        put("put-on-market", self.in_kilograms(flow.sales))
        put("stock", self._whole(self.in_kilograms(flow.stock)))
        arisings = self.in_kilograms(flow.arisings)
        put("arisings", arisings)
        put("collected", arisings * self.way.collected_share(z)[:, :, None])
        if self.supply.unit == "vehicles":
            for name, part in zip(COUNTS, (flow.sales, flow.stock, flow.arisings, flow.exported), strict=True):
                counted = engine.goods(part, self.supply.inputs.columns)
                put(name, self._whole(counted) if name == "vehicles-in-use" else counted)

    def _whole(self, stock: Array) -> Array:
        """A stock without what rounding leaves below zero. Where the convention does not conserve, it may be less."""
        return np.maximum(stock, 0.0) if self.supply.inputs.convention.conserves else stock

    def columns_of(self, part: ProductGroup) -> NDArray[np.intp]:
        """The columns of a group's products."""
        return np.flatnonzero(part.members[self.supply.inputs.columns.product])

    def _elements(self, z: Deviates, flow: GoodsFlows, wanted: set[str], out: Mapping[str, Array]) -> dict[str, Array]:
        """Element masses (n, T, parts, 30) of the variables wanted, in `out` where it has room for them."""
        columns, (n, years) = self.supply.inputs.columns, flow.arisings.shape[:2]
        factors = self._factors(z, slice(ELEMENTS))
        shape = (n, years, len(self.parts), ELEMENTS)
        names = {"contained", *wanted} & set(ELEMENT_MASSES)
        held = {name: out[name] if name in out else np.empty(shape) for name in names}
        room = np.empty((n, years, ELEMENTS))
        for g, part in enumerate(self.parts):
            mine = self.columns_of(part)
            vectors = columns.matter[mine, :ELEMENTS] * factors[:, columns.product[mine]]
            for name, quantity in (("contained", flow.arisings), ("stock-contained", flow.stock)):
                if name in held:
                    # Vectors of change by cohort leave rounding of either sign where an element is absent.
                    np.maximum(np.matmul(quantity[:, :, mine], vectors, out=room), 0.0, out=held[name][:, :, g])
        rate = self.way.collected_share(z)[:, :, None]
        if "recovered" in held:
            share = rate * self.way.formal(z)[:, None, :]
            np.multiply(held["contained"], share[:, :, None], out=held["recovered"])
        if "recovered-informally" in held:
            share = (1.0 - rate) * self.way.informal.share[:, None] * self.way.backyard(z)[:, None, :]
            np.multiply(held["contained"], share[:, :, None], out=held["recovered-informally"])
        return held

    def _factors(self, z: Deviates, items: slice) -> Array:
        """Errors (n, P, items) of contents; of mean one, so that many added up leave the central run where it is."""
        sd = self.supply.content_sd[:, items]
        drawn = z.content[:, :, items]
        return np.exp(sd * drawn - np.where(np.any(drawn, axis=0), sd**2 / 2, 0.0))

    def _fractions(self, factors: Array, flow: GoodsFlows, out: Array) -> None:
        """Streams that dismantling what arises would give."""
        columns = self.supply.inputs.columns
        room = np.empty((*flow.arisings.shape[:2], out.shape[-1]))
        for g, part in enumerate(self.parts):
            mine = self.columns_of(part)
            vectors = columns.matter[mine, ELEMENTS:-1] * factors[:, columns.product[mine]]
            np.maximum(np.matmul(flow.arisings[:, :, mine], vectors, out=room), 0.0, out=out[:, :, g])


@dataclass(frozen=True)
class Rate:
    """Dollars, kilograms of CO2e or shares of a demand per kilogram of each element; (30,)."""

    value: Array
    known: Bools
    confidence: Levels
    sources: tuple[str, ...]


@cache
def rate_of(variable: str) -> Rate:
    """What a kilogram of each element counts in a variable of worth."""
    if variable == "carbon-avoided-kg":
        first, saved = worth.footprints().primary, worth.footprints().saved
        value = np.where(saved.known, saved.values, first.values)
        sure = np.where(saved.known, _levels(saved.confidence), _levels(first.confidence))
        return Rate(value, first.known, sure.astype(np.int8), _sources(first.sources))
    if variable == UNTOTALLED:
        wanted = [worth.demand(element) for element in ELEMENT_ORDER]
        value = np.array([1.0 / one.kg_per_year if one else 0.0 for one in wanted])
        sure = np.array([one.confidence if one else 0 for one in wanted], dtype=np.int8)
        return Rate(value, value > 0, sure, tuple(dict.fromkeys(one.source for one in wanted if one)))
    paid = worth.prices()
    return Rate(paid.values, paid.known, _levels(paid.confidence), _sources(paid.sources))


def _levels(given: tuple[Confidence, ...]) -> Levels:
    return np.array(given, dtype=np.int8)


def _sources(given: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for some in given for one in some))
