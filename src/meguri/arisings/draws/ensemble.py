"""Elements in the arisings of many economies at once, drawn: lifetimes by product, all in matrix products.

For world tables: one set of lifetimes, one bill of elements a product, many economies. Where lifetimes differ by
economy, or composition by year of sale, take `fast.elements` or the economies one by one (`engine`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from meguri.arisings.stock.conventions import Convention
from meguri.arisings.stock.kernels import row_blocks, weibull_fractions

Array = npt.NDArray[np.floating[Any]]

TOGETHER: Final = 16
"""Draws whose lifetimes make one matrix: enough for a product near the machine's best, few enough for the cache."""


@dataclass(frozen=True, eq=False)
class NormalDeviates:
    """Standard normal deviates, one row a draw.

    `life`, `bill` and `sales` are ``(n, P)``, `level` ``(n, E)``, `content` ``(n, P, M)``, `yields` ``(n, M)``.
    """

    life: Array
    level: Array
    sales: Array
    bill: Array
    content: Array
    yields: Array


GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "lifetimes": ("life",),
    "sales": ("level", "sales"),
    "composition": ("bill", "content"),
    "yields": ("yields",),
}


@dataclass(frozen=True, eq=False)
class WorldModel:
    """A model for `draws`: output ``elements``, ``(M, T, E)`` kilograms recovered (contained where yields are one).

    `inflow` ``(P, T, E)`` kilograms, product first. `shape`, `scale` (years) and `life_sd` ``(P,)``: the scale is
    drawn. `level_sd` ``(E,)`` and `sales_sd` ``(P,)``: errors of the sales of an economy and of a product, in all years
    alike. `content` ``(P, M)`` kilograms per kilogram with `content_sd` ``(P, M)``, half of its variance common to the
    elements of a product. `yields` ``(M,)`` between 0 and 1, drawn by their logit with `yields_sd`. All standard
    deviations are of logarithms (of the logit for yields), so the central values are medians. `dtype` is that of the
    matrix products. Not for several threads at once: its room is kept from block to block.
    """

    inflow: Array
    shape: Array
    scale: Array
    life_sd: Array
    level_sd: Array
    sales_sd: Array
    content: Array
    content_sd: Array
    yields: Array
    yields_sd: Array
    convention: Convention = Convention.MIDDLE
    dtype: str = "float64"
    _room: dict[str, Any] = field(default_factory=dict, repr=False)

    groups: ClassVar[tuple[str, ...]] = tuple(GROUPS)

    @property
    def outputs(self) -> dict[str, tuple[int, ...]]:
        """``elements``: element, year, economy."""
        _, years, economies = self.inflow.shape
        return {"elements": (self.content.shape[1], years, economies)}

    def deviates(self, n: int, seed: int) -> NormalDeviates:
        """All deviates of `n` draws."""
        products, _, economies = self.inflow.shape
        metals = self.content.shape[1]
        sizes = {
            "life": (products,),
            "level": (economies,),
            "sales": (products,),
            "bill": (products,),
            "content": (products, metals),
            "yields": (metals,),
        }
        streams = np.random.default_rng(seed).spawn(len(sizes))
        return NormalDeviates(
            **{name: rng.standard_normal((n, *size)) for (name, size), rng in zip(sizes.items(), streams, strict=True)}
        )

    def central(self) -> NormalDeviates:
        """One draw without any deviation."""
        z = self.deviates(1, 0)
        return NormalDeviates(**{each.name: np.zeros_like(getattr(z, each.name)) for each in fields(z)})

    def swapped(self, z: NormalDeviates, other: NormalDeviates, group: str) -> NormalDeviates:
        """`z` with one of `GROUPS` from `other`."""
        return replace(z, **{name: getattr(other, name) for name in GROUPS[group]})

    def run(self, z: NormalDeviates, out: Mapping[str, Array]) -> None:
        """Work out ``elements`` for every draw.

        Lifetimes of several draws are stacked, so that each product is one large matrix product for all of them;
        rows are cut in blocks, so that most cohorts not sold yet are skipped. Errors of sales of a product, its bill
        and the yields are one factor of the second product; errors of an economy's sales scale the result.
        """
        result = out["elements"]
        if not result.flags.c_contiguous:
            raise ValueError("the room for elements must lie in one piece")
        weights = self._weights(z)
        level = np.exp(self.level_sd * z.level).astype(result.dtype)
        products, years, economies = self.inflow.shape
        sold = self._inflow()
        flat = result.reshape(len(result), result.shape[1], years * economies)
        for first in range(0, len(result), TOGETHER):
            count = min(TOGETHER, len(result) - first)
            scale = self.scale * np.exp(self.life_sd * z.life[first : first + count])
            leaving = weibull_fractions(np.broadcast_to(self.shape, scale.shape), scale, years, self.convention)
            padded = np.zeros((products, count, 2 * years - 1), self.dtype)
            padded[:, :, years - 1 :] = leaving.transpose(2, 1, 0)
            by_draw, by_age = padded.strides[1:]
            for block, (start, end) in enumerate(row_blocks(years)):
                rows = end - start
                kernel = self._kept(f"kernel{block}", (TOGETHER * rows, end))[: count * rows]
                left = self._kept(f"left{block}", (products, TOGETHER * rows, economies))
                for product in range(products):
                    kernel.reshape(count, rows, end)[...] = np.lib.stride_tricks.as_strided(
                        padded[product, :, years - 1 + start :],
                        (count, rows, end),
                        (by_draw, by_age, -by_age),
                        writeable=False,
                    )
                    np.matmul(kernel, sold[product, :end], out=left[product, : count * rows])
                by_product = left.reshape(products, TOGETHER, rows * economies)
                for draw in range(first, first + count):
                    part = flat[draw, :, start * economies : end * economies]
                    np.matmul(weights[draw], by_product[:, draw - first], out=part)
                    result[draw, :, start:end] *= level[draw]

    def _weights(self, z: NormalDeviates) -> Array:
        """Kilograms of element recovered from a kilogram of product as on file, ``(n, M, P)``."""
        mixed = np.sqrt(0.5) * (z.bill[:, :, None] + z.content)
        content = self.content * np.exp(self.content_sd * mixed + (self.sales_sd * z.sales)[:, :, None])
        with np.errstate(divide="ignore"):
            logit = np.log(self.yields) - np.log1p(-self.yields)
        drawn = 1.0 / (1.0 + np.exp(-(logit + self.yields_sd * z.yields)))
        return np.ascontiguousarray((content * drawn[:, None, :]).transpose(0, 2, 1)).astype(self.dtype)

    def _inflow(self) -> Array:
        if "inflow" not in self._room:
            self._room["inflow"] = np.ascontiguousarray(self.inflow, self.dtype)
        kept: Array = self._room["inflow"]
        return kept

    def _kept(self, name: str, shape: tuple[int, ...]) -> Array:
        """Room that is made once: memory touched for the first time costs more than the products written to it."""
        if name not in self._room or self._room[name].shape != shape:
            self._room[name] = np.empty(shape, self.dtype)
        kept: Array = self._room[name]
        return kept

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_room": {}}
