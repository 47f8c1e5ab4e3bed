"""Materials, methods, splitting limits and the figures that rules rest on, from tables with source and confidence."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from meguri.custody.assays.figures import WHOLE
from meguri.custody.assays.states import SplitLimit
from meguri.kit.files import reading
from meguri.kit.words import Words, cell

TABLES = Path(__file__).parent / "tables"
OTHER = "other"
RELATIVE, POINTS = "% relative", "percentage points"
BETWEEN_TWO = 1.96 * 2**0.5
"""Standard deviations of one laboratory by which two good ones differ at most, in 95 of 100 cases."""
HORWITZ = -0.1505
STEP_PPB = 1_000_000
"""A limit that is reckoned is rounded to a tenth of a per cent."""


class AssayedMaterial(msgspec.Struct, frozen=True):
    """A kind of material for which splitting limits are on file, and the streams that are of it."""

    material: str
    names: Words
    streams: tuple[str, ...]
    source: str
    confidence: str


class AssayMethod(msgspec.Struct, frozen=True):
    """How an element is determined, and whether lots are settled on it."""

    method: str
    names: Words
    settles: bool
    source: str
    confidence: str


class FiledLimit(msgspec.Struct, frozen=True):
    """A splitting limit on file: in per cent of the mean, or in percentage points; or whose result binds anyhow."""

    element: str
    material: str
    limit: Decimal
    unit: str
    decides: Literal["", "buyer", "seller"]
    source: str
    confidence: str


class AssayRule(msgspec.Struct, frozen=True):
    """A figure on which a rule of exchange and settlement rests, in words, and where it is from."""

    rule: str
    value: Decimal
    unit: Words
    words: Words
    source: str
    confidence: str


@cache
def materials() -> dict[str, AssayedMaterial]:
    """Materials by their word."""
    return {
        row["material"]: AssayedMaterial(
            row["material"],
            cell("custody/materials", row["material"], "name", row["name"]),
            tuple(row["streams"].split(";")) if row["streams"] else (),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "materials.csv")
    }


@cache
def methods() -> dict[str, AssayMethod]:
    """Methods by their word."""
    return {
        row["method"]: AssayMethod(
            row["method"],
            cell("custody/methods", row["method"], "name", row["name"]),
            row["settles"] == "yes",
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "methods.csv")
    }


@cache
def limits() -> dict[tuple[str, str], FiledLimit]:
    """Splitting limits by element and material."""
    return {
        (row["element"], row["material"]): FiledLimit(
            row["element"],
            row["material"],
            Decimal(row["limit"]),
            row["unit"],
            msgspec.convert(row["decides"], Literal["", "buyer", "seller"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "splitting_limits.csv")
    }


@cache
def rules() -> dict[str, AssayRule]:
    """Figures that rules rest on, by their word."""
    return {
        row["rule"]: AssayRule(
            row["rule"],
            Decimal(row["value"]),
            cell("custody/rules", "", "unit", row["unit"]),
            cell("custody/rules", row["rule"], "words", row["words"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "rules.csv")
    }


def days() -> int:
    """Days from sealing until who has delivered nothing is bound by the other."""
    return int(rules()["days"].value)


def assumed_rsd_ppb(rule: str) -> int:
    """The relative uncertainty assumed of sampling or preparation, in parts per billion of a value."""
    return int(rules()[rule].value * WHOLE / 100)


def material_of(stream: str) -> str:
    """The material of a stream; ``other`` where none is on file."""
    return next((name for name, row in materials().items() if stream in row.streams), OTHER)


def split_limit(element: str, material: str, mean_ppb: int) -> SplitLimit:
    """How far two results of this element in this material may lie apart; reckoned where none is on file."""
    filed = limits().get((element, material))
    if filed is not None:
        ppb = int(filed.limit * WHOLE / 100)
        return SplitLimit(element, ppb, filed.unit == RELATIVE, filed.decides)
    return SplitLimit(element, reckoned_ppb(mean_ppb), True)


def reckoned_ppb(mean_ppb: int) -> int:
    """How far two good laboratories differ at most, in parts per billion of the mean, by the content alone."""
    content = max(mean_ppb, 1) / WHOLE
    one = float(rules()["apart"].value) / 100 * content**HORWITZ
    return round(BETWEEN_TWO * one * WHOLE / STEP_PPB) * STEP_PPB
