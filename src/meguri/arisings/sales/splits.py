"""From sales of all products to arisings and back: the operator, the expected course, and the split by product."""

from __future__ import annotations

from functools import cache

import numpy as np

from meguri.arisings.sales import drivers, recorded
from meguri.arisings.sales.outliers import Array
from meguri.arisings.stock.conventions import fractions_by_age
from meguri.arisings.stock.deconvolution import Fit, infer

FIRST = recorded.FIRST_YEAR


def operator(shares: Array, seen: tuple[int, ...], convention: str, lifetime_set: str) -> Array:
    """What share of all sales of each year from 1980 (V,) leaves in each observed year: (n, V).

    ``shares`` (V, P) splits the sales of a year by product.
    """
    leaving, _ = fractions_by_age(recorded.lifetimes(lifetime_set), seen[-1] - FIRST + 1, convention)
    matrix = np.zeros((len(seen), len(shares)))
    for row, year in enumerate(seen):
        ages = year - FIRST - np.arange(len(shares))
        then = ages >= 0
        matrix[row, then] = (leaving[ages[then]] * shares[then]).sum(axis=1)
    return matrix


def expected_course(seen: tuple[int, ...], per_head: Array, first: int = FIRST) -> Array:
    """The arisings per head, carried back to the first year with the growth of their first six years."""
    years = np.arange(first, seen[-1] + 1)
    growth = np.polyfit(np.array(seen[:6], dtype=float), np.log(per_head[:6]), 1)[0]
    growth = float(np.clip(growth, -drivers.value("most-growth"), drivers.value("most-growth")))
    before = per_head[0] * np.exp(growth * (years - seen[0]))
    return np.where(years < seen[0], before, np.interp(years, seen, per_head))


def _reach(kg_per_head: float) -> tuple[float, dict[str, float]]:
    """How far an economy's split is the European one (0 to 1), and the world's split for the rest."""
    world = drivers.world_kg_per_head()
    europe = _european_kg_per_head()
    return float(np.clip((kg_per_head - world) / (europe - world), 0.0, 1.0)), drivers.world_split()


@cache
def _european_kg_per_head() -> float:
    data = recorded.european()
    length = len(data.repaired.years)
    leaving, _ = fractions_by_age(recorded.lifetimes(), length, "middle")
    total = sum(float((leaving[length - 1 - year][:, None] * data.kg[year]).sum()) for year in range(length))
    return total / float(data.population[-1].sum())


def fit(kg: Array, shares: Array, seen: tuple[int, ...], course: Array, convention: str, lifetime_set: str) -> Fit:
    """Total sales (V,) that explain arisings (kg, by observed year) under a split by product (V, P)."""
    return infer(
        kg,
        operator(shares, seen, convention, lifetime_set),
        course,
        accuracy=drivers.value("arisings-accuracy"),
        least_weight=drivers.value("least-weight"),
        slope=drivers.value("slope-weight"),
    )


def split(
    base: Array,
    kg: Array,
    seen: tuple[int, ...],
    course: Array,
    kg_per_head: float,
    convention: str,
    lifetime_set: str,
) -> tuple[Array, float]:
    """Shares by year and product whose arisings in the last observed year have the split wanted by category.

    European where arisings per head are European, the world's where they are at or below its mean, between them in
    proportion: no split by income is on file.
    """
    european, world = _reach(kg_per_head)
    if european >= 0.999:
        return base, 1.0
    codes = np.array(drivers.categories())
    names = sorted(world)
    member = np.stack([codes == name for name in names])
    leaving, _ = fractions_by_age(recorded.lifetimes(lifetime_set), len(course), convention)

    def achieved(shares: Array) -> Array:
        found = fit(kg, shares[: len(course)], seen, course, convention, lifetime_set)
        by_product = (leaving[::-1] * shares[: len(course)] * found.sales[:, None]).sum(axis=0)
        by_category: Array = member @ by_product
        return by_category / by_category.sum()

    shares = base
    start = achieved(base)
    wanted = european * start + (1 - european) * np.array([world[name] for name in names])
    for _ in range(6):
        factor = (wanted / achieved(shares)) @ member
        shares = shares * factor
        shares = shares / shares.sum(axis=1, keepdims=True)
    return shares, european
