"""The reference plan: ASEAN five, Japan, the United States, six EU members, Australia and India, 2025 to 2040."""

from __future__ import annotations

from meguri.network.reference_plan.build import LAST_YEAR, STARTS, PlanBasis, build, periods
from meguri.network.reference_plan.figures import Figures, Given, paths

__all__ = ["LAST_YEAR", "STARTS", "PlanBasis", "Figures", "Given", "build", "paths", "periods"]
