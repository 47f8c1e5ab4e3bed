"""Every table of facts that the program rests on, in the order in which pages list them."""

from __future__ import annotations

from typing import Any

from meguri.reference.declared import flows, lives, markets, places, supply, things
from meguri.reference.reader import FactTable

TABLES: dict[str, FactTable[Any]] = {
    table.name: table
    for table in (
        places.ECONOMIES,
        places.PORTS,
        places.FACILITIES,
        places.FACILITY_TOTALS,
        places.POPULATION,
        things.STREAMS,
        things.UNU_KEYS,
        things.ELEMENTS,
        things.COMPOSITION,
        things.RECOVERY,
        things.SMELTER_CONSTRAINTS,
        things.DEVICE_MIXES,
        things.SEPARATION,
        things.STREAM_BASIS,
        lives.LIFETIMES,
        lives.UNIT_WEIGHTS,
        lives.EU6_SUMMARY,
        lives.HS_LINKS,
        flows.PLACED_ON_MARKET,
        flows.UK_STOCKFLOW,
        flows.WEEE_GENERATED_EU,
        flows.EWASTE_SERIES,
        flows.EWASTE_BY_COUNTRY,
        flows.ELV,
        flows.PUBLISHED,
        markets.PRICES,
        markets.PRICE_BASIS,
        markets.EMISSIONS,
        supply.PRODUCTION,
        supply.HHI,
        supply.TRADE,
        supply.JAPAN_DEMAND,
    )
}
