"""Tables of vehicles: sales, used exports, drive trains and sizes by economy and year, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from meguri.arisings.contents.bills import FOLDER, VEHICLES
from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words
from meguri.reference import Column, Confidence, Fact, FactTable, elv
from meguri.reference.reader import read

# Sales and lives on file: Myanmar's two years of sales, without fleet or life, do not make a series.
ECONOMIES: tuple[str, ...] = ("JPN", "IDN", "MYS", "PHL", "SGP", "THA", "VNM")
THOUSAND = 1000.0


class Sales(Fact, frozen=True, kw_only=True):
    """New vehicles, or used vehicles exported, in a year."""

    iso3: str
    year: int
    thousand_vehicles: float


class DriveTrain(Fact, frozen=True, kw_only=True):
    """The share of a kind of vehicle in the sales of a year; petrol is what is left."""

    iso3: str
    product: str
    year: int
    share: float


class VehicleSize(Fact, frozen=True, kw_only=True):
    """How heavy a kind of vehicle sold in a year is, over the mass on file for the kind."""

    iso3: str
    product: str
    year: int
    factor: float


_VALUE = Column("thousand_vehicles", Words("Vehicles", context="count"), "number", "10^3 vehicles", low=0)
_ISO3 = Column("iso3", Words("Economy"))
_YEAR = Column("year", Words("Year"), "integer")
_PRODUCT = Column("product", Words("Kind of vehicle"), "choice", choices=VEHICLES)


def _table(
    name: str, title: Words, row: type[Any], columns: tuple[Column, ...], key: tuple[str, ...]
) -> FactTable[Any]:
    return FactTable(name, title, title, row, columns, key, room="arisings")


TABLES: dict[str, FactTable[Any]] = {
    table.name: table
    for table in (
        _table("vehicle-sales", Words("New vehicles"), Sales, (_ISO3, _YEAR, _VALUE), ("iso3", "year")),
        _table("vehicle-exports", Words("Used exports"), Sales, (_ISO3, _YEAR, _VALUE), ("iso3", "year")),
        _table(
            "vehicle-drivetrains",
            Words("Drive trains of new vehicles"),
            DriveTrain,
            (_ISO3, _PRODUCT, _YEAR, Column("share", Words("Share of sales"), "share", "1")),
            ("iso3", "product", "year"),
        ),
        _table(
            "vehicle-sizes",
            Words("Sizes of vehicles"),
            VehicleSize,
            (_ISO3, _PRODUCT, _YEAR, Column("factor", Words("Over the mass on file"), "number", low=0)),
            ("iso3", "product", "year"),
        ),
    )
}


@cache
def rows(name: str) -> tuple[Any, ...]:
    """All rows of a table of vehicles."""
    return read(TABLES[name], path=FOLDER / f"{name.replace('-', '_')}.csv")


@dataclass(frozen=True)
class YearFigure:
    """A figure of a year with its confidence and source."""

    value: float
    confidence: Confidence
    source: str


def check(economy: str) -> None:
    """Raise Refused for an economy whose vehicles cannot be followed."""
    if economy not in ECONOMIES:
        raise refuse(
            N_("Vehicles of “{economy}” cannot be followed: sales are on file for {known}."),
            "/economy",
            "economy",
            economy=economy,
            hint=nearest(economy, ECONOMIES),
            known=", ".join(ECONOMIES),
        )


@cache
def figures(economy: str, variable: str) -> Mapping[int, YearFigure]:
    """Published figures on vehicles by calendar year, in vehicles or years of age; the stronger of two rows stands."""
    found: dict[int, YearFigure] = {}
    for row in elv():
        if row.iso3 == economy and row.variable == variable and row.year.isdigit():
            scale = THOUSAND if row.unit.startswith("thousand") else 1.0
            point = YearFigure(row.value * scale, row.confidence, row.source)
            if int(row.year) not in found or found[int(row.year)].confidence < point.confidence:
                found[int(row.year)] = point
    return found


@cache
def series(economy: str, table: str, *variables: str) -> Mapping[int, YearFigure]:
    """Vehicles by year: rows of a table, and published variables where they are at least as sure."""
    found = {
        row.year: YearFigure(row.thousand_vehicles * THOUSAND, row.confidence, row.source)
        for row in rows(table)
        if row.iso3 == economy
    }
    for variable in variables:
        for year, point in figures(economy, variable).items():
            if year not in found or found[year].confidence <= point.confidence:
                found[year] = point
    return dict(sorted(found.items()))
