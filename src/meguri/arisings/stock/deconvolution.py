"""Infers sales from arisings: a regularised deconvolution that stays non-negative and says how sure it is.

Arisings are sales folded with the lifetime: ``y[t] = sum_v A[t, v] x[v]``. Many sales histories give nearly the same
arisings, so the smoothest one that explains them is taken: with ``x = expected * r``,

    minimise  sum_t (sum_v A[t, v] x[v] / y[t] - 1)^2
              + weight * sum_v ((r[v-1] - 2 r[v] + r[v+1])^2 + slope (r[v+1] - r[v])^2),   r >= 0.

Errors are relative, roughness is measured against an expected course (for arisings that double every six years, steady
growth is smooth). The weight is the one of least generalised cross-validation (Golub, Heath and Wahba 1979), not below
``least_weight``: published arisings are themselves the smooth output of a model, and cross-validation takes smooth
errors for signal. The small weight of the slope holds the last years, of which arisings say least. The band is the
Bayesian reading of the same fit (Gaussian errors, Gaussian differences).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meguri.kit.problems import N_, Problem, gather

Array = npt.NDArray[np.float64]

#: Weights tried, from nearly none to nearly a straight line.
WEIGHTS = np.logspace(-6, 4, 31)


@dataclass(frozen=True, eq=False)
class Fit:
    """An inferred history.

    ``sales`` (V,) in the unit of the arisings per year; ``sd_log`` (V,) relative standard deviation; ``weight`` of
    smoothness; ``residual_sd`` relative; ``freedom`` the number of parameters the fit in effect uses.
    ``covariance`` (V, V) of the logarithm of sales: errors of neighbouring years offset each other in the arisings.
    """

    sales: Array
    sd_log: Array
    weight: float
    residual_sd: float
    freedom: float
    fitted: Array
    covariance: Array


def infer(
    arisings: npt.ArrayLike,
    operator: Array,
    expected: npt.ArrayLike,
    accuracy: float = 0.02,
    weight: float | None = None,
    least_weight: float = 0.0,
    slope: float = 0.0,
) -> Fit:
    """Infer sales (V,) from arisings (n,).

    ``operator`` (n, V) says what share of the sales of each year leaves in each observed year; ``expected`` (V,) is
    a positive course, up to a factor; ``accuracy`` is the least relative error granted to the arisings. Refuses
    figures that are not finite and above zero, and shapes that do not fit.
    """
    seen, course = np.asarray(arisings, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    _check(seen, operator, course)
    course = course * (seen.sum() / (operator @ course).sum())
    design = operator * course / seen[:, None]
    rough = roughness(course.size, slope)
    chosen = best_weight(design, rough, least_weight) if weight is None else weight
    ratio = _nonnegative(design, rough, chosen)
    precision = design.T @ design + chosen * rough.T @ rough
    inverse = np.linalg.inv(precision)
    freedom = float(np.trace(design @ inverse @ design.T))
    misfit = design @ ratio - 1.0
    residual = float(np.sqrt((misfit**2).sum() / max(seen.size - freedom, 1.0)))
    spread = max(residual, accuracy) * np.sqrt(np.diag(inverse))
    with np.errstate(divide="ignore", invalid="ignore"):
        sd_log = np.where(ratio > 0, np.sqrt(np.log1p((spread / np.maximum(ratio, 1e-12)) ** 2)), np.inf)
    sd_log = np.minimum(sd_log, 3.0)
    known = np.sqrt(np.diag(inverse))
    covariance = inverse / np.outer(known, known) * np.outer(sd_log, sd_log)
    return Fit(ratio * course, sd_log, chosen, residual, freedom, (1.0 + misfit) * seen, covariance)


def roughness(count: int, slope: float = 0.0) -> Array:
    """Rows whose squares add up to the roughness of (count,) values: second differences, and so much of the first."""
    second = np.diff(np.eye(count), n=2, axis=0)
    return np.vstack([second, np.sqrt(slope) * np.diff(np.eye(count), axis=0)]) if slope else second


def best_weight(design: Array, rough: Array, least: float = 0.0) -> float:
    """The weight of least generalised cross-validation for ``design @ r = 1`` (without the bound at zero).

    Weights below ``least`` are not tried; where cross-validation wants less, it is ``least``.

    ``n |(I - H) 1|^2 / trace(I - H)^2`` with the hat matrix ``H`` of each weight; Golub, Heath and Wahba 1979.
    """
    count = design.shape[0]
    ones = np.ones(count)
    best, chosen = np.inf, float(WEIGHTS[-1])
    for weight in [*WEIGHTS[least < WEIGHTS][::-1], *([least] if least > 0 else [])]:
        hat = design @ np.linalg.solve(design.T @ design + weight * rough.T @ rough, design.T)
        left = count - float(np.trace(hat))
        score = count * float(((ones - hat @ ones) ** 2).sum()) / max(left, 1e-9) ** 2
        if score < best * (1 - 1e-6):
            best, chosen = score, float(weight)
    return chosen


def _nonnegative(design: Array, rough: Array, weight: float) -> Array:
    """The least squares with the bound at zero: those without it, where they keep it already (the usual case)."""
    stacked = np.vstack([design, np.sqrt(weight) * rough])
    wanted = np.concatenate([np.ones(design.shape[0]), np.zeros(rough.shape[0])])
    q, r = np.linalg.qr(stacked)
    free: Array = np.linalg.solve(r, q.T @ wanted)
    if np.isfinite(free).all() and (free >= 0).all():
        return free
    from scipy.optimize import nnls

    bound: Array = nnls(stacked, wanted, maxiter=30 * design.shape[1])[0]
    return bound


def _check(seen: Array, operator: Array, course: Array) -> None:
    problems = []
    if operator.ndim != 2 or operator.shape != (seen.size, course.size) or course.size < 3:
        problems.append(
            Problem(
                N_("The operator needs a row for each observed year and a column for each year of sale, at least 3."),
                "/operator",
                "wrong-dimensions",
            )
        )
    for name, values in (("arisings", seen), ("expected", course)):
        if values.size == 0 or not (np.isfinite(values) & (values > 0)).all():
            problems.append(
                Problem(
                    N_("{name}: every figure must be finite and above zero."),
                    f"/{name}",
                    "not-positive",
                    {"name": name},
                )
            )
    if problems == [] and ((operator < 0).any() or not np.isfinite(operator).all() or not operator.any()):
        problems.append(
            Problem(N_("The operator must be finite, not negative and not all zero."), "/operator", "invalid")
        )
    gather(problems)
