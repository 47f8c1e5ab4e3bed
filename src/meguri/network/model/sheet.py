"""The sheet on which an instance is written as a program: blocks of columns and rows over (things, periods).

Whole blocks are written at once, so that building costs a small part of solving.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from meguri.kit.words import Words
from meguri.network.model.blocks import Floats, Ints, PeriodBlock, Tie, spread
from meguri.network.model.commodities import Held, Reach
from meguri.network.model.instance import Instance, PlantSite, Technology
from meguri.network.solver.program import Axis, Builder, NamedLimit

INFINITY = float("inf")
KG_PER_T = 1000.0


@dataclass(frozen=True)
class DecisionBlock:
    """A block of decisions: its place among the columns, what one unit costs (USD) and emits (kg CO2e) in each period.

    `annual` says whether a unit is a yearly rate (multiplied by the period's years) or happens once.
    """

    block: PeriodBlock
    cost: Floats
    carbon: Floats
    annual: bool


@dataclass
class Sheet:
    """A program being written: the builder and what has been put into it so far."""

    instance: Instance
    reach: Reach
    builder: Builder = field(default_factory=Builder)
    columns: dict[str, DecisionBlock] = field(default_factory=dict)
    rows: dict[str, PeriodBlock] = field(default_factory=dict)
    recovered: dict[str, Floats] = field(default_factory=dict)
    stored: list[int] = field(default_factory=list)
    disposed: list[tuple[Held | int, int]] = field(default_factory=list)
    sold: list[tuple[int, int]] = field(default_factory=list)
    excesses: list[tuple[int, str]] = field(default_factory=list)
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first = self.instance.periods[0].year
        rate = self.instance.objective.discount
        self.years = np.array([period.years for period in self.instance.periods], dtype=np.float64)
        self.discount = np.array([(1 + rate) ** -(period.year - first) for period in self.instance.periods])
        self.technology: dict[str, Technology] = {one.id: one for one in self.instance.technologies}
        self.content: dict[tuple[str, str], Mapping[str, Any]] = {
            (one.stream, one.origin): one.share for one in self.instance.contents
        }

    @property
    def periods(self) -> int:
        """How many periods."""
        return len(self.instance.periods)

    def at(self, site: int) -> tuple[PlantSite, Technology]:
        """A site of the instance with its technology."""
        one = self.instance.sites[site]
        return one, self.technology[one.technology]

    def share(self, stream: str, origin: str, element: str) -> Floats:
        """The mass fraction of an element in a commodity by period; zero where no content is stated."""
        return np.asarray(self.content.get((stream, origin), {}).get(element, 0.0)) * np.ones(self.periods)

    def axes(
        self, names: Sequence[str | Words], keys: Sequence[str] | None = None, name: str = ""
    ) -> tuple[Axis, Axis]:
        """Things, called `name` in the words of limits, by periods, called ``year`` there."""
        years = [str(period.year) for period in self.instance.periods]
        return Axis(names, keys=keys, name=name), Axis(years, name="year")

    def add(
        self,
        name: str,
        names: Sequence[str | Words],
        *,
        cost: Any = 0.0,
        carbon: Any = 0.0,
        lower: Any = 0.0,
        upper: Any = INFINITY,
        annual: bool = True,
        integer: bool = False,
        reward: Any = 0.0,
        limit: NamedLimit | None = None,
        axis: str = "",
    ) -> DecisionBlock:
        """A block of columns by thing and period. `reward` (objective units a unit) is taken from the objective.

        `axis` is what the words of the limit call a thing.
        """
        shape = (len(names), self.periods)
        costs, carbons = spread(cost, *shape), spread(carbon, *shape)
        aim = self.instance.objective
        weight = self.discount * (self.years if annual else 1.0)
        price = (aim.cost * costs + aim.carbon_usd_t / KG_PER_T * carbons - spread(reward, *shape)) * weight
        ids = self.builder.columns(
            name, shape, price, spread(lower, *shape), spread(upper, *shape),
            integer=integer, axes=self.axes(names, name=axis), limit=limit,
        )  # fmt: skip
        column = DecisionBlock(PeriodBlock(ids), costs, carbons, annual)
        self.columns[name] = column
        return column

    def bind(
        self,
        name: str,
        names: Sequence[str | Words],
        lower: Any,
        upper: Any,
        ties: Iterable[Tie] = (),
        *,
        limit: NamedLimit | None = None,
        keys: Sequence[str] | None = None,
        axis: str = "",
    ) -> PeriodBlock:
        """A block of rows by thing and period, tied to columns within each period; `axis` as in `add`."""
        shape = (len(names), self.periods)
        ids = self.builder.rows(
            name, shape, spread(lower, *shape), spread(upper, *shape), axes=self.axes(names, keys, axis), limit=limit
        )
        block = PeriodBlock(ids)
        self.rows[name] = block
        for tie in ties:
            self.tie(block.ids[tie.row], tie.column, tie.coefficient)
        return block

    def tie(self, rows: Ints, columns: Ints, coefficient: Floats) -> None:
        """Entries between rows and columns shaped (n, periods)."""
        if rows.size:
            self.builder.entries(rows, columns, spread(coefficient, *rows.shape))

    def said(self, held: Held) -> Words:
        """A commodity at a site, in words."""
        site = self.instance.sites[held.place]
        return Words("{stream} from {origin} at {site}").format(stream=held.stream, origin=held.origin, site=site.name)


def grouped(things: Iterable[Any]) -> dict[Any, list[int]]:
    """Places of equal things."""
    found: dict[Any, list[int]] = defaultdict(list)
    for place, thing in enumerate(things):
        found[thing].append(place)
    return found
