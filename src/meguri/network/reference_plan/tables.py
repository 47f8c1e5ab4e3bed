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
from meguri.law import operations
from meguri.reference import Column, Fact, FactTable
from meguri.reference.reader import read

FOLDER = Path(__file__).with_name("tables")
ROLES = ("home", "partner", "source")
STAGES = ("collection", "sorting", "dismantling", "pre-treatment", "smelting", "refining", "disposal")


class PlanEconomy(Fact, frozen=True, kw_only=True):
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
    """A stream of the plan, what the law calls it, whether it travels abroad and for which operation.

    Where `unread` is open it travels also where treaty law leaves it free and the law of an end on it is unread.
    """

    stream: str
    name: Words
    law_stream: str
    kind: str
    travels: str
    operation: str
    unread: str


class Process(Fact, frozen=True, kw_only=True):
    """Tonnes of a stream out for a tonne of an input."""

    technology: str
    input: str
    output: str
    share: float


class PlanCost(Fact, frozen=True, kw_only=True):
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


class PlanFacility(Fact, frozen=True, kw_only=True):
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


class PlanStanding(Fact, frozen=True, kw_only=True):
    """Capacity that stands in economies of a role, as a share of what arises in the first year."""

    technology: str
    role: str
    share: float


class StreamPrice(Fact, frozen=True, kw_only=True):
    """What a stream sells for, or costs to dispose of (`last-resort`: what was collected in vain)."""

    stream: str
    kind: str
    usd_t: float


class PlanMetal(Fact, frozen=True, kw_only=True):
    """The share of a metal's price that is paid for it, where the table of prices has no term."""

    element: str
    share_of_price: float


class PlanPenalty(Fact, frozen=True, kw_only=True):
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


def _column(name: str, meaning: Words, kind: str = "text", unit: str = "", **more: Any) -> Column:
    if kind == "number":
        more = {"low": 0.0, **more}
    return Column(name, meaning, kind, unit, **more)


ISO3 = _column("iso3", Words("Economy"), refers=("economies", "iso3"))
PLAN_STREAM = _column("stream", Words("Stream of the plan"), refers=("plan", "stream"))
INPUT = _column("input", Words("Stream that goes in"), refers=("plan", "stream"))
TECHNOLOGY = _column("technology", Words("Process"), refers=("plan", "technology"))
ROLE = _column("role", Words("Role of the economy"), "choice", choices=ROLES)
ELEMENT = _column("element", Words("Element"), refers=("elements", "symbol"))
USD_T = _column("usd_t", Words("US dollars for a tonne"), "number", "USD/t")
BUILD = (
    _column("build_most_t_y", Words("Most that may be built"), "number", "t/y"),
    _column("build_usd_t_y", Words("Building a tonne a year"), "number", "USD/(t/y)"),
)


def _table(
    name: str, title: Words, row: type[Fact], columns: tuple[Column, ...], key: tuple[str, ...]
) -> FactTable[Any]:
    return FactTable(name, title, title, row, columns, key, room="network")


TABLES: dict[str, FactTable[Any]] = {
    table.name: table
    for table in (
        _table("economies", Words("Economies of the plan"), PlanEconomy, (
            ISO3,
            ROLE,
            _column("port", Words("Port"), refers=("ports", "unlocode")),
            _column("lat", Words("Latitude"), "number", "°", low=-90, high=90),
            _column("lon", Words("Longitude"), "number", "°", low=-180, high=180),
            _column("collection_usd_t", Words("Cost of collecting"), "number", "USD/t"),
            _column("collected_last", Words("Share of equipment that may be collected in the last year"), "share", "1"),
            _column("vehicles_last", Words("Share of vehicles that may be collected in the last year"), "share", "1"),
        ), ("iso3",)),
        _table("equipment", Words("Equipment by stream"), Equipment, (
            _column("product", Words("UNU-KEY or kind of vehicle")), PLAN_STREAM,
        ), ("product",)),
        _table("streams", Words("Streams of the plan"), PlanStream, (
            _column("stream", Words("Stream")),
            _column("name", Words("Name"), words=True),
            _column("law_stream", Words("What the law calls it"), refers=("streams", "stream")),
            _column("kind", Words("Kind"), "choice", choices=("equipment", "vehicle", "fraction", "end")),
            _column("travels", Words("Whether lanes abroad are planned"), "choice", choices=("abroad", "home")),
            _column("operation", Words("Operation for which it travels"), refers=("law", "operation")),
            _column("unread", Words("Lanes that treaty law leaves free and whose national law was not read"), "choice", choices=("open", "closed")),  # noqa: E501
        ), ("stream",)),
        _table("technologies", Words("Processes"), TechnologyRow, (
            _column("technology", Words("Process")),
            _column("stage", Words("Stage"), "choice", choices=STAGES),
            _column("name", Words("Name"), words=True),
            _column("yards", Words("One site in each economy, or named plants"), "choice", choices=("one-each", "named")),  # noqa: E501
            _column("recovery_route", Words("Route of the table of recoveries"), optional=True),
        ), ("technology",)),
        _table("processes", Words("What processes make"), Process, (
            TECHNOLOGY, INPUT, _column("output", Words("Stream that comes out"), refers=("plan", "stream")),
            _column("share", Words("Tonnes out for a tonne in"), "share", "t/t"),
        ), ("technology", "input", "output")),
        _table("costs", Words("What processing costs"), PlanCost, (
            TECHNOLOGY, INPUT, USD_T,
            _column("kg_t", Words("Emissions"), "number", "kgCO2e/t"),
            _column("hours_t", Words("Work", context="hours"), "number", "h/t"),
        ), ("technology", "input")),
        _table("facilities", Words("Named plants"), PlanFacility, (
            _column("facility", Words("Plant of the table of facilities"), refers=("facilities", "id")),
            TECHNOLOGY,
            _column("port", Words("Port where the table of facilities names none"), optional=True, refers=("ports", "unlocode")),  # noqa: E501
            _column("capacity_t_y", Words("Capacity"), "number", "t/y"),
            _column("first_year", Words("First year"), "integer", "year", low=1900, high=2100),
            *BUILD,
        ), ("facility",)),
        _table("buildable", Words("What may be built"), Buildable, (
            TECHNOLOGY, ROLE, BUILD[0],
            _column("build_least_t_y", Words("Least that is built on opening"), "number", "t/y"),
            BUILD[1],
            _column("opening_usd", Words("Opening a site"), "number", "USD"),
            _column("fixed_usd_y_per_1000t", Words("Standing cost for each thousand tonnes a year"), "number", "USD/y"),
        ), ("technology", "role")),
        _table("standing", Words("Capacity that stands"), PlanStanding, (
            TECHNOLOGY, ROLE, _column("share", Words("Share of what arises in the first year"), "number", "1", high=5.0),  # noqa: E501
        ), ("technology", "role")),
        _table("prices", Words("Prices of streams"), StreamPrice, (
            PLAN_STREAM, _column("kind", Words("Sale or disposal"), "choice", choices=("sale", "disposal", "last-resort")), USD_T,  # noqa: E501
        ), ("stream", "kind")),
        _table("metals", Words("What is paid for metals"), PlanMetal, (
            ELEMENT, _column("share_of_price", Words("Share of the metal's price"), "share", "1"),
        ), ("element",)),
        _table("penalties", Words("Penalties of smelters"), PlanPenalty, (
            ELEMENT, _column("usd_kg", Words("For a kilogram above the free content"), "number", "USD/kg"),
        ), ("element",)),
        _table("labour", Words("Labour"), Labour, (ISO3, _column("usd_h", Words("An hour of work"), "number", "USD/h")), ("iso3",)),  # noqa: E501
        _table("settings", Words("Single figures"), Setting, (
            _column("item", Words("Figure")), _column("value", Words("Value", context="of a figure"), "number"), _column("unit", Words("Unit")),  # noqa: E501
        ), ("item",)),
        _table("freight", Words("Freight quotations"), Freight, (
            _column("origin", Words("From"), refers=("economies", "iso3")),
            _column("destination", Words("To"), refers=("economies", "iso3")),
            _column("item", Words("Item of the table of prices")),
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
