"""Lots and events as an integer-indexed graph: sparse rows in numpy, walked level by level.

Pure arithmetic, no names: `shares` gives nodes their meaning. See docs/balance.md for the mathematics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meguri.kit.problems import N_, refuse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """A sparse matrix by rows: row n has targets ``index[start[n]:start[n + 1]]`` with their weights (grams)."""

    start: Ints
    index: Ints
    weight: Floats

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(self.start) - 1

    def of(self, nodes: Ints) -> tuple[Ints, Ints, Floats]:
        """All edges that leave these nodes: position of the node in `nodes`, target, weight."""
        begin, count = self.start[nodes], self.start[nodes + 1] - self.start[nodes]
        owner = np.repeat(np.arange(len(nodes)), count)
        before = np.cumsum(count) - count
        place = np.arange(len(owner)) - before[owner] + begin[owner]
        return owner, self.index[place], self.weight[place]


def rows(size: int, source: Ints, target: Ints, weight: Floats) -> Rows:
    """Sparse rows from edge lists; the order of edges with one source is kept."""
    order = np.argsort(source, kind="stable")
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(source, minlength=size), out=start[1:])
    return Rows(start, target[order].astype(np.int64), weight[order].astype(np.float64))


def reach(graph: Rows, first: int) -> Ints:
    """The nodes that can be reached from `first`, itself included, in order of number."""
    seen = np.zeros(graph.size, dtype=bool)
    frontier = np.array([first], dtype=np.int64)
    seen[first] = True
    while len(frontier):
        _, targets, _ = graph.of(frontier)
        frontier = np.unique(targets[~seen[targets]])
        seen[frontier] = True
    return np.flatnonzero(seen)


@dataclass(frozen=True)
class SpreadAmount:
    """What became of an amount: what passed through each node, what stayed in its sinks, and at which level it lies."""

    amount: Floats
    sunk: Floats
    level: Ints


def spread(graph: Rows, first: int, amount: float, sinks: Floats) -> SpreadAmount:
    """Push an amount from a node along its edges in proportion to their weights, level by level.

    `sinks` has one row per node and one column per kind of sink, with weights in the unit of the edges; a node
    without edges and without sinks keeps what reaches it in `amount`. Each node is divided only after all that can
    reach it has arrived (Kahn's order), so the result does not depend on the way. Raises Refused for a cycle.
    """
    inside = reach(graph, first)
    _, targets, _ = graph.of(inside)
    waiting = np.bincount(targets, minlength=graph.size)
    passed = np.zeros(graph.size)
    level = np.full(graph.size, -1, dtype=np.int64)
    sunk = np.zeros(sinks.shape)
    passed[first] = amount
    frontier = np.array([first] if not waiting[first] else [], dtype=np.int64)
    depth = done = 0
    while len(frontier):
        level[frontier] = depth
        done += len(frontier)
        owner, targets, weight = graph.of(frontier)
        total = np.bincount(owner, weights=weight, minlength=len(frontier)) + sinks[frontier].sum(axis=1)
        total[total == 0] = 1.0
        sunk[frontier] = sinks[frontier] / total[:, None] * passed[frontier][:, None]
        np.add.at(passed, targets, weight / total[owner] * passed[frontier][owner])
        np.subtract.at(waiting, targets, 1)
        near = np.unique(targets)
        frontier = near[waiting[near] == 0]
        depth += 1
    if done != len(inside):
        raise refuse(N_("These lots go round in a circle: some lot would come from itself."), "", "cycle")
    return SpreadAmount(passed, sunk, level)
