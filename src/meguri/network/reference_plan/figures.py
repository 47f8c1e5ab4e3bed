"""The figures that a plan rests on: the tables on file, with the user's own figures in place of some of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from meguri.kit.problems import N_, Problem, gather, nearest
from meguri.network.reference_plan import tables
from meguri.reference import Confidence

USERS = "the user's own figure"
LABELS = frozenset({"source", "confidence"})


@dataclass(frozen=True)
class Given:
    """A figure that replaces one on file: its path, its value, and in a word where the user has it from."""

    path: str
    value: float
    note: str = ""


@dataclass(frozen=True)
class Figures:
    """The tables of the reference plan with the user's figures put in. Raises Refused where a path is unknown."""

    given: tuple[Given, ...] = ()
    _made: dict[str, tuple[Any, ...]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        gather(self._problems())

    def rows(self, name: str) -> tuple[Any, ...]:
        """The rows of a table."""
        if name not in self._made:
            self._made[name] = tuple(self._put(name, row) for row in tables.rows(name))
        return self._made[name]

    def by_key(self, name: str) -> dict[tuple[str, ...], Any]:
        """The rows of a table by key."""
        return {tables.key_of(name, row): row for row in self.rows(name)}

    def setting(self, item: str) -> float:
        """A single figure."""
        return float(self.by_key("settings")[(item,)].value)

    @cached_property
    def _values(self) -> dict[str, Given]:
        return {given.path: given for given in self.given}

    def _put(self, name: str, row: Any) -> Any:
        changed: dict[str, Any] = {}
        for path, column in figure_paths(name, row):
            if path in self._values:
                given = self._values[path]
                changed[column] = type(getattr(row, column))(given.value)
                changed["source"] = f"{USERS}: {given.note}" if given.note else USERS
                changed["confidence"] = Confidence.DERIVED
        return msgspec.structs.replace(row, **changed) if changed else row

    def is_users(self, path: str) -> bool:
        """Whether a figure is the user's own."""
        return path in self._values

    def _problems(self) -> Iterator[Problem]:
        known = paths()
        for n, given in enumerate(self.given):
            pointer = f"/figures/{n}"
            if given.path not in known:
                hint = nearest(given.path, known) or "costs/shredding/computers/usd_t"
                yield Problem(
                    N_("“{path}” is not a figure of the plan. Did you mean “{hint}”?"),
                    f"{pointer}/path", "path", {"path": given.path, "hint": hint},
                )  # fmt: skip
                continue
            low, high, unit = known[given.path]
            if not math.isfinite(given.value) or not low <= given.value <= high:
                yield Problem(
                    N_("“{path}” is {value}; it lies between {low} and {high} ({unit})."),
                    f"{pointer}/value", "range",
                    {"path": given.path, "value": given.value, "low": low, "high": high, "unit": unit},
                )  # fmt: skip


def figure_paths(name: str, row: Any) -> Iterator[tuple[str, str]]:
    """The paths of a row's figures, each with its column."""
    table = tables.TABLES[name]
    start = "/".join((name, *tables.key_of(name, row)))
    for column in table.own_columns:
        if column.kind in ("number", "share", "integer"):
            yield f"{start}/{column.name}", column.name


def paths() -> Mapping[str, tuple[float, float, str]]:
    """Every figure that a user can replace: its path, with least, most and unit."""
    found = {}
    for name, table in tables.TABLES.items():
        columns = {column.name: column for column in table.own_columns}
        for row in tables.rows(name):
            for path, name_of in figure_paths(name, row):
                column = columns[name_of]
                low, high = (0.0, 1.0) if column.kind == "share" else (column.low, column.high)
                found[path] = (
                    -math.inf if low is None else low, math.inf if high is None else high,
                    str(getattr(row, "unit", "")) or column.unit,
                )  # fmt: skip
    return found
