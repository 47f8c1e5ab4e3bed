"""One economy, many draws: sales to arisings, stock and contained matter, with arrays of (draw, year, column).

The mathematics is that of docs/arisings.md; only the order of the axes differs, since every draw has lifetimes of its
own. Goods whose composition changes from one year of sale to the next are followed without a table by cohort: their
composition over the years is written exactly as a sum of a few fixed vectors with weights by year of sale, and each
weight makes a column that flows like the goods themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from meguri.arisings.draws.deviates import Deviates
from meguri.arisings.stock.conventions import Convention
from meguri.arisings.stock.kernels import weibull_fractions

Array = NDArray[np.float64]
Laws = list[tuple[int, int, Array]]
SECOND_LIFE_SHAPE = 1.5
"""Shape of the Weibull law of a second life: an assumption; its scale follows from the mean."""
_MEAN_OVER_SCALE = 0.902745
RANK_TOLERANCE = 1e-10
_CACHE = 1 << 19
"""Bytes of a block of draws: small enough to stay in the cache of one processor."""


@dataclass(frozen=True)
class GoodsColumns:
    """Goods as columns: `product` (J,) says whose, `weight` (V, J) by year of sale, `matter` (J, C) per unit.

    The first column of each product has weight one: it is the goods themselves, in the unit of the sales.
    """

    product: NDArray[np.intp]
    weight: Array
    matter: Array
    first: NDArray[np.intp]

    @staticmethod
    def of(matter: Array) -> GoodsColumns:
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
        return GoodsColumns(np.array(products), np.stack(weights, axis=1), np.stack(vectors), np.array(first))


@dataclass(frozen=True)
class Inputs:
    """What one economy's stocks and flows rest on; T years, P products.

    `sales` (T, P); `sales_sd` (T, P) and `market_sd` (T,) are the errors of their logarithm, each product's own and
    that which all share; `shape` (P,) and `scale` (T, P), in years and by year of sale, are those of
    Weibull lifetimes, with `life_sd` (P,) of the scale's logarithm and `lives_sd` of all together. `exported` and
    `reused` (T, P) are shares of what leaves its first use; `second_life` is its mean in years.
    """

    sales: Array
    sales_sd: Array
    market_sd: Array
    shape: Array
    scale: Array
    life_sd: Array
    lives_sd: float
    exported: Array
    reused: Array
    second_life: float
    columns: GoodsColumns
    convention: Convention


@dataclass(frozen=True)
class GoodsFlows:
    """Sales, exports of used goods, arisings and stock, (n, T, J) by column in the unit of the sales."""

    sales: Array
    exported: Array
    arisings: Array
    stock: Array


def flows(inputs: Inputs, z: Deviates) -> GoodsFlows:
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
    stretch = np.exp(inputs.life_sd * z.life + inputs.lives_sd * z.lives[:, None])
    laws = [
        (start, stop, leaving(inputs.shape, inputs.scale[start] * stretch, years, inputs.convention)[:, :, whose])
        for start, stop in segments(inputs.scale)
    ]
    left = convolved(sales, laws)
    stock = np.cumsum(sales - left, axis=1)
    exported = left * inputs.exported[:, whose]
    arisings = left - exported
    if np.any(inputs.reused):
        again = left * inputs.reused[:, whose]
        law = leaving(
            np.array([SECOND_LIFE_SHAPE]), np.array([[inputs.second_life / _MEAN_OVER_SCALE]]), years, inputs.convention
        )
        back = convolved(again, [(0, years, law)])
        arisings += back - again
        stock += np.cumsum(again - back, axis=1)
    return GoodsFlows(sales, exported, arisings, stock)


def leaving(shape: Array, scale: Array, years: int, convention: Convention) -> Array:
    """Shares leaving by age, (n, ages, P), of Weibull lifetimes with scales (n, P) in years."""
    by_age = weibull_fractions(np.broadcast_to(shape, scale.shape), scale, years, convention)
    return np.ascontiguousarray(np.moveaxis(np.asarray(by_age, dtype=np.float64), 0, 1))


def segments(scale: Array) -> list[tuple[int, int]]:
    """Runs of years of sale with the same lifetimes: first place, and the place after the last."""
    changes = [0, *(np.flatnonzero(np.any(scale[1:] != scale[:-1], axis=1)) + 1).tolist(), len(scale)]
    return list(pairwise(changes))


def convolved(sales: Array, laws: Laws) -> Array:
    """What leaves each year: the sum over years of sale of sales (n, T, J) times shares by age (n or 1, ages, J).

    `laws` says which shares hold for which years of sale, from one place to before another.
    """
    out = np.zeros(sales.shape)
    count = len(sales)
    block = max(1, _CACHE // (sales.itemsize * sales.shape[1] * sales.shape[2]))
    for first in range(0, count, block):
        rows = slice(first, min(first + block, count))
        for start, stop, law in laws:
            _convolve(sales[rows], law[rows] if len(law) == count else law, start, stop, out[rows])
    return out


def _convolve(sales: Array, law: Array, start: int, stop: int, out: Array) -> None:
    years = sales.shape[1]
    if stop - start == 1:
        out[:, start:] += sales[:, start, None] * law[:, : years - start]
        return
    room = np.empty((len(sales), stop - start, sales.shape[2]))
    for age in range(years - start):
        end = min(stop, years - age)
        part = np.multiply(sales[:, start:end], law[:, age, None], out=room[:, : end - start])
        out[:, start + age : end + age] += part


def goods(flow: Array, columns: GoodsColumns) -> Array:
    """The goods themselves, (n, T, P), of a flow by column."""
    return flow[:, :, columns.first]
