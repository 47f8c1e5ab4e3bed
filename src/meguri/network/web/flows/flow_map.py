"""The map of what moves between economies in a period: arcs as thick as the tonnes, dashed where the law is assumed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from meguri.kit.words import Words
from meguri.network.web import figures, names
from meguri.network.web.account.records import EconomyFlow, HeaviestWay, PlanAccount

APART = (30.0, 9.0)
"""Degrees of longitude and latitude between two names on the map."""
MOST = 60
"""Arcs that are drawn, the heaviest; the table and the files have all."""
MOVED = Words("{sender} → {receiver}: {mass}")


@dataclass(frozen=True)
class MovedStream:
    """A row of the table beside the map."""

    flow: EconomyFlow
    stream: Words
    sender: Words
    receiver: Words
    why: Words
    way: HeaviestWay | None

    @property
    def abroad(self) -> bool:
        """Whether it crosses a border."""
        return self.flow.sender != self.flow.receiver


def moved(told: PlanAccount, year: int, stream: str = "", abroad: bool = True) -> list[MovedStream]:
    """What moves in a period, the heaviest first."""
    ways = {(way.sender, way.receiver): way for way in told.ways}
    return [
        MovedStream(
            flow, names.stream(flow.stream), names.economy(flow.sender), names.economy(flow.receiver),
            names.why(flow.why), ways.get((flow.sender, flow.receiver)),
        )
        for flow in told.flows
        if flow.year == year and stream in ("", flow.stream) and (not abroad or flow.sender != flow.receiver)
    ]  # fmt: skip


def streams(told: PlanAccount) -> list[tuple[str, Words]]:
    """The streams that ever cross a border, to choose from."""
    found = dict.fromkeys(flow.stream for flow in told.flows if flow.sender != flow.receiver)
    return sorted(((slug, names.stream(slug)) for slug in found), key=lambda pair: names.said(pair[1]))


def _named(told: PlanAccount, pairs: Mapping[tuple[str, str], float]) -> set[str]:
    """The economies whose names fit on the map: the heaviest first, none close to one that is named already."""
    through: dict[str, float] = defaultdict(float)
    for pair, tonnes in pairs.items():
        for code in pair:
            through[code] += tonnes
    found: list[str] = []
    for code in sorted(through, key=lambda code: -through[code]):
        lon, lat = told.centres[code]
        if all(
            abs(lon - told.centres[one][0]) > APART[0] or abs(lat - told.centres[one][1]) > APART[1] for one in found
        ):
            found.append(code)
    return set(found)


def drawn(told: PlanAccount, rows: list[MovedStream]) -> str:
    """What the map draws, as JSON."""
    pairs: dict[tuple[str, str], float] = defaultdict(float)
    firm: set[tuple[str, str]] = set()
    for row in rows:
        pair = (row.flow.sender, row.flow.receiver)
        pairs[pair] += row.flow.tonnes
        if not row.flow.assumed:
            firm.add(pair)
    most = max(pairs.values(), default=1.0)
    ways = {(way.sender, way.receiver): way for way in told.ways}
    arcs = []
    for pair, tonnes in sorted(pairs.items(), key=lambda item: -item[1])[:MOST]:
        way = ways.get(pair)
        points = [told.centres[pair[0]], *(way.points if way else ()), told.centres[pair[1]]]
        sender, receiver = map(names.economy, pair)
        label = MOVED.format(sender=sender, receiver=receiver, mass=figures.tonnes(tonnes)).say()
        kind = "" if pair in firm else "uncertain"
        arcs.append({"points": points, "label": label, "weight": tonnes / most, "kind": kind})
    receivers = {receiver for _, receiver in pairs}
    named = _named(told, pairs)
    places = [
        {
            "lon": told.centres[code][0], "lat": told.centres[code][1],
            "label": names.said(names.economy(code)) if code in named else "",
            "kind": "destination" if code in receivers else "origin",
        }
        for code in dict.fromkeys(code for pair in pairs for code in pair)
    ]  # fmt: skip
    return json.dumps({"points": places, "arcs": arcs}, ensure_ascii=False)
