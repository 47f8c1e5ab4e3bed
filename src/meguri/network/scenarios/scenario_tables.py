"""Reads the tables of a scenario of a plan strictly; everything that is wrong is gathered with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, get_args

from meguri import worth
from meguri.arisings.scenarios import scenario_file as arisings_file
from meguri.arisings.scenarios.reading import Reading, escaped, finite
from meguri.kit.problems import N_, MeguriError, Problem, nearest
from meguri.kit.words import Words, plain
from meguri.network.model.instance import LimitKind
from meguri.network.reference_plan import LAST_YEAR, STARTS, Figures, Given, tables
from meguri.network.scenarios.scenario import (
    LIMIT_UNITS,
    CollectionShares,
    DemandGiven,
    LaneChange,
    LimitGiven,
    PlantGiven,
    Points,
    ProcessOutput,
    Shock,
)
from meguri.reference import economies, element_order, facilities, ports
from meguri.sea.passages import PASSAGES

ThingT = TypeVar("ThingT")
EARLIEST, LATEST = 2020, 2100
SHOWN = 40
"""Known names that a refusal lists."""
GREATEST_T_Y = 3_000_000.0
"""A capacity above this is questioned: no plant of the table of facilities takes a fifth of it."""
SLIPS = {"kt": "1000", "kg": "0.001", "mt": "1000000", "month": "12", "day": "365", "week": "52", "hour": "8760"}
"""Words of units in keys of capacities, and by what a value in them is multiplied to be tonnes a year."""
NUMBERS = {
    "build_most_t_y": "t/y", "build_least_t_y": "t/y", "build_usd_t_y": "USD/(t/y)", "opening_usd": "USD",
    "fixed_usd_y": "USD/y", "closing_usd": "USD", "storage_most_t": "t", "storage_usd_t_y": "USD/(t y)",
}  # fmt: skip
PLANT = (
    "id", "name", "economy", "technology", "lat", "lon", "port", "capacity_t_y", "capacity_t_y_by_year", "build_from",
    "may_close", "capacity_checked", *NUMBERS,
)  # fmt: skip
KINDS = {
    "economy": Words("economy"),
    "element": Words("element"),
    "item": Words("item"),
    "kind of limit": Words("kind of limit"),
    "passage": Words("passage"),
    "plant": Words("plant"),
    "port": Words("port"),
    "stream": Words("stream"),
    "technology": Words("technology"),
}
NEEDED = ("economy", "technology", "lat", "lon", "capacity_t_y")


@dataclass
class PlanReading(Reading):
    """A reading that knows the words of plans.

    `texts` are those that come with Meguri, by key and text: they are said in every language.
    """

    texts: Mapping[tuple[str, str], Words] = field(default_factory=dict)

    def words(self, raw: Mapping[str, Any], key: str, at: str) -> Words:
        """A text, or a table of texts by language."""
        value = raw.get(key, "")
        return self.texts.get((key, value), plain(value)) if isinstance(value, str) else super().words(raw, key, at)

    def unknown(self, pointer: str, word: str, names: tuple[str, ...], kind: str) -> None:
        """Note a name that is not known, with the nearest that is."""
        self.wrong(
            pointer, N_("“{name}” is not a known {kind}. Did you mean “{hint}”? There are: {names}."), kind,
            name=word, kind=KINDS.get(kind, kind), hint=nearest(word, names) or names[0],
            names=", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else ""),
        )  # fmt: skip

    def chosen(
        self, raw: Mapping[str, Any], key: str, at: str, names: tuple[str, ...], kind: str, need: bool = False
    ) -> str | None:
        """A known name, or None where it is absent."""
        if key not in raw:
            if need:
                self.wrong(f"{at}/{key}", N_("“{key}” is missing."), "missing", key=key)
            return None
        value = raw[key]
        if not isinstance(value, str) or value not in names:
            self.unknown(f"{at}/{key}", str(value), names, kind)
            return None
        return value

    def economy(self, raw: Mapping[str, Any], key: str, at: str, need: bool = False) -> str | None:
        """An economy of the plan or of a named plant."""
        return self.chosen(raw, key, at, _economies(), "economy", need)

    def economies(self, raw: Mapping[str, Any]) -> tuple[str, ...]:
        """The economies of the plan; none means all of the table."""
        known = tuple(row.iso3 for row in tables.rows("economies"))
        found = self.listed(raw, "economies", "", known, "economy") or ()
        if raw.get("economies") == []:
            self.wrong(
                "/economies", N_("Name at least one economy, or leave “economies” out for all of them."), "empty"
            )
        return found

    def arisings(self) -> tuple[str, ...]:
        """Names of the scenarios of arisings."""
        return tuple(one.name for one in arisings_file.built_in())

    def each(
        self, raw: Mapping[str, Any], key: str, one: Callable[[Mapping[str, Any], str], ThingT]
    ) -> Iterator[ThingT]:
        """The tables of a list [[key]]."""
        found = raw.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            self.wrong(
                f"/{key}", N_("“{key}” is a list of tables: write [[{key}]] and its keys below."), "table", key=key
            )
            return
        for n, item in enumerate(found):
            yield one(item, f"/{key}/{n}")

    def periods(self, raw: Mapping[str, Any]) -> tuple[tuple[int, ...], int]:
        """First years of the periods and the last year of the plan."""
        last = self.whole(raw, "last_year", "/periods", LAST_YEAR, EARLIEST, LATEST, "years")
        starts = raw.get("starts", list(STARTS))
        if not isinstance(starts, list) or not starts or not all(type(year) is int for year in starts):
            self.wrong("/periods/starts", N_("“starts” is a list of years, such as [2025, 2030, 2035]."), "list")
            return STARTS, LAST_YEAR
        if not all(EARLIEST <= year <= LATEST for year in starts):
            self.wrong(
                "/periods/starts", N_("The years of a plan lie between {low} and {high}."), "range",
                low=EARLIEST, high=LATEST,
            )  # fmt: skip
            return STARTS, LAST_YEAR
        if sorted(set(starts)) != starts:
            self.wrong("/periods/starts", N_("The years of “starts” rise, each once."), "reversed")
        if "starts" not in raw:
            starts = [year for year in starts if year <= last]
        if not starts or last < max(starts):
            self.wrong(
                "/periods/last_year", N_("The last year, {last}, lies before the last period begins, {start}."), "reversed",  # noqa: E501
                last=last, start=max(starts or [STARTS[0]]),
            )  # fmt: skip
            return STARTS, LAST_YEAR
        return tuple(starts), last

    def points(
        self, raw: Mapping[str, Any], key: str, at: str, low: float, high: float, unit: str, need: bool = False
    ) -> Points:
        """`key` (with `from_year`) or `key_by_year`: a value by year."""
        by_year = f"{key}_by_year"
        if key in raw and by_year in raw:
            self.wrong(f"{at}/{by_year}", N_("Write either “{key}” or “{by_year}”."), "both", key=key, by_year=by_year)
        if by_year in raw:
            given = raw[by_year]
            if not isinstance(given, dict) or not given:
                self.wrong(
                    f"{at}/{by_year}", N_("“{key}” is a table of years, such as {{ 2025 = 0.2, 2035 = 0.4 }}."), "table",  # noqa: E501
                    key=by_year,
                )  # fmt: skip
                return ()
            found = []
            for year, _ in given.items():
                if not (year.isdecimal() and EARLIEST <= int(year) <= LATEST):
                    self.wrong(
                        f"{at}/{by_year}/{escaped(year)}", N_("“{year}” is not a year between {low} and {high}."), "year",  # noqa: E501
                        year=year, low=EARLIEST, high=LATEST,
                    )  # fmt: skip
                    continue
                found.append((int(year), self.number(given, year, f"{at}/{by_year}", 0.0, low, high, unit)))
            return tuple(sorted(found))
        if key not in raw:
            if need:
                self.wrong(f"{at}/{key}", N_("“{key}” is missing."), "missing", key=key)
            return ()
        start = self.whole(raw, "from_year", at, EARLIEST, EARLIEST, LATEST, "years")
        return ((start, self.number(raw, key, at, 0.0, low, high, unit)),)

    def rewards(self, raw: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
        """What a tonne of an element recovered is worth beyond its price."""
        found = []
        for element in self.table(raw, "recovered_usd_t", "/objective", None):
            at = "/objective/recovered_usd_t"
            if element not in element_order():
                self.unknown(f"{at}/{escaped(element)}", element, tuple(element_order()), "element")
            else:
                found.append((element, self.number(raw["recovered_usd_t"], element, at, 0.0, 0.0, 1e12, "USD/t")))
        return tuple(sorted(found))

    def collection(self, raw: Mapping[str, Any]) -> tuple[CollectionShares, ...]:
        """[collection.VNM] and [collection.VNM.stream]: shares that must and may be collected."""
        found = []
        known = tuple(row.iso3 for row in tables.rows("economies"))
        for economy in raw:
            at = f"/collection/{escaped(economy)}"
            if economy not in known:
                self.unknown(at, economy, known, "economy")
                continue
            own = self.table(raw, economy, "/collection", None)
            keys = ("least_share", "least_share_by_year", "most_share", "most_share_by_year", "from_year")
            found.append(self._collected({k: v for k, v in own.items() if k in keys}, at, economy, None))
            for stream, below in own.items():
                if stream in keys:
                    continue
                if stream not in _streams() or not isinstance(below, dict):
                    self.unknown(f"{at}/{escaped(stream)}", stream, (*keys, *_streams()), "key or stream")
                    continue
                self.keys(below, keys, f"{at}/{stream}")
                found.append(self._collected(below, f"{at}/{stream}", economy, stream))
        return tuple(one for one in found if one.least or one.most)

    def _collected(self, raw: Mapping[str, Any], at: str, economy: str, stream: str | None) -> CollectionShares:
        least, most = (self.points(raw, f"{side}_share", at, 0.0, 1.0, "share") for side in ("least", "most"))
        return CollectionShares(economy, stream, least, most)

    def limit(self, raw: Mapping[str, Any], at: str) -> LimitGiven:
        """One [[limit]]."""
        kind = self.chosen(raw, "kind", at, get_args(LimitKind), "kind of limit", True)
        unit, factor = LIMIT_UNITS.get(kind or "", ("share", 1.0))
        keys = ("name", "kind", "economy", "item", "partners", "from_year", unit, f"{unit}_by_year")
        self.keys(raw, keys, at)
        low = -1e12 if kind == "carbon-cap" else 0.0
        high = 1.0 if unit in ("share", "index") else 1e12
        value = self.points(raw, unit, at, low, high, unit, True) if kind else ()
        item = self._item(raw, at, kind)
        partners = self.listed(raw, "partners", at, _economies(), "economy") or ()
        said = " ".join(str(part) for part in (kind, item, raw.get("economy")) if part)
        name = self.text(raw, "name", at, said)
        points = tuple((year, number * factor) for year, number in value)
        economy, words = self.economy(raw, "economy", at), self.texts.get(("limit", name))
        return LimitGiven(name, kind or "collection", points, economy, item, partners, words)  # type: ignore[arg-type]

    def _item(self, raw: Mapping[str, Any], at: str, kind: str | None) -> str | None:
        if "item" not in raw:
            return None
        if kind == "carbon-cap":
            return self.chosen(raw, "item", at, ("net",), "item")
        if kind == "collection":
            return self.chosen(raw, "item", at, _streams(), "stream")
        if kind == "processed":
            items = str(raw["item"]).split(";")
            for item in items:
                if item.strip() not in _streams():
                    self.unknown(f"{at}/item", item.strip(), _streams(), "stream")
            return ";".join(item.strip() for item in items)
        return self.chosen(raw, "item", at, tuple(element_order()), "element")

    def demand(self, raw: Mapping[str, Any], at: str) -> DemandGiven:
        """One [[demand]]: Japan's sourced figure, or the user's own."""
        self.keys(raw, ("economy", "element", "share", "share_by_year", "from_year", "tonnes_y", "note"), at)
        element = self.chosen(raw, "element", at, tuple(element_order()), "element", True)
        economy = self.economy(raw, "economy", at) or "JPN"
        share = self.points(raw, "share", at, 0.0, 1.0, "share", True)
        tonnes = self.number(raw, "tonnes_y", at, 0.0, 1e-6, 1e9, "t/y") if "tonnes_y" in raw else None
        if element and tonnes is None and (economy != "JPN" or worth.demand(element) is None):
            self.wrong(
                f"{at}/tonnes_y",
                N_("No figure for the use of {element} in {economy} is on file. State “tonnes_y”; it is shown as yours."),  # noqa: E501
                "missing", element=element, economy=economy,
            )  # fmt: skip
        return DemandGiven(element or "Cu", share, economy, tonnes, str(raw.get("note", "")))

    def figure(self, raw: Mapping[str, Any], at: str) -> Given:
        """One [[figure]]: a figure of the tables replaced by the user's own."""
        self.keys(raw, ("path", "value", "note"), at)
        value = raw.get("value")
        if not finite(value):
            self.wrong(
                f"{at}/value",
                N_("“{key}” is {value}; write a number, without quotation marks."),
                "number",
                key="value",
                value=value,
            )
        return Given(self.text(raw, "path", at, ""), float(value) if finite(value) else 0.0, str(raw.get("note", "")))  # type: ignore[arg-type]

    def known_figures(self, given: tuple[Given, ...]) -> None:
        """Note figures whose path or value cannot be."""
        try:
            Figures(given)
        except MeguriError as error:
            self.problems += [
                Problem(p.text, p.pointer.replace("/figures", "/figure"), p.code, p.params) for p in error.problems
            ]

    def plant(self, raw: Mapping[str, Any], at: str) -> PlantGiven:
        """One [[plant]]: a plant of the plan changed, or a new one with all it needs."""
        for key in raw:
            unit = next(
                (word for word in SLIPS if key not in PLANT and word in key.lower().replace("-", "_").split("_")), None
            )
            if unit is not None and key.lower().startswith(("capacity", "build", "cap")):
                self.wrong(
                    f"{at}/{escaped(key)}",
                    N_("“{key}”: capacities are stated in tonnes a year. Write “capacity_t_y” and the value times {factor}."),  # noqa: E501
                    "unit", key=key, factor=SLIPS[unit],
                )  # fmt: skip
        self.keys({k: v for k, v in raw.items() if not self._noted(f"{at}/{escaped(k)}")}, PLANT, at)
        name = self.text(raw, "id", at, "")
        fields: dict[str, Any] = {
            key: self.number(raw, key, at, 0.0, 0.0, 1e12, unit) for key, unit in NUMBERS.items() if key in raw
        }
        for key, low, high in (("lat", -90.0, 90.0), ("lon", -180.0, 180.0)):
            if key in raw:
                fields[key] = self.number(raw, key, at, 0.0, low, high, "°")
        if "build_from" in raw:
            fields["build_from"] = self.whole(raw, "build_from", at, 0, EARLIEST, LATEST, "years")
        if "may_close" in raw:
            fields["may_close"] = raw["may_close"] is True
        for key, known in (("economy", tuple(economies())), ("port", tuple(ports())), ("technology", _technologies())):
            if (value := self.chosen(raw, key, at, known, key)) is not None:
                fields[key] = value
        if "name" in raw:
            fields["name"] = self.words(raw, "name", at)
        capacity = self.points(raw, "capacity_t_y", at, 0.0, 1e12, "t/y")
        most = max([value for _, value in capacity] + [fields.get("build_most_t_y", 0.0)], default=0.0)
        if most > GREATEST_T_Y and raw.get("capacity_checked") is not True:
            self.wrong(
                f"{at}/capacity_t_y",
                N_("{value} t/y is more than any plant takes. If it is in kilograms divide by 1000; if it is right, write capacity_checked = true."),  # noqa: E501
                "unit", value=f"{most:,.0f}",
            )  # fmt: skip
        if name and name not in _sites():
            missing = [
                key
                for key in NEEDED
                if key not in raw and not (key == "capacity_t_y" and (capacity or "build_most_t_y" in raw))
            ]
            for key in missing:
                self.wrong(
                    f"{at}/{key}", N_("“{id}” is a new plant (nearest: {hint}) and needs “{key}”."), "missing",
                    id=name, key=key, hint=nearest(name, _sites()) or "-",
                )  # fmt: skip
        return PlantGiven(name, tuple(sorted(fields.items(), key=lambda one: one[0])), capacity)

    def _noted(self, pointer: str) -> bool:
        return any(problem.pointer == pointer for problem in self.problems)

    def outputs(self, raw: Mapping[str, Any]) -> Iterator[ProcessOutput]:
        """[outputs.technology.input]: tonnes out for a tonne in; with `loss`, together one."""
        for technology, inputs in raw.items():
            at = f"/outputs/{escaped(technology)}"
            if technology not in _technologies() or not isinstance(inputs, dict):
                self.unknown(at, technology, _technologies(), "technology")
                continue
            for stream, shares in inputs.items():
                here = f"{at}/{escaped(stream)}"
                if stream not in _streams() or not isinstance(shares, dict):
                    self.unknown(here, stream, _streams(), "stream")
                    continue
                made = {name: self.yielded(shares, name, here) for name in shares}
                for name in made:
                    if name != "loss" and name not in _streams():
                        self.unknown(f"{here}/{escaped(name)}", name, (*_streams(), "loss"), "stream")
                total = sum(made.values())
                if total > 1 + 1e-6 or ("loss" in made and abs(total - 1) > 1e-6):
                    self.wrong(
                        here, N_("The shares add up to {total}; with what is lost they are 1, never more."), "sum",
                        total=f"{total:.4f}",
                    )  # fmt: skip
                made.pop("loss", None)
                yield ProcessOutput(technology, stream, tuple(sorted(made.items())))

    def recovers(self, raw: Mapping[str, Any]) -> Iterator[ProcessOutput]:
        """[recovers.technology]: the share of each element that leaves as metal."""
        for technology, shares in raw.items():
            at = f"/recovers/{escaped(technology)}"
            if technology not in _technologies() or not isinstance(shares, dict):
                self.unknown(at, technology, _technologies(), "technology")
                continue
            for element in shares:
                if element not in element_order():
                    self.unknown(f"{at}/{escaped(element)}", element, tuple(element_order()), "element")
            yield ProcessOutput(technology, None, tuple(sorted((e, self.yielded(shares, e, at)) for e in shares)))

    def yielded(self, raw: Mapping[str, Any], key: str, at: str) -> float:
        """A yield: a fraction from 0 to 1."""
        value = raw[key]
        if not finite(value) or not 0 <= value <= 1:
            self.wrong(
                f"{at}/{escaped(key)}", N_("The yield of {name} is {value}; a yield lies between 0 and 1."), "yield",
                name=key, value=value,
            )  # fmt: skip
            return 0.0
        return float(value)

    def opened(self, raw: Mapping[str, Any], at: str) -> LaneChange:
        """One [[open_lane]]."""
        return self._lane(raw, at, True)

    def closed(self, raw: Mapping[str, Any], at: str) -> LaneChange:
        """One [[close_lane]]."""
        return self._lane(raw, at, False)

    def _lane(self, raw: Mapping[str, Any], at: str, opened: bool) -> LaneChange:
        self.keys(raw, ("stream", "sender", "receiver", "from_year", "until_year"), at)
        sender, receiver = (self.economy(raw, key, at, True) or "" for key in ("sender", "receiver"))
        return LaneChange(
            opened, sender, receiver, self.chosen(raw, "stream", at, _streams(), "stream"), *self._years(raw, at)
        )

    def _years(self, raw: Mapping[str, Any], at: str) -> tuple[int, int]:
        first = self.whole(raw, "from_year", at, EARLIEST, EARLIEST, LATEST, "years")
        last = self.whole(raw, "until_year", at, LATEST, EARLIEST, LATEST, "years")
        if last < first:
            self.wrong(
                f"{at}/until_year", N_("The years run from {first} to {last}: the last lies before the first."), "reversed",  # noqa: E501
                first=first, last=last,
            )  # fmt: skip
        return first, last

    def shock(self, raw: Mapping[str, Any], at: str) -> Shock:
        """One [[shock]]: a passage, port, plant or economy that is gone."""
        kinds = ("passage", "port", "plant", "economy")
        self.keys(raw, (*kinds, "from_year", "until_year", "detour_km"), at)
        named = [kind for kind in kinds if kind in raw]
        if len(named) != 1:
            self.wrong(at, N_("A shock names one thing: a passage, a port, a plant or an economy."), "kind")
            return Shock("passage", "")
        kind = named[0]
        known = {"passage": _passages(), "port": tuple(ports()), "plant": _sites(), "economy": _economies()}[kind]
        thing = self.chosen(raw, kind, at, known, kind)
        detour = self.number(raw, "detour_km", at, 0.0, 0.0, 40_000.0, "km") if "detour_km" in raw else None
        if detour is not None and kind != "passage":
            self.wrong(f"{at}/detour_km", N_("Only a passage can be gone around."), "kind")
        return Shock(kind, thing or "", *self._years(raw, at), detour)  # type: ignore[arg-type]


@cache
def _economies() -> tuple[str, ...]:
    """Economies of the plan, then those of its named plants."""
    own = [row.iso3 for row in tables.rows("economies")]
    return tuple(dict.fromkeys([*own, *(facilities()[row.facility].iso3 for row in tables.rows("facilities"))]))


@cache
def _streams() -> tuple[str, ...]:
    return tuple(row.stream for row in tables.rows("streams"))


@cache
def _technologies() -> tuple[str, ...]:
    return tuple(row.technology for row in tables.rows("technologies"))


@cache
def _sites() -> tuple[str, ...]:
    """Ids of the sites that the reference plan may have."""
    places = {
        row.role: [p.iso3 for p in tables.rows("economies") if p.role == row.role] for row in tables.rows("economies")
    }
    yards = {(row.technology, row.role) for name in ("standing", "buildable") for row in tables.rows(name)}
    named = [row.facility for row in tables.rows("facilities")]
    return (*named, *sorted(f"{technology}:{iso3}" for technology, role in yards for iso3 in places.get(role, ())))


@cache
def _passages() -> tuple[str, ...]:
    return tuple(PASSAGES)
