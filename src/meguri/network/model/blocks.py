"""Where each decision stands among the columns, so that a solution is read back as arrays by thing and period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class PeriodBlock:
    """Columns (or rows) of one kind: `ids` is shaped (things, periods)."""

    ids: Ints

    def of(self, x: Floats) -> Floats:
        """The values of a solution in this block, shaped (things, periods)."""
        if not self.ids.size:
            return np.zeros(self.ids.shape)
        values: Any = x[self.ids]
        return values

    def __len__(self) -> int:
        return int(self.ids.shape[0])


@dataclass(frozen=True)
class Tie:
    """Entries that tie rows of a block to columns within each period: row by thing, columns, and how much.

    `coefficient` is shaped (n,) or (n, periods).
    """

    row: Ints
    column: Ints
    coefficient: Floats


def spread(values: Any, things: int, periods: int) -> Floats:
    """Values by thing, or by thing and period, as (things, periods)."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 1 and array.shape[0] == things:
        array = array[:, None]
    return np.ascontiguousarray(np.broadcast_to(array, (things, periods)))
