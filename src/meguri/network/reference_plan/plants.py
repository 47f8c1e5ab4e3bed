"""Processes and sites of the reference plan: yards of every economy, named plants, and what may be built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meguri import reference, worth
from meguri.kit.words import Words
from meguri.network.model.instance import Period, PlantSite, Technology
from meguri.network.reference_plan.figures import Figures
from meguri.network.reference_plan.matter import Matter, dismantled, shredded, yields
from meguri.network.reference_plan.tables import PlanFacility, TechnologyRow
from meguri.reference import Confidence

KG_PER_T = 1000.0
SMELTER = "copper-smelter"
ALL = "metal-sorting"
"""The process whose standing capacity is told as a share of all that arises."""
SHARE = {"wt%": 0.01, "mg/kg": 1e-6}


@dataclass(frozen=True)
class Plants:
    """Technologies and sites, and for each technology what it takes."""

    technologies: tuple[Technology, ...]
    sites: tuple[PlantSite, ...]

    def takes(self, site: PlantSite) -> frozenset[str]:
        """The streams that a site can process."""
        return frozenset(next(one.outputs for one in self.technologies if one.id == site.technology))


def plants(figures: Figures, matter: Matter, periods: tuple[Period, ...]) -> Plants:
    """All processes and sites."""
    builder = _Builder(figures, matter, periods)
    return Plants(tuple(builder.technologies()), tuple(builder.sites()))


def wage(figures: Figures, economy: str) -> float:
    """USD for an hour of work: the table of prices, else the plan's own table of labour."""
    own = figures.by_key("labour").get((economy,))
    if own is not None:
        return float(own.usd_h)
    known = {cost.item: cost.value for cost in worth.costs("trade_cost")}
    return float(known[f"dismantling_labour_{economy}"])


@dataclass(frozen=True)
class _Builder:
    figures: Figures
    matter: Matter
    periods: tuple[Period, ...]

    def technologies(self) -> Iterator[Technology]:
        outputs = self._outputs()
        for row in self.figures.rows("technologies"):
            costs = {c.input: c for c in self.figures.rows("costs") if c.technology == row.technology}
            made = {stream: outputs[row.technology].get(stream, {}) for stream in costs}
            made = {stream: out for stream, out in made.items() if out}
            sure = min(costs[stream].confidence for stream in made)
            if row.yards == "one-each":
                for place in self._places(row.technology):
                    hour = wage(self.figures, place.iso3)
                    yield Technology(
                        id=f"{row.technology}:{place.iso3}", name=row.name, stage=row.stage, outputs=made,
                        cost_usd_t={s: costs[s].usd_t + costs[s].hours_t * hour for s in made},
                        carbon_kg_t={s: costs[s].kg_t for s in made}, source=row.source, confidence=sure,
                    )  # fmt: skip
            else:
                yield self._metallurgy(row, made, {s: costs[s].usd_t for s in made}, {s: costs[s].kg_t for s in made})

    def _metallurgy(
        self,
        row: TechnologyRow,
        made: Mapping[str, Mapping[str, float]],
        usd: Mapping[str, float],
        carbon: Mapping[str, float],
    ) -> Technology:
        recovers = {element: share for element, share in yields(row.recovery_route).items() if share > 0}
        feed_most, free, fine = self._acceptance() if row.technology == SMELTER else ({}, {}, {})
        return Technology(
            id=row.technology, name=row.name, stage=row.stage, outputs=made,  # type: ignore[arg-type]
            recovers=dict.fromkeys(made, recovers), cost_usd_t=usd, carbon_kg_t=carbon, feed_most=feed_most,
            penalty_from=free, penalty_usd_kg=fine, source=row.source, confidence=Confidence.MEMORY,
        )  # fmt: skip

    def _acceptance(self) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
        """What the furnace refuses and from where it charges, of the elements that the plan follows."""
        fines = {row.element: row.usd_kg for row in self.figures.rows("penalties")}
        rules = {row.parameter: row for row in reference.smelter_constraints() if row.parameter in fines}
        return (
            {e: row.reject_above * SHARE[row.unit] for e, row in rules.items()},
            {e: row.penalty_above * SHARE[row.unit] for e, row in rules.items()},
            {e: fines[e] for e in rules},
        )

    def _outputs(self) -> dict[str, dict[str, dict[str, float]]]:
        """What every process makes of every input: the table of processes, and the bills of what is dismantled."""
        found: dict[str, dict[str, dict[str, float]]] = {}
        for row in self.figures.rows("processes"):
            found.setdefault(row.technology, {}).setdefault(row.input, {})[row.output] = row.share
        by_hand, measured, metal = (
            yields(route) for route in ("manual-dismantling", "shred-and-sort", "elv-dismantle-shred")
        )
        for stream in {stream for by in self.matter.tonnes.values() for stream in by}:
            bill = self.matter.fractions(stream)
            if stream.endswith("vehicles"):
                found.setdefault("vehicle-dismantling", {})[stream] = dict(bill)
            else:
                found.setdefault("hand-dismantling", {})[stream] = dismantled(bill, by_hand)
                found.setdefault("shredding", {})[stream] = shredded(bill, found["metal-sorting"], measured, metal)
        return found

    def _places(self, technology: str) -> Iterator[Any]:
        roles = {
            key[1] for name in ("standing", "buildable") for key in self.figures.by_key(name) if key[0] == technology
        }
        for place in self.figures.rows("economies"):
            if place.role in roles and place.iso3 in self.matter.tonnes:
                yield place

    def sites(self) -> Iterator[PlantSite]:
        yards = {row.technology: row for row in self.figures.rows("technologies")}
        for technology, row in yards.items():
            for place in self._places(technology):
                site = self._yard(row, place)
                if site.capacity_t_y[0] > 0 or site.build_most_t_y > 0:
                    yield site
        for plant in self.figures.rows("facilities"):
            yield self._named(plant)

    def _yard(self, row: TechnologyRow, place: object) -> PlantSite:
        iso3, role = place.iso3, place.role  # type: ignore[attr-defined]
        economy = reference.economy(iso3)
        standing = self.figures.by_key("standing").get((row.technology, role))
        build = self.figures.by_key("buildable").get((row.technology, role))
        arising = self._arising(row.technology, iso3)
        capacity = round(standing.share * arising) if standing else 0
        own = row.yards == "one-each"
        basis = standing or build
        assert basis is not None
        return PlantSite(
            id=f"{row.technology}:{iso3}",
            name=Words("{technology}, {economy}").format(technology=row.name, economy=economy.name),
            economy=iso3, lat=place.lat, lon=place.lon, port=place.port,  # type: ignore[attr-defined]
            technology=f"{row.technology}:{iso3}" if own else row.technology,
            capacity_t_y=(float(capacity),) * len(self.periods),
            build_most_t_y=build.build_most_t_y if build else 0.0,
            build_least_t_y=build.build_least_t_y if build else 0.0,
            build_usd_t_y=build.build_usd_t_y if build else 0.0,
            build_from=int(self.figures.setting("build_from")),
            opening_usd=build.opening_usd if build else 0.0,
            fixed_usd_y=build.fixed_usd_y_per_1000t * (capacity or build.build_least_t_y) / KG_PER_T if build else 0.0,
            source=basis.source, confidence=basis.confidence,
        )  # fmt: skip

    def _arising(self, technology: str, economy: str) -> float:
        """Tonnes in the first period that a process's standing capacity is measured by."""
        mine = self.matter.tonnes[economy]
        vehicles = technology == "vehicle-dismantling"
        return float(
            sum(
                tonnes[0].sum()
                for stream, tonnes in mine.items()
                if technology == ALL or stream.endswith("vehicles") == vehicles
            )
        )

    def _named(self, plant: PlanFacility) -> PlantSite:
        known = reference.facilities()[plant.facility]
        return PlantSite(
            id=plant.facility, name=known.name, economy=known.iso3, lat=known.lat, lon=known.lon,
            port=known.port or plant.port or None, technology=plant.technology,
            capacity_t_y=tuple(plant.capacity_t_y if p.year >= plant.first_year else 0.0 for p in self.periods),
            build_most_t_y=plant.build_most_t_y, build_usd_t_y=plant.build_usd_t_y,
            build_from=int(self.figures.setting("build_from")), source=f"{plant.source}; {known.licence_label.en}", confidence=plant.confidence,  # noqa: E501
        )  # fmt: skip
