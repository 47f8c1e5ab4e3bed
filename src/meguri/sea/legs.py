"""Legs: one transport by sea between two ports, its way, its length, and whose waters' authorities it concerns.

Distances come from the searoute package: the shortest way over a network of shipping lanes, for comparison and
planning, not for navigation. A leg through named ports is the sum of its parts.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from meguri.kit.problems import N_, Problem, gather, refuse
from meguri.kit.words import Words, listed, plain
from meguri.reference import Confidence, economies, port
from meguri.reference.rows import Port
from meguri.sea.passages import PASSAGES

SOURCE = "searoute-1.6"
SOURCES = {
    "searoute-1.6": Words(
        "searoute 1.6 (Apache-2.0) over its own network of shipping lanes; ports from the table of ports"
    ),
}
"""By what a length was reckoned: the key that goes on record, and what it means."""


# One nautical mile in kilometres, by definition.
KM_PER_NM = 1.852

# Mean radius of the Earth (IUGG).
EARTH_RADIUS_KM = 6371.0088

Point = tuple[float, float]

# The package keeps one network for the process and sets its restrictions on every call.
_LOCK = threading.Lock()


@dataclass(frozen=True)
class SeaLeg:
    """One transport by sea.

    `km` is its length, `points` its way as (longitude, latitude) in degrees within ±180 (a jump of more than 180
    between neighbours is the date line), `passages` the straits and canals in the order of travel.
    """

    origin: str
    destination: str
    via: tuple[str, ...]
    km: float
    points: tuple[Point, ...]
    passages: tuple[str, ...]
    source: str
    confidence: Confidence

    @property
    def ports(self) -> tuple[str, ...]:
        """All ports called at, in order."""
        return (self.origin, *self.via, self.destination)

    @property
    def reckoned(self) -> Words:
        """By what its length was reckoned."""
        return reckoned(self.source)

    @property
    def nm(self) -> float:
        """Its length in nautical miles."""
        return self.km / KM_PER_NM


def leg(origin_port: str, destination_port: str, via: tuple[str, ...] = ()) -> SeaLeg:
    """The leg from port to port by UN/LOCODE, calling at the `via` ports in their order.

    Raises Refused for an unknown port (with the nearest known one), for two equal ports in a row, and where the
    network has no way.
    """
    names = _checked(origin_port, destination_port, via)
    return _leg(names)


def economies_on(route: SeaLeg | tuple[str, ...]) -> tuple[str, ...]:
    """The economies whose ports a leg (or a row of UN/LOCODEs) touches: origin, transits in order, destination.

    Each economy once, except that an origin that is also the destination stays at both ends. Raises Refused for
    an unknown port.
    """
    names = route.ports if isinstance(route, SeaLeg) else tuple(route)
    touched = [port(name, f"/ports/{place}").iso3 for place, name in enumerate(names)]
    if len(touched) < 2:
        return tuple(touched)
    first, last = touched[0], touched[-1]
    between = [iso3 for iso3 in dict.fromkeys(touched[1:-1]) if iso3 not in (first, last)]
    return (first, *between, last)


def transits(route: SeaLeg | tuple[str, ...]) -> tuple[str, ...]:
    """The economies between the first and the last, in order: those whose authorities are asked as transit States."""
    return economies_on(route)[1:-1]


def _checked(origin: str, destination: str, via: tuple[str, ...]) -> tuple[str, ...]:
    pointers = ("/origin_port", *(f"/via/{place}" for place in range(len(via))), "/destination_port")
    names = tuple(
        port(name, pointer).unlocode for name, pointer in zip((origin, *via, destination), pointers, strict=True)
    )
    gather(
        Problem(
            N_("A leg needs two different ports one after the other, and {port} follows itself."),
            pointers[place + 1],
            "port",
            {"port": here},
        )
        for place, (here, there) in enumerate(pairwise(names))
        if here == there
    )
    return names


@lru_cache(maxsize=4096)
def _leg(names: tuple[str, ...]) -> SeaLeg:
    parts = [_between(here, there) for here, there in pairwise(names)]
    points: list[Point] = []
    for part in parts:
        points.extend(part.points if not points else part.points[1:])
    passages = tuple(name for part in parts for name in part.passages)
    return SeaLeg(
        names[0],
        names[-1],
        names[1:-1],
        sum(part.km for part in parts),
        tuple(points),
        passages,
        SOURCE,
        confidence_of(names),
    )


def confidence_of(ports: tuple[str, ...]) -> Confidence:
    """How far the length of a leg between ports is to be trusted: no further than where the ports lie."""
    return min([Confidence.DERIVED, *(port(name).confidence for name in ports)])


@dataclass(frozen=True)
class _Part:
    km: float
    points: tuple[Point, ...]
    passages: tuple[str, ...]


@lru_cache(maxsize=4096)
def _between(here: str, there: str) -> _Part:
    # Importing the package parses its network and takes about a second, so only whoever asks for a leg pays.
    from searoute import searoute

    start, end = port(here), port(there)
    with _LOCK:
        found = searoute([start.lon, start.lat], [end.lon, end.lat], units="km", return_passages=True)
    way: list[Point] = [(float(lon), float(lat)) for lon, lat in found.geometry.coordinates]
    if not way:
        raise refuse(
            N_("No way by sea was found from {origin} to {destination}."),
            "/destination_port",
            "leg",
            origin=_placed(start),
            destination=_placed(end),
        )
    # The published distances agree with the way between the lanes' nodes nearest to the ports; the approaches are
    # drawn but not counted, except between neighbours that share a node.
    whole = [(start.lon, start.lat), *way, (end.lon, end.lat)]
    km = float(found.properties["length"]) or _great_circle_km((start.lon, start.lat), (end.lon, end.lat))
    return _Part(km, tuple(_within(whole)), tuple(_in_order(found.properties["traversed_passages"], way)))


def _placed(harbour: Port) -> Words:
    named = listed((harbour.name, economies()[harbour.iso3].name))
    return Words("{code} ({name})").format(code=harbour.unlocode, name=named)


def _great_circle_km(a: Point, b: Point) -> float:
    lon_a, lat_a, lon_b, lat_b = map(math.radians, (*a, *b))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))


def _within(way: list[Point]) -> list[Point]:
    """Longitudes brought back within ±180, equal neighbours dropped."""
    points: list[Point] = []
    for lon, lat in way:
        point = (round((lon + 180) % 360 - 180, 5), round(lat, 5))
        if not points or points[-1] != point:
            points.append(point)
    return points


def _in_order(passages: list[str], way: list[Point]) -> list[str]:
    """The unordered set that the package gives, in the order of travel."""

    def place(name: str) -> int:
        known = PASSAGES.get(name)
        if known is None:
            return len(way)
        return min(range(len(way)), key=lambda i: _apart(way[i], (known.lon, known.lat)))

    return sorted(sorted(passages), key=place)


def _apart(a: Point, b: Point) -> float:
    across = abs((a[0] - b[0] + 180) % 360 - 180)
    return across * across + (a[1] - b[1]) ** 2


def reckoned(source: str) -> Words:
    """By what a length was reckoned, from its key on record; the key itself where it is not known here."""
    return SOURCES.get(source) or plain(source)
