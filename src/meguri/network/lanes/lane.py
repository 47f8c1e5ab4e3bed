"""Lanes: which pairs of places a stream may travel between, in which period, by which law, and at what cost.

The law's answer is asked on 1 July of each period's first year. Later than the day on which the law was last read,
or than the packs reach, the last known law is taken to persist, and the lane says that this is assumed.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from meguri.kit.problems import N_
from meguri.law import COVERS, READ_ON, Matrix, matrix
from meguri.network.model.instance import Lane, Mode, Period, PlantSite, Way, Zone
from meguri.reference import port
from meguri.sea.kept_legs import kept_leg
from meguri.sea.legs import EARTH_RADIUS_KM

DOMESTIC = "domestic"
NOT_ON_FILE = N_("allowed as far as was read, but the law of an end is not on file")
OTHER_NOT_ON_FILE = N_("allowed as far as was read, but the law of an end on harmless waste is not on file")
Place = Zone | PlantSite

DETOUR = 1.3
"""Road kilometres for a kilometre of great circle: an assumption, within the range of published detour indices."""


@dataclass(frozen=True)
class Tariff:
    """What transport costs and emits.

    By sea a lane costs `sea_usd_t` (handling, paperwork) plus `sea_usd_tkm`; `pairs` (economy, economy) in USD/t
    replaces the sum where a quotation is held. `consent_usd_t` is added where prior consent is needed.
    """

    sea_usd_t: float
    sea_usd_tkm: float
    sea_kg_tkm: float
    road_usd_tkm: Mapping[str, float]
    road_usd_tkm_else: float
    road_kg_tkm: float
    consent_usd_t: float
    pairs: Mapping[tuple[str, str], float]
    haul_km: float


@dataclass(frozen=True)
class LawWord:
    """The law's answer for a stream between two economies in a period.

    A lane is open where the answer allows it and the law of both ends on what travels is on file. Where an end has a
    law on file that says nothing of it, it is open for streams that the plan names; a scenario may open others by name.
    """

    verdict: str
    open: bool
    assumed: bool
    grounds: tuple[str, ...] = ()
    """Citations of what closes a lane, at most four; none where it is open or domestic."""


DOMESTIC_WORD = LawWord(DOMESTIC, True, False)
MOST_CITED = 4


class LawOfLanes:
    """The law between economies for streams and periods, asked once as a matrix for each operation.

    `unread` are streams that travel also where the law of an end on waste that is not hazardous is unread.
    """

    def __init__(
        self,
        economies: Iterable[str],
        streams: Iterable[str],
        periods: Sequence[Period],
        operations: Mapping[str, str],
        unread: Container[str] = (),
    ) -> None:
        self._unread = unread
        self._days = tuple(min(date(period.year, 7, 1), COVERS[1]) for period in periods)
        self._persisting = tuple(
            day > READ_ON or day != date(period.year, 7, 1) for day, period in zip(self._days, periods, strict=True)
        )
        names, days = tuple(dict.fromkeys(economies)), tuple(dict.fromkeys(self._days))
        together: dict[str, list[str]] = {}
        for stream in dict.fromkeys(streams):
            together.setdefault(operations[stream], []).append(stream)
        self._grids: dict[str, Matrix] = {}
        if len(names) > 1:
            for operation, chosen in together.items():
                self._grids |= dict.fromkeys(chosen, matrix(names, chosen, days, operation))
        self._found: dict[tuple[str, str, str, int], LawWord] = {}

    def word(self, stream: str, sender: str, receiver: str, period: int) -> LawWord:
        """The answer for one stream, pair of economies and period (its place)."""
        if sender == receiver:
            return DOMESTIC_WORD
        key = (stream, sender, receiver, period)
        if key not in self._found:
            self._found[key] = self._asked(*key)
        return self._found[key]

    def _asked(self, stream: str, sender: str, receiver: str, period: int) -> LawWord:
        cell = self._grids[stream].cell(sender, receiver, stream, self._days[period])
        if cell.verdict is None:
            return DOMESTIC_WORD
        assumed = self._persisting[period] or cell.status != "decided" or not cell.covered
        may = cell.verdict.startswith("allowed")
        if may and not cell.covered:
            return LawWord(NOT_ON_FILE, False, True)
        if may and not cell.looked and stream not in self._unread:
            return LawWord(OTHER_NOT_ON_FILE, False, True)
        return LawWord(cell.verdict, may, assumed, () if may else cell.citations[:MOST_CITED])


def lane(origin: Place, destination: Place, stream: str, law: LawOfLanes, periods: int, tariff: Tariff) -> Lane | None:
    """The lane of a stream between two places, open or not; None where there is no way (no port at one end)."""
    ways = travel(origin, destination)
    if ways is None:
        return None
    words = [law.word(stream, origin.economy, destination.economy, t) for t in range(periods)]
    base = cost(ways, origin, destination, tariff)
    return Lane(
        id=f"{stream}:{origin.id}>{destination.id}",
        stream=stream,
        origin=origin.id,
        destination=destination.id,
        ways=ways,
        cost_usd_t=tuple(base + (tariff.consent_usd_t if word.verdict == "allowed_pic" else 0.0) for word in words),
        carbon_kg_t=sum(
            way.km * tariff.sea_kg_tkm if way.mode == "sea" else min(way.km, tariff.haul_km) * tariff.road_kg_tkm
            for way in ways
        ),
        open=tuple(word.open for word in words),
        why=tuple(word.verdict for word in words),
        grounds=tuple(word.grounds for word in words),
        assumed=tuple(word.assumed for word in words),
    )


def travel(origin: Place, destination: Place) -> tuple[Way, ...] | None:
    """By road within an economy, else by road to the port, by sea, and by road from the port."""
    if origin.economy == destination.economy:
        return (road(origin, destination),)
    if origin.port is None or destination.port is None:
        return None
    if origin.port == destination.port:
        return (road(origin, destination),)
    return (_to_port(origin), by_sea(origin.port, destination.port), _to_port(destination))


def by_sea(here: str, there: str) -> Way:
    """The way between two ports. Raises Refused."""
    leg = kept_leg(here, there)
    return Way("sea", leg.km, leg.points, leg.passages)


def road(origin: Place, destination: Place) -> Way:
    """A road between two places: the great circle with a detour."""
    return Way("road", DETOUR * great_circle(origin.lat, origin.lon, destination.lat, destination.lon))


def _to_port(place: Place) -> Way:
    harbour = port(str(place.port), "/port")
    return Way("road", DETOUR * great_circle(place.lat, place.lon, harbour.lat, harbour.lon))


def great_circle(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Kilometres over the sphere."""
    a, b, c, d = map(math.radians, (lat, lon, other_lat, other_lon))
    h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def cost(ways: Sequence[Way], origin: Place, destination: Place, tariff: Tariff) -> float:
    """USD a tonne for the ways of a lane. Hauls to a port are capped at `haul_km`: a zone is not one point."""
    total = 0.0
    for n, way in enumerate(ways):
        if way.mode == "sea":
            quoted = tariff.pairs.get((origin.economy, destination.economy))
            total += tariff.sea_usd_t + tariff.sea_usd_tkm * way.km if quoted is None else quoted
        else:
            place = origin if n == 0 else destination
            total += tariff.road_usd_tkm.get(place.economy, tariff.road_usd_tkm_else) * min(way.km, tariff.haul_km)
    return total


def modes(ways: Iterable[Way]) -> tuple[Mode, ...]:
    """The modes of a lane in order, each once."""
    return tuple(dict.fromkeys(way.mode for way in ways))


__all__ = [
    "DOMESTIC",
    "LawOfLanes",
    "LawWord",
    "Tariff",
    "by_sea",
    "cost",
    "great_circle",
    "lane",
    "modes",
    "road",
    "travel",
]
