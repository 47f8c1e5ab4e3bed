"""Japan's two targets for 2030 beside a plan: one it can be held against, one it cannot. They are never merged."""

from __future__ import annotations

from typing import Any

import numpy as np

from meguri import worth
from meguri.network.reference_plan.matter import BOARDS, CRUSHED
from meguri.network.results.plan import SolvedPlan

ESCRAP = frozenset((*BOARDS, CRUSHED))
"""Streams that count as e-scrap."""
YEAR = 2030


def escrap_smelted(plan: SolvedPlan, economy: str = "JPN") -> dict[int, float]:
    """Tonnes a year of boards and crushed e-waste smelted in an economy, by period."""
    table = plan.statistics.processed(by=("stage", "economy", "stream", "year"))
    here = table[(table["stage"] == "smelting") & (table["economy"] == economy) & table["stream"].isin(ESCRAP)]
    by_year = here.groupby("year")["t_y"].sum()
    return {period.year: float(by_year.get(period.year, 0.0)) for period in plan.instance.periods}


def against(plan: SolvedPlan) -> list[dict[str, Any]]:
    """Each target, its title as words, with what the plan comes to in 2030; None where it counts something else."""
    years = [period.year for period in plan.instance.periods]
    at = int(np.searchsorted(years, YEAR, side="right")) - 1
    smelted = escrap_smelted(plan)
    found = []
    for target in worth.targets():
        counted = target.slug == "escrap-processed" and at >= 0
        found.append(
            {
                "slug": target.slug,
                "title": target.title,
                "goal_t_y": target.goal_t_per_year,
                "base_t_y": target.base_t_per_year,
                "year": target.year,
                "plan_t_y": smelted[years[at]] if counted else None,
                "confidence": target.confidence.word,
                "sources": list(target.sources),
            }
        )
    return found
