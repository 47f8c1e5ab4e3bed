"""When in its first year a good enters use, and what share of a cohort leaves in each year after.

``START``, ``MIDDLE`` and ``END`` place the sales of a year at its start, middle or end and take the share that dies
between two year ends from the survival function: every good that enters leaves once. ``WOT`` (Waste over Time, the
script of Statistics Netherlands) takes the density at age + 0.5 instead: that is the midpoint rule for ``START``, and
its shares sum to something near one, not to one.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from meguri.arisings.stock.lifetimes import Array, LifetimeLaw
from meguri.kit.problems import N_, nearest, refuse


class Convention(StrEnum):
    """How sales within a year meet the lifetime law; always chosen by the caller."""

    START = "start"
    MIDDLE = "middle"
    END = "end"
    WOT = "wot"

    @property
    def conserves(self) -> bool:
        """Whether every good that enters leaves exactly once."""
        return self is not Convention.WOT

    @property
    def age_at_first_year_end(self) -> float:
        """Age, in years, of a good at the end of the year in which it was sold (`START` for `WOT`)."""
        return {Convention.MIDDLE: 0.5, Convention.END: 0.0}.get(self, 1.0)

    @classmethod
    def of(cls, given: Convention | str | None) -> Convention:
        """The convention from its name; refuses an unknown or absent one.

        >>> Convention.of("middle").conserves
        True
        """
        if isinstance(given, str) and given.lower() in set(cls):
            return cls(given.lower())
        raise refuse(
            N_("Say which convention: start, middle, end or wot; got {given}. Nearest: {nearest}"),
            "/convention",
            "unknown-convention",
            given=given if given is not None else "-",
            nearest=nearest(str(given), list(cls)) or "-",
        )


def fractions_by_age(lifetime: LifetimeLaw, years: int, convention: Convention | str) -> tuple[Array, Array]:
    """Shares by age index: what leaves in the a-th year after the year of sale, and what is left at its end.

    ``a`` runs from 0 (the year of sale) to ``years - 1``. Returns ``(leaving, left)``, both of shape
    ``(years, *parameters)``, without unit. ``left[a] = 1 - sum(leaving[: a + 1])`` in every convention: for `WOT`
    that is bookkeeping, not survival, and it may end above or below zero.

    >>> from meguri.arisings.stock.lifetimes import Weibull
    >>> leaving, left = fractions_by_age(Weibull(2.0, 10.0), 3, "middle")
    >>> leaving.round(4).tolist()
    [0.0025, 0.0198, 0.0383]
    """
    convention = Convention.of(convention)
    index = np.arange(years, dtype=np.float64)
    if convention is Convention.WOT:
        leaving = lifetime.density(index + 0.5)
        return leaving, 1.0 - np.cumsum(leaving, axis=0)
    left = lifetime.survival(index + convention.age_at_first_year_end)
    before = np.concatenate([np.ones_like(left[:1]), left[:-1]])
    return before - left, left


def outflow_fractions(lifetime: LifetimeLaw, years: int, convention: Convention | str, dims: int = 2) -> Array:
    """The matrix K: share of the cohort sold in year ``v`` that leaves in year ``t``; zero for ``t < v``.

    Shape ``(T, V, *rest)`` with ``T = V = years``. ``dims`` is the number of axes after the year (2: product and
    economy); parameters with one axis more depend on the cohort. For large worlds prefer `fractions_by_age`.
    """
    if lifetime.ndim <= dims:
        leaving, _ = fractions_by_age(lifetime, years, convention)
        matrix = np.zeros((years, years, *leaving.shape[1:]))
        for cohort in range(years):
            matrix[cohort:, cohort] = leaving[: years - cohort]
        return matrix
    rest = lifetime.shape_of_parameters[1:]
    matrix = np.zeros((years, years, *rest))
    for cohort in range(years):
        matrix[cohort:, cohort] = fractions_by_age(lifetime.of_cohort(cohort), years - cohort, convention)[0]
    return matrix


def kernel_total(lifetime: LifetimeLaw, convention: Convention | str, horizon: int = 2000) -> Array:
    """What one unit of sales amounts to when all its outflows are added up; 1 where the convention conserves.

    Shape: the parameters'. For `WOT` the sum of densities at age + 0.5 over ``horizon`` years; what the law leaves
    beyond them is added as it is.

    >>> from meguri.arisings.stock.lifetimes import Weibull
    >>> round(float(kernel_total(Weibull(1.2, 2.0), "wot")), 3)
    1.019
    """
    convention = Convention.of(convention)
    if convention.conserves:
        return np.ones(lifetime.shape_of_parameters)
    total = np.zeros(lifetime.shape_of_parameters)
    for first in range(0, horizon, 50):
        total = total + lifetime.density(np.arange(first, min(first + 50, horizon)) + 0.5).sum(axis=0)
        left = lifetime.survival(np.array(first + 50.0))
        if (left < np.finfo(np.float64).eps).all():
            break
    return total + left
