"""The facts, read once: each function gives a whole table as frozen rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from meguri.kit.files.reading import TableError
from meguri.kit.problems import N_, NotFound, Problem, nearest, refuse
from meguri.reference import rows
from meguri.reference.confidence import Confidence
from meguri.reference.declared import flows, lives, markets, places, registry, supply, things
from meguri.reference.reader import FactTable, read

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


def _rows(table: FactTable[RowT]) -> tuple[RowT, ...]:
    return table_rows(table.name)  # type: ignore[return-value]


def _by(table: FactTable[RowT], column: str) -> Mapping[str, RowT]:
    return {str(getattr(row, column)): row for row in _rows(table)}


@cache
def economies() -> Mapping[str, rows.Economy]:
    """Economies by ISO 3166-1 alpha-3 code (EUE is the European Union)."""
    return _by(places.ECONOMIES, "iso3")


@cache
def ports() -> Mapping[str, rows.Port]:
    """Sea ports by UN/LOCODE."""
    return _by(places.PORTS, "unlocode")


@cache
def facilities() -> Mapping[str, rows.KnownFacility]:
    """Real plants by id, for orientation only: none of them acts in the record."""
    return _by(places.FACILITIES, "id")


@cache
def facility_totals() -> Mapping[str, rows.FacilityTotal]:
    """Group capacities and counts by id; they overlap with `facilities`."""
    return _by(places.FACILITY_TOTALS, "id")


@cache
def unu_keys() -> Mapping[str, rows.UnuKey]:
    """The 54 kinds of equipment by UNU-KEY."""
    return _by(things.UNU_KEYS, "unu_key")


@cache
def elements() -> Mapping[str, rows.Element]:
    """Elements by symbol."""
    return _by(things.ELEMENTS, "symbol")


@cache
def streams() -> Mapping[str, rows.Stream]:
    """Kinds of material by slug."""
    return _by(things.STREAMS, "stream")


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
    return _rows(things.COMPOSITION)


def recovery() -> tuple[rows.Recovery, ...]:
    """Yields by route and element."""
    return _rows(things.RECOVERY)


def smelter_constraints() -> tuple[rows.SmelterConstraint, ...]:
    """Where a smelter's penalties and refusals begin."""
    return _rows(things.SMELTER_CONSTRAINTS)


def device_mixes() -> tuple[rows.MixShare, ...]:
    """Declared mixes of devices by mass."""
    return _rows(things.DEVICE_MIXES)


def separation() -> tuple[rows.Separation, ...]:
    """Component to stream by hand dismantling."""
    return _rows(things.SEPARATION)


def stream_basis() -> tuple[rows.StreamBasis, ...]:
    """The composition rows that stand for each stream."""
    return _rows(things.STREAM_BASIS)


def population() -> tuple[rows.Population, ...]:
    """People by economy, every five years from 1980 to 2050."""
    return _rows(places.POPULATION)


def lifetimes() -> tuple[lives.Lifetime, ...]:
    """Weibull lives by kind of equipment and parameter set."""
    return _rows(lives.LIFETIMES)


def unit_weights() -> tuple[lives.UnitWeight, ...]:
    """Mean mass of a piece by kind, economy and year of sale."""
    return _rows(lives.UNIT_WEIGHTS)


def eu6_summary() -> tuple[lives.Eu6Summary, ...]:
    """The six EU categories as mixtures of their UNU-KEYs."""
    return _rows(lives.EU6_SUMMARY)


def hs_links() -> tuple[lives.HsLink, ...]:
    """Customs codes of equipment."""
    return _rows(lives.HS_LINKS)


def placed_on_market() -> tuple[flows.PlacedOnMarket, ...]:
    """Apparent consumption of the EU-28, 1995 to 2015, raw (24,780 rows)."""
    return _rows(flows.PLACED_ON_MARKET)


def uk_stockflow() -> tuple[flows.UkStockflow, ...]:
    """The United Kingdom's 94 series, 2008 to 2020, each with its Weibull life."""
    return _rows(flows.UK_STOCKFLOW)


def weee_generated_eu() -> tuple[flows.WeeeGenerated, ...]:
    """Waste equipment per EU country, Statistics Netherlands' model."""
    return _rows(flows.WEEE_GENERATED_EU)


def ewaste_series() -> tuple[flows.EwasteYear, ...]:
    """E-waste of 25 economies, 2000 to 2021."""
    return _rows(flows.EWASTE_SERIES)


def ewaste_by_country() -> tuple[flows.EwasteByCountry, ...]:
    """E-waste of single years by edition of the statistics."""
    return _rows(flows.EWASTE_BY_COUNTRY)


def elv() -> tuple[flows.Elv, ...]:
    """Vehicles sold, in use, exported and taken back."""
    return _rows(flows.ELV)


def published() -> tuple[flows.Published, ...]:
    """Published results to compare with."""
    return _rows(flows.PUBLISHED)


def prices() -> tuple[markets.Price, ...]:
    """Prices and costs."""
    return _rows(markets.PRICES)


def price_basis() -> tuple[markets.PriceBasis, ...]:
    """Which price stands for which element."""
    return _rows(markets.PRICE_BASIS)


def emissions() -> tuple[markets.Emission, ...]:
    """Factors of emissions and energy."""
    return _rows(markets.EMISSIONS)


def production() -> tuple[supply.Production, ...]:
    """World production by commodity, stage and country."""
    return _rows(supply.PRODUCTION)


def hhi() -> tuple[supply.Hhi, ...]:
    """Concentration of production."""
    return _rows(supply.HHI)


def trade() -> tuple[supply.Trade, ...]:
    """Trade and movements of wastes; schemes are never added up."""
    return _rows(supply.TRADE)


def japan_demand() -> tuple[supply.JapanDemand, ...]:
    """Japan's use, production and stock of metals."""
    return _rows(supply.JAPAN_DEMAND)


def port(unlocode: str, pointer: str = "/port") -> rows.Port:
    """The port of a UN/LOCODE. Raises Refused with the nearest known port, by code or by name."""
    wanted = unlocode.strip().upper().replace(" ", "")
    found = ports().get(wanted)
    if found is not None:
        return found
    names = {name: port.unlocode for port in ports().values() for name in port.name.everywhere().values()}
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
            name=ports()[hint].name,
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
    names = {name: e.iso3 for e in economies().values() for name in e.name.everywhere().values()}
    hint = other.get(wanted) or names.get(nearest(iso3, names)) or nearest(wanted, economies())
    if hint:
        raise refuse(
            N_("“{economy}” is not a known economy. Did you mean {hint} ({name})?"),
            pointer,
            "economy",
            economy=iso3,
            hint=hint,
            name=economies()[hint].name,
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
