"""Raw kernels for large worlds: plain arrays in, plain arrays out, no labels and no checks.

``T`` years, ``P`` products, ``E`` economies, ``M`` elements; the year comes first. A kernel by age, ``leaving[a]``, is
the share of a cohort that leaves in the a-th year after its sale (`conventions.fractions_by_age`). Only flows are
worked out, never tables by cohort; `stock` follows from them. For checked and labelled models see `stocks`.

The matrix products should run on one BLAS thread: at these sizes several threads wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from meguri.arisings.stock.conventions import Convention

Array = npt.NDArray[np.floating[Any]]

_BLOCKS: Final = 3
"""Row blocks of a lower triangular product: more of them skip more zeros and make smaller matrices."""


def weibull_fractions(
    shape: npt.ArrayLike,
    scale: npt.ArrayLike,
    years: int,
    convention: Convention | str,
    dtype: npt.DTypeLike = np.float64,
) -> Array:
    """`conventions.fractions_by_age` for Weibull lifetimes, in place: shares leaving, ``(years, *parameters)``.

    Shape without unit, scale in years. About half the time of the general function, because ages are powers
    ``exp(shape * log(age))`` in one buffer.
    """
    convention = Convention.of(convention)
    shape, scale = np.broadcast_arrays(np.asarray(shape, dtype), np.asarray(scale, dtype))
    wot = convention is Convention.WOT
    ages = np.arange(years, dtype=np.float64) + (0.5 if wot else convention.age_at_first_year_end)
    with np.errstate(divide="ignore"):
        log_ages = np.log(ages).astype(shape.dtype)
    out = np.empty((years, *shape.shape), shape.dtype)
    with np.errstate(over="ignore"):
        np.subtract(log_ages[(...,) + (None,) * shape.ndim], np.log(scale), out=out)
        out *= shape
        np.exp(out, out=out)
    hazard = out * shape / ages[(...,) + (None,) * shape.ndim] if wot else None
    np.negative(out, out=out)
    np.exp(out, out=out)
    if hazard is not None:
        out *= hazard
        return out
    # What is left turns into what leaves, from the last age backwards, without a second array.
    np.subtract(out[:-1], out[1:], out=out[1:])
    np.subtract(1.0, out[0], out=out[0])
    return out


def outflow(inflow: Array, leaving: Array, out: Array | None = None) -> Array:
    """Outflow by year where every series has its own lifetime; ``inflow`` and ``leaving`` are ``(T, ...)`` alike.

    ``out[t] = sum over a of leaving[a] * inflow[t - a]``, each year one pass of fused multiply-adds over all series.
    """
    years = inflow.shape[0]
    flows = inflow.reshape(years, -1)
    kernel = leaving[:years].reshape(years, -1)[::-1]
    result = np.empty_like(inflow) if out is None else out
    rows = result.reshape(years, -1)
    for year in range(years):
        np.einsum("as,as->s", kernel[years - 1 - year :], flows[: year + 1], out=rows[year])
    return result


def toeplitz(leaving: Array, out: Array | None = None) -> Array:
    """Matrices ``K[..., t, v] = leaving[..., t - v]``, zero above the diagonal. The age is the last axis here."""
    years = leaving.shape[-1]
    padded = np.zeros((*leaving.shape[:-1], 2 * years - 1), leaving.dtype)
    padded[..., years - 1 :] = leaving
    step = padded.strides[-1]
    view = np.lib.stride_tricks.as_strided(
        padded[..., years - 1 :],
        (*leaving.shape[:-1], years, years),
        (*padded.strides[:-1], step, -step),
        writeable=False,
    )
    if out is None:
        return np.ascontiguousarray(view)
    out[...] = view
    return out


def row_blocks(years: int, blocks: int = _BLOCKS) -> Iterator[tuple[int, int]]:
    """First and last row of each block of rows of a lower triangular matrix."""
    edges = [round(years * block / blocks) for block in range(blocks + 1)]
    return pairwise(edges)


def outflow_by_product(inflow: Array, leaving: Array, out: Array | None = None) -> Array:
    """Outflow ``(P, T, E)`` where the lifetime depends on the product alone: matrix products.

    ``inflow`` is ``(P, T, E)``, the product first, ``leaving`` is ``(T, P)``. Blocks above the diagonal are skipped.
    """
    matrices = toeplitz(np.ascontiguousarray(leaving.T))
    result = np.empty_like(inflow) if out is None else out
    for first, last in row_blocks(inflow.shape[1]):
        np.matmul(matrices[:, first:last, :last], inflow[:, :last], out=result[:, first:last])
    return result


def outflow_by_cohort(inflow: Array, table: Array) -> Array:
    """Outflow where the lifetime depends on the cohort: ``table`` is K, ``(T, V, ...)``; ``inflow`` is ``(V, ...)``."""
    result = np.empty((table.shape[0], *inflow.shape[1:]), inflow.dtype)
    for year in range(table.shape[0]):
        np.einsum("v...,v...->...", table[year, : year + 1], inflow[: year + 1], out=result[year])
    return result


def stock(inflow: Array, outflow: Array) -> Array:
    """Stock at the end of each year: what has come in and not gone out."""
    result = np.subtract(inflow, outflow)
    np.cumsum(result, axis=0, out=result)
    return result


def elements(inflow: Array, leaving: Array, content: Array, out: Array | None = None) -> Array:
    """Elements in the outflow, ``(T, E, M)``, where the composition depends on the year of sale.

    ``inflow`` ``(T, P, E)``, ``leaving`` ``(T, P, E)`` or ``(T, P)``, ``content`` ``(V, P, M)`` shares of mass.
    One economy at a time: what leaves by year, cohort and product, times the composition, is a matrix product.
    """
    years, products, economies = inflow.shape
    result = np.empty((years, economies, content.shape[2]), inflow.dtype) if out is None else out
    # Zeros before age 0 stand for cohorts not sold yet, so that (year, cohort) is a view of one column of ages.
    padded = np.zeros((2 * years - 1, products), inflow.dtype)
    composition = content.reshape(years * products, -1)
    blocks = [
        (first, last, np.empty((last - first, last, products), inflow.dtype)) for first, last in row_blocks(years, 6)
    ]
    step, across = padded.strides
    for economy in range(economies):
        padded[years - 1 :] = leaving if leaving.ndim == 2 else leaving[:, :, economy]
        sold = np.ascontiguousarray(inflow[:, :, economy])
        for first, last, left in blocks:
            by_cohort = np.lib.stride_tricks.as_strided(
                padded[years - 1 + first :], left.shape, (step, -step, across), writeable=False
            )
            np.multiply(by_cohort, sold[:last], out=left)
            np.matmul(
                left.reshape(last - first, last * products),
                composition[: last * products],
                out=result[first:last, economy],
            )
    return result
