"""Everything a plan says, as tables: one accessor for all results, each metric summed the way it is asked for.

>>> plan.statistics.cost(by=("stage", "year"))           # doctest: +SKIP
>>> plan.statistics.recovered(by=("element", "origin"))  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from meguri.network.model.blocks import Floats
from meguri.network.model.commodities import Held
from meguri.network.model.formulation import Formulation

if TYPE_CHECKING:
    import pandas as pd

KG_PER_T = 1000.0


@dataclass(frozen=True)
class Statistics:
    """Metrics of a solution `x` of a formulation.

    Every method gives a long table (pandas) with the columns named in `by` and the figure last. Rates are per year
    within the period `year`, and means over all years of the plan where the year is not asked for; money is
    undiscounted US dollars of the base year, a year; carbon kilograms of CO2e.
    """

    formulation: Formulation
    x: Floats

    def cost(self, by: Sequence[str] = ("stage", "year")) -> pd.DataFrame:
        """Costs (positive) and sales (negative), `usd_y`; what is built, opened or closed counts in its period's first
        year and is told apart by the column `kind` (annual or once).

        Columns: stage, kind, thing, economy, year.
        """
        return self._table(self._costs, ("stage", "kind", "thing", "economy", "year"), "usd_y", by)

    def carbon(self, by: Sequence[str] = ("stage", "year")) -> pd.DataFrame:
        """Emissions, `kg_y`. Columns: stage, kind, thing, economy, year."""
        return self._table(self._emissions, ("stage", "kind", "thing", "economy", "year"), "kg_y", by)

    def avoided(self, by: Sequence[str] = ("element", "year")) -> pd.DataFrame:
        """Primary production's emissions that the recovered metal stands in for, `kg_y`. Columns as `recovered`."""
        factor = self.formulation.instance.avoided_kg_kg
        rows = ((*keys, value * KG_PER_T * factor.get(keys[0], 0.0)) for *keys, value in self._metal)
        return self._table(rows, METAL, "kg_y", by)

    def recovered(self, by: Sequence[str] = ("element", "year")) -> pd.DataFrame:
        """Metal recovered, `t_y`. Columns: element, origin (where it arose), economy (where recovered), site, year."""
        return self._table(self._metal, METAL, "t_y", by)

    def collected(self, by: Sequence[str] = ("stream", "zone", "year")) -> pd.DataFrame:
        """Collected, `t_y`. Columns: stream, zone, economy, year."""
        instance = self.formulation.instance
        economy = {zone.id: zone.economy for zone in instance.zones}
        rows = (
            (supply.stream, supply.zone, economy[supply.zone], year, value)
            for supply, series in zip(instance.supplies, self._of("collect"), strict=True)
            for year, value in zip(self._years, series, strict=True)
        )
        return self._table(rows, ("stream", "zone", "economy", "year"), "t_y", by)

    def flows(self, by: Sequence[str] = ("lane", "origin", "year")) -> pd.DataFrame:
        """Moved, `t_y`. Columns: lane, stream, origin (where it arose), sender, receiver, why (in law), year."""
        instance = self.formulation.instance
        rows = (
            (lane.id, lane.stream, flow.origin, lane.origin, lane.destination, lane.why[t], year, series[t])
            for flow, series in zip(self.formulation.reach.flows, self._of("flow"), strict=True)
            for lane in (instance.lanes[flow.lane],)
            for t, year in enumerate(self._years)
        )
        return self._table(rows, ("lane", "stream", "origin", "sender", "receiver", "why", "year"), "t_y", by)

    def processed(self, by: Sequence[str] = ("site", "year")) -> pd.DataFrame:
        """Processed, `t_y`. Columns: site, stage, economy, stream, origin, year."""
        rows = (
            (site.id, technology.stage, site.economy, feed.stream, feed.origin, year, value)
            for feed, series in zip(self.formulation.reach.feeds, self._of("process"), strict=True)
            for site, technology in (self._at(feed.place),)
            for year, value in zip(self._years, series, strict=True)
        )
        return self._table(rows, ("site", "stage", "economy", "stream", "origin", "year"), "t_y", by)

    def capacity(self) -> pd.DataFrame:
        """For each site and year: standing, built so far, running (0 to 1), used, all in t/y of capacity."""
        import pandas as pd

        instance = self.formulation.instance
        used: dict[int, Floats] = {}
        for feed, series in zip(self.formulation.reach.feeds, self._of("process"), strict=True):
            _, technology = self._at(feed.place)
            used[feed.place] = used.get(feed.place, np.zeros(len(self._years))) + series * technology.use.get(
                feed.stream, 1.0
            )
        built, running = self._by_site("build", np.cumsum), self._by_site("running")
        rows = [
            {
                "site": site.id,
                "economy": site.economy,
                "year": year,
                "standing_t_y": site.capacity_t_y[t],
                "built_t_y": float(built.get(n, np.zeros(len(self._years)))[t]),
                "running": float(running.get(n, np.ones(len(self._years)))[t]),
                "used_t_y": float(used.get(n, np.zeros(len(self._years)))[t]),
            }
            for n, site in enumerate(instance.sites)
            for t, year in enumerate(self._years)
        ]
        return pd.DataFrame(rows)

    def disposed(self, by: Sequence[str] = ("stream", "year")) -> pd.DataFrame:
        """Disposed of without use, `t_y`. Columns: stream, origin, place, year."""
        instance = self.formulation.instance
        economy = {zone.id: zone.economy for zone in instance.zones}

        def named(held: Held | int) -> tuple[str, str, str]:
            if isinstance(held, Held):
                return held.stream, held.origin, instance.sites[held.place].id
            supply = instance.supplies[held]
            return supply.stream, economy[supply.zone], supply.zone

        rows = (
            (*named(held), year, value)
            for (held, _), series in zip(self.formulation.disposed, self._of("dispose"), strict=True)
            for year, value in zip(self._years, series, strict=True)
        )
        return self._table(rows, ("stream", "origin", "place", "year"), "t_y", by)

    def balance(self) -> pd.DataFrame:
        """What goes in and out of each node (zone or site) and year, and what does not close, in tonnes a year.

        Lost is what technologies turn into nothing that is sold, sent or disposed of (their outputs sum below one).
        Metal recovered is part of it, because it leaves as metal.
        """
        return self._balance.copy()

    @cached_property
    def _balance(self) -> pd.DataFrame:
        import pandas as pd

        instance, reach, years = self.formulation.instance, self.formulation.reach, self._years
        place = {node: n for n, node in enumerate(self._economies)}
        sums = {kind: np.zeros((len(place), len(years))) for kind in ("in", "out", "stored", "lost")}
        used = np.zeros(len(place), dtype=bool)

        def put(kind: str, nodes: list[str], series: Floats) -> None:
            at = np.array([place[node] for node in nodes], dtype=np.intp)
            np.add.at(sums[kind], at, series)
            used[at] = True

        def site(k: int) -> str:
            return instance.sites[reach.feeds[k].place].id

        put("in", [supply.zone for supply in instance.supplies], self._of("collect"))
        flow = self._of("flow")
        put("out", [instance.lanes[one.lane].origin for one in reach.flows], flow)
        put("in", [instance.lanes[one.lane].destination for one in reach.flows], flow)
        kept = [sum(self._at(feed.place)[1].outputs[feed.stream].values()) for feed in reach.feeds]
        every = [site(k) for k in range(len(reach.feeds))]
        put("lost", every, self._of("process") * (1.0 - np.array(kept).reshape(-1, 1)))
        lengths = np.array([period.years for period in instance.periods], dtype=np.float64)
        stored = np.diff(self._of("store"), axis=1, prepend=0.0) / lengths
        put("stored", [site(k) for k in self.formulation.stored], stored)
        sold = [instance.sites[reach.products[k].place].id for k, _ in self.formulation.sold]
        put("out", sold, self._of("sell"))
        put("out", [self._holder(held)[0] for held, _ in self.formulation.disposed], self._of("dispose"))
        gap = sums["in"] - sums["out"] - sums["stored"] - sums["lost"]
        nodes = np.array(list(place), dtype=object)[used]
        columns = {f"{kind}_t_y": series[used].ravel() for kind, series in sums.items()}
        return pd.DataFrame(
            {"node": np.repeat(nodes, len(years)), "year": np.tile(years, len(nodes))}
            | columns
            | {"unaccounted_t_y": gap[used].ravel()}
        )

    def _holder(self, held: Held | int) -> tuple[str, str]:
        """Where something that is disposed of lies, and its economy."""
        instance = self.formulation.instance
        node = instance.sites[held.place].id if isinstance(held, Held) else instance.supplies[held].zone
        return node, self._economies[node]

    def _table(
        self, rows: Iterable[tuple[Any, ...]], keys: Sequence[str], figure: str, by: Sequence[str]
    ) -> pd.DataFrame:
        """Rows summed by the keys asked for, zeros left out; without the year, the mean over the years of the plan.

        Raises ValueError for a key that the metric does not have.
        """
        import pandas as pd

        wrong = [key for key in by if key not in keys]
        if wrong:
            raise ValueError(f"{figure} is not told apart by {', '.join(wrong)}; by {', '.join(keys)}")
        table = pd.DataFrame(list(rows), columns=[*keys, figure])
        if "year" not in by:
            length = table["year"].map({period.year: period.years for period in self.formulation.instance.periods})
            if "kind" in keys:
                length = length.where(table["kind"] != "once", 1)
            table[figure] *= length / sum(period.years for period in self.formulation.instance.periods)
        if not by:
            return pd.DataFrame({figure: [float(table[figure].sum())]})
        return table[table[figure] != 0].groupby(list(by), as_index=False, sort=True)[figure].sum()

    @cached_property
    def _years(self) -> tuple[int, ...]:
        return tuple(period.year for period in self.formulation.instance.periods)

    def _of(self, name: str) -> Floats:
        return self.formulation.values(name, self.x)

    def _at(self, place: int) -> tuple[Any, Any]:
        site = self.formulation.instance.sites[place]
        return site, self._technologies[site.technology]

    @cached_property
    def _technologies(self) -> dict[str, Any]:
        return {one.id: one for one in self.formulation.instance.technologies}

    @cached_property
    def _economies(self) -> dict[str, str]:
        """The economy of every zone and site."""
        instance = self.formulation.instance
        zones = {zone.id: zone.economy for zone in instance.zones}
        return zones | {site.id: site.economy for site in instance.sites}

    def _by_site(self, name: str, fold: Callable[[Floats], Floats] = lambda series: series) -> dict[int, Floats]:
        return {n: fold(row) for n, row in zip(self.formulation.places[name], self._of(name), strict=True)}

    @cached_property
    def _metal(self) -> tuple[tuple[Any, ...], ...]:
        """What is recovered, where there is any: element, origin, economy, site, year, tonnes."""
        tonnes, found = self._of("process"), []
        places = [self._at(feed.place)[0] for feed in self.formulation.reach.feeds]
        for element, share in self.formulation.recovered.items():
            metal = tonnes * share
            feeds, periods = np.nonzero(metal)
            for k, t, value in zip(feeds.tolist(), periods.tolist(), metal[feeds, periods].tolist(), strict=True):
                site = places[k]
                origin = self.formulation.reach.feeds[k].origin
                found.append((element, origin, site.economy, site.id, self._years[t], value))
        return tuple(found)

    @cached_property
    def _costs(self) -> tuple[tuple[Any, ...], ...]:
        return (*self._charges("cost"), *self._metal_sales())

    @cached_property
    def _emissions(self) -> tuple[tuple[Any, ...], ...]:
        return tuple(self._charges("carbon"))

    def _metal_sales(self) -> Iterator[tuple[Any, ...]]:
        """What the metal brings where the market takes all of it; capped sales are columns of their own."""
        prices = {sale.what: sale.usd_t for sale in self.formulation.instance.sales if sale.most_t_y is None}
        year_of = {year: t for t, year in enumerate(self._years)}
        for element, _, economy, site, year, tonnes in self._metal:
            if element in prices:
                yield "sales", "annual", site, economy, year, -tonnes * prices[element][year_of[year]]

    def _charges(self, what: str) -> Iterator[tuple[Any, ...]]:
        for name, column in self.formulation.columns.items():
            unit = getattr(column, what)
            if not unit.any():
                continue
            amounts = self._of(name) * unit
            kind = "annual" if column.annual else "once"
            for n in np.flatnonzero(amounts.any(axis=1)).tolist():
                stage, thing, economy = self._about(name, n)
                for year, amount in zip(self._years, amounts[n].tolist(), strict=True):
                    yield stage, kind, thing, economy, year, amount

    def _about(self, name: str, n: int) -> tuple[str, str, str]:
        """Stage, thing and economy of one row of a block of columns."""
        formulation, instance = self.formulation, self.formulation.instance
        economy = self._economies
        if name == "collect":
            supply = instance.supplies[n]
            return "collection", supply.zone, economy[supply.zone]
        if name == "flow":
            lane = instance.lanes[formulation.reach.flows[n].lane]
            return "transport", lane.id, economy[lane.origin]
        if name in ("process", "store"):
            feed = formulation.reach.feeds[n if name == "process" else formulation.stored[n]]
            site, technology = self._at(feed.place)
            return (technology.stage if name == "process" else "storage"), site.id, site.economy
        if name == "dispose":
            return ("disposal", *self._holder(formulation.disposed[n][0]))
        if name == "sell":
            site, _ = self._at(formulation.reach.products[formulation.sold[n][0]].place)
            return "sales", site.id, site.economy
        if name == "excess":
            site, technology = self._at(formulation.excesses[n][0])
            return technology.stage, site.id, site.economy
        if name in formulation.places:
            site, _ = self._at(formulation.places[name][n])
            return ("investment" if name != "running" and name != "standing" else "fixed"), site.id, site.economy
        return "sales", name, ""


METAL = ("element", "origin", "economy", "site", "year")
