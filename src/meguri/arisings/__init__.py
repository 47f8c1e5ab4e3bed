"""What will come: stocks, flows, contained metals, and how sure we are."""

from __future__ import annotations

from meguri.arisings.conventions import Convention, fractions_by_age, kernel_total, outflow_fractions
from meguri.arisings.lifetimes import LAWS, Fixed, FoldedNormal, Gamma, Lifetime, LogNormal, Normal, Weibull
from meguri.arisings.repairs import Repair

__all__ = [
    "LAWS",
    "Convention",
    "Fixed",
    "FoldedNormal",
    "Gamma",
    "Lifetime",
    "LogNormal",
    "Normal",
    "Repair",
    "Weibull",
    "fractions_by_age",
    "kernel_total",
    "outflow_fractions",
]
