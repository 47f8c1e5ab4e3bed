"""The reference plan put together as an instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from meguri import reference
from meguri.arisings.draws import threads
from meguri.arisings.runs import collection
from meguri.arisings.runs.results import EQUIPMENT, VEHICLES
from meguri.arisings.scenarios import scenario_file
from meguri.arisings.scenarios.scenario import ArisingsScenario as Arisings
from meguri.kit.words import Words
from meguri.network.model.instance import Instance, Objective, Period, Supply, Zone
from meguri.network.reference_plan import money
from meguri.network.reference_plan.assumptions import assumptions
from meguri.network.reference_plan.figures import Figures
from meguri.network.reference_plan.matter import Matter
from meguri.network.reference_plan.plants import Plants, plants
from meguri.network.reference_plan.trade import lanes

NAME = Words("Reference plan")
LAST_YEAR = 2040
STARTS = (2025, 2026, 2027, 2028, 2030, 2032, 2035, 2038)


def periods(starts: Sequence[int] = STARTS, last_year: int = LAST_YEAR) -> tuple[Period, ...]:
    """Periods from their first years and the last year of the plan."""
    ends = (*starts[1:], last_year + 1)
    return tuple(Period(year, end - year) for year, end in zip(starts, ends, strict=True))


PlantsChange = Callable[[Plants], Plants]


@dataclass(frozen=True)
class PlanBasis:
    """What a reference plan is built from: the arisings' scenario, the figures, the periods, and which arisings.

    `edge` low or high takes the 5 or 95 % point of what arises in all; `economies` leaves out others of the table;
    `plants` changes technologies and sites before lanes are asked for.
    """

    arisings: str = "baseline"
    figures: Figures = field(default_factory=Figures)
    periods: tuple[Period, ...] = periods()
    edge: str = "central"
    economies: tuple[str, ...] = ()
    plants: PlantsChange = lambda made: made


def build(basis: PlanBasis | None = None, progress: Callable[[float], None] | None = None) -> Instance:
    """The reference plan as an instance, unchecked. `progress` is told the part done, 0 to 1."""
    basis = basis or PlanBasis()
    told = progress or (lambda part: None)
    figures = basis.figures
    places = [row for row in figures.rows("economies") if not basis.economies or row.iso3 in basis.economies]
    run = scenario_file.read(basis.arisings)
    with threads.single():
        matter = Matter.of(figures, run, [place.iso3 for place in places], basis.periods, basis.edge)
    told(0.5)
    zones = tuple(
        Zone(place.iso3, reference.economy(place.iso3).name, place.iso3, place.lat, place.lon, place.port)
        for place in places
    )
    supplies = tuple(_supplies(figures, run, matter, basis.periods))
    made = basis.plants(plants(figures, matter, basis.periods))
    told(0.6)
    ways = lanes(figures, zones, supplies, made, basis.periods, money.tariff(figures))
    told(0.9)
    fed = {stream for technology in made.technologies if technology.recovers for stream in technology.outputs}
    present = {supply.stream for supply in supplies}
    for technology in made.technologies:
        present.update(technology.outputs, *technology.outputs.values(), *technology.recovers.values())
    instance = Instance(
        name=NAME,
        periods=basis.periods,
        zones=zones,
        supplies=supplies,
        contents=matter.content(sorted(fed)),
        technologies=made.technologies,
        sites=made.sites,
        lanes=ways,
        sales=tuple(one for one in money.sales(figures, len(basis.periods)) if one.what in present),
        disposals=tuple(one for one in money.disposals(figures) if one.stream in present),
        limits=(),
        objective=Objective(discount=figures.setting("discount")),
        avoided_kg_kg=money.avoided(),
        assumptions=assumptions(figures, run, matter, ways),
    )
    told(1.0)
    return instance


def _supplies(figures: Figures, run: Arisings, matter: Matter, spans: tuple[Period, ...]) -> Iterator[Supply]:
    """What is collected today goes on being collected; up to a share that grows straight to the last year may be."""
    last = spans[-1].year + spans[-1].years - 1
    first = spans[0].year
    way = np.array([(p.year + (p.years - 1) / 2 - first) / max(1, last - first) for p in spans])
    for place in figures.rows("economies"):
        for stream in matter.tonnes.get(place.iso3, {}):
            kind = VEHICLES if stream.endswith("vehicles") else EQUIPMENT
            least = _mean(collection.rates(run, place.iso3, kind, range(first, last + 1)).share, spans)
            reach = place.vehicles_last if kind == VEHICLES else place.collected_last
            most = np.maximum(least, least[0] + (reach - least[0]) * way)
            yield Supply(
                place.iso3, stream, _tuple(matter.arises(place.iso3, stream)), _tuple(least), _tuple(most),
                place.collection_usd_t,
            )  # fmt: skip


def _mean(yearly: np.ndarray, spans: tuple[Period, ...]) -> np.ndarray:
    starts = [p.year - spans[0].year for p in spans]
    return np.asarray(np.add.reduceat(yearly, starts) / np.array([p.years for p in spans]))


def _tuple(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
