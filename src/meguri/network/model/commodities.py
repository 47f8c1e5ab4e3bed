"""Which commodities can be where: streams by origin economy, followed from the zones along lanes and processes.

Only what can arrive gets a variable. Lanes that the law closes are followed too, so that opening one is an edit of a
bound and not a new model.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

from meguri.network.model.instance import Instance


@dataclass(frozen=True)
class LaneFlow:
    """A stream of one origin on a lane (its place in the instance)."""

    lane: int
    origin: str


@dataclass(frozen=True)
class Held:
    """A stream of one origin at a site or zone (its place in the instance)."""

    place: int
    stream: str
    origin: str


@dataclass(frozen=True)
class Reach:
    """What can be where: `flows` on lanes, `feeds` into sites, `products` out of sites, in a fixed order."""

    flows: tuple[LaneFlow, ...]
    feeds: tuple[Held, ...]
    products: tuple[Held, ...]


def reach(instance: Instance) -> Reach:
    """Follow every supply along lanes and through processes until nothing new arrives."""
    technologies = {technology.id: technology for technology in instance.technologies}
    sites = {site.id: place for place, site in enumerate(instance.sites)}
    economy = {zone.id: zone.economy for zone in instance.zones}
    leaving: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, lane in enumerate(instance.lanes):
        leaving[(lane.origin, lane.stream)].append(place)
    flows: dict[LaneFlow, None] = {}
    feeds: dict[Held, None] = {}
    products: dict[Held, None] = {}
    waiting = deque((supply.zone, supply.stream, economy[supply.zone]) for supply in instance.supplies)
    while waiting:
        node, stream, origin = waiting.popleft()
        for place in leaving[(node, stream)]:
            flow = LaneFlow(place, origin)
            if flow in flows:
                continue
            flows[flow] = None
            site = sites[instance.lanes[place].destination]
            technology = technologies[instance.sites[site].technology]
            fed = Held(site, stream, origin)
            if stream not in technology.outputs or fed in feeds:
                continue
            feeds[fed] = None
            for made in technology.outputs[stream]:
                product = Held(site, made, origin)
                if product not in products:
                    products[product] = None
                    waiting.append((instance.sites[site].id, made, origin))
    return Reach(tuple(flows), tuple(feeds), tuple(products))
