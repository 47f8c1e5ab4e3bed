"""What will come: stocks, flows, contained metals, and how sure we are."""

from __future__ import annotations

from meguri.arisings.conventions import Convention, fractions_by_age, kernel_total, outflow_fractions
from meguri.arisings.flows import Balance, Flows
from meguri.arisings.given import Exports, InitialStock, Reuse
from meguri.arisings.lifetimes import LAWS, Fixed, FoldedNormal, Gamma, Lifetime, LogNormal, Normal, Weibull
from meguri.arisings.repairs import Repair
from meguri.arisings.stocks import inflow_driven, stock_driven

__all__ = [
    "LAWS",
    "Balance",
    "Convention",
    "Exports",
    "Fixed",
    "Flows",
    "FoldedNormal",
    "Gamma",
    "InitialStock",
    "Lifetime",
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
