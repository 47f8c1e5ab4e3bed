"""The standard normal deviates behind the draws, and how they hang together. Equal seeds give equal draws.

Sales: an error shared by all products of an economy and one of each product's own. Lifetimes: a part shared by all
economies for a product, a part of its own in each economy, and one shared by all products of an economy, since the
surveys stand for few economies. Composition and yields: the same everywhere, since the
same bills and routes stand behind all economies. Collection: one level per economy. Each stream of numbers is named by
economy, so that leaving an economy out changes nothing for the others.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meguri.kit.words import Words

Array = NDArray[np.float64]

LIFE_SHARED: Final = 0.7
CONTENT_SHARED: Final = 0.5
"""Parts of the variance that are shared; assumptions, since no survey gives them."""

GROUPS: Final = {
    "lifetimes": ("life", "lives"),
    "sales": ("market", "sales", "level"),
    "composition": ("content",),
    "yields": ("yields",),
    "collection": ("collection",),
}
"""Groups of inputs whose part in the variance is told apart."""
GROUP_WORDS: Final = {
    "lifetimes": Words("Lifetimes"),
    "sales": Words("Sales", context="put on the market"),
    "composition": Words("Composition"),
    "yields": Words("Yields of recovery"),
    "collection": Words("Collection", context="rate"),
}


@dataclass(frozen=True)
class Deviates:
    """One row a draw, by input; a row of zeros is the central run.

    `market` (n,) is the error of sales that all products share, `sales` (n, P) that of each; `life` (n, P),
    `content` (n, P, elements and streams), `yields` (n, R, M), `collection` (n,); `level` (n,) is the error of
    published arisings, `lives` (n,) that of all lifetimes of an economy together.
    """

    market: Array
    sales: Array
    life: Array
    content: Array
    yields: Array
    collection: Array
    level: Array
    lives: Array

    def __len__(self) -> int:
        return len(self.sales)

    def replaced(self, other: Deviates, group: str) -> Deviates:
        """These with one group of `GROUPS` taken from another set."""
        taken = {name: getattr(other if name in GROUPS[group] else self, name) for name in _NAMES}
        return Deviates(**taken)

    def after(self, other: Deviates) -> Deviates:
        """Another set's draws, then these."""
        return Deviates(**{name: np.concatenate([getattr(other, name), getattr(self, name)]) for name in _NAMES})

    def some(self, rows: slice) -> Deviates:
        """Part of the draws."""
        return Deviates(**{name: getattr(self, name)[rows] for name in _NAMES})


_NAMES = tuple(one.name for one in fields(Deviates))


def central(products: int, items: int, elements: int, routes: int) -> Deviates:
    """The central run: one draw without any deviation."""
    return Deviates(
        np.zeros(1),
        np.zeros((1, products)),
        np.zeros((1, products)),
        np.zeros((1, products, items)),
        np.zeros((1, routes, elements)),
        np.zeros(1),
        np.zeros(1),
        np.zeros(1),
    )


def drawn(
    n: int, seed: int, economy: str, products: tuple[str, ...], items: int, elements: int, routes: int
) -> Deviates:
    """`n` draws for one economy; `items` are elements and streams, of which yields are drawn for the elements."""
    life = np.sqrt(LIFE_SHARED) * _shared(n, seed, "life", products) + np.sqrt(1 - LIFE_SHARED) * _by_product(
        n, seed, ("life", economy), products, ()
    )
    return Deviates(
        _stream(seed, "market", economy).standard_normal(n),
        _by_product(n, seed, ("sales", economy), products, ()),
        life,
        _contents(n, seed, products, items),
        _stream(seed, "yields").standard_normal((n, routes, elements)),
        _stream(seed, "collection", economy).standard_normal(n),
        _stream(seed, "level", economy).standard_normal(n),
        _stream(seed, "lives", economy).standard_normal(n),
    )


# What all economies share is made once for all of them: a few megabytes for the blocks of one run.
@lru_cache(maxsize=48)
def _shared(n: int, seed: int, name: str, products: tuple[str, ...]) -> Array:
    return _by_product(n, seed, (name,), products, ())


@lru_cache(maxsize=48)
def _contents(n: int, seed: int, products: tuple[str, ...], items: int) -> Array:
    """A level common to all that is in a product stands for the choice of its bill; the rest is each item's own."""
    bill = _by_product(n, seed, ("bill",), products, ())
    own = _by_product(n, seed, ("content",), products, (items,))
    made: Array = np.sqrt(CONTENT_SHARED) * bill[:, :, None] + np.sqrt(1 - CONTENT_SHARED) * own
    made.setflags(write=False)
    return made


def _stream(seed: int, *names: str) -> np.random.Generator:
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def _by_product(n: int, seed: int, names: tuple[str, ...], products: tuple[str, ...], shape: tuple[int, ...]) -> Array:
    return np.stack([_stream(seed, *names, p).standard_normal((n, *shape)) for p in products], axis=1)
