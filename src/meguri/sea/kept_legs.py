"""Sea legs between the ports of the reference plan, kept on file: a search of the shipping lanes takes a while.

The file holds what `legs.leg` gives, with the places of the two ports: where a port has moved, the leg is searched
again. `keep` writes the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from meguri.reference import port
from meguri.sea.legs import SOURCE, SeaLeg, confidence_of, leg

FILE = Path(__file__).with_name("tables") / "kept_legs.json"
DIGITS = 3
"""Decimals of a degree on file: about a hundred metres, for drawing."""


@cache
def kept_leg(here: str, there: str) -> SeaLeg:
    """The leg between two ports, worked out one way only: back is the same in reverse. Raises Refused."""
    first, last = sorted((here, there))
    kept = _on_file().get(f"{first}-{last}")
    found = leg(first, last) if kept is None or kept["ports"] != _places(first, last) else _read(first, last, kept)
    if found.origin == here:
        return found
    return replace(found, origin=here, destination=there, points=found.points[::-1], passages=found.passages[::-1])


def keep(pairs: Iterable[tuple[str, str]]) -> int:
    """Write the legs of pairs of ports to the file; how many."""
    legs: dict[str, Any] = {}
    for first, last in sorted({(min(pair), max(pair)) for pair in pairs}):
        found = leg(first, last)
        points = [[round(lon, DIGITS), round(lat, DIGITS)] for lon, lat in found.points]
        legs[f"{first}-{last}"] = {
            "ports": _places(first, last), "km": round(found.km, 3), "passages": list(found.passages), "points": points,
        }  # fmt: skip
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(held, separators=(',', ':'))}" for name, held in legs.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    _on_file.cache_clear()
    return len(legs)


@cache
def _on_file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return found


def _read(first: str, last: str, kept: dict[str, Any]) -> SeaLeg:
    points = tuple((float(lon), float(lat)) for lon, lat in kept["points"])
    return SeaLeg(
        first, last, (), float(kept["km"]), points, tuple(kept["passages"]), SOURCE, confidence_of((first, last))
    )


def _places(first: str, last: str) -> list[float]:
    return [value for name in (first, last) for value in (port(name).lon, port(name).lat)]
