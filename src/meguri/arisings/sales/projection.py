"""Carries sales per head forward: logistic growth towards a ceiling, else a damped trend.

Below the ceiling ``K`` and growing: ``dx/dt = rate x (1 - x / K)``, with the rate that gives the growth of the last
years. Above the ceiling: the same law leads back to it. At the ceiling or shrinking: the trend fades by a constant
factor each year (Gardner and McKenzie 1985). The error grows with the square root of the years ahead; how fast is
calibrated on held-out years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meguri.arisings.sales import drivers
from meguri.kit.problems import N_, refuse

Array = npt.NDArray[np.float64]

#: Rate of approach to the ceiling, per year, that is never exceeded.
MOST_RATE = 0.35


@dataclass(frozen=True, eq=False)
class SalesProjection:
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
) -> SalesProjection:
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
    spread = np.full(seen.size, 0.1) if sd_log is None else np.maximum(np.asarray(sd_log, dtype=np.float64), 0.02)
    most = own_ceiling(seen, spread, drivers.value("ceiling") if ceiling is None else ceiling)
    start, growth = level_and_growth(seen, spread)
    steps = np.arange(1, ahead + 1, dtype=np.float64)
    if start > most:
        rate, law = drivers.value("return-rate"), "return"
        per_head = most / (1 + (most / start - 1) * np.exp(-rate * steps))
    elif growth > 0 and start < 0.98 * most:
        rate, law = min(growth / (1 - start / most), MOST_RATE), "logistic"
        per_head = most / (1 + (most / start - 1) * np.exp(-rate * steps))
    else:
        kept, law = drivers.value("damping"), "damped"
        per_head = start * np.exp(growth * kept * (1 - kept**steps) / (1 - kept))
    error = np.sqrt(spread[-1] ** 2 + drivers.value("projection-sd") ** 2 * steps)
    return SalesProjection(per_head, error, growth, law)


def own_ceiling(seen: Array, spread: Array, ceiling: float) -> float:
    """The common ceiling, or the economy's own mean of the last years where that is higher; kg per head."""
    tail = slice(-int(drivers.value("ceiling-years")), None)
    weight = 1 / spread[tail] ** 2
    return max(ceiling, float((weight * seen[tail]).sum() / weight.sum()))


def level_and_growth(seen: Array, spread: Array) -> tuple[float, float]:
    """Where a history stands in its last year (kg per head) and how fast it grows (per year).

    The growth is the slope of the logarithm over the last years, shrunk towards none by how uncertain it is
    (slope^2 / (slope^2 + error^2)); the level is the mean of the last three years, moved one year on.
    """
    tail = slice(-int(min(drivers.value("trend-years"), seen.size)), None)
    logs, weight = np.log(seen[tail]), 1 / spread[tail] ** 2
    time = np.arange(1 - logs.size, 1, dtype=np.float64)
    middle = (weight * time).sum() / weight.sum()
    about = (weight * (time - middle) ** 2).sum()
    slope = float((weight * (time - middle) * logs).sum() / about)
    mean = (weight * logs).sum() / weight.sum()
    misfit = logs - mean - slope * (time - middle)
    error = (weight * misfit**2).sum() / max(logs.size - 2, 1) / about
    growth = slope * slope**2 / (slope**2 + error) if slope else 0.0
    growth = float(np.clip(growth, -drivers.value("most-growth"), drivers.value("most-growth")))
    recent = slice(-min(3, seen.size), None)
    near = 1 / spread[recent] ** 2
    level = (near * np.log(seen[recent])).sum() / near.sum() + growth * (near.size - 1) / 2
    return float(np.exp(level)), growth


def carried(covariance: Array, ahead: int, blind: float) -> Array:
    """The covariance of a history's logarithm (V, V) with that of its projection: (V + ahead, V + ahead).

    The projection starts from the mean of the last three years, whose error is ``blind`` times as large as the
    history says, and then walks at random.
    """
    known = len(covariance)
    recent = np.zeros(known)
    recent[-min(3, known) :] = 1 / min(3, known)
    both = covariance @ recent
    start = blind**2 * float(recent @ both)
    steps = np.arange(1, ahead + 1, dtype=np.float64)
    future = start + drivers.value("projection-sd") ** 2 * np.minimum(steps[:, None], steps[None, :])
    across = np.repeat(both[:, None], ahead, axis=1)
    return np.block([[covariance, across], [across.T, future]])
