"""Scenarios as small TOML files, read strictly: every mistake is named with its place and what would be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meguri.arisings.scenarios import scenario as model
from meguri.arisings.scenarios.reading import Reading, texts_of
from meguri.arisings.scenarios.scenario import ByYear, Epr, LifetimeChange, Reuse, Scenario, Shares
from meguri.kit.files.scenario_files import ScenarioFiles
from meguri.kit.problems import N_, gather
from meguri.kit.words import Words

FILES = ScenarioFiles(Path(__file__).resolve().parent, "baseline", whole=frozenset({"share", "title", "note"}))
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class BuiltIn:
    """A scenario that comes with Meguri."""

    name: str
    title: Words
    note: Words


@cache
def built_in() -> tuple[BuiltIn, ...]:
    """The scenarios that come with Meguri, the baseline first."""
    return tuple(BuiltIn(one.name, one.title, one.note) for one in map(read, FILES.names()))


@cache
def _texts() -> Mapping[tuple[str, str], Words]:
    return texts_of("arisings", FILES)


def read(name_or_path: str | Path) -> Scenario:
    """The scenario of a file, or the built-in one of a name. Raises Refused with a JSON Pointer for each mistake."""
    return parse(FILES.read(str(name_or_path)))


def text_of(name: str) -> str:
    """The TOML of a built-in scenario or of a file, as it stands."""
    return FILES.text_of(name)


def parse_text(text: str, name: str = "scenario.toml") -> Scenario:
    """A scenario from the text of a TOML file; `based_on` may name a built-in one. Raises Refused."""
    return parse(FILES.parsed(text, name))


DRAWS = Words("draws", context="unit")
YEARS = Words("years", context="unit")
TIMES = Words("times", context="unit")
WHOLE = Words("whole numbers", context="unit")
TOP = (
    "name", "title", "note", "based_on", "economies", "vehicle_economies", "products", "first_year", "last_year",
    "report_years", "model", "lifetimes", "reuse", "used_exports", "collection", "epr", "routes", "informal",
    "vehicles",
)  # fmt: skip
MODEL = ("convention", "lifetime_set", "draws", "seed")
LIFETIMES = ("from_cohort_year", "multiplier", "product_multiplier", "economy_multiplier")
REUSE = ("share_by_year", "second_life_years", "products")
EPR = ("start_year", "collection_share", "years_to_reach")
SHORTEST, LONGEST = 0.2, 5.0
"""How far a lifetime may be changed: beyond that it is more likely a slip than an assumption."""


def parse(raw: Mapping[str, Any]) -> Scenario:
    """A scenario from the value of a TOML file. Raises one Refused with all that is wrong."""
    r = Reading(texts=_texts())
    r.keys(raw, TOP, "")
    if isinstance(raw.get("name"), str) and not NAME.fullmatch(raw["name"]):
        r.wrong("/name", N_('“name” is made of letters, digits and hyphens, at most 64, such as "more-reuse".'), "name")
    if "name" not in raw:
        r.wrong("/name", N_('“name” is missing: a short name for the scenario, such as "mine".'), "missing")
    economies, vehicle = _economies(r, raw)
    first, last, report = _years(r, raw)
    settings = r.table(raw, "model", "", MODEL)
    lifetimes = r.table(raw, "lifetimes", "", LIFETIMES)
    collection = r.table(raw, "collection", "", None)
    routes = r.table(raw, "routes", "", None)
    made = Scenario(
        name=r.text(raw, "name", "", "scenario"),
        title=r.words(raw, "title", ""),
        note=r.words(raw, "note", ""),
        economies=economies,
        vehicle_economies=vehicle,
        products=r.listed(raw, "products", "", model.known_products(), "product") or (),
        first_year=first,
        last_year=last,
        report_years=report,
        convention=r.text(settings, "convention", "/model", "middle", model.CONVENTIONS),
        lifetime_set=r.text(settings, "lifetime_set", "/model", "UNITAR_NLFB", model.lifetime_sets()),
        draws=r.whole(settings, "draws", "/model", 300, 20, 5000, DRAWS),
        seed=r.whole(settings, "seed", "/model", 20260401, 0, 2**31 - 1, WHOLE),
        lifetimes=LifetimeChange(
            r.whole(lifetimes, "from_cohort_year", "/lifetimes", 2025, model.EARLIEST, model.LATEST, YEARS),
            r.number(lifetimes, "multiplier", "/lifetimes", 1.0, SHORTEST, LONGEST, TIMES),
            _multipliers(r, lifetimes, "product_multiplier", tuple(model.known_products()), "product"),
            _multipliers(r, lifetimes, "economy_multiplier", model.known_economies(), "economy"),
        ),
        reuse=_reuse(r, raw),
        used_exports=_shares(r, raw, "used_exports", "share_by_year"),
        collection=_each(r, collection, "/collection", "share_by_year", ("share_by_year", "vehicle_share_by_year")),
        vehicle_collection=_each(r, collection, "/collection", "vehicle_share_by_year", None),
        epr=_epr(r, raw),
        routes=_routes(r, routes, "share", ("share", "vehicle_share")),
        vehicle_routes=_routes(r, routes, "vehicle_share", None),
        informal=_shares(r, raw, "informal", "share_by_year"),
        battery_electric=_shares(r, raw, "vehicles", "battery_electric_share_by_year"),
    )
    _whole(r, made)
    gather(r.problems)
    return made


def _whole(r: Reading, made: Scenario) -> None:
    """What leaves its first use cannot be exported and used again to more than the whole of it."""
    again = made.reuse.share.at(made.years)
    for economy, share in made.used_exports:
        most = float((share.at(made.years) + again).max())
        if most > 1 + 1e-9:
            r.wrong(
                f"/used_exports/{economy}",
                N_("Reuse and exports of used goods together reach {total}; they can be at most 1."),
                "sum", total=f"{most:.2f}",
            )  # fmt: skip


def _economies(r: Reading, raw: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known, driven = model.known_economies(), model.vehicle_economies()
    economies = r.listed(raw, "economies", "", known, "economy")
    chosen = known if economies is None else economies
    if economies == ():
        r.wrong("/economies", N_("Name at least one economy, or leave “economies” out for all of them."), "empty")
    vehicle = r.listed(raw, "vehicle_economies", "", driven, "economy")
    return chosen, tuple(one for one in (driven if vehicle is None else vehicle) if one in chosen)


def _years(r: Reading, raw: Mapping[str, Any]) -> tuple[int, int, tuple[int, ...]]:
    first = r.whole(raw, "first_year", "", 1980, model.EARLIEST, model.LATEST, YEARS)
    last = r.whole(raw, "last_year", "", 2050, model.EARLIEST, model.LATEST, YEARS)
    if last - first < 10:
        r.wrong(
            "/last_year", N_("The years run from {first} to {last}; the last is at least ten after the first."),
            "reversed", first=first, last=last,
        )  # fmt: skip
    report = raw.get("report_years", [year for year in Scenario.report_years if first <= year <= last])
    if not isinstance(report, list) or not report or not all(type(year) is int for year in report):
        r.wrong("/report_years", N_("“report_years” is a list of years, such as [2025, 2030, 2040]."), "list")
        return first, last, (last,)
    outside = [year for year in report if not first <= year <= last]
    if outside:
        r.wrong(
            "/report_years",
            N_("{years} lies outside {first} to {last}."),
            "range",
            years=outside[0],
            first=first,
            last=last,
        )
    if sorted(set(report)) != report:
        r.wrong("/report_years", N_("The years of “report_years” rise, each once."), "reversed")
    return first, last, tuple(report)


def _multipliers(
    r: Reading, raw: Mapping[str, Any], key: str, known: tuple[str, ...], kind: str
) -> tuple[tuple[str, float], ...]:
    at = f"/lifetimes/{key}"
    found = []
    for name in r.table(raw, key, "/lifetimes", None):
        if name not in known:
            r.unknown(f"{at}/{name}", name, known, kind)
        else:
            found.append((name, r.number(raw[key], name, at, 1.0, SHORTEST, LONGEST, TIMES)))
    return tuple(sorted(found))


def _reuse(r: Reading, raw: Mapping[str, Any]) -> Reuse:
    given = r.table(raw, "reuse", "", REUSE)
    return Reuse(
        r.by_year(given, "share_by_year", "/reuse", 0.95) or Reuse.share,
        r.number(given, "second_life_years", "/reuse", Reuse.second_life_years, 0.5, 40, YEARS),
        r.listed(given, "products", "/reuse", model.known_products(), "product") or (),
    )


def _shares(r: Reading, raw: Mapping[str, Any], section: str, key: str) -> tuple[tuple[str, ByYear], ...]:
    return _each(r, r.table(raw, section, "", None), f"/{section}", key, (key,))


def _each(
    r: Reading, raw: Mapping[str, Any], at: str, key: str, allowed: tuple[str, ...] | None
) -> tuple[tuple[str, ByYear], ...]:
    """One share by year for each economy. `allowed` is None on a second pass over a section already checked."""
    found = []
    second = Reading() if allowed is None else r
    for economy, given in second.per_economy(raw, at, model.known_economies()):
        if allowed is not None:
            r.keys(given, allowed, f"{at}/{economy}")
        shares = r.by_year(given, key, f"{at}/{economy}")
        if shares is not None:
            found.append((economy, shares))
    return tuple(sorted(found))


def _epr(r: Reading, raw: Mapping[str, Any]) -> tuple[tuple[str, Epr], ...]:
    found = []
    for economy, given in r.per_economy(r.table(raw, "epr", "", None), "/epr", model.known_economies()):
        at = f"/epr/{economy}"
        r.keys(given, EPR, at)
        for key in EPR[:2]:
            if key not in given:
                r.wrong(f"{at}/{key}", N_("“{key}” is missing."), "missing", key=key)
        found.append((
            economy,
            Epr(
                r.whole(given, "start_year", at, 2025, model.EARLIEST, model.LATEST, YEARS),
                r.share(given.get("collection_share", 0.0), f"{at}/collection_share"),
                r.whole(given, "years_to_reach", at, 10, 0, 50, YEARS),
            ),
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda one: one[0]))


def _routes(
    r: Reading, raw: Mapping[str, Any], key: str, allowed: tuple[str, ...] | None
) -> tuple[tuple[str, Shares], ...]:
    found = []
    names = model.known_routes()
    second = Reading() if allowed is None else r
    for economy, given in second.per_economy(raw, "/routes", model.known_economies()):
        at = f"/routes/{economy}"
        if allowed is not None:
            r.keys(given, allowed, at)
        shares = r.table(given, key, at, None)
        for name in shares:
            if name not in names:
                r.unknown(f"{at}/{key}/{name}", name, names, "route")
        read_ = {name: r.share(share, f"{at}/{key}/{name}") for name, share in shares.items() if name in names}
        total = sum(read_.values())
        if shares and len(read_) == len(shares) and abs(total - 1) > 1e-6:
            r.wrong(
                f"{at}/{key}", N_("The shares of the routes add up to {total}; together they are 1."), "sum",
                total=f"{total:.4f}",
            )  # fmt: skip
        if shares:
            found.append((economy, tuple(sorted(read_.items()))))
    return tuple(sorted(found))
