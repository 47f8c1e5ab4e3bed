"""Bills of what is sold: tables of devices, parts and vehicles, and the share of every part by year of sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from meguri.kit.words import Words
from meguri.reference import Column, Confidence, Fact, Table, composition
from meguri.reference.reader import read

Floats = NDArray[np.float64]
FOLDER = Path(__file__).with_name("tables")

VEHICLES = ("vehicle-petrol", "vehicle-diesel", "vehicle-hybrid", "vehicle-plugin", "vehicle-battery")
# A vehicle's row of this part is the copper of the whole vehicle: harness, motor, battery and boards together.
ALL_COPPER = "all-copper"


class BillRow(Fact, frozen=True, kw_only=True):
    """The share of a component in the mass of a device."""

    bill: str
    name: Words
    component: str
    share: float


class Part(Fact, frozen=True, kw_only=True):
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


class Pack(Fact, frozen=True, kw_only=True):
    """What a pack of a chemistry weighs per kWh, and the part it is."""

    chemistry: str
    name: Words
    part: str
    kg_per_kwh: float


_RowT = TypeVar("_RowT", bound=Fact)

_BASES = ("own", "recalled", "nearest", "category")
_NAMES = (
    Column("name_en", Words("Name in English")),
    Column("name_ja", Words("Name in Japanese")),
)
_SHARE = Column("share", Words("Share"), "share", "1")
_COHORT = Column("cohort", Words("Year of sale; empty for all"), "integer", "year", optional=True)
_PART = Column("part", Words("Part", context="of a product"))
_BILL = Column("bill", Words("Device whose bill it is"))
_PRODUCT = Column("product", Words("UNU-KEY or kind of vehicle"))
_COMPONENT = Column("component", Words("Component of the bill"))


def _table(
    name: str, en: str, ja: str, row: type[_RowT], columns: tuple[Column, ...], key: tuple[str, ...]
) -> Table[_RowT]:
    return Table(name, Words(en, ja), Words(en, ja), row, columns, key)


def _kg(name: str, en: str, ja: str) -> Column:
    return Column(name, Words(en, ja), "number", "kg", low=0)


TABLES: dict[str, Table[Any]] = {
    table.name: table
    for table in (
        _table(
            "bills",
            "Bills of devices",
            "機器の部材表",
            BillRow,
            (_BILL, *_NAMES, _COMPONENT, _SHARE),
            ("bill", "component"),
        ),
        _table(
            "parts",
            "Parts and their streams",
            "部品と品目",
            Part,
            (
                _PART,
                *_NAMES,
                Column("stream", Words("Stream"), refers=("streams", "stream")),
                Column("basis", Words("Rows of the composition table"), "list", optional=True),
            ),
            ("part",),
        ),
        _table(
            "part-elements",
            "Elements of parts",
            "部品の元素含有量",
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
            "Components and parts",
            "構成品と部品",
            ComponentPart,
            (_BILL, _COMPONENT, _PART, _COHORT, _SHARE),
            ("bill", "component", "part", "cohort"),
        ),
        _table(
            "product-bills",
            "Products and bills",
            "製品と部材表",
            ProductBill,
            (
                _PRODUCT,
                _BILL,
                _COHORT,
                _SHARE,
                Column("basis", Words("Whose bill it is"), "choice", choices=_BASES),
                Column("note_en", Words("Remark"), optional=True),
                Column("note_ja", Words("Remark in Japanese"), optional=True),
            ),
            ("product", "bill", "cohort"),
        ),
        _table(
            "magnets",
            "Magnets of devices",
            "機器の磁石",
            Magnet,
            (
                _PRODUCT,
                Column("item", Words("Device")),
                _PART,
                _COHORT,
                Column("g_per_unit", Words("Magnet of an equipped unit"), "number", "g", low=0),
                _kg("unit_kg", "Mass of the unit", "1台の質量"),
                Column("equipped_share", Words("Share of sales equipped"), "share", "1"),
            ),
            ("product", "cohort"),
        ),
        _table(
            "vehicle-bills",
            "Parts of vehicles",
            "自動車の部品",
            VehiclePart,
            (_PRODUCT, _COHORT, _PART, _kg("kg_per_vehicle", "Mass in a vehicle", "1台当たり質量")),
            ("product", "cohort", "part"),
        ),
        _table(
            "vehicle-masses",
            "Masses of vehicles",
            "自動車の質量",
            VehicleMass,
            (_PRODUCT, *_NAMES, _COHORT, _kg("kg_per_vehicle", "Mass of a vehicle", "1台の質量")),
            ("product", "cohort"),
        ),
        _table(
            "vehicle-batteries",
            "Traction batteries",
            "駆動用電池",
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
            "Chemistries of traction batteries",
            "駆動用電池の種類",
            ChemistryShare,
            (Column("chemistry", Words("Chemistry")), _COHORT, _SHARE),
            ("chemistry", "cohort"),
        ),
        _table(
            "battery-packs",
            "Packs by chemistry",
            "電池パック",
            Pack,
            (
                Column("chemistry", Words("Chemistry")),
                *_NAMES,
                _PART,
                _kg("kg_per_kwh", "Mass per kWh", "kWh当たり質量"),
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
def parts() -> Mapping[str, Part]:
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
