"""Carbon, money and security of supply: prices, footprints, concentration, demand. Pure; masses in kilograms.

What is not known is masked and named, never a zero that looks like a figure.
"""

from __future__ import annotations

from meguri.worth.carbon import Factor, Footprints, avoided, footprints, grid, transport, transports
from meguri.worth.money import Cost, cost, costs, price_years, prices, value
from meguri.worth.security import Concentration, Demand, Target, concentration, demand, hhi, targets
from meguri.worth.vectors import Amount, Figure, Vector

__all__ = [
    "Amount",
    "Concentration",
    "Cost",
    "Demand",
    "Factor",
    "Figure",
    "Footprints",
    "Target",
    "Vector",
    "avoided",
    "concentration",
    "cost",
    "costs",
    "demand",
    "footprints",
    "grid",
    "hhi",
    "price_years",
    "prices",
    "targets",
    "transport",
    "transports",
    "value",
]
