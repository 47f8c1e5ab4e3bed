"""Carries sales per head forward: logistic growth towards a ceiling, else a damped trend.

Below the ceiling ``K`` and growing: ``dx/dt = rate x (1 - x / K)``, with the rate that gives the growth of the last
years. At the ceiling or shrinking: the trend fades by a constant factor each year (Gardner and McKenzie 1985). The
error grows with the square root of the years ahead; how fast is calibrated on held-out years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meguri.arisings import drivers
from meguri.kit.problems import N_, refuse

Array = npt.NDArray[np.float64]

#: Rate of approach to the ceiling, per year, that is never exceeded.
MOST_RATE = 0.35


@dataclass(frozen=True, eq=False)
class Projection:
    """Sales per head by year ahead, kg; ``sd_log`` relative; ``growth`` per year at the start."""

    per_head: Array
    sd_log: Array
    growth: float
    law: str


def project(
    history: npt.ArrayLike,
    ahead: int,
    sd_log: npt.ArrayLike | None = None,
    ceiling: float | None = None,
) -> Projection:
    """Project from yearly sales per head (V,) so many years ahead.

    ``sd_log`` (V,) of the history weighs its years. Refuses a history that is not finite and above zero.
    """
    seen = np.asarray(history, dtype=np.float64)
    if seen.ndim != 1 or seen.size < 2 or not (np.isfinite(seen) & (seen > 0)).all():
        raise refuse(
            N_("A projection needs at least two yearly figures, each finite and above zero."),
            "/history",
            "not-positive",
        )
    most = drivers.value("ceiling") if ceiling is None else ceiling
    spread = np.full(seen.size, 0.1) if sd_log is None else np.maximum(np.asarray(sd_log, dtype=np.float64), 0.02)
    tail = slice(-int(min(drivers.value("trend-years"), seen.size)), None)
    level, growth = _trend(np.log(seen[tail]), spread[tail])
    growth = float(np.clip(growth, -drivers.value("most-growth"), drivers.value("most-growth")))
    start = float(np.exp(level))
    steps = np.arange(1, ahead + 1, dtype=np.float64)
    if growth > 0 and start < 0.98 * most:
        rate = min(growth / (1 - start / most), MOST_RATE)
        per_head = most / (1 + (most / start - 1) * np.exp(-rate * steps))
        law = "logistic"
    else:
        kept = drivers.value("damping")
        per_head = start * np.exp(growth * kept * (1 - kept**steps) / (1 - kept))
        law = "damped"
    error = np.sqrt(spread[-1] ** 2 + drivers.value("projection-sd") ** 2 * steps)
    return Projection(per_head, error, growth, law)


def _trend(logs: Array, spread: Array) -> tuple[float, float]:
    """Level in the last year and slope per year of a weighted straight line."""
    time = np.arange(1 - logs.size, 1, dtype=np.float64)
    weight = 1 / spread**2
    middle = (weight * time).sum() / weight.sum()
    slope = (weight * (time - middle) * logs).sum() / (weight * (time - middle) ** 2).sum()
    return float((weight * logs).sum() / weight.sum() - slope * middle), float(slope)
