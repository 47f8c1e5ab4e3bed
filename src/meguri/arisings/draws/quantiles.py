"""Quantiles of many cells over many draws, exact, a block of cells at a time.

The draws of a block are laid side by side in memory that stays in the cache. For few quantiles the order statistics
are then found by halving: the median's place splits the row, the lower quantiles are looked for on the left only, the
upper ones on the right only. For many quantiles the row is sorted. Both agree with ``np.quantile`` (method
``linear``) to the last digits, and cost a fraction of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from meguri.kit.problems import N_, refuse

Array = npt.NDArray[np.floating[Any]]

_BYTES: Final = 1 << 20
"""Size of a block of draws: what the cache of one processor holds."""
_FEW: Final = 6
"""Up to so many order statistics are cheaper to look for than to sort."""


def of(draws: Array, q: Sequence[float] | npt.ArrayLike, out: Array | None = None) -> Array:
    """Quantiles over the first axis: ``draws`` is ``(n, ...)``, the answer ``(len(q), ...)``, in the draws' unit.

    Linear between order statistics, as ``np.quantile`` does. The draws are left as they are. Refused for a quantile
    outside 0 to 1, for no draws at all, and for draws that are not finite.
    """
    wanted = np.atleast_1d(np.asarray(q, np.float64))
    if wanted.ndim != 1 or not ((wanted >= 0) & (wanted <= 1)).all():
        raise refuse(N_("Quantiles lie between 0 and 1; got {got}."), "/quantiles", "quantile", got=wanted.tolist())
    count = draws.shape[0]
    if count == 0:
        raise refuse(N_("There are no draws to take quantiles of."), "/draws", "no-draws")
    cells = draws.reshape(count, -1)
    kind = cells.dtype if cells.dtype == np.float32 else np.dtype(np.float64)
    result = np.empty((len(wanted), cells.shape[1]), kind) if out is None else out.reshape(len(wanted), -1)

    place = wanted * (count - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, count - 1)
    share = (place - below).astype(kind)[:, None]
    ranks = sorted({*below.tolist(), *above.tolist()})
    index = {rank: row for row, rank in enumerate(ranks)}
    low, high = [index[rank] for rank in below.tolist()], [index[rank] for rank in above.tolist()]

    width = max(1, min(cells.shape[1], _BYTES // (count * kind.itemsize)))
    buffer = np.empty((width, count), kind)
    found = np.empty((len(ranks), width), kind)
    ones = np.ones(count, kind)
    for first in range(0, cells.shape[1], width):
        part = cells[:, first : first + width]
        rows, values = buffer[: part.shape[1]], found[:, : part.shape[1]]
        rows[...] = part.T
        # The sum of a cell shows, at the speed of a matrix product, whether any of its draws is not finite.
        if not np.isfinite(rows @ ones).all():
            raise refuse(
                N_("Some draws are not finite numbers; their quantiles would mean nothing."), "/draws", "not-finite"
            )
        if len(ranks) > _FEW:
            rows.sort(axis=1)
            values[...] = rows[:, ranks].T
        else:
            _select(rows, ranks, 0, values)
        lower, upper = values[low], values[high]
        result[:, first : first + part.shape[1]] = lower + (upper - lower) * share
    return result.reshape(len(wanted), *draws.shape[1:])


def _select(rows: Array, ranks: Sequence[int], first: int, values: Array) -> None:
    """Write the order statistics of these ranks (counted from `first`) into `values`, splitting at the middle one.

    Partitioning at one place uses the processor's vector instructions; at several places at once it does not.
    """
    if not ranks:
        return
    middle = len(ranks) // 2
    rank = ranks[middle] - first
    rows.partition(rank, axis=1)
    values[middle] = rows[:, rank]
    lower, upper = ranks[:middle], ranks[middle + 1 :]
    if lower and lower[-1] == ranks[middle] - 1:
        # The neighbour below is the greatest on the left, once what is left of it has been settled.
        start = 0
        if len(lower) > 1:
            _select(rows[:, :rank], lower[:-1], first, values[: middle - 1])
            start = lower[-2] - first
        rows[:, start:rank].max(axis=1, out=values[middle - 1])
    else:
        _select(rows[:, :rank], lower, first, values[:middle])
    _select(rows[:, rank + 1 :], upper, ranks[middle] + 1, values[middle + 1 :])
