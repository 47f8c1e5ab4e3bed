"""The tables of the reference plan: what a row is, its columns with units, and the strict reader.

Every row carries source and confidence. A row's figures can be replaced by a user's own under a *path*: the name of
the table, the parts of the row's key and the column, such as `costs/hand-dismantling/computers/hours_t`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from meguri import reference
from meguri.kit.words import Words
from meguri.reference import Column, Fact, Table
from meguri.reference.reader import read

FOLDER = Path(__file__).parent.with_name("tables")
ROLES = ("home", "partner", "source")
STAGES = ("collection", "sorting", "dismantling", "pre-treatment", "smelting", "refining", "disposal")


class Place(Fact, frozen=True, kw_only=True):
    """An economy of the plan: its role, the port it ships through, what collecting costs and how far it may reach."""

    iso3: str
    role: str
    port: str
    lat: float
    lon: float
    collection_usd_t: float
    collected_last: float
    vehicles_last: float


class Equipment(Fact, frozen=True, kw_only=True):
    """The stream under which a kind of equipment or vehicle is collected."""

    product: str
    stream: str


class PlanStream(Fact, frozen=True, kw_only=True):
    """A stream of the plan, what the law calls it, whether it travels abroad, and for which operation."""

    stream: str
    name: Words
    law_stream: str
    kind: str
    travels: str
    operation: str


class Process(Fact, frozen=True, kw_only=True):
    """Tonnes of a stream out for a tonne of an input."""

    technology: str
    input: str
    output: str
    share: float


class Cost(Fact, frozen=True, kw_only=True):
    """What a tonne of an input costs besides labour, what it emits, and how many hours of work it takes."""

    technology: str
    input: str
    usd_t: float
    kg_t: float
    hours_t: float


class TechnologyRow(Fact, frozen=True, kw_only=True):
    """A process: its stage, its name, and whether each economy has one site of it or plants are named."""

    technology: str
    stage: str
    name: Words
    yards: str
    recovery_route: str


class Plant(Fact, frozen=True, kw_only=True):
    """A plant of the table of facilities, with the capacity that this plan takes for it."""

    facility: str
    technology: str
    port: str
    capacity_t_y: float
    first_year: int
    build_most_t_y: float
    build_usd_t_y: float


class Buildable(Fact, frozen=True, kw_only=True):
    """What may be built of a technology in economies of a role."""

    technology: str
    role: str
    build_most_t_y: float
    build_least_t_y: float
    build_usd_t_y: float
    opening_usd: float
    fixed_usd_y_per_1000t: float


class Standing(Fact, frozen=True, kw_only=True):
    """Capacity that stands in economies of a role, as a share of what arises in the first year."""

    technology: str
    role: str
    share: float


class StreamPrice(Fact, frozen=True, kw_only=True):
    """What a stream sells for, or costs to dispose of (`last-resort`: what was collected in vain)."""

    stream: str
    kind: str
    usd_t: float


class Metal(Fact, frozen=True, kw_only=True):
    """The share of a metal's price that is paid for it, where the table of prices has no term."""

    element: str
    share_of_price: float


class Penalty(Fact, frozen=True, kw_only=True):
    """What a smelter charges for a kilogram above the free content."""

    element: str
    usd_kg: float


class Labour(Fact, frozen=True, kw_only=True):
    """The cost of an hour of work where the table of prices has none."""

    iso3: str
    usd_h: float


class Setting(Fact, frozen=True, kw_only=True):
    """A single figure of the plan."""

    item: str
    value: float
    unit: str


class Freight(Fact, frozen=True, kw_only=True):
    """Which quotation of the table of prices holds between two economies."""

    origin: str
    destination: str
    item: str


def _column(name: str, en: str, ja: str, kind: str = "text", unit: str = "", **more: Any) -> Column:
    if kind == "number":
        more = {"low": 0.0, **more}
    return Column(name, Words(en, ja), kind, unit, **more)


ISO3 = _column("iso3", "Economy", "国・地域", refers=("economies", "iso3"))
PLAN_STREAM = _column("stream", "Stream of the plan", "計画の品目", refers=("plan", "stream"))
INPUT = _column("input", "Stream that goes in", "投入品目", refers=("plan", "stream"))
TECHNOLOGY = _column("technology", "Process", "工程", refers=("plan", "technology"))
ROLE = _column("role", "Role of the economy", "役割", "choice", choices=ROLES)
ELEMENT = _column("element", "Element", "元素", refers=("elements", "symbol"))
USD_T = _column("usd_t", "US dollars for a tonne", "1t当たり米ドル", "number", "USD/t")
BUILD = (
    _column("build_most_t_y", "Most that may be built", "増設上限", "number", "t/y"),
    _column("build_usd_t_y", "Building a tonne a year", "年1tの建設費", "number", "USD/(t/y)"),
)


def _table(
    name: str, en: str, ja: str, row: type[Fact], columns: tuple[Column, ...], key: tuple[str, ...]
) -> Table[Any]:
    return Table(name, Words(en, ja), Words(en, ja), row, columns, key)


TABLES: dict[str, Table[Any]] = {
    table.name: table
    for table in (
        _table("economies", "Economies of the plan", "計画の対象国・地域", Place, (
            ISO3,
            ROLE,
            _column("port", "Port", "港", refers=("ports", "unlocode")),
            _column("lat", "Latitude", "緯度", "number", "°", low=-90, high=90),
            _column("lon", "Longitude", "経度", "number", "°", low=-180, high=180),
            _column("collection_usd_t", "Cost of collecting", "回収費用", "number", "USD/t"),
            _column("collected_last", "Share of equipment that may be collected in the last year", "最終年の回収可能割合(機器)", "share", "1"),  # noqa: E501
            _column("vehicles_last", "Share of vehicles that may be collected in the last year", "最終年の回収可能割合(自動車)", "share", "1"),  # noqa: E501
        ), ("iso3",)),
        _table("equipment", "Equipment by stream", "機器と品目の対応", Equipment, (
            _column("product", "UNU-KEY or kind of vehicle", "UNU-KEY又は車種"), PLAN_STREAM,
        ), ("product",)),
        _table("streams", "Streams of the plan", "計画の品目", PlanStream, (
            _column("stream", "Stream", "品目"),
            _column("name_en", "Name in English", "英語名"),
            _column("name_ja", "Name in Japanese", "日本語名"),
            _column("law_stream", "What the law calls it", "法令上の品目", refers=("streams", "stream")),
            _column("kind", "Kind", "種別", "choice", choices=("equipment", "vehicle", "fraction", "end")),
            _column("travels", "Whether lanes abroad are planned", "国外移動の有無", "choice", choices=("abroad", "home")),  # noqa: E501
            _column("operation", "Operation for which it travels", "移動の目的(操作)", refers=("law", "operation")),
        ), ("stream",)),
        _table("technologies", "Processes", "工程", TechnologyRow, (
            _column("technology", "Process", "工程"),
            _column("stage", "Stage", "段階", "choice", choices=STAGES),
            _column("name_en", "Name in English", "英語名"),
            _column("name_ja", "Name in Japanese", "日本語名"),
            _column("yards", "One site in each economy, or named plants", "国ごと又は施設ごと", "choice", choices=("one-each", "named")),  # noqa: E501
            _column("recovery_route", "Route of the table of recoveries", "回収率表の経路", optional=True),
        ), ("technology",)),
        _table("processes", "What processes make", "工程の産出", Process, (
            TECHNOLOGY, INPUT, _column("output", "Stream that comes out", "産出品目", refers=("plan", "stream")),
            _column("share", "Tonnes out for a tonne in", "投入1t当たりの産出", "share", "t/t"),
        ), ("technology", "input", "output")),
        _table("costs", "What processing costs", "処理費用", Cost, (
            TECHNOLOGY, INPUT, USD_T,
            _column("kg_t", "Emissions", "排出量", "number", "kgCO2e/t"),
            _column("hours_t", "Work", "作業時間", "number", "h/t"),
        ), ("technology", "input")),
        _table("facilities", "Named plants", "施設", Plant, (
            _column("facility", "Plant of the table of facilities", "施設表の施設", refers=("facilities", "id")),
            TECHNOLOGY,
            _column("port", "Port where the table of facilities names none", "港(施設表にない場合)", optional=True, refers=("ports", "unlocode")),  # noqa: E501
            _column("capacity_t_y", "Capacity", "処理能力", "number", "t/y"),
            _column("first_year", "First year", "稼働開始年", "integer", "year", low=1900, high=2100),
            *BUILD,
        ), ("facility",)),
        _table("buildable", "What may be built", "建設可能な設備", Buildable, (
            TECHNOLOGY, ROLE, BUILD[0],
            _column("build_least_t_y", "Least that is built on opening", "開設時の最小規模", "number", "t/y"),
            BUILD[1],
            _column("opening_usd", "Opening a site", "開設費", "number", "USD"),
            _column("fixed_usd_y_per_1000t", "Standing cost for each thousand tonnes a year", "年1,000t当たりの固定費", "number", "USD/y"),  # noqa: E501
        ), ("technology", "role")),
        _table("standing", "Capacity that stands", "既存の処理能力", Standing, (
            TECHNOLOGY, ROLE, _column("share", "Share of what arises in the first year", "初年発生量に対する比", "number", "1", high=5.0),  # noqa: E501
        ), ("technology", "role")),
        _table("prices", "Prices of streams", "品目の価格", StreamPrice, (
            PLAN_STREAM, _column("kind", "Sale or disposal", "販売・処分の別", "choice", choices=("sale", "disposal", "last-resort")), USD_T,  # noqa: E501
        ), ("stream", "kind")),
        _table("metals", "What is paid for metals", "金属の支払割合", Metal, (
            ELEMENT, _column("share_of_price", "Share of the metal's price", "金属価格に対する割合", "share", "1"),
        ), ("element",)),
        _table("penalties", "Penalties of smelters", "製錬所のペナルティ", Penalty, (
            ELEMENT, _column("usd_kg", "For a kilogram above the free content", "許容量超過1kg当たり", "number", "USD/kg"),  # noqa: E501
        ), ("element",)),
        _table("labour", "Labour", "人件費", Labour, (ISO3, _column("usd_h", "An hour of work", "1時間当たり", "number", "USD/h")), ("iso3",)),  # noqa: E501
        _table("settings", "Single figures", "単独の値", Setting, (
            _column("item", "Figure", "項目"), _column("value", "Value", "値", "number"), _column("unit", "Unit", "単位"),  # noqa: E501
        ), ("item",)),
        _table("freight", "Freight quotations", "運賃の見積り", Freight, (
            _column("origin", "From", "発", refers=("economies", "iso3")),
            _column("destination", "To", "着", refers=("economies", "iso3")),
            _column("item", "Item of the table of prices", "価格表の項目"),
        ), ("origin", "destination")),
    )
}  # fmt: skip


def path_of(name: str) -> Path:
    """The file of a table of the plan."""
    return FOLDER / f"plan_{name}.csv"


@cache
def rows(name: str) -> tuple[Any, ...]:
    """The rows of a table of the plan as they are on file. Raises TableError."""
    return read(TABLES[name], _refer, path_of(name))


def key_of(name: str, row: Any) -> tuple[str, ...]:
    """The key of a row as texts."""
    return tuple(str(getattr(row, part)) for part in TABLES[name].key)


@cache
def _refer(table: str, column: str) -> frozenset[str]:
    if table == "plan":
        name = {"stream": "streams", "technology": "technologies"}[column]
        return frozenset(str(getattr(row, column)) for row in rows(name))
    if table == "law":
        from meguri.law import operations

        return frozenset(operations())
    found: Any = {
        "economies": reference.economies,
        "ports": reference.ports,
        "streams": reference.streams,
        "elements": reference.elements,
        "facilities": reference.facilities,
    }[table]()
    return frozenset(
        found if isinstance(found, dict) or hasattr(found, "keys") else (getattr(r, column) for r in found)
    )
