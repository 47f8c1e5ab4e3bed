"""Bills of what is sold: tables of devices, parts and vehicles, and the share of every part by year of sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from meguri.kit.words import Words
from meguri.reference import Column, Confidence, Fact, FactTable, composition
from meguri.reference.reader import read

Floats = NDArray[np.float64]
FOLDER = Path(__file__).resolve().parents[1] / "tables"

VEHICLES = ("vehicle-petrol", "vehicle-diesel", "vehicle-hybrid", "vehicle-plugin", "vehicle-battery")
# A vehicle's row of this part is the copper of the whole vehicle: harness, motor, battery and boards together.
ALL_COPPER = "all-copper"


class BillRow(Fact, frozen=True, kw_only=True):
    """The share of a component in the mass of a device."""

    bill: str
    name: Words
    component: str
    share: float


class MaterialPart(Fact, frozen=True, kw_only=True):
    """What a component is made of: its stream, and the rows of the composition table that give its elements."""

    part: str
    name: Words
    stream: str
    basis: tuple[str, ...]


class PartElement(Fact, frozen=True, kw_only=True):
    """How much of an element a part holds."""

    part: str
    element: str
    value_mg_kg: float


class ComponentPart(Fact, frozen=True, kw_only=True):
    """The share of a device's component that is a part, in a year of sale; `*` stands for any device."""

    bill: str
    component: str
    part: str
    cohort: int | None
    share: float


class ProductBill(Fact, frozen=True, kw_only=True):
    """The share of a device in the mass of a product sold in a year; `basis` says whether the bill is its own."""

    product: str
    bill: str
    cohort: int | None
    share: float
    basis: str
    note: Words


class Magnet(Fact, frozen=True, kw_only=True):
    """The magnet of an equipped unit, and the share of sales so equipped."""

    product: str
    item: str
    part: str
    cohort: int
    g_per_unit: float
    unit_kg: float
    equipped_share: float


class VehiclePart(Fact, frozen=True, kw_only=True):
    """The mass of a part in a vehicle sold in a year."""

    product: str
    cohort: int | None
    part: str
    kg_per_vehicle: float


class VehicleMass(Fact, frozen=True, kw_only=True):
    """The mass of a whole vehicle sold in a year."""

    product: str
    name: Words
    cohort: int | None
    kg_per_vehicle: float


class VehicleBattery(Fact, frozen=True, kw_only=True):
    """The capacity of the traction battery of a vehicle sold in a year."""

    product: str
    cohort: int
    kwh_per_vehicle: float


class ChemistryShare(Fact, frozen=True, kw_only=True):
    """The share of a chemistry in the capacity of packs sold in a year."""

    chemistry: str
    cohort: int
    share: float


class BatteryPack(Fact, frozen=True, kw_only=True):
    """What a pack of a chemistry weighs per kWh, and the part it is."""

    chemistry: str
    name: Words
    part: str
    kg_per_kwh: float


_RowT = TypeVar("_RowT", bound=Fact)

_BASES = ("own", "recalled", "nearest", "category")
_NAME = Column("name", Words("Name"), words=True)
_SHARED_NAME = Column("name", Words("Name"), words="shared")
_SHARE = Column("share", Words("Share"), "share", "1")
_COHORT = Column("cohort", Words("Year of sale; empty for all"), "integer", "year", optional=True)
_PART = Column("part", Words("Part", context="of a product"))
_BILL = Column("bill", Words("Device whose bill it is"))
_PRODUCT = Column("product", Words("UNU-KEY or kind of vehicle"))
_COMPONENT = Column("component", Words("Component of the bill"))


def _table(
    name: str, title: Words, row: type[_RowT], columns: tuple[Column, ...], key: tuple[str, ...]
) -> FactTable[_RowT]:
    return FactTable(name, title, title, row, columns, key, room="arisings")


def _kg(name: str, meaning: Words) -> Column:
    return Column(name, meaning, "number", "kg", low=0)


TABLES: dict[str, FactTable[Any]] = {
    table.name: table
    for table in (
        _table(
            "bills",
            Words("Bills of devices"),
            BillRow,
            (_BILL, _SHARED_NAME, _COMPONENT, _SHARE),
            ("bill", "component"),
        ),
        _table(
            "parts",
            Words("Parts and their streams"),
            MaterialPart,
            (
                _PART,
                _NAME,
                Column("stream", Words("Stream"), refers=("streams", "stream")),
                Column("basis", Words("Rows of the composition table"), "list", optional=True),
            ),
            ("part",),
        ),
        _table(
            "part-elements",
            Words("Elements of parts"),
            PartElement,
            (
                _PART,
                Column("element", Words("Element"), refers=("elements", "symbol")),
                Column("value_mg_kg", Words("Content", context="of a product"), "number", "mg/kg", low=0, high=1e6),
            ),
            ("part", "element"),
        ),
        _table(
            "component-parts",
            Words("Components and parts"),
            ComponentPart,
            (_BILL, _COMPONENT, _PART, _COHORT, _SHARE),
            ("bill", "component", "part", "cohort"),
        ),
        _table(
            "product-bills",
            Words("Products and bills"),
            ProductBill,
            (
                _PRODUCT,
                _BILL,
                _COHORT,
                _SHARE,
                Column("basis", Words("Whose bill it is"), "choice", choices=_BASES),
                Column("note", Words("Remark"), optional=True, words="shared"),
            ),
            ("product", "bill", "cohort"),
        ),
        _table(
            "magnets",
            Words("Magnets of devices"),
            Magnet,
            (
                _PRODUCT,
                Column("item", Words("Device")),
                _PART,
                _COHORT,
                Column("g_per_unit", Words("Magnet of an equipped unit"), "number", "g", low=0),
                _kg("unit_kg", Words("Mass of the unit")),
                Column("equipped_share", Words("Share of sales equipped"), "share", "1"),
            ),
            ("product", "cohort"),
        ),
        _table(
            "vehicle-bills",
            Words("Parts of vehicles"),
            VehiclePart,
            (_PRODUCT, _COHORT, _PART, _kg("kg_per_vehicle", Words("Mass in a vehicle"))),
            ("product", "cohort", "part"),
        ),
        _table(
            "vehicle-masses",
            Words("Masses of vehicles"),
            VehicleMass,
            (_PRODUCT, _SHARED_NAME, _COHORT, _kg("kg_per_vehicle", Words("Mass of a vehicle"))),
            ("product", "cohort"),
        ),
        _table(
            "vehicle-batteries",
            Words("Traction batteries"),
            VehicleBattery,
            (
                _PRODUCT,
                _COHORT,
                Column("kwh_per_vehicle", Words("Capacity", context="of a battery"), "number", "kWh", low=0),
            ),
            ("product", "cohort"),
        ),
        _table(
            "battery-chemistries",
            Words("Chemistries of traction batteries"),
            ChemistryShare,
            (Column("chemistry", Words("Chemistry")), _COHORT, _SHARE),
            ("chemistry", "cohort"),
        ),
        _table(
            "battery-packs",
            Words("Packs by chemistry"),
            BatteryPack,
            (
                Column("chemistry", Words("Chemistry")),
                _NAME,
                _PART,
                _kg("kg_per_kwh", Words("Mass per kWh")),
            ),
            ("chemistry",),
        ),
    )
}


@cache
def rows(name: str) -> tuple[Any, ...]:
    """All rows of one of this room's `TABLES`, read strictly. Raises TableError naming file and line."""
    return read(TABLES[name], path=FOLDER / f"{name.replace('-', '_')}.csv")


@cache
def parts() -> Mapping[str, MaterialPart]:
    """Parts by slug, in the order in which arrays hold them."""
    return {row.part: row for row in rows("parts")}


@cache
def device_bills() -> Mapping[str, Mapping[str, tuple[float, Confidence, str]]]:
    """Device to component to (share, confidence, source): the published bills, then this room's own."""
    found: dict[str, dict[str, tuple[float, Confidence, str]]] = {}
    for row in composition():
        if row.level == "device_to_fraction" and row.value > 0:
            found.setdefault(row.item, {})[row.component] = (row.share, row.confidence, row.source)
    for own in rows("bills"):
        found.setdefault(own.bill, {})[own.component] = (own.share, own.confidence, own.source)
    return found


def along(points: Mapping[int | None, float], cohorts: Sequence[int]) -> Floats:
    """A value by year of sale: straight lines between the years given, level outside; (V,)."""
    if set(points) == {None}:
        return np.full(len(cohorts), points[None])
    years = sorted(year for year in points if year is not None)
    return np.interp(np.asarray(cohorts, dtype=float), years, [points[year] for year in years])


def by_cohort(found: Sequence[tuple[str, int | None, float]], cohorts: Sequence[int]) -> dict[str, Floats]:
    """Series by name from (name, cohort, share) rows in which a name absent from a stated year is zero there."""
    years: set[int | None] = {year for _, year, _ in found}
    shares: dict[str, dict[int | None, float]] = {}
    for name, year, share in found:
        shares.setdefault(name, dict.fromkeys(years, 0.0))[year] = share
    return {name: along(points, cohorts) for name, points in shares.items()}
