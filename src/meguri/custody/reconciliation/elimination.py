"""Symmetric equations over a sparse graph, for many right sides with matrices of one pattern; and their inverse where
the pattern is.

Pure. Rows are eliminated in the order of fewest neighbours; what is left once every row has many is inverted densely.
The selected inverse follows Takahashi's recursion.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
DENSE_FROM = 40
"""Where every row that is left has more neighbours than this, the rest is inverted as a whole."""


class SelectedInverse:
    """The factors of `k` symmetric positive definite matrices of one pattern: solutions, and entries of the inverses.

    `diagonal` is of shape (n, k), `off` gives each pair of rows once with its k values.
    """

    def __init__(self, diagonal: Array, off: Iterable[tuple[int, int, Array]]) -> None:
        n, self._k = diagonal.shape
        self._diagonal = [row.copy() for row in diagonal]
        self._rows: list[dict[int, Array]] = [{} for _ in range(n)]
        for one, other, value in off:
            held = self._rows[one].get(other)
            total = value if held is None else held + value
            self._rows[one][other] = self._rows[other][one] = total
        self._steps: list[tuple[int, tuple[int, ...], tuple[Array, ...]]] = []
        self._core: dict[int, int] = {}
        self._dense: Array = np.zeros((self._k, 0, 0))
        self._eliminate()
        self._inverse: dict[tuple[int, int], Array] = {}
        self._invert()

    def _eliminate(self) -> None:
        queue = [(len(row), index) for index, row in enumerate(self._rows)]
        heapq.heapify(queue)
        left = set(range(len(self._rows)))
        while queue:
            degree, pivot = heapq.heappop(queue)
            if pivot not in left or degree != len(self._rows[pivot]):
                continue
            if degree > DENSE_FROM:
                break
            left.remove(pivot)
            row, own = self._rows[pivot], self._diagonal[pivot]
            names = tuple(row)
            factors = tuple(row[name] / own for name in names)
            for place, name in enumerate(names):
                del self._rows[name][pivot]
                self._diagonal[name] -= factors[place] * row[name]
                for other, factor in zip(names[place + 1 :], factors[place + 1 :], strict=True):
                    added = -factor * row[name]
                    held = self._rows[name].get(other)
                    total = added if held is None else held + added
                    self._rows[name][other] = self._rows[other][name] = total
            for name in names:
                heapq.heappush(queue, (len(self._rows[name]), name))
            self._steps.append((pivot, names, factors))
        if left:
            self._core = {index: place for place, index in enumerate(sorted(left))}
            matrix = np.zeros((self._k, len(left), len(left)))
            for index, place in self._core.items():
                matrix[:, place, place] = self._diagonal[index]
                for other, value in self._rows[index].items():
                    matrix[:, place, self._core[other]] = value
            self._dense = np.asarray(np.linalg.inv(matrix), dtype=np.float64)

    def _invert(self) -> None:
        for pivot, names, factors in reversed(self._steps):
            own = 1.0 / self._diagonal[pivot]
            for name in names:
                value = np.zeros(self._k)
                for other, factor in zip(names, factors, strict=True):
                    value -= factor * self.entry(other, name)
                self._inverse[_pair(pivot, name)] = value
            for name, factor in zip(names, factors, strict=True):
                own = own - factor * self._inverse[_pair(pivot, name)]
            self._inverse[pivot, pivot] = own

    def entry(self, one: int, other: int) -> Array:
        """The k values of an entry of the inverses; of the diagonal, or of a pair that the pattern has."""
        if one in self._core and other in self._core:
            found: Array = self._dense[:, self._core[one], self._core[other]]
            return found
        return self._inverse[_pair(one, other)]

    def solve(self, right: Array) -> Array:
        """The solutions for right sides of shape (n, k)."""
        values = [row.copy() for row in right]
        for pivot, names, factors in self._steps:
            for name, factor in zip(names, factors, strict=True):
                values[name] -= factor * values[pivot]
        if self._core:
            held = np.array([values[index] for index in self._core])
            solved = np.einsum("kij,jk->ik", self._dense, held)
            for index, place in self._core.items():
                values[index] = solved[place]
        for pivot, names, factors in reversed(self._steps):
            values[pivot] = values[pivot] / self._diagonal[pivot]
            for name, factor in zip(names, factors, strict=True):
                values[pivot] = values[pivot] - factor * values[name]
        return np.array(values).reshape(right.shape)


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
