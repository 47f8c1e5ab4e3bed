"""Scenarios of plans as small TOML files, read strictly: every mistake is named with its place and what is right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meguri.kit.files import reading
from meguri.kit.files.scenario_files import ScenarioFiles
from meguri.kit.problems import N_, gather
from meguri.kit.words import Words, cell, plain
from meguri.network.scenarios.scenario import Scenario
from meguri.network.scenarios.scenario_tables import Reader

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
TOP = (
    "name", "title", "note", "based_on", "economies", "arisings", "periods", "objective", "collection", "limit",
    "demand", "figure", "plant", "outputs", "recovers", "open_lane", "close_lane", "shock",
)  # fmt: skip
FILES = ScenarioFiles(
    Path(__file__).with_name("built_in"),
    "reference",
    added=frozenset({"limit", "demand", "figure", "plant", "open_lane", "close_lane", "shock"}),
)
"""Limits, figures and the like are added to those of the scenario that a file is based on."""


@dataclass(frozen=True)
class BuiltIn:
    """A scenario that comes with Meguri."""

    name: str
    title: Words
    note: Words


@cache
def texts() -> Mapping[tuple[str, str], Words]:
    """Titles, notes and names of limits of the built-in scenarios, by key and text: catalogues have them.

    A file that is based on one of them takes over its texts with all languages.
    """
    found: dict[tuple[str, str], Words] = {}
    for name in FILES.names():
        raw = reading.toml_of(FILES.text_of(name), name)
        for key in ("title", "note"):
            found[key, raw[key]] = cell(f"network/{name}", raw["name"], key, raw[key])
        for limit in raw.get("limit", ()):
            found["limit", limit["name"]] = cell(f"network/{name}", "", "name", limit["name"])
    return found


@cache
def built_in() -> tuple[BuiltIn, ...]:
    """The scenarios that come with Meguri, the reference first."""
    return tuple(BuiltIn(one.name, one.title, one.note) for one in map(read, FILES.names()))


def read(name_or_path: str | Path) -> Scenario:
    """The scenario of a file, or the built-in one of a name. Raises Refused with a JSON Pointer for each mistake."""
    return parse(FILES.read(str(name_or_path)))


def text_of(name: str) -> str:
    """The TOML of a built-in scenario or of a file, as it stands."""
    return FILES.text_of(name)


def parse_text(text: str, name: str = "scenario.toml") -> Scenario:
    """A scenario from the text of a TOML file; `based_on` may name a built-in one. Raises Refused."""
    return parse(FILES.parsed(text, name))


def parse(raw: Mapping[str, Any]) -> Scenario:
    """A scenario from the value of a TOML file. Raises one Refused with all that is wrong."""
    r = Reader(texts=texts())
    r.keys(raw, TOP, "")
    name = raw.get("name")
    if name is None:
        r.wrong("/name", N_('“name” is missing: a short name for the scenario, such as "mine".'), "missing")
    elif not isinstance(name, str) or not NAME.fullmatch(name):
        r.wrong("/name", N_('“name” is made of letters, digits and hyphens, at most 64, such as "more-yards".'), "name")
    arisings = r.table(raw, "arisings", "", ("scenario", "band"))
    aim = r.table(
        raw, "objective", "", ("cost_weight", "carbon_usd_t", "discount_per_year", "recovered_usd_t", "recovered_in")
    )
    starts, last = r.periods(r.table(raw, "periods", "", ("starts", "last_year")))
    outputs = (*r.outputs(r.table(raw, "outputs", "", None)), *r.recovers(r.table(raw, "recovers", "", None)))
    made = Scenario(
        name=name if isinstance(name, str) else "scenario",
        title=r.words(raw, "title", "") if "title" in raw else plain(str(name)),
        note=r.words(raw, "note", ""),
        economies=r.economies(raw),
        arisings=r.text(arisings, "scenario", "/arisings", "baseline", r.arisings()),
        band=r.text(arisings, "band", "/arisings", "central", ("central", "low", "high")),  # type: ignore[arg-type]
        starts=starts,
        last_year=last,
        cost_weight=r.number(aim, "cost_weight", "/objective", 1.0, 0.0, 1e6, "times"),
        carbon_usd_t=r.number(aim, "carbon_usd_t", "/objective", 0.0, 0.0, 1e5, "USD/t CO2e"),
        discount=r.number(aim, "discount_per_year", "/objective", 0.0, 0.0, 0.5, "a year") if "discount_per_year" in aim else None,  # noqa: E501
        recovered_usd_t=r.rewards(aim),
        recovered_in=r.economy(aim, "recovered_in", "/objective"),
        collection=r.collection(r.table(raw, "collection", "", None)),
        limits=tuple(r.each(raw, "limit", r.limit)),
        demands=tuple(r.each(raw, "demand", r.demand)),
        figures=tuple(r.each(raw, "figure", r.figure)),
        plants=tuple(r.each(raw, "plant", r.plant)),
        made=outputs,
        lanes=(*r.each(raw, "open_lane", r.opened), *r.each(raw, "close_lane", r.closed)),
        shocks=tuple(r.each(raw, "shock", r.shock)),
    )  # fmt: skip
    r.known_figures(made.figures)
    gather(r.problems)
    return made
