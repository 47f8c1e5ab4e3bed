"""Which lanes the reference plan asks the law about, and the lanes that come of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meguri.network.lanes.lane import LawOfLanes, Place, Tariff, lane
from meguri.network.model.instance import Lane, Period, PlantSite, Supply, Zone
from meguri.network.reference_plan.figures import Figures
from meguri.network.reference_plan.plants import Plants

ABROAD = "abroad"
OPEN = "open"


def lanes(
    figures: Figures,
    zones: Sequence[Zone],
    supplies: Sequence[Supply],
    made: Plants,
    periods: tuple[Period, ...],
    tariff: Tariff,
) -> tuple[Lane, ...]:
    """Every lane, open or closed.

    Whole equipment goes to yards of its own economy and, where the stream travels, to those of home and partner
    economies. Fractions go from each yard to every named plant and to yards of home and partner economies that take
    them; what does not travel stays in its economy.
    """
    travels = {row.stream for row in figures.rows("streams") if row.travels == ABROAD}
    operations = {row.stream: row.operation for row in figures.rows("streams") if row.stream in travels}
    economies = dict.fromkeys([zone.economy for zone in zones] + [site.economy for site in made.sites])
    unread = {row.stream for row in figures.rows("streams") if row.unread == OPEN}
    law = LawOfLanes(economies, travels, periods, operations, unread)
    found = []
    for origin, destination, stream in _pairs(figures, zones, supplies, made, travels):
        one = lane(origin, destination, stream, law, len(periods), tariff)
        if one is not None:
            found.append(one)
    return tuple(found)


def _pairs(
    figures: Figures, zones: Sequence[Zone], supplies: Sequence[Supply], made: Plants, travels: set[str]
) -> Iterator[tuple[Place, Place, str]]:
    own = {row.iso3 for row in figures.rows("economies") if row.role == "source"}
    named = {row.facility for row in figures.rows("facilities")}
    takes: dict[str, list[PlantSite]] = {}
    for site in made.sites:
        for stream in made.takes(site):
            takes.setdefault(stream, []).append(site)
    at = {zone.id: zone for zone in zones}

    def receive(place: Place, stream: str) -> Iterator[PlantSite]:
        for site in takes.get(stream, ()):
            if site.economy == place.economy or (stream in travels and (site.id in named or site.economy not in own)):
                yield site

    for supply in supplies:
        zone = at[supply.zone]
        yield from ((zone, site, supply.stream) for site in receive(zone, supply.stream))
    outputs = {one.id: sorted({s for out in one.outputs.values() for s in out}) for one in made.technologies}
    for origin in made.sites:
        for stream in outputs[origin.technology]:
            yield from ((origin, site, stream) for site in receive(origin, stream) if site.id != origin.id)
