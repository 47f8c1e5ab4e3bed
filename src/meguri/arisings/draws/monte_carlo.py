"""Monte Carlo over any model: seeded blocks of draws into arrays made once.

A model says which groups of inputs it draws, draws them from a seed, and turns a block of draws into outputs. Draws
come in blocks; each block has a seed of its own, spawned from the seed of the whole by the number of the block. So the
figures do not depend on how many processes share the work, and models that name their streams (`deviates`) share
what they have in common: economies drawn one after another still get the same lifetimes and bills in the same draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from meguri.arisings.draws import quantiles
from meguri.kit.problems import N_, Problem, gather, nearest, refuse

Array = npt.NDArray[np.floating[Any]]
Progress = Callable[[int, int], None]
"""Told the draws done and the draws asked for; may raise to stop."""
Cancel = Callable[[], bool]
"""Asked before each block; true stops the work with `DrawsCancelled`."""

BLOCK: Final = 32
"""Draws in a block. Part of what a seed means: another number gives other draws."""
MOST: Final = 1_000_000
SAMPLES: Final = ("a", "b")
"""Independent samples of the same inputs; the variance breakdown puts groups of one into the other."""


class DrawsCancelled(Exception):
    """The caller asked for the work to stop."""


class Drawable(Protocol):
    """What can be drawn. `Z` below is whatever the model makes of its deviates; only the model looks inside."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups of inputs that are drawn, such as lifetimes, sales, composition, yields."""

    @property
    def outputs(self) -> Mapping[str, tuple[int, ...]]:
        """Names of the outputs and the shape of each in one draw."""

    def deviates(self, n: int, seed: int) -> Any:
        """`n` draws of all inputs, from a seed; the same seed gives the same draws."""

    def swapped(self, z: Any, other: Any, group: str) -> Any:
        """`z` with one group of inputs taken from `other`."""

    def run(self, z: Any, out: Mapping[str, Array]) -> None:
        """Write the outputs named in `out`, each ``(n, *shape)``."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Outputs by name, each ``(n, *shape)`` in the model's unit, and the seed they came from."""

    values: Mapping[str, Array]
    n: int
    seed: int

    def quantiles(self, name: str, q: Iterable[float]) -> Array:
        """Quantiles of an output, ``(len(q), *shape)``."""
        return quantiles.of(self.values[name], list(q))

    def bands(self, q: Iterable[float]) -> dict[str, Band]:
        """Mean, standard deviation and quantiles of every output."""
        wanted = tuple(q)
        return {name: Band.of(values, wanted) for name, values in self.values.items()}


@dataclass(frozen=True, eq=False)
class Band:
    """What is kept of the draws of one output: ``mean`` and ``sd`` by cell, ``quantiles`` ``(len(q), *shape)``."""

    q: tuple[float, ...]
    mean: Array
    sd: Array
    quantiles: Array

    @classmethod
    def of(cls, values: Array, q: Iterable[float]) -> Band:
        """From draws ``(n, *shape)``; with one draw the standard deviation is zero."""
        wanted = tuple(q)
        spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1:], values.dtype)
        return cls(wanted, values.mean(axis=0), spread, quantiles.of(values, wanted))


def blocks(n: int) -> list[tuple[int, int]]:
    """First draw and number of draws of each block."""
    return [(first, min(BLOCK, n - first)) for first in range(0, n, BLOCK)]


def block_seed(seed: int, block: int, sample: str = "a") -> int:
    """The seed of one block: spawned from the seed of the whole, so that blocks are independent of each other."""
    sequence = np.random.SeedSequence(seed, spawn_key=(SAMPLES.index(sample), block))
    return int(sequence.generate_state(1, np.uint64)[0])


def chosen(model: Drawable, outputs: Iterable[str] | None) -> dict[str, tuple[int, ...]]:
    """The outputs asked for, with their shapes; all of them for None. Refused for an unknown name."""
    known = dict(model.outputs)
    names = list(known) if outputs is None else list(dict.fromkeys(outputs))
    gather(
        Problem(
            N_("There is no output {name}. Outputs: {known}. Nearest: {nearest}"),
            "/outputs",
            "unknown-output",
            {"name": name, "known": ", ".join(known), "nearest": nearest(name, known) or "-"},
        )
        for name in names
        if name not in known
    )
    return {name: known[name] for name in names}


def checked(n: int, seed: int) -> None:
    """Refuse a number of draws or a seed that cannot be used."""
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MOST:
        raise refuse(N_("Draws: a whole number from 1 to {most}; got {got}."), "/draws", "draws", most=MOST, got=n)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise refuse(N_("The seed is a whole number of zero or more; got {got}."), "/seed", "seed", got=seed)


def preallocated(shapes: Mapping[str, tuple[int, ...]], n: int, dtype: npt.DTypeLike = np.float64) -> dict[str, Array]:
    """Room for `n` draws of each output."""
    return {name: np.empty((n, *shape), dtype) for name, shape in shapes.items()}


def run_block(model: Drawable, block: int, count: int, seed: int, out: Mapping[str, Array]) -> None:
    """Work out one block of draws into `out`, ``(count, *shape)`` each."""
    model.run(model.deviates(count, block_seed(seed, block)), out)


def simulate(
    model: Drawable,
    n: int,
    seed: int,
    outputs: Iterable[str] | None = None,
    *,
    dtype: npt.DTypeLike = np.float64,
    out: Mapping[str, Array] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Draws:
    """`n` draws of a model, one block after another in this process; `spread.simulate` shares the work.

    `out` is room made before, ``(n, *shape)`` for each output: memory that has been touched once is several times
    quicker to write. Raises `DrawsCancelled` once `cancel` says so, and Refused for unknown outputs, draws or seeds.
    """
    checked(n, seed)
    shapes = chosen(model, outputs)
    room = dict(out) if out is not None else preallocated(shapes, n, dtype)
    for block, (first, count) in enumerate(blocks(n)):
        if cancel is not None and cancel():
            raise DrawsCancelled
        run_block(model, block, count, seed, {name: room[name][first : first + count] for name in shapes})
        if progress is not None:
            progress(first + count, n)
    return Draws({name: room[name] for name in shapes}, n, seed)
