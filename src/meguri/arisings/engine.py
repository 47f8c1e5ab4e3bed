"""One economy, many draws: sales to arisings, stock and contained elements, with arrays of (draw, year, product).

The mathematics is that of docs/arisings.md; here only the order of the axes differs, since every draw has lifetimes
of its own. All masses are kilograms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meguri.arisings.conventions import Convention, fractions_by_age
from meguri.arisings.lifetimes import Weibull

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Inputs:
    """What one economy's calculation rests on.

    `sales` and `sales_sd` (relative, of the logarithm) are (T, P); `shape` and `scale` (years) are (P,); `longer`
    (P,) multiplies the scale for cohorts from place `longer_from` on. `exported` and `reused` (T, P) are shares of
    what leaves its first use. `content` is (V, P, M) kilograms of element per kilogram, `content_sd` (P, M) relative.
    """

    sales: Array
    sales_sd: Array
    shape: Array
    scale: Array
    life_sd: Array
    longer: Array
    longer_from: int
    exported: Array
    reused: Array
    second_life: float
    content: Array
    content_sd: Array
    convention: Convention


@dataclass(frozen=True)
class Deviates:
    """Standard normal deviates, one row a draw, by group of inputs; a row of zeros is the central run.

    `sales` and `life` are (n, P), `content` (n, P, M), `yields` (n, R, M), `collection` (n,).
    """

    sales: Array
    life: Array
    content: Array
    yields: Array
    collection: Array

    def __len__(self) -> int:
        return len(self.sales)

    def replaced(self, other: Deviates, group: str) -> Deviates:
        """These with one group taken from another set (for the breakdown of the variance)."""
        parts = {name: getattr(self, name) for name in ("sales", "life", "content", "yields", "collection")}
        for name in GROUPS[group]:
            parts[name] = getattr(other, name)
        return Deviates(**parts)

    @staticmethod
    def central(products: int, elements: int, routes: int) -> Deviates:
        """The central run: one draw without any deviation."""
        return Deviates(
            np.zeros((1, products)), np.zeros((1, products)), np.zeros((1, products, elements)),
            np.zeros((1, routes, elements)), np.zeros(1),
        )  # fmt: skip


GROUPS = {
    "lifetimes": ("life",),
    "sales": ("sales",),
    "composition": ("content",),
    "yields": ("yields",),
    "collection": ("collection",),
}
"""Groups of inputs whose share in the variance is told apart."""


@dataclass(frozen=True)
class Flows:
    """Sales, what arises and what is in use, (n, T, P) kilograms each; the leaving shares by age are kept."""

    sales: Array
    arisings: Array
    stock: Array
    first: Array
    later: Array


def flows(inputs: Inputs, z: Deviates) -> Flows:
    """Run the stock model for every draw. Exports leave before waste; reused goods come back as waste later."""
    years = len(inputs.sales)
    sales = inputs.sales * np.exp(inputs.sales_sd * z.sales[:, None, :])
    scale = inputs.scale * np.exp(inputs.life_sd * z.life)
    first = _leaving(inputs.shape, scale, years, inputs.convention)
    changed = bool(np.any(inputs.longer != 1.0)) and inputs.longer_from < years
    later = _leaving(inputs.shape, scale * inputs.longer, years, inputs.convention) if changed else first
    leaving = convolved(sales, first, later, inputs.longer_from if changed else years)
    stock = np.cumsum(sales, axis=1) - np.cumsum(leaving, axis=1)
    arisings = leaving
    if np.any(inputs.exported) or np.any(inputs.reused):
        reused = leaving * inputs.reused
        arisings = leaving * (1.0 - inputs.exported - inputs.reused)
        if np.any(inputs.reused):
            shape = np.full(inputs.shape.shape, 1.5)
            law = _leaving(
                shape, np.full(inputs.shape.shape, inputs.second_life / 0.902745)[None], years, inputs.convention
            )
            again = convolved(reused, np.broadcast_to(law, (len(z), *law.shape[1:])), None, years)
            arisings = arisings + again
            stock = stock + np.cumsum(reused, axis=1) - np.cumsum(again, axis=1)
    return Flows(sales, arisings, stock, first, later)


def _leaving(shape: Array, scale: Array, years: int, convention: Convention) -> Array:
    """Shares leaving by age, (n, ages, P)."""
    by_age, _ = fractions_by_age(Weibull(np.broadcast_to(shape, scale.shape), scale), years, convention)
    return np.ascontiguousarray(np.moveaxis(by_age, 0, 1))


def convolved(sales: Array, first: Array, later: Array | None, change: int) -> Array:
    """What leaves each year: sum over ages of sales (n, T, P) times shares by age (n, A, P).

    Cohorts before place `change` leave by `first`, the others by `later`.
    """
    years = sales.shape[1]
    out = np.zeros(sales.shape)
    room = np.empty(sales.shape)
    for age in range(years):
        early = min(change, years - age)
        if early > 0:
            part = np.multiply(sales[:, :early], first[:, age, None], out=room[:, :early])
            out[:, age : age + early] += part
        if later is not None and early < years - age:
            part = np.multiply(sales[:, early : years - age], later[:, age, None], out=room[:, early : years - age])
            out[:, age + early :] += part
    return out


def drawn_content(inputs: Inputs, z: Deviates) -> Array:
    """Factors (n, P, M) by which the contents of each draw differ from the central ones."""
    return np.exp(inputs.content_sd * z.content)


def varies(content: Array) -> NDArray[np.bool_]:
    """Which products' contents differ between cohorts, (P,)."""
    return np.asarray(np.any(content != content[:1], axis=(0, 2)))


def contained(inputs: Inputs, flow: Flows, factors: Array, groups: Array) -> Iterator[tuple[int, Array, Array]]:
    """Elements in arisings and in stock by group of products: yields (group, arising, stock), each (n, T, M).

    `groups` (G, P) says which products make up a group. Products whose contents change by cohort are followed by
    cohort; reuse and exports leave a cohort's mix as it is.
    """
    by_cohort = varies(inputs.content)
    mean_a, mean_s = _mixes(inputs, flow, by_cohort)
    for g, members in enumerate(groups):
        fixed = np.flatnonzero(members.astype(bool) & ~by_cohort)
        moving = np.flatnonzero(members.astype(bool) & by_cohort)
        weights = inputs.content[0, fixed] * factors[:, fixed]
        arising = flow.arisings[:, :, fixed] @ weights
        stock = flow.stock[:, :, fixed] @ weights
        for p in moving:
            arising += flow.arisings[:, :, p, None] * mean_a[int(p)] * factors[:, None, p]
            stock += flow.stock[:, :, p, None] * mean_s[int(p)] * factors[:, None, p]
        yield g, arising, stock


def _mixes(inputs: Inputs, flow: Flows, by_cohort: NDArray[np.bool_]) -> tuple[dict[int, Array], dict[int, Array]]:
    """Mean contents (n, T, M) of what leaves and of what is in use, for products whose contents change by cohort."""
    leaving: dict[int, Array] = {}
    standing: dict[int, Array] = {}
    years = len(inputs.sales)
    lag = np.subtract.outer(np.arange(years), np.arange(years))
    below = lag >= 0
    cohort = np.arange(years) >= inputs.longer_from
    for p in np.flatnonzero(by_cohort):
        shares = np.where(
            cohort, flow.later[:, :, p][:, np.where(below, lag, 0)], flow.first[:, :, p][:, np.where(below, lag, 0)]
        )
        table = np.where(below, shares, 0.0) * flow.sales[:, None, :, p]
        left = np.where(below, np.maximum(flow.sales[:, None, :, p] - np.cumsum(table, axis=1), 0.0), 0.0)
        leaving[int(p)] = _averaged(table, inputs.content[:, p])
        standing[int(p)] = _averaged(left, inputs.content[:, p])
    return leaving, standing


def _averaged(table: Array, content: Array) -> Array:
    total = table.sum(axis=2, keepdims=True)
    return np.divide(table @ content, total, out=np.zeros((*table.shape[:2], content.shape[1])), where=total > 0)
