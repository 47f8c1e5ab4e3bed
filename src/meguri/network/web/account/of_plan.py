"""From a solved plan and its answers to what pages show of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING

from meguri.kit.words import plain
from meguri.network.answers import CapacityWorth, ClosedLane, Disruption
from meguri.network.model.instance import Instance
from meguri.network.results.plan import SolvedPlan
from meguri.network.results.targets import against
from meguri.network.web.account import records
from meguri.reference import ports

if TYPE_CHECKING:
    import pandas as pd

LEAST = 1e-6
"""Tonnes a year below which nothing moves."""


def tell(
    plan: SolvedPlan,
    worth: Iterable[CapacityWorth] = (),
    closed: Iterable[ClosedLane] = (),
    hurts: Iterable[Disruption] = (),
    seconds: float = 0.0,
) -> records.PlanAccount:
    """All that pages say of a plan."""
    instance, aim = plan.instance, plan.instance.objective
    annuity = sum(p.years * (1 + aim.discount) ** -(p.year - instance.periods[0].year) for p in instance.periods)
    told = plan.statistics
    return records.PlanAccount(
        name=instance.name,
        years=tuple(period.year for period in instance.periods),
        lengths=tuple(period.years for period in instance.periods),
        discount=aim.discount,
        carbon_usd_t=aim.carbon_usd_t,
        objective=float(plan.solution.objective),
        yearly=annuity,
        seconds=seconds,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        assumptions=tuple(
            records.Premise(one.subject, one.said, one.value, one.unit, one.source, one.confidence.word)
            for one in instance.assumptions
        ),
        targets=tuple(_targets(instance)),
        flows=tuple(_flows(plan)),
        ways=tuple(_ways(plan)),
        steps=tuple(_steps(plan)),
        costs=_charges(told.cost(by=("stage", "kind", "year")), "usd_y"),
        carbon=_charges(told.carbon(by=("stage", "kind", "year")), "kg_y"),
        avoided=tuple(
            records.Charge(str(row.element), False, int(row.year), float(row.kg_y))
            for row in told.avoided(by=("element", "year")).itertuples()
        ),
        metals=tuple(
            records.RecoveredMetal(str(row.element), str(row.origin), str(row.economy), int(row.year), float(row.t_y))
            for row in told.recovered(by=("element", "origin", "economy", "year")).itertuples()
        ),
        collected=tuple(_collected(plan)),
        places=tuple(_places(plan)),
        worth=tuple(_worth(instance, worth)),
        closed=tuple(_closed(instance, closed)),
        hurts=tuple(_hurts(instance, hurts)),
        centres=_centres(instance),
        goals=tuple(
            records.Goal(
                one["title"],
                str(one["year"]),
                one["goal_t_y"],
                one["base_t_y"],
                one["plan_t_y"],
                "; ".join(one["sources"]),
                one["confidence"],
            )
            for one in against(plan)
        ),
        columns=plan.program.columns,
        rows=plan.program.rows,
    )


def _targets(instance: Instance) -> Iterator[records.KeptLimit]:
    for one in instance.limits:
        values = tuple(value if isfinite(value) else None for value in one.value)
        yield records.KeptLimit(one.name, one.kind, one.economy or "", one.item or "", values, one.said)


def _charges(table: pd.DataFrame, figure: str) -> tuple[records.Charge, ...]:
    return tuple(
        records.Charge(str(row.stage), row.kind == "once", int(row.year), float(getattr(row, figure)))
        for row in table.itertuples()
    )


def _centres(instance: Instance) -> dict[str, tuple[float, float]]:
    """Where each economy is drawn: its zone, else the first of its sites."""
    found: dict[str, tuple[float, float]] = {}
    for zone in instance.zones:
        found.setdefault(zone.economy, (zone.lon, zone.lat))
    for site in instance.sites:
        found.setdefault(site.economy, (site.lon, site.lat))
    return found


def _economies(instance: Instance) -> dict[str, str]:
    return {zone.id: zone.economy for zone in instance.zones} | {site.id: site.economy for site in instance.sites}


def _flows(plan: SolvedPlan) -> Iterator[records.EconomyFlow]:
    economy = _economies(plan.instance)
    assumed = {
        (lane.id, period.year)
        for lane in plan.instance.lanes
        for period, flag in zip(plan.instance.periods, lane.assumed, strict=False)
        if flag
    }
    sums: dict[tuple[str, str, str, int, str], float] = defaultdict(float)
    flags: set[tuple[str, str, str, int, str]] = set()
    table = plan.statistics.flows(by=("lane", "stream", "sender", "receiver", "why", "year"))
    for row in table.itertuples():
        key = (str(row.stream), economy[str(row.sender)], economy[str(row.receiver)], int(row.year), str(row.why))
        sums[key] += float(row.t_y)
        if (row.lane, row.year) in assumed:
            flags.add(key)
    for key, tonnes in sorted(sums.items(), key=lambda pair: -pair[1]):
        if tonnes > LEAST:
            stream, sender, receiver, year, why = key
            yield records.EconomyFlow(stream, sender, receiver, year, tonnes, why, key in flags)


def _ways(plan: SolvedPlan) -> Iterator[records.HeaviestWay]:
    """The way of the lane that carries most between each two economies."""
    instance, economy = plan.instance, _economies(plan.instance)
    lanes = {lane.id: lane for lane in instance.lanes}
    best: dict[tuple[str, str], tuple[float, str]] = {}
    for row in plan.statistics.flows(by=("lane",)).itertuples():
        lane = lanes[str(row.lane)]
        pair = (economy[lane.origin], economy[lane.destination])
        if pair[0] != pair[1] and float(row.t_y) > best.get(pair, (0.0, ""))[0]:
            best[pair] = (float(row.t_y), lane.id)
    for (sender, receiver), (_, name) in sorted(best.items()):
        ways = lanes[name].ways
        points = tuple(point for way in ways for point in way.points)
        passages = tuple(dict.fromkeys(passage for way in ways for passage in way.passages))
        yield records.HeaviestWay(sender, receiver, points, sum(way.km for way in ways), passages)


def _steps(plan: SolvedPlan) -> Iterator[records.FlowStep]:
    """The staged flow: between places by lane, and from each plant what becomes metal, is sold, disposed of or lost."""
    instance, told = plan.instance, plan.statistics
    stage_of = {one.id: one.stage for one in instance.technologies}
    place: dict[str, tuple[str, str]] = {zone.id: ("arises", zone.economy) for zone in instance.zones}
    place |= {site.id: (stage_of[site.technology], site.economy) for site in instance.sites}
    sums: dict[tuple[int, str, str, str, str], float] = defaultdict(float)
    left: dict[tuple[str, int], float] = {}
    lost: dict[tuple[str, int], float] = {}
    for row in told.balance().itertuples():
        left[str(row.node), int(row.year)] = float(row.out_t_y)
        lost[str(row.node), int(row.year)] = float(row.lost_t_y)

    def put(year: int, node: str, end: tuple[str, str], tonnes: float) -> None:
        if tonnes > LEAST:
            sums[(year, *place[node], *end)] += tonnes

    for row in told.flows(by=("sender", "receiver", "year")).itertuples():
        put(int(row.year), str(row.sender), place[str(row.receiver)], float(row.t_y))
        left[str(row.sender), int(row.year)] -= float(row.t_y)
    for row in told.disposed(by=("place", "year")).itertuples():
        put(int(row.year), str(row.place), ("disposed", ""), float(row.t_y))
        left[str(row.place), int(row.year)] -= float(row.t_y)
    for row in told.recovered(by=("site", "year")).itertuples():
        put(int(row.year), str(row.site), ("metal", ""), float(row.t_y))
        lost[str(row.site), int(row.year)] = lost.get((str(row.site), int(row.year)), 0.0) - float(row.t_y)
    for (node, year), tonnes in left.items():
        put(year, node, ("sold", ""), tonnes)
    for (node, year), tonnes in lost.items():
        put(year, node, ("lost", ""), tonnes)
    for key, tonnes in sorted(sums.items()):
        yield records.FlowStep(*key, tonnes)


def _collected(plan: SolvedPlan) -> Iterator[records.Collected]:
    years = [period.year for period in plan.instance.periods]
    economy = {zone.id: zone.economy for zone in plan.instance.zones}
    arises: dict[tuple[str, str, int], float] = defaultdict(float)
    for supply in plan.instance.supplies:
        for year, tonnes in zip(years, supply.tonnes, strict=True):
            arises[supply.stream, economy[supply.zone], year] += tonnes
    table = plan.statistics.collected(by=("stream", "economy", "year"))
    got = {(str(r.stream), str(r.economy), int(r.year)): float(r.t_y) for r in table.itertuples()}
    for key, tonnes in arises.items():
        yield records.Collected(*key, got.get(key, 0.0), tonnes)


def _places(plan: SolvedPlan) -> Iterator[records.PlantPeriod]:
    sites = {site.id: site for site in plan.instance.sites}
    technologies = {one.id: one for one in plan.instance.technologies}
    before: dict[str, float] = defaultdict(float)
    for row in plan.statistics.capacity().itertuples():
        site = sites[str(row.site)]
        technology = technologies[site.technology]
        added = float(row.built_t_y) - before[site.id]
        before[site.id] = float(row.built_t_y)
        yield records.PlantPeriod(
            site.id, site.name, technology.name, technology.stage, site.economy, int(row.year),
            float(row.standing_t_y), added if added > LEAST else 0.0, float(row.built_t_y),
            bool(row.running > 0.5), float(row.used_t_y), site.source, site.confidence.word,
        )  # fmt: skip


def _worth(instance: Instance, found: Iterable[CapacityWorth]) -> Iterator[records.Worth]:
    sites = {site.id: site for site in instance.sites}
    names = {one.id: one.name for one in instance.technologies}
    for one in found:
        site = sites[one.site]
        yield records.Worth(
            one.site, site.name, names[site.technology], one.economy, one.capacity_t_y, one.dual_t_y, one.step_t_y,
            one.step_gain, one.build_usd_t_y,
        )  # fmt: skip


def _closed(instance: Instance, found: Iterable[ClosedLane]) -> Iterator[records.Closed]:
    economy = _economies(instance)
    first: dict[tuple[str, str, str], int] = {}
    for lane in instance.lanes:
        shut = [p.year for p, is_open in zip(instance.periods, lane.open, strict=True) if not is_open]
        key = (lane.stream, economy[lane.origin], economy[lane.destination])
        if shut:
            first[key] = min(first.get(key, shut[0]), shut[0])
    for one in found:
        yield records.Closed(
            one.stream, one.sender, one.receiver, one.gain, one.tonnes_y, one.why, one.grounds, one.assumed,
            first[one.stream, one.sender, one.receiver],
        )  # fmt: skip


def _hurts(instance: Instance, found: Iterable[Disruption]) -> Iterator[records.Hurt]:
    sites = {site.id: site.name for site in instance.sites}
    harbours = ports()
    for one in found:
        name = plain(one.thing)
        if one.kind == "plant":
            name = sites[one.thing]
        elif one.kind == "port" and one.thing in harbours:
            name = harbours[one.thing].name
        yield records.Hurt(one.kind, one.thing, name, one.loss, one.eased, one.metal)
