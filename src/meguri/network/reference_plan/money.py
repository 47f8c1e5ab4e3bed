"""What metals and streams bring, what disposal costs, and what transport costs and emits."""

from __future__ import annotations

from collections.abc import Iterator

from meguri import worth
from meguri.network.lanes.lane import Tariff
from meguri.network.model.instance import Disposal, Sale
from meguri.network.reference_plan.figures import Figures
from meguri.network.reference_plan.matter import yields
from meguri.network.reference_plan.plants import SMELTER

KG_PER_T = 1000.0
CO2_SHIP, CO2_TRUCK = "deep_sea_container", "truck_artic_40t"
USED_METALS = ("Au", "Ag", "Pd", "Pt", "Cu", "Ni", "Co", "Li", "Sn", "Sb", "In")
"""Metals whose share of Japan's use a scenario is likely to ask for."""


def metal_prices(figures: Figures) -> dict[str, float]:
    """USD for a tonne of metal recovered.

    Where the table of prices has a smelter's terms, a plant pays `payable` of what the assay shows, so that a tonne
    recovered is worth price x payable / recovery, never above the price, less the refining charge. Else the price
    times the plan's own share. Elements without a price are worth nothing here.
    """
    prices = worth.prices()
    terms = {cost.item: cost.value / 100 for cost in worth.costs("escrap_payable_pct")}
    charges = {
        cost.item.removeprefix("refining_charge_"): cost.value
        for cost in worth.costs("smelter_terms")
        if cost.item.startswith("refining_charge_")
    }
    route = {row.technology: row.recovery_route for row in figures.rows("technologies")}[SMELTER]
    recovery = yields(route)
    own = {row.element: row.share_of_price for row in figures.rows("metals")}
    found = {}
    for element in prices.elements:
        price = prices.of(element)
        if price is None:
            continue
        if element in own:
            share = own[element]
        elif terms.get(element, 0.0) > 0:
            share = min(1.0, terms[element] / recovery[element])
        else:
            continue
        found[element] = max(0.0, price.value * share - charges.get(element, 0.0)) * KG_PER_T
    return found


def sales(figures: Figures, periods: int) -> tuple[Sale, ...]:
    """Metals, and streams that are sold as they are."""
    metals = (Sale(element, (usd,) * periods) for element, usd in metal_prices(figures).items())
    streams = (Sale(row.stream, (row.usd_t,) * periods) for row in figures.rows("prices") if row.kind == "sale")
    return (*metals, *streams)


def disposals(figures: Figures) -> Iterator[Disposal]:
    """Where streams may end without use, in any economy."""
    for row in figures.rows("prices"):
        if row.kind != "sale":
            yield Disposal(row.stream, None, row.usd_t)


def avoided() -> dict[str, float]:
    """Kilograms of CO2e that a kilogram of each metal spares, where both footprints are known."""
    saved = worth.footprints().saved
    found = {element: saved.of(element) for element in saved.elements}
    return {element: figure.value for element, figure in found.items() if figure is not None}


def tariff(figures: Figures) -> Tariff:
    """Freight: quotations by pair where there are any, a formula elsewhere; trucks at the rates of the table."""
    payload = figures.setting("payload_t")
    quoted = {cost.item: cost.value for cost in worth.costs("container_freight")}
    handling = worth.cost("trade_cost", "terminal_handling_both_ends").value
    asean, japan = (worth.cost("trade_cost", f"truck_{where}").value for where in ("asean", "japan"))
    partners = {row.iso3: asean for row in figures.rows("economies") if row.role == "partner"}
    homes = {row.iso3: japan for row in figures.rows("economies") if row.role == "home"}
    return Tariff(
        sea_usd_t=figures.setting("sea_usd_t"),
        sea_usd_tkm=figures.setting("sea_usd_tkm"),
        sea_kg_tkm=worth.transport(CO2_SHIP).value,
        road_usd_tkm=partners | homes,
        road_usd_tkm_else=figures.setting("road_usd_tkm_else"),
        road_kg_tkm=worth.transport(CO2_TRUCK).value,
        consent_usd_t=figures.setting("consent_usd_t"),
        pairs={
            (row.origin, row.destination): (quoted[row.item] + handling) / payload for row in figures.rows("freight")
        },
        haul_km=figures.setting("haul_km"),
    )
