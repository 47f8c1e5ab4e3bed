"""Reads tables of TOML strictly, gathering every mistake with its place before anything is refused."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from meguri import reference
from meguri.arisings.scenarios import scenario as model
from meguri.arisings.scenarios.scenario import ByYear
from meguri.kit.files.scenario_files import ScenarioFiles
from meguri.kit.problems import N_, MeguriError, Problem, nearest
from meguri.kit.words import Words, cell, given, plain

ALL = "all"
GREATEST = 1e15
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
WORDED = ("title", "note")


def escaped(key: str) -> str:
    """A key as a part of a JSON Pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def finite(value: Any) -> bool:
    """Whether a value is a number of sensible size: neither a truth value nor infinite nor not a number."""
    return not isinstance(value, bool) and isinstance(value, (int, float)) and -GREATEST < value < GREATEST


def texts_of(room: str, files: ScenarioFiles) -> dict[tuple[str, str], Words]:
    """The titles and notes of a room's built-in scenarios, by key and text."""
    found: dict[tuple[str, str], Words] = {}
    for name in files.names():
        raw = tomllib.loads(files.text_of(name))
        for key in WORDED:
            if isinstance(raw.get(key), str):
                found[key, raw[key]] = cell(f"{room}/{name}", str(raw["name"]), key, raw[key])
    return found


@dataclass
class Reading:
    """One file while it is read; gathers everything that is wrong with it.

    `texts` are the titles and notes that come with Meguri, by key and text: they are said in every language, also where
    a file takes them over from the scenario it is based on.
    """

    problems: list[Problem] = field(default_factory=list)
    texts: Mapping[tuple[str, str], Words] = field(default_factory=dict)

    def wrong(self, pointer: str, text: str, code: str, /, **params: Any) -> None:
        """Note one mistake."""
        self.problems.append(Problem(text, pointer, code, params))

    def table(self, raw: Mapping[str, Any], key: str, at: str, allowed: Iterable[str] | None) -> dict[str, Any]:
        """The table under a key (empty where absent), its keys checked."""
        found = raw.get(key, {})
        if not isinstance(found, dict):
            self.wrong(f"{at}/{key}", N_("“{key}” is a table: write [{key}] and its keys below."), "table", key=key)
            return {}
        if allowed is not None:
            self.keys(found, allowed, f"{at}/{key}")
        return found

    def keys(self, raw: Mapping[str, Any], allowed: Iterable[str], at: str) -> None:
        """Note every key that is not among those allowed, with the nearest that is."""
        known = tuple(allowed)
        for key in raw:
            if key not in known:
                hint = nearest(key, known)
                place = f"{at}/{escaped(key)}"
                if hint:
                    self.wrong(
                        place, N_("“{key}” is not a key here. Did you mean “{hint}”?"), "key", key=key, hint=hint
                    )
                else:
                    self.wrong(
                        place, N_("“{key}” is not a key here. There are: {names}."), "key", key=key,
                        names=", ".join(known),
                    )  # fmt: skip

    def number(
        self, raw: Mapping[str, Any], key: str, at: str, default: float, low: float, high: float, unit: str | Words
    ) -> float:
        """A finite number between two bounds, in the unit that the key names."""
        if key not in raw:
            return default
        value = raw[key]
        if not finite(value):
            self.wrong(
                f"{at}/{key}", N_("“{key}” is {value}; write a number in {unit}, without quotation marks."), "number",
                key=key, value=value, unit=unit,
            )  # fmt: skip
        elif not low <= value <= high:
            self.wrong(
                f"{at}/{key}", N_("“{key}” is {value}; it lies between {low} and {high} ({unit})."), "range",
                key=key, value=value, low=low, high=high, unit=unit,
            )  # fmt: skip
        else:
            return float(value)
        return default

    def whole(
        self, raw: Mapping[str, Any], key: str, at: str, default: int, low: int, high: int, unit: str | Words
    ) -> int:
        """A whole number between two bounds."""
        value = raw.get(key, default)
        if isinstance(value, float) and finite(value):
            self.wrong(f"{at}/{key}", N_("“{key}” is {value}; it is a whole number."), "number", key=key, value=value)
            return default
        return int(self.number(raw, key, at, default, low, high, unit))

    def text(
        self, raw: Mapping[str, Any], key: str, at: str, default: str, choices: Iterable[str] | None = None
    ) -> str:
        """A text, one of the choices where there are any."""
        value = raw.get(key, default)
        known = None if choices is None else tuple(choices)
        if not isinstance(value, str) or not value.strip():
            self.wrong(f"{at}/{key}", N_("“{key}” is text in quotation marks."), "text", key=key)
            return default
        if known is not None and value not in known:
            self.wrong(
                f"{at}/{key}", N_("“{key}” cannot be “{value}”. It is one of: {names}."), "choice", key=key,
                value=value, names=", ".join(known),
            )  # fmt: skip
            return default
        return value

    def words(self, raw: Mapping[str, Any], key: str, at: str) -> Words:
        """A text, or a table of texts by the code of their language."""
        value = raw.get(key, "")
        if isinstance(value, str):
            return self.texts.get((key, value)) or plain(value)
        if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
            for code in value:
                if not LANGUAGE.fullmatch(code):
                    self.wrong(
                        f"{at}/{key}/{escaped(code)}",
                        N_("“{code}” is not the code of a language, such as en, ja or vi."),
                        "language",
                        code=code,
                    )
            return given(value)
        self.wrong(f"{at}/{key}", N_('“{key}” is text, or {{ en = "…", ja = "…" }}.'), "text", key=key)
        return plain("")

    def listed(
        self, raw: Mapping[str, Any], key: str, at: str, known: Iterable[str], kind: str
    ) -> tuple[str, ...] | None:
        """A list of known names, each once; None where it is absent or “all”."""
        value = raw.get(key, ALL)
        if value == ALL:
            return None
        names = tuple(known)
        if not isinstance(value, list):
            self.wrong(
                f"{at}/{key}",
                N_('“{key}” is a list such as ["{example}"], or "all".'),
                "list",
                key=key,
                example=names[0],
            )
            return ()
        found: list[str] = []
        for place, one in enumerate(value):
            if not isinstance(one, str) or one not in names:
                self.unknown(f"{at}/{key}/{place}", str(one), names, kind)
            elif one in found:
                self.wrong(f"{at}/{key}/{place}", N_("“{name}” stands twice in the list."), "twice", name=one)
            else:
                found.append(one)
        return tuple(found)

    def unknown(self, pointer: str, word: str, names: tuple[str, ...], kind: str) -> None:
        """Note a name that is not known."""
        hint = nearest(word, names)
        if kind == "economy":
            try:
                found = reference.economy(word, pointer)
            except MeguriError as error:
                self.problems.extend(error.problems)
                return
            self.wrong(
                pointer, N_("Nothing is on file from which arisings of {economy} follow. There are: {names}."),
                "economy", economy=found.iso3, names=", ".join(names),
            )  # fmt: skip
        elif kind == "product":
            self.wrong(
                pointer, N_("“{name}” is neither a UNU-KEY nor a kind of vehicle. Did you mean “{hint}”?"), "product",
                name=word, hint=hint or "0306",
            )  # fmt: skip
        else:
            self.wrong(
                pointer, N_("“{name}” is not a route. There are: {names}."), "route", name=word, names=", ".join(names)
            )

    def by_year(self, raw: Mapping[str, Any], key: str, at: str, most: float = 1.0) -> ByYear | None:
        """Shares by year, as fractions; None where the key is absent."""
        if key not in raw:
            return None
        value = raw[key]
        if not isinstance(value, dict) or not value:
            self.wrong(
                f"{at}/{key}",
                N_("“{key}” is a table of years, such as {{ 2025 = 0.2, 2035 = 0.4 }}."),
                "table",
                key=key,
            )
            return None
        before = len(self.problems)
        points: list[tuple[int, float]] = []
        for year, share in value.items():
            place = f"{at}/{key}/{escaped(year)}"
            if not (
                year.isascii() and year.isdecimal() and len(year) == 4 and model.EARLIEST <= int(year) <= model.LATEST
            ):
                self.wrong(
                    place, N_("“{year}” is not a year between {low} and {high}."), "year", year=year,
                    low=model.EARLIEST, high=model.LATEST,
                )  # fmt: skip
            else:
                points.append((int(year), self.share(share, place, most)))
        shares = [one for one in value.values() if finite(one)]
        if any(0 < one < 1 for one in shares) and any(1 < one <= 100 for one in shares):
            self.wrong(
                f"{at}/{key}", N_("Some shares look like fractions, others like percent; 20 % is 0.2."),
                "units",
            )  # fmt: skip
        return ByYear(tuple(sorted(points))) if len(self.problems) == before else None

    def share(self, value: Any, pointer: str, most: float = 1.0) -> float:
        """A fraction from 0 to the most."""
        if not finite(value):
            self.wrong(
                pointer, N_("The share is {value}; write a fraction between 0 and {most}, 0.2 for 20 %."), "share",
                value=value, most=most,
            )  # fmt: skip
        elif not 0 <= value <= most:
            self.wrong(
                pointer, N_("The share is {value}; a fraction lies between 0 and {most} (0.2 is 20 %)."), "share",
                value=value, most=most,
            )  # fmt: skip
        else:
            return float(value)
        return 0.0

    def per_economy(
        self, raw: Mapping[str, Any], at: str, known: tuple[str, ...]
    ) -> Iterable[tuple[str, dict[str, Any]]]:
        """The tables of a section that are named by economy, or “default”."""
        for name, value in raw.items():
            if name != model.DEFAULT and name not in known:
                self.unknown(f"{at}/{escaped(name)}", name, known, "economy")
            elif not isinstance(value, dict):
                self.wrong(
                    f"{at}/{name}", N_("“{key}” is a table: write [{key}] and its keys below."), "table", key=name
                )
            else:
                yield name, value
