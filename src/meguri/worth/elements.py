"""What is known of each element: price, footprints, concentration of supply, Japan's demand."""

from __future__ import annotations

from dataclasses import dataclass

from meguri import reference, worth
from meguri.kit.words import Words, plain
from meguri.worth.security import Concentration, Demand
from meguri.worth.vectors import Figure

STAGES = {
    "mine": Words("mining"),
    "smelter": Words("smelting"),
    "refinery": Words("refining"),
}
MEASURES = {
    "refined_consumption": Words("consumption of refined metal"),
    "domestic_input": Words("input to domestic industry"),
    "demand": Words("demand"),
}
TRANSPORTS = {
    "deep_sea_container": Words("Container ship, deep sea"),
    "short_sea_container": Words("Container ship, short sea"),
    "bulk_carrier_handysize": Words("Bulk carrier, handysize"),
    "truck_artic_40t": Words("Articulated truck, 40 t"),
    "truck_rigid_12t": Words("Rigid truck, 12 t"),
    "truck_asean_mixed": Words("Trucks in ASEAN, mixed"),
    "rail_electric": Words("Rail, electric"),
    "rail_diesel": Words("Rail, diesel"),
    "air_longhaul_freighter": Words("Air freight, long haul"),
    "inland_barge": Words("Inland barge"),
}


@dataclass(frozen=True)
class Known:
    """One element: USD and kgCO2e per kilogram, where it comes from, and how much Japan uses; None is not known."""

    symbol: str
    name: Words
    price: Figure | None
    primary: Figure | None
    secondary: Figure | None
    mine: Concentration | None
    refinery: Concentration | None
    demand: Demand | None

    @property
    def tonnes(self) -> float | None:
        """Japan's demand in tonnes a year."""
        return self.demand.kg_per_year / 1000 if self.demand else None

    @property
    def measure(self) -> Words:
        """What the demand was measured as."""
        name = self.demand.measure if self.demand else ""
        return MEASURES.get(name, plain(name))


def known(symbol: str) -> Known:
    """Everything on file about one of the thirty elements. Raises ValueError for another."""
    made = worth.footprints()
    return Known(
        symbol,
        reference.elements()[symbol].name,
        worth.prices().of(symbol),
        made.primary.of(symbol),
        made.secondary.of(symbol),
        worth.concentration(symbol, "mine"),
        worth.concentration(symbol, "refinery"),
        worth.demand(symbol),
    )


def everything() -> tuple[Known, ...]:
    """All thirty elements in the order of the tables."""
    return tuple(known(symbol) for symbol in reference.element_order())


def concentrated(found: Concentration) -> Words:
    """What an index of concentration means in words, by the thresholds of competition authorities."""
    if found.hhi > 0.25:
        return Words("highly concentrated")
    if found.hhi > 0.15:
        return Words("moderately concentrated")
    return Words("not concentrated")


def stage(found: Concentration) -> Words:
    """The stage of production in words; lists of the same stage by another source count as that stage."""
    name = found.stage.partition("_")[0]
    return STAGES.get(name, plain(found.stage))
