"""Which input to measure next: the part of each group of inputs in the variance of an output.

Pick-freeze over two independent samples A and B of all inputs. For each group, AB is sample A with that group alone
taken from B. With ``y`` the output, ``m`` its mean and ``V`` its variance over both samples:

- first order (the part of the variance that would go if the group were known): ``mean((y_B - m) * (y_AB - y_A)) / V``,
  the estimator of Saltelli et al. 2010 (Computer Physics Communications 181:259, table 2 b), centred;
- total (the part that would stay if all other groups were known): ``mean((y_A - y_AB)^2) / (2 V)``, Jansen 1999.

Groups share nothing, so first orders add up to at most one but for the error of sampling; what is missing to one are
interactions. Each index comes with its standard error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from meguri.arisings.draws import monte_carlo as draws

Array = npt.NDArray[np.float64]

FIRST: Final = "Saltelli et al. 2010, centred"
TOTAL: Final = "Jansen 1999"


@dataclass(frozen=True, eq=False)
class Breakdown:
    """Of one output. ``mean`` and ``variance`` are ``(*shape)``; indices and their errors are ``(groups, *shape)``.

    Where the output does not vary all indices are zero and `varies` is false.
    """

    groups: tuple[str, ...]
    n: int
    mean: Array
    variance: Array
    first: Array
    first_error: Array
    total: Array
    total_error: Array
    estimators: tuple[str, str] = (FIRST, TOTAL)

    @property
    def varies(self) -> npt.NDArray[np.bool_]:
        """Where the output varies at all."""
        return self.variance > 0

    @property
    def interactions(self) -> Array:
        """What the first orders leave unexplained, ``(*shape)``; within sampling error of zero for additive models."""
        return np.where(self.varies, 1.0 - self.first.sum(axis=0), 0.0)

    def ranked(self, *cell: int) -> list[tuple[str, float, float]]:
        """Groups of one cell by their total index, greatest first: (group, first order, total)."""
        at: tuple[Any, ...] = (slice(None), *cell)
        rows = zip(self.groups, self.first[at].tolist(), self.total[at].tolist(), strict=True)
        return sorted(rows, key=lambda row: -row[2])


def breakdown(
    model: draws.Drawable,
    n: int,
    seed: int,
    outputs: Iterable[str] | None = None,
    *,
    groups: Iterable[str] | None = None,
    progress: draws.Progress | None = None,
    cancel: draws.Cancel | None = None,
) -> dict[str, Breakdown]:
    """Break the variance of each output down over groups of inputs; costs ``n * (2 + groups)`` runs of the model.

    Sums are kept, not draws, so memory does not grow with `n`. Two samples of 500 give errors of a few per cent.
    """
    draws.checked(n, seed)
    shapes = draws.chosen(model, outputs)
    names = tuple(model.groups if groups is None else groups)
    sums = {name: _Sums(len(names), shape) for name, shape in shapes.items()}
    room = {key: draws.preallocated(shapes, min(n, draws.BLOCK)) for key in ("a", "b", "ab")}

    def run(key: str, z: Any, count: int) -> Mapping[str, Any]:
        part = {name: values[:count] for name, values in room[key].items()}
        model.run(z, part)
        return part

    for block, (first, count) in enumerate(draws.blocks(n)):
        if cancel is not None and cancel():
            raise draws.DrawsCancelled
        z_a, z_b = (model.deviates(count, draws.block_seed(seed, block, sample)) for sample in draws.SAMPLES)
        a, b = run("a", z_a, count), run("b", z_b, count)
        for name, total in sums.items():
            total.samples(a[name], b[name])
        for place, group in enumerate(names):
            ab = run("ab", model.swapped(z_a, z_b, group), count)
            for name, total in sums.items():
                total.group(place, a[name], b[name], ab[name])
        if progress is not None:
            progress(first + count, n)
    return {name: total.breakdown(names, n) for name, total in sums.items()}


def of(a: npt.ArrayLike, b: npt.ArrayLike, swapped: Mapping[str, npt.ArrayLike]) -> Breakdown:
    """The breakdown from outputs worked out elsewhere: ``a`` and ``b`` of the two samples, ``(n, *shape)`` each.

    ``swapped[group]`` is the output of sample A with that group taken from B. For those who draw by themselves.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    total = _Sums(len(swapped), first.shape[1:])
    total.samples(first, second)
    for place, mixed in enumerate(swapped.values()):
        total.group(place, first, second, np.asarray(mixed, np.float64))
    return total.breakdown(tuple(swapped), len(first))


class _Sums:
    """Running sums of one output, taken from the first mean on, so that large values lose no digits."""

    def __init__(self, groups: int, shape: tuple[int, ...]) -> None:
        self.centre: Array | None = None
        self.once, self.square = np.zeros(shape), np.zeros(shape)
        self.product, self.product2, self.difference, self.jump, self.jump2 = np.zeros((5, groups, *shape))

    def samples(self, a: Array, b: Array) -> None:
        if self.centre is None:
            self.centre = (a.mean(axis=0) + b.mean(axis=0)) / 2
        for sample in (a, b):
            moved = sample - self.centre
            self.once += moved.sum(axis=0)
            self.square += np.einsum("n...,n...->...", moved, moved)

    def group(self, place: int, a: Array, b: Array, ab: Array) -> None:
        assert self.centre is not None
        step = ab - a
        term = (b - self.centre) * step
        self.product[place] += term.sum(axis=0)
        self.product2[place] += np.einsum("n...,n...->...", term, term)
        self.difference[place] += step.sum(axis=0)
        np.square(step, out=step)
        self.jump[place] += step.sum(axis=0)
        self.jump2[place] += np.einsum("n...,n...->...", step, step)

    def breakdown(self, groups: tuple[str, ...], n: int) -> Breakdown:
        assert self.centre is not None
        shift = self.once / (2 * n)
        variance = np.maximum(self.square / (2 * n) - shift**2, 0.0)
        # What is left of an output that does not vary is rounding.
        variance = np.where(variance > (1e-13 * (np.abs(self.centre) + np.abs(shift))) ** 2, variance, 0.0)
        safe = np.where(variance > 0, variance, 1.0)

        def index(value: Array) -> Array:
            return np.where(variance > 0, value / safe, 0.0)

        product = (self.product - shift * self.difference) / n
        jump = self.jump / (2 * n)
        product_error = np.sqrt(np.maximum(self.product2 / n - (self.product / n) ** 2, 0.0) / n)
        jump_error = np.sqrt(np.maximum(self.jump2 / (4 * n) - jump**2, 0.0) / n)
        return Breakdown(
            groups,
            n,
            self.centre + shift,
            variance,
            index(product),
            index(product_error),
            index(jump),
            index(jump_error),
        )
