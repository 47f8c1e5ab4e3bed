"""Scenarios of plans as small TOML files, read strictly: every mistake is named with its place and what is right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meguri.kit.problems import N_, MeguriError, Problem, gather, nearest, refuse
from meguri.kit.words import Words
from meguri.network.scenario import Scenario
from meguri.network.scenario_reading import Reader

FOLDER = Path(__file__).with_name("scenarios")
FIRST = "reference"
LARGEST = 200_000
DEEPEST = 5
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
TOP = (
    "name", "title", "note", "based_on", "economies", "arisings", "periods", "objective", "collection", "limit",
    "demand", "figure", "plant", "outputs", "recovers", "open_lane", "close_lane", "shock",
)  # fmt: skip
LISTS = frozenset({"limit", "demand", "figure", "plant", "open_lane", "close_lane", "shock"})


@dataclass(frozen=True)
class BuiltIn:
    """A scenario that comes with Meguri."""

    name: str
    title: Words
    note: Words


@cache
def built_in() -> tuple[BuiltIn, ...]:
    """The scenarios that come with Meguri, the reference first."""
    found = sorted((read(path.stem) for path in FOLDER.glob("*.toml")), key=lambda one: (one.name != FIRST, one.name))
    return tuple(BuiltIn(one.name, one.title, one.note) for one in found)


def read(name_or_path: str | Path) -> Scenario:
    """The scenario of a file, or the built-in one of a name. Raises Refused with a JSON Pointer for each mistake."""
    return parse(_merged(_located(str(name_or_path)), ()))


def text_of(name: str) -> str:
    """The TOML of a built-in scenario or of a file, as it stands."""
    return _text(_located(name))


def parse_text(text: str, name: str = "scenario.toml") -> Scenario:
    """A scenario from the text of a TOML file; `based_on` may name a built-in one. Raises Refused."""
    return parse(_over_base(_toml(text, name), None, ()))


def parse(raw: Mapping[str, Any]) -> Scenario:
    """A scenario from the value of a TOML file. Raises one Refused with all that is wrong."""
    r = Reader()
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
        title=r.words(raw, "title", "") if "title" in raw else Words(str(name)),
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


def _located(name: str) -> Path:
    path = Path(name).expanduser()
    if path.suffix == ".toml" or "/" in name or path.is_file():
        if not path.is_file():
            raise refuse(N_("There is no scenario file “{path}”."), "", "missing", path=name)
        return path
    built = FOLDER / f"{name}.toml"
    if built.is_file():
        return built
    names = sorted(one.stem for one in FOLDER.glob("*.toml"))
    raise refuse(
        N_("There is no built-in scenario “{name}” and no such file. Did you mean {hint}? Built in: {names}."),
        "", "missing", name=name, hint=nearest(name, names) or FIRST, names=", ".join(names),
    )  # fmt: skip


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise refuse(
                N_("“{path}” is larger than 200 kB; a scenario is a small file."), "", "too_large", path=str(path)
            )
        return path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        raise refuse(N_("“{path}” cannot be read as text in UTF-8."), "", "not_toml", path=str(path)) from None


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise refuse(
            N_("“{path}” is not TOML: {error}."), "", "not_toml", path=name, error="nested too deeply"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise refuse(N_("“{path}” is not TOML: {error}."), "", "not_toml", path=name, error=str(error)) from None
    if not found:
        raise refuse(
            N_("“{path}” is empty. The least it needs is: name = \"mine\" and based_on = \"reference\"."),
            "", "empty", path=name,
        )  # fmt: skip
    return found


def _merged(path: Path, above: tuple[Path, ...]) -> dict[str, Any]:
    return _over_base(_toml(_text(path), path.name), path, above)


def _over_base(raw: dict[str, Any], path: Path | None, above: tuple[Path, ...]) -> dict[str, Any]:
    """The file laid over the scenario it is based on: its keys replace; lists are added to the base's."""
    base = raw.pop("based_on", None)
    if base is None:
        return raw
    if not isinstance(base, str) or not base:
        raise refuse(N_("Write the name of a built-in scenario or a file, as text."), "/based_on", "text")
    given = Path(base)
    beside = path.parent / given if path is not None and given.suffix == ".toml" and not given.is_absolute() else None
    try:
        found = _located(str(beside or base))
    except MeguriError as error:
        raise type(error)(
            *(Problem(p.text, "/based_on" + p.pointer, p.code, p.params) for p in error.problems)
        ) from None
    chain = (*above, *((path.resolve(),) if path is not None else ()))
    if found.resolve() in chain or len(chain) > DEEPEST:
        raise refuse(N_("The scenarios are based on each other in a circle."), "/based_on", "circle")
    return _lay(_merged(found, chain), raw)


def _lay(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    laid = dict(under)
    for key, value in over.items():
        below = laid.get(key)
        if key in LISTS and isinstance(value, list) and isinstance(below, list):
            laid[key] = [*below, *value]
        elif isinstance(value, dict) and isinstance(below, dict) and key not in ("title", "note"):
            laid[key] = value if key.endswith("_by_year") else _lay(below, value)
        else:
            laid[key] = value
    return laid
