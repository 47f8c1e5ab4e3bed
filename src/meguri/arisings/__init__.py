"""What will come: stocks, flows, contained metals, and how sure we are."""

from __future__ import annotations

from meguri.arisings.stock.beside_sales import Exports, InitialStock, Reuse
from meguri.arisings.stock.conventions import Convention, fractions_by_age, kernel_total, outflow_fractions
from meguri.arisings.stock.flows import Flows, MassBalance
from meguri.arisings.stock.lifetimes import LAWS, Fixed, FoldedNormal, Gamma, LifetimeLaw, LogNormal, Normal, Weibull
from meguri.arisings.stock.repairs import Repair
from meguri.arisings.stock.stocks import inflow_driven, stock_driven

__all__ = [
    "LAWS",
    "MassBalance",
    "Convention",
    "Exports",
    "Fixed",
    "Flows",
    "FoldedNormal",
    "Gamma",
    "InitialStock",
    "LifetimeLaw",
    "LogNormal",
    "Normal",
    "Repair",
    "Reuse",
    "Weibull",
    "fractions_by_age",
    "inflow_driven",
    "kernel_total",
    "outflow_fractions",
    "stock_driven",
]
