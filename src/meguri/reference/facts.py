"""The facts, read once: each function gives a whole table as frozen rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from meguri.kit.problems import N_, NotFound, Problem, nearest, refuse
from meguri.reference import registry, rows
from meguri.reference.confidence import Confidence
from meguri.reference.reader import Table, TableError, read

RowT = TypeVar("RowT", bound=rows.Fact)


@cache
def _values(table: str, column: str) -> frozenset[str]:
    return frozenset(str(getattr(row, column)) for row in table_rows(table))


@cache
def table_rows(name: str) -> tuple[rows.Fact, ...]:
    """All rows of a table by its name in `TABLES`. Raises NotFound, or TableError where the file is wrong."""
    table = registry.TABLES.get(name)
    if table is None:
        raise NotFound(
            Problem(
                N_("There is no table of facts called “{name}”. Nearest: {hint}."),
                "/table",
                "table",
                {"name": name, "hint": nearest(name, registry.TABLES) or ", ".join(registry.TABLES)},
            )
        )
    return read(table, _values)


def _rows(table: Table[RowT]) -> tuple[RowT, ...]:
    return table_rows(table.name)  # type: ignore[return-value]


def _by(table: Table[RowT], column: str) -> Mapping[str, RowT]:
    return {str(getattr(row, column)): row for row in _rows(table)}


@cache
def economies() -> Mapping[str, rows.Economy]:
    """Economies by ISO 3166-1 alpha-3 code (EUE is the European Union)."""
    return _by(registry.ECONOMIES, "iso3")


@cache
def ports() -> Mapping[str, rows.Port]:
    """Sea ports by UN/LOCODE."""
    return _by(registry.PORTS, "unlocode")


@cache
def facilities() -> Mapping[str, rows.Facility]:
    """Real plants by id, for orientation only: none of them acts in the record."""
    return _by(registry.FACILITIES, "id")


@cache
def facility_totals() -> Mapping[str, rows.FacilityTotal]:
    """Group capacities and counts by id; they overlap with `facilities`."""
    return _by(registry.FACILITY_TOTALS, "id")


@cache
def unu_keys() -> Mapping[str, rows.UnuKey]:
    """The 54 kinds of equipment by UNU-KEY."""
    return _by(registry.UNU_KEYS, "unu_key")


@cache
def elements() -> Mapping[str, rows.Element]:
    """Elements by symbol."""
    return _by(registry.ELEMENTS, "symbol")


@cache
def streams() -> Mapping[str, rows.Stream]:
    """Kinds of material by slug."""
    return _by(registry.STREAMS, "stream")


@cache
def element_order() -> tuple[str, ...]:
    """The thirty symbols in the order of the vector of contained metals.

    Raises TableError where the places are not 1 to 30, each once.
    """
    placed = {element.vector: element.symbol for element in elements().values() if element.vector}
    if sorted(placed) != list(range(1, 31)):
        raise TableError("elements.csv: the places of the vector must be 1 to 30, each once")
    return tuple(placed[place] for place in range(1, 31))


def composition() -> tuple[rows.Composition, ...]:
    """Device to fraction and fraction to element, as published (`share` gives the mass fraction)."""
    return _rows(registry.COMPOSITION)


def recovery() -> tuple[rows.Recovery, ...]:
    """Yields by route and element."""
    return _rows(registry.RECOVERY)


def smelter_constraints() -> tuple[rows.SmelterConstraint, ...]:
    """Where a smelter's penalties and refusals begin."""
    return _rows(registry.SMELTER_CONSTRAINTS)


def device_mixes() -> tuple[rows.MixShare, ...]:
    """Declared mixes of devices by mass."""
    return _rows(registry.DEVICE_MIXES)


def separation() -> tuple[rows.Separation, ...]:
    """Component to stream by hand dismantling."""
    return _rows(registry.SEPARATION)


def stream_basis() -> tuple[rows.StreamBasis, ...]:
    """The composition rows that stand for each stream."""
    return _rows(registry.STREAM_BASIS)


def port(unlocode: str, pointer: str = "/port") -> rows.Port:
    """The port of a UN/LOCODE. Raises Refused with the nearest known port, by code or by name."""
    wanted = unlocode.strip().upper().replace(" ", "")
    found = ports().get(wanted)
    if found is not None:
        return found
    names = {p.name.en: p.unlocode for p in ports().values()} | {p.name.ja: p.unlocode for p in ports().values()}
    by_name = nearest(unlocode, names)
    hint = names.get(by_name) or nearest(wanted, ports())
    if hint:
        raise refuse(
            N_("The port “{port}” is not among the {count} known ports. Did you mean {hint} ({name})?"),
            pointer,
            "port",
            port=unlocode,
            count=len(ports()),
            hint=hint,
            name=ports()[hint].name.en,
        )
    raise refuse(
        N_("The port “{port}” is not among the {count} known ports. Write a UN/LOCODE such as MYPEN or JPTYO."),
        pointer,
        "port",
        port=unlocode,
        count=len(ports()),
    )


def economy(iso3: str, pointer: str = "/economy") -> rows.Economy:
    """The economy of an ISO 3166-1 alpha-3 code. Raises Refused with the nearest known one, by code or by name."""
    wanted = iso3.strip().upper()
    found = economies().get(wanted)
    if found is not None:
        return found
    other = {e.alpha2: e.iso3 for e in economies().values()}
    names = {e.name.en: e.iso3 for e in economies().values()} | {e.name.ja: e.iso3 for e in economies().values()}
    hint = other.get(wanted) or names.get(nearest(iso3, names)) or nearest(wanted, economies())
    if hint:
        raise refuse(
            N_("“{economy}” is not a known economy. Did you mean {hint} ({name})?"),
            pointer,
            "economy",
            economy=iso3,
            hint=hint,
            name=economies()[hint].name.en,
        )
    raise refuse(
        N_("“{economy}” is not a known economy. Write its ISO 3166 alpha-3 code, such as MYS or JPN."),
        pointer,
        "economy",
        economy=iso3,
    )


@cache
def trust(name: str) -> Mapping[Confidence, int]:
    """How many rows of a table stand at each level of confidence, strongest first."""
    counted = Counter(row.confidence for row in table_rows(name))
    return {level: counted[level] for level in sorted(counted, reverse=True)}
