"""A scenario of a plan as one frozen value: what differs from the reference plan. Units are in the names.

`scenario_file.read` takes a small TOML file or the name of a built-in scenario; docs/plan-format.md has every key.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import numpy as np

from meguri.kit.words import Words, plain
from meguri.network.model.instance import LimitKind
from meguri.network.reference_plan import LAST_YEAR, STARTS, Given

Points = tuple[tuple[int, float], ...]
"""A value by year: straight lines between the years given, level after the last, and none before the first."""
Band = Literal["central", "low", "high"]


@dataclass(frozen=True)
class CollectionShares:
    """Shares that must and may be collected in an economy by year; of one stream, or of all equipment where None."""

    economy: str
    stream: str | None = None
    least: Points = ()
    most: Points = ()


@dataclass(frozen=True)
class LimitGiven:
    """A limit in the unit that `limit_units` gives its kind; `said` is its name for readers, where it has another."""

    name: str
    kind: LimitKind
    value: Points
    economy: str | None = None
    item: str | None = None
    partners: tuple[str, ...] = ()
    said: Words | None = None


@dataclass(frozen=True)
class DemandGiven:
    """A share of an economy's yearly use of a metal to be recovered there; `tonnes_y` None: the sourced figure."""

    element: str
    share: Points
    economy: str = "JPN"
    tonnes_y: float | None = None
    note: str = ""


@dataclass(frozen=True)
class PlantGiven:
    """A plant that is changed or added: the fields of `instance.PlantSite` that are stated, with capacity by year."""

    id: str
    fields: tuple[tuple[str, Any], ...]
    capacity_t_y: Points = ()

    @property
    def stated(self) -> dict[str, Any]:
        """The fields by name."""
        return dict(self.fields)


@dataclass(frozen=True)
class ProcessOutput:
    """What a process makes of a tonne of an input, or (input None) which share of each element it recovers."""

    technology: str
    input: str | None
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class LaneChange:
    """Lanes of a stream (all where None) from one economy to another, opened or closed in some years."""

    opened: bool
    sender: str
    receiver: str
    stream: str | None = None
    from_year: int = 0
    until_year: int = 9999


@dataclass(frozen=True)
class Shock:
    """Something gone in some years. A passage with `detour_km` is gone around, at the price of those kilometres."""

    kind: Literal["passage", "port", "plant", "economy"]
    thing: str
    from_year: int = 0
    until_year: int = 9999
    detour_km: float | None = None


@dataclass(frozen=True)
class PlanScenario:
    """The assumptions of one plan; equal scenarios give equal plans."""

    name: str
    title: Words
    note: Words = field(default_factory=lambda: plain(""))
    economies: tuple[str, ...] = ()
    arisings: str = "baseline"
    band: Band = "central"
    starts: tuple[int, ...] = STARTS
    last_year: int = LAST_YEAR
    cost_weight: float = 1.0
    carbon_usd_t: float = 0.0
    discount: float | None = None
    recovered_usd_t: tuple[tuple[str, float], ...] = ()
    recovered_in: str | None = None
    collection: tuple[CollectionShares, ...] = ()
    limits: tuple[LimitGiven, ...] = ()
    demands: tuple[DemandGiven, ...] = ()
    figures: tuple[Given, ...] = ()
    plants: tuple[PlantGiven, ...] = ()
    made: tuple[ProcessOutput, ...] = ()
    lanes: tuple[LaneChange, ...] = ()
    shocks: tuple[Shock, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return _plain(self, Words.everywhere)

    def digest(self) -> str:
        """SHA-256 of what the plan depends on (not of name, title, note and translations), in hexadecimal."""
        whole = _plain(self, msgspec.to_builtins)
        told = {key: value for key, value in whole.items() if key not in ("name", "title", "note")}
        return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


LIMIT_UNITS: dict[str, tuple[str, float]] = {
    "carbon-cap": ("kt_co2e_y", 1e6),
    "budget": ("usd_million", 1e6),
    "collection": ("share", 1.0),
    "recovered": ("t_y", 1.0),
    "processed": ("t_y", 1.0),
    "largest-share": ("share", 1.0),
    "hhi": ("index", 1.0),
    "home-share": ("share", 1.0),
    "partner-share": ("share", 1.0),
    "treated-at-home": ("share", 1.0),
}
"""The key that states a limit of each kind, which names its unit, and what one of it is in the model's unit."""


def at_years(points: Points, years: Iterator[int] | tuple[int, ...]) -> list[float]:
    """The value of points in years; NaN before the first point."""
    if not points:
        return [float("nan") for _ in years]
    known, values = zip(*points, strict=True)
    return [float(np.interp(year, known, values)) if year >= known[0] else float("nan") for year in years]


def _plain(value: Any, written: Callable[[Words], Any]) -> Any:
    """Plain values all the way down, words as they are to be written."""
    if isinstance(value, Words):
        return written(value)
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name), written) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(one, written) for one in value]
    return value


__all__ = [
    "LIMIT_UNITS",
    "Band",
    "CollectionShares",
    "DemandGiven",
    "Given",
    "LaneChange",
    "LimitGiven",
    "ProcessOutput",
    "PlantGiven",
    "Points",
    "PlanScenario",
    "Shock",
    "at_years",
]
