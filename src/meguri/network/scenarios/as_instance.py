"""A scenario as an instance: the reference plan with the scenario's figures, plants, limits, lanes and shocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from meguri import reference, worth
from meguri.kit.problems import N_
from meguri.kit.words import Words, plain
from meguri.network.model.instance import (
    Instance,
    Lane,
    Limit,
    Objective,
    Period,
    PlanAssumption,
    PlantSite,
    Supply,
    Technology,
    Zone,
)
from meguri.network.reference_plan import Figures, PlanBasis, build, periods, tables
from meguri.network.reference_plan.figures import USERS
from meguri.network.reference_plan.money import tariff
from meguri.network.reference_plan.plants import Plants
from meguri.network.scenarios.scenario import LaneChange, PlanScenario, PlantGiven, Points, Shock, at_years
from meguri.reference import Confidence

OPENED, CLOSED = N_("opened by the scenario"), N_("closed by the scenario")
GONE = N_("gone in the scenario")


def instance_of(scenario: PlanScenario, progress: Callable[[float], None] | None = None) -> Instance:
    """The instance of a scenario. Raises Refused where a plant or figure cannot be."""
    spans = periods(scenario.starts, scenario.last_year)
    figures = Figures(scenario.figures)
    basis = PlanBasis(
        arisings=scenario.arisings, figures=figures, periods=spans, edge=scenario.band, economies=scenario.economies,
        plants=_PlantsChange(scenario, spans),
    )  # fmt: skip
    instance = build(basis, progress)
    return _changed(instance, scenario, tariff(figures).sea_usd_tkm, tariff(figures).sea_kg_tkm)


def _changed(instance: Instance, scenario: PlanScenario, usd_tkm: float, kg_tkm: float) -> Instance:
    spans = instance.periods
    lanes = instance.lanes
    for change in scenario.lanes:
        lanes = _lanes_changed(instance, lanes, change, spans)
    sites = instance.sites
    for shock in scenario.shocks:
        lanes, sites = _shocked(instance, lanes, sites, shock, usd_tkm, kg_tkm)
    aim = instance.objective
    return replace(
        instance,
        name=scenario.title,
        lanes=lanes,
        sites=sites,
        supplies=tuple(_collected(supply, scenario, spans) for supply in instance.supplies),
        limits=(*_limits(scenario, spans), *_demands(scenario, spans)),
        objective=Objective(
            cost=scenario.cost_weight,
            carbon_usd_t=scenario.carbon_usd_t,
            recovered=dict(scenario.recovered_usd_t),
            recovered_in=scenario.recovered_in,
            discount=aim.discount if scenario.discount is None else scenario.discount,
        ),
        assumptions=(*_own_assumptions(scenario), *instance.assumptions),
    )


@dataclass(frozen=True)
class _PlantsChange:
    """The scenario's plants and yields, put in before lanes are asked for."""

    scenario: PlanScenario
    spans: tuple[Period, ...]

    def __call__(self, made: Plants) -> Plants:
        technologies = tuple(self._technology(one) for one in made.technologies)
        names = {one.id for one in technologies}
        sites = {site.id: site for site in made.sites}
        for given in self.scenario.plants:
            sites[given.id] = self._site(given, sites.get(given.id), names)
        return Plants(technologies, tuple(sites.values()))

    def _technology(self, one: Technology) -> Technology:
        kind = one.id.split(":")[0]
        outputs, recovers = dict(one.outputs), dict(one.recovers)
        for given in self.scenario.made:
            if given.technology != kind:
                continue
            if given.input is None:
                recovers = {stream: {**shares, **dict(given.shares)} for stream, shares in recovers.items()}
            elif given.input in outputs:
                outputs[given.input] = dict(given.shares)
        return replace(one, outputs=outputs, recovers=recovers)

    def _site(self, given: PlantGiven, known: PlantSite | None, technologies: set[str]) -> PlantSite:
        stated = given.stated
        capacity = self._capacity(given.capacity_t_y, known)
        if known is None:
            economy = str(stated["economy"])
            kind = str(stated.pop("technology"))
            of_economy = f"{kind}:{economy}"
            stated = {"name": plain(given.id), "source": USERS, "confidence": Confidence.DERIVED, **stated}
            technology = of_economy if of_economy in technologies else kind
            return PlantSite(id=given.id, technology=technology, capacity_t_y=capacity, **stated)
        stated.pop("technology", None)
        return replace(known, capacity_t_y=capacity, source=USERS, confidence=Confidence.DERIVED, **stated)

    def _capacity(self, points: Points, known: PlantSite | None) -> tuple[float, ...]:
        before = known.capacity_t_y if known else (0.0,) * len(self.spans)
        given = at_years(points, tuple(span.year for span in self.spans))
        return tuple(old if np.isnan(new) else new for old, new in zip(before, given, strict=True))


def _collected(supply: Supply, scenario: PlanScenario, spans: tuple[Period, ...]) -> Supply:
    years = tuple(span.year for span in spans)
    least, most = np.array(supply.least_share), np.array(supply.most_share)
    vehicle = supply.stream.endswith("vehicles")
    for given in scenario.collection:
        if (
            given.economy != supply.zone
            or (given.stream is None and vehicle)
            or given.stream not in (None, supply.stream)
        ):
            continue
        wanted, reach = np.array(at_years(given.least, years)), np.array(at_years(given.most, years))
        least = np.where(np.isnan(wanted), least, wanted)
        most = np.where(np.isnan(reach), np.maximum(most, least), reach)
        if given.most and not given.least:
            least = np.minimum(least, most)
    return replace(supply, least_share=tuple(map(float, least)), most_share=tuple(map(float, most)))


def _limits(scenario: PlanScenario, spans: tuple[Period, ...]) -> Iterator[Limit]:
    for given in scenario.limits:
        value = tuple(at_years(given.value, tuple(span.year for span in spans)))
        yield Limit(given.name, given.kind, value, given.economy, given.item, given.partners, given.said)


def _demands(scenario: PlanScenario, spans: tuple[Period, ...]) -> Iterator[Limit]:
    for given in scenario.demands:
        tonnes = given.tonnes_y if given.tonnes_y is not None else _sourced(given.element)
        value = tuple(share * tonnes for share in at_years(given.share, tuple(span.year for span in spans)))
        said = Words("demand for {element} in {economy}").format(element=given.element, economy=_economy(given.economy))
        name = f"demand for {given.element} in {given.economy}"
        yield Limit(name, "recovered", value, given.economy, given.element, said=said)


def _sourced(element: str) -> float:
    found = worth.demand(element)
    assert found is not None
    return found.kg_per_year / 1000.0


def _during(first: int, last: int, span: Period) -> bool:
    return span.year <= last and span.year + span.years - 1 >= first


def _lanes_changed(
    instance: Instance, lanes: tuple[Lane, ...], change: LaneChange, spans: tuple[Period, ...]
) -> tuple[Lane, ...]:
    economy = _economy_of(instance)
    when = tuple(_during(change.from_year, change.until_year, span) for span in spans)
    word = OPENED if change.opened else CLOSED

    def changed(lane: Lane) -> Lane:
        pair = (economy[lane.origin], economy[lane.destination])
        if pair != (change.sender, change.receiver) or change.stream not in (None, lane.stream):
            return lane
        return _put(lane, when, change.opened, word)

    return tuple(map(changed, lanes))


def _put(lane: Lane, when: tuple[bool, ...], opened: bool, word: str) -> Lane:
    now = tuple(change and was != opened for change, was in zip(when, lane.open, strict=True))
    if not any(now):
        return lane
    grounds = lane.grounds or ((),) * len(when)
    assumed = lane.assumed or (False,) * len(when)
    return replace(
        lane,
        open=tuple(opened if change else was for change, was in zip(now, lane.open, strict=True)),
        why=tuple(word if change else was for change, was in zip(now, lane.why, strict=True)),
        grounds=tuple(() if change else was for change, was in zip(now, grounds, strict=True)),
        assumed=tuple(change or was for change, was in zip(now, assumed, strict=True)),
    )


def _shocked(
    instance: Instance,
    lanes: tuple[Lane, ...],
    sites: tuple[PlantSite, ...],
    shock: Shock,
    usd_tkm: float,
    kg_tkm: float,
) -> tuple[tuple[Lane, ...], tuple[PlantSite, ...]]:
    when = tuple(_during(shock.from_year, shock.until_year, span) for span in instance.periods)
    economy = _economy_of(instance)
    places: tuple[Zone | PlantSite, ...] = (*instance.zones, *instance.sites)
    port = {one.id: one.port for one in places}

    def hit(lane: Lane) -> bool:
        if shock.kind == "passage":
            return any(shock.thing in way.passages for way in lane.ways)
        if shock.kind == "port":
            return any(way.mode == "sea" for way in lane.ways) and shock.thing in (
                port[lane.origin],
                port[lane.destination],
            )
        if shock.kind == "economy":
            pair = {economy[lane.origin], economy[lane.destination]}
            return len(pair) > 1 and shock.thing in pair
        return False

    def changed(lane: Lane) -> Lane:
        if not hit(lane):
            return lane
        if shock.detour_km is not None:
            more = [shock.detour_km * usd_tkm if now else 0.0 for now in when]
            cost = tuple(was + add for was, add in zip(lane.cost_usd_t, more, strict=True))
            longer = shock.detour_km * kg_tkm * float(np.mean(when))
            return replace(lane, cost_usd_t=cost, carbon_kg_t=lane.carbon_kg_t + longer)
        return _put(lane, when, False, GONE)

    def shut(site: PlantSite) -> PlantSite:
        gone = (shock.kind == "plant" and site.id == shock.thing) or (
            shock.kind == "economy" and site.economy == shock.thing
        )
        if not gone:
            return site
        return replace(
            site, capacity_t_y=tuple(0.0 if now else was for now, was in zip(when, site.capacity_t_y, strict=True))
        )

    return tuple(map(changed, lanes)), tuple(map(shut, sites))


def _economy_of(instance: Instance) -> dict[str, str]:
    places: tuple[Zone | PlantSite, ...] = (*instance.zones, *instance.sites)
    return {one.id: one.economy for one in places}


def _economy(code: str) -> Words:
    known = reference.economies().get(code)
    return known.name if known else plain(code)


def _named(table: str, id: str) -> Words:
    """A stream or technology of the plan by name; another by its id."""
    row = next((row for row in tables.rows(table) if tables.key_of(table, row) == (id,)), None)
    return row.name if row else plain(id)


LANE_OPENED = Words("{what}, {sender} to {receiver}: opened by the scenario, whatever the law says")
LANE_CLOSED = Words("{what}, {sender} to {receiver}: closed by the scenario, whatever the law says")


def _own_assumptions(scenario: PlanScenario) -> Iterator[PlanAssumption]:
    """What the user has stated beyond the tables' figures, before all else."""
    for demand in scenario.demands:
        if demand.tonnes_y is None:
            known = worth.demand(demand.element)
            assert known is not None
            said = Words("Use of {element} in Japan ({measure}, {year}): the latest figure found").format(
                element=demand.element, measure=known.measure, year=known.year
            )
            yield PlanAssumption(
                f"demand/{demand.element}", said, known.kg_per_year / 1000, "t/y", known.source, known.confidence
            )
            continue
        said = Words("Use of {element} in {economy} (the user's own figure)").format(
            element=demand.element, economy=_economy(demand.economy)
        )
        source = f"{USERS}: {demand.note}" if demand.note else USERS
        yield PlanAssumption(f"demand/{demand.element}", said, demand.tonnes_y, "t/y", source, Confidence.DERIVED)
    for plant in scenario.plants:
        said = Words("Plant {plant} as stated in the scenario").format(plant=plant.id)
        yield PlanAssumption(f"plant/{plant.id}", said, _first(plant), "t/y", USERS, Confidence.DERIVED)
    for made in scenario.made:
        said = Words("Yields of {technology} for {input} as stated in the scenario").format(
            technology=_named("technologies", made.technology),
            input=_named("streams", made.input) if made.input else Words("metals"),
        )
        yield PlanAssumption(
            f"yields/{made.technology}/{made.input or 'metals'}", said, None, "", USERS, Confidence.DERIVED
        )
    for change in scenario.lanes:
        what = change.stream or "all streams"
        told = LANE_OPENED if change.opened else LANE_CLOSED
        said = told.format(
            what=_named("streams", change.stream) if change.stream else Words("all streams"),
            sender=_economy(change.sender), receiver=_economy(change.receiver),
        )  # fmt: skip
        yield PlanAssumption(
            f"lane/{what}/{change.sender}/{change.receiver}", said, None, "", USERS, Confidence.DERIVED
        )
    for shock in scenario.shocks:
        said = Words("{thing} is gone from {start} to {end}").format(
            thing=shock.thing, start=shock.from_year, end=shock.until_year
        )
        yield PlanAssumption(
            f"shock/{shock.thing}", said, shock.detour_km, "km" if shock.detour_km else "", USERS, Confidence.DERIVED
        )


def _first(plant: PlantGiven) -> Any:
    return plant.capacity_t_y[0][1] if plant.capacity_t_y else None
