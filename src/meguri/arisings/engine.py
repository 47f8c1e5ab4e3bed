"""One economy, many draws: sales to arisings, stock and contained matter, with arrays of (draw, year, column).

The mathematics is that of docs/arisings.md; only the order of the axes differs, since every draw has lifetimes of its
own. Goods whose composition changes from one year of sale to the next are followed without a table by cohort: their
composition over the years is written exactly as a sum of a few fixed vectors with weights by year of sale, and each
weight makes a column that flows like the goods themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meguri.arisings.conventions import Convention
from meguri.arisings.deviates import Deviates
from meguri.arisings.fast import weibull_fractions

Array = NDArray[np.float64]
SECOND_LIFE_SHAPE = 1.5
"""Shape of the Weibull law of a second life: an assumption; its scale follows from the mean."""
_MEAN_OVER_SCALE = 0.902745
RANK_TOLERANCE = 1e-10
_CACHE = 1 << 19
"""Bytes of a block of draws: small enough to stay in the cache of one processor."""


@dataclass(frozen=True)
class Columns:
    """Goods as columns: `product` (J,) says whose, `weight` (V, J) by year of sale, `matter` (J, C) per unit.

    The first column of each product has weight one: it is the goods themselves, in the unit of the sales.
    """

    product: NDArray[np.intp]
    weight: Array
    matter: Array
    first: NDArray[np.intp]

    @staticmethod
    def of(matter: Array) -> Columns:
        """From the matter in a unit of each product by year of sale, (V, P, C).

        The difference from the mean over the years is split by singular values; what lies below 1e-10 of the
        largest is rounding.
        """
        products: list[int] = []
        weights: list[Array] = []
        vectors: list[Array] = []
        first: list[int] = []
        for p in range(matter.shape[1]):
            mean = matter[:, p].mean(axis=0)
            first.append(len(products))
            products.append(p)
            weights.append(np.ones(len(matter)))
            vectors.append(mean)
            rest = matter[:, p] - mean
            size = np.maximum(np.abs(rest).max(axis=0), np.finfo(float).tiny)
            if not np.any(size > RANK_TOLERANCE * np.maximum(np.abs(mean), 1e-300)):
                continue
            left, values, right = np.linalg.svd(rest / size, full_matrices=False)
            for k in np.flatnonzero(values > RANK_TOLERANCE * values[0]):
                products.append(p)
                weights.append(left[:, k] * values[k])
                vectors.append(right[k] * size)
        return Columns(np.array(products), np.stack(weights, axis=1), np.stack(vectors), np.array(first))


@dataclass(frozen=True)
class Inputs:
    """What one economy's stocks and flows rest on; T years, P products.

    `sales` (T, P); `sales_sd` (T, P) and `market_sd` (T,) are the errors of their logarithm, each product's own and
    that which all share; `shape` and `scale` (years) (P,) with `life_sd` (P,) of the
    logarithm; `longer` (P,) multiplies the scale of cohorts from place `longer_from` on. `exported` and `reused`
    (T, P) are shares of what leaves its first use; `second_life` is its mean in years.
    """

    sales: Array
    sales_sd: Array
    market_sd: Array
    shape: Array
    scale: Array
    life_sd: Array
    longer: Array
    longer_from: int
    exported: Array
    reused: Array
    second_life: float
    columns: Columns
    convention: Convention


@dataclass(frozen=True)
class Flows:
    """Sales, exports of used goods, arisings and stock, (n, T, J) by column in the unit of the sales."""

    sales: Array
    exported: Array
    arisings: Array
    stock: Array


def flows(inputs: Inputs, z: Deviates) -> Flows:
    """Run the stock model for every draw.

    What leaves its first use is exported, used again or becomes waste; what is used again becomes waste later. In
    every draw sales = stock + arisings + exports, added up over the years (where the convention conserves).
    """
    years = len(inputs.sales)
    whose = inputs.columns.product
    # Errors of single products have mean one, so that many of them added up leave the central run where it is.
    even = np.where(np.any(z.sales, axis=0), inputs.sales_sd**2 / 2, 0.0)
    drawn = inputs.sales * np.exp(
        inputs.sales_sd * z.sales[:, None, :] - even + inputs.market_sd[:, None] * z.market[:, None, None]
    )
    sales = drawn[:, :, whose] * inputs.columns.weight
    scale = inputs.scale * np.exp(inputs.life_sd * z.life)
    first = leaving(inputs.shape, scale, years, inputs.convention)
    change = inputs.longer_from if np.any(inputs.longer != 1.0) else years
    later = leaving(inputs.shape, scale * inputs.longer, years, inputs.convention) if change < years else first
    left = convolved(sales, first[:, :, whose], later[:, :, whose], change)
    stock = np.cumsum(sales - left, axis=1)
    exported = left * inputs.exported[:, whose]
    arisings = left - exported
    if np.any(inputs.reused):
        again = left * inputs.reused[:, whose]
        law = leaving(
            np.array([SECOND_LIFE_SHAPE]), np.array([[inputs.second_life / _MEAN_OVER_SCALE]]), years, inputs.convention
        )
        back = convolved(again, law, law, years)
        arisings += back - again
        stock += np.cumsum(again - back, axis=1)
    return Flows(sales, exported, arisings, stock)


def leaving(shape: Array, scale: Array, years: int, convention: Convention) -> Array:
    """Shares leaving by age, (n, ages, P), of Weibull lifetimes with scales (n, P) in years."""
    by_age = weibull_fractions(np.broadcast_to(shape, scale.shape), scale, years, convention)
    return np.ascontiguousarray(np.moveaxis(np.asarray(by_age, dtype=np.float64), 0, 1))


def convolved(sales: Array, first: Array, later: Array, change: int) -> Array:
    """What leaves each year: the sum over ages of sales (n, T, J) times shares by age (n, ages, J).

    Cohorts before place `change` leave by `first`, the others by `later`.
    """
    out = np.zeros(sales.shape)
    count = len(sales)
    block = max(1, _CACHE // (sales.itemsize * sales.shape[1] * sales.shape[2]))
    for start in range(0, count, block):
        rows = slice(start, min(start + block, count))
        laws = [law[rows] if len(law) == count else law for law in (first, later)]
        _convolve(sales[rows], laws[0], laws[1], change, out[rows])
    return out


def _convolve(sales: Array, first: Array, later: Array, change: int, out: Array) -> None:
    years = sales.shape[1]
    room = np.empty(sales.shape)
    for age in range(years):
        count = years - age
        early = min(change, count)
        np.multiply(sales[:, :early], first[:, age, None], out=room[:, :early])
        if early < count:
            np.multiply(sales[:, early:count], later[:, age, None], out=room[:, early:count])
        out[:, age:] += room[:, :count]


def goods(flow: Array, columns: Columns) -> Array:
    """The goods themselves, (n, T, P), of a flow by column."""
    return flow[:, :, columns.first]
