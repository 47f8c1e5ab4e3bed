"""A linear or mixed-integer program as flat arrays, and the builder that makes one from whole blocks at a time.

A *block* is a family of columns (decisions) or rows (limits, balances) added in one call; its *axes* say what each
place stands for, so that column or row j can be named in a file and said in words without keeping a name for each.
The matrix is kept by columns (CSC), as HiGHS reads it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from string import Formatter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import _sparsetools, csc_array

from meguri.kit.words import Words, listed, plain

Ids = NDArray[np.int32]
Floats = NDArray[np.float64]

LONGEST = 2**31 - 1
"""Rows, columns and entries are counted in 32 bits by the solver."""


@dataclass(frozen=True)
class Axis:
    """What a block's places stand for along one axis.

    `names` are the things that can stand there; `at` says which of them stands at each place of a sparse block (a
    list of arcs, say) and is left out where the block is a full grid and place k is `names[k]`. `keys` are what a
    JSON Pointer calls them; without them the English names are used. `name` is what a limit's words and pointer call
    the axis, such as ``site``.
    """

    names: Sequence[str | Words]
    at: Ids | None = None
    keys: Sequence[str] | None = None
    name: str = ""


@dataclass(frozen=True)
class NamedLimit:
    """A limit that somebody set, in the words in which to name it when limits conflict.

    `words` and `pointer` may hold ``{site}``, ``{year}`` ... for what stands at a place along the block's axis of that
    name, and ``{number}`` where the block has no axes; `unit` is said after amounts. Rows without a limit are balances
    of the model, which nobody can give up.
    """

    words: Words
    pointer: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Block:
    """A family of columns or rows added together: places `start` to `start + size`, in C order of `shape`."""

    name: str
    start: int
    shape: tuple[int, ...]
    axes: tuple[Axis, ...] = ()
    limit: NamedLimit | None = None

    @property
    def size(self) -> int:
        """How many columns or rows."""
        return math.prod(self.shape)

    @property
    def ids(self) -> Ids:
        """The columns or rows of the block, in its shape."""
        return np.arange(self.start, self.start + self.size, dtype=np.int32).reshape(self.shape)

    def _along(self, place: int) -> list[tuple[Axis, int]]:
        index = np.unravel_index(place, self.shape) if self.shape else ()
        if len(self.shape) == 1:
            return [(axis, int(place if axis.at is None else axis.at[place])) for axis in self.axes]
        return [(axis, int(k if axis.at is None else axis.at[k])) for axis, k in zip(self.axes, index, strict=True)]

    def _named(self) -> tuple[Axis, ...]:
        """The axes; without any, the place's number along each dimension."""
        return self.axes or (_NUMBERS,) * len(self.shape)

    def unfilled(self) -> frozenset[str]:
        """Places of the limit's words and pointer that no axis fills."""
        if self.limit is None:
            return frozenset()
        words, known = self.limit.words, {axis.name for axis in self._named()}
        given = {name for name, _ in words.params}
        return (_places(words.text) - given - known) | (_places(self.limit.pointer) - known)

    def _things(self, place: int) -> list[tuple[Axis, str | Words, str]]:
        """Along each axis what stands at one place of the block, and its key; the places' numbers without axes."""
        if not self.axes:
            index = np.unravel_index(place, self.shape) if self.shape else ()
            return [(_NUMBERS, number, number) for number in (str(int(k) + 1) for k in index)]
        return [(axis, axis.names[k], _key(axis, k)) for axis, k in self._along(place)]

    def names(self, place: int) -> tuple[Words, ...]:
        """The things at one place of the block, along its axes; place numbers where it has no axes."""
        return tuple(name if isinstance(name, Words) else plain(name) for _, name, _ in self._things(place))

    def keys(self, place: int) -> tuple[str, ...]:
        """The same things as a JSON Pointer calls them."""
        return tuple(key for _, _, key in self._things(place))

    def label(self, place: int) -> str:
        """A name for files: ``ship(Manila,Osaka)``."""
        keys = self.keys(place)
        return f"{self.name}({','.join(keys)})" if keys else self.name

    def said(self, place: int) -> Words:
        """The column or row in words."""
        if self.limit is None:
            return plain(self.label(place))
        words, names = self.limit.words, self.names(place)
        along, asked = zip(self._named(), names, strict=True), _places(words.text)
        filling = tuple((axis.name, name) for axis, name in along if axis.name in asked)
        if filling:
            return msgspec.structs.replace(words, params=(*words.params, *filling))
        return Words("{what} ({which})").format(what=words, which=listed(names)) if names else words

    def pointer(self, place: int) -> str:
        """Where the limit was set, as a JSON Pointer."""
        if self.limit is None:
            return ""
        keys = {axis.name: key.replace("~", "~0").replace("/", "~1") for axis, _, key in self._things(place)}
        return self.limit.pointer.format(**keys)


_NUMBERS = Axis((), name="number")


@cache
def _places(text: str) -> frozenset[str]:
    """The named places of a text."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _key(axis: Axis, at: int) -> str:
    if axis.keys is not None:
        return axis.keys[at]
    name = axis.names[at]
    return name if isinstance(name, str) else name.en


@dataclass(frozen=True)
class Program:
    """Minimise ``offset + cost @ x`` with ``lower <= x <= upper`` and ``row_lower <= A @ x <= row_upper``.

    A is by columns: the entries of column j are ``indices/data[indptr[j]:indptr[j + 1]]``, each row at most once.
    `integrality` is 1 where a column takes whole values only. Blocks tell what columns and rows stand for.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    indptr: Ids
    indices: Ids
    data: Floats
    integrality: Ids
    column_blocks: tuple[Block, ...] = ()
    row_blocks: tuple[Block, ...] = ()
    offset: float = 0.0

    @property
    def columns(self) -> int:
        """How many columns."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.row_lower)

    @property
    def entries(self) -> int:
        """How many nonzeros."""
        return len(self.indices)

    @property
    def has_integers(self) -> bool:
        """Whether any column takes whole values only."""
        return bool(self.integrality.any())

    @property
    def matrix(self) -> csc_array:
        """A as a scipy array over the same memory."""
        return csc_array((self.data, self.indices, self.indptr), shape=(self.rows, self.columns))

    def column_block(self, j: int) -> tuple[Block, int]:
        """The block that column j belongs to, and its place there."""
        return _block(self.column_blocks, j)

    def row_block(self, i: int) -> tuple[Block, int]:
        """The block that row i belongs to, and its place there."""
        return _block(self.row_blocks, i)

    def block(self, name: str) -> Block:
        """A block of columns or of rows by its name. KeyError where there is none."""
        for one in (*self.column_blocks, *self.row_blocks):
            if one.name == name:
                return one
        raise KeyError(name)

    def column_name(self, j: int) -> str:
        """Column j as files call it."""
        block, place = self.column_block(j)
        return block.label(place)

    def row_name(self, i: int) -> str:
        """Row i as files call it."""
        block, place = self.row_block(i)
        return block.label(place)

    def with_(self, **changed: Any) -> Program:
        """The same program with some arrays replaced."""
        return replace(self, **changed)

    def fixed(self, x: Floats) -> Program:
        """The program with whole-valued columns fixed at their values in `x` (rounded) and no longer integer.

        Its duals are those of the plan with builds fixed.
        """
        whole = self.integrality.astype(bool)
        at = np.round(x[whole])
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[whole], upper[whole] = at, at
        return replace(self, lower=lower, upper=upper, integrality=np.zeros_like(self.integrality))

    def relaxed(self) -> Program:
        """The program without the demand for whole values."""
        return replace(self, integrality=np.zeros_like(self.integrality))


def _block(blocks: tuple[Block, ...], at: int) -> tuple[Block, int]:
    k = bisect_right(blocks, at, key=lambda block: block.start) - 1
    while k >= 0 and at - blocks[k].start >= blocks[k].size:
        k -= 1  # Empty blocks share the start of the one after them.
    if k < 0:
        raise IndexError(at)
    return blocks[k], at - blocks[k].start


@dataclass(frozen=True)
class _Chunk:
    """Entries added together, as given: not yet broadcast to their shape.

    `low` and `high` are the first and last column of each slice along the first axis, or of the whole.
    """

    rows: Ids
    columns: Ids
    values: Floats
    shape: tuple[int, ...]
    low: Ids
    high: Ids
    first_row: int

    def piece(self, k: int) -> _Chunk:
        """One slice along the first axis, or the whole where it is not sliced."""
        if len(self.low) == 1:
            return self

        def part(array: Any) -> Any:
            whole = array.ndim < len(self.shape) or array.shape[0] == 1
            return array if whole else array[k : k + 1]

        return replace(
            self, rows=part(self.rows), columns=part(self.columns), values=part(self.values),
            shape=(1, *self.shape[1:]),
        )  # fmt: skip


SLICES, LARGE_SLICE = 1000, 1000
"""Chunks are sliced along a first axis of no more than so many places, where a slice has at least so many entries."""


class Builder:
    """Collects blocks of columns, rows and entries, and makes the program in one pass.

    Every argument is broadcast to the block's shape, so a scalar serves for all. Values that are not finite are
    refused (infinite bounds are bounds, and fine); several entries at one place are summed.
    """

    def __init__(self) -> None:
        self._columns: list[tuple[Block, Any, Any, Any, bool]] = []
        self._rows: list[tuple[Block, Any, Any]] = []
        self._entries: list[_Chunk] = []
        self._names: set[str] = set()
        self._column_count = self._row_count = 0
        self.offset = 0.0

    def _block(
        self, name: str, start: int, shape: int | tuple[int, ...], axes: Sequence[Axis], limit: NamedLimit | None
    ) -> Block:
        shape = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)
        if name in self._names:
            raise ValueError(f"there are two blocks called {name}")
        for k, axis in enumerate(axes):
            size = shape[0] if len(shape) == 1 else shape[k]
            places = len(axis.names) if axis.at is None else len(axis.at)
            if places != size or (len(shape) > 1 and len(axes) != len(shape)):
                raise ValueError(f"{name}: axis {k} has {places} places where the block has {size}")
        self._names.add(name)
        block = Block(name, start, shape, tuple(axes), limit)
        if unfilled := block.unfilled():
            raise ValueError(f"{name}: no axis is called {', '.join(sorted(unfilled))}")
        if start + block.size > LONGEST:
            raise ValueError(f"{name}: more columns or rows than the solver can count")
        return block

    def columns(
        self,
        name: str,
        shape: int | tuple[int, ...],
        cost: ArrayLike = 0.0,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        *,
        integer: bool = False,
        axes: Sequence[Axis] = (),
        limit: NamedLimit | None = None,
    ) -> Ids:
        """Add a block of columns; returns their numbers in the block's shape. `limit` names a bound somebody set."""
        block = self._block(name, self._column_count, shape, axes, limit)
        values = [
            _broadcast(f"{name}: {what}", one, block.shape, infinite)
            for what, one, infinite in (("cost", cost, 0), ("lower", lower, -1), ("upper", upper, 1))
        ]
        self._columns.append((block, values[0], values[1], values[2], integer))
        self._column_count += block.size
        return block.ids

    def rows(
        self,
        name: str,
        shape: int | tuple[int, ...],
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
        *,
        axes: Sequence[Axis] = (),
        limit: NamedLimit | None = None,
    ) -> Ids:
        """Add a block of rows; returns their numbers in the block's shape. `limit` names a limit somebody set."""
        block = self._block(name, self._row_count, shape, axes, limit)
        values = [
            _broadcast(f"{name}: {what}", one, block.shape, infinite)
            for what, one, infinite in (("lower", lower, -1), ("upper", upper, 1))
        ]
        self._rows.append((block, values[0], values[1]))
        self._row_count += block.size
        return block.ids

    def entries(self, rows: ArrayLike, columns: ArrayLike, values: ArrayLike = 1.0) -> None:
        """Add entries of the matrix at (rows, columns), the three broadcast against each other."""
        i, j = np.asarray(rows), np.asarray(columns)
        value = np.asarray(values, dtype=np.float64)
        shape = np.broadcast_shapes(i.shape, j.shape, value.shape)
        size = math.prod(shape)
        if not size:
            return
        if not np.isfinite(value).all():
            raise ValueError("an entry of the matrix is not a finite number")
        sliced = j.ndim == len(shape) > 1 and 1 < j.shape[0] <= SLICES and size >= LARGE_SLICE * j.shape[0]
        slices = j.reshape(j.shape[0] if sliced else 1, -1)
        chunk = _Chunk(i, j, value, shape, slices.min(axis=1), slices.max(axis=1), int(i.min()))
        lasts = ("row", i, chunk.first_row, i.max(), self._row_count), (
            "column", j, chunk.low.min(), chunk.high.max(), self._column_count,
        )  # fmt: skip
        for what, ids, first, last, count in lasts:
            if ids.dtype.kind not in "iu" or first < 0 or last >= count:
                raise ValueError(f"an entry names a {what} that has not been added")
        self._entries.append(chunk)

    def build(self) -> Program:
        """Make the program."""
        columns, rows = self._column_count, self._row_count
        cost, lower, upper = (np.empty(columns) for _ in range(3))
        integrality = np.zeros(columns, dtype=np.int32)
        for block, a, b, c, integer in self._columns:
            at = slice(block.start, block.start + block.size)
            for target, value in ((cost, a), (lower, b), (upper, c)):
                target[at].reshape(block.shape)[...] = value
            if integer:
                integrality[at] = 1
        row_lower, row_upper = np.empty(rows), np.empty(rows)
        for block, a, b in self._rows:
            at = slice(block.start, block.start + block.size)
            row_lower[at].reshape(block.shape)[...] = a
            row_upper[at].reshape(block.shape)[...] = b
        _ordered("column", lower, upper)
        _ordered("row", row_lower, row_upper)
        indptr, indices, data = _compressed(self._entries, rows, columns)
        return Program(
            cost, lower, upper, row_lower, row_upper, indptr, indices, data, integrality,
            tuple(one[0] for one in self._columns), tuple(one[0] for one in self._rows), self.offset,
        )  # fmt: skip


def _broadcast(what: str, value: ArrayLike, shape: tuple[int, ...], infinite: int) -> Floats:
    """Finite numbers, or infinite ones on the side where no bound is meant; kept small until the program is made."""
    array = np.asarray(value, dtype=np.float64)
    if array.shape != shape:
        np.broadcast_shapes(array.shape, shape)
        if np.broadcast_shapes(array.shape, shape) != shape:
            raise ValueError(f"{what} has shape {array.shape}, which does not fit {shape}")
    if not np.isfinite(array).all() and (np.isnan(array).any() or not infinite or (array == -infinite * np.inf).any()):
        raise ValueError(f"{what} is not a finite number")
    return array


def _ordered(what: str, lower: Floats, upper: Floats) -> None:
    """Crossed bounds are left to the solver to call infeasible, but a bound of not-a-number has no meaning."""
    if np.isnan(lower).any() or np.isnan(upper).any():
        raise ValueError(f"a {what} has a bound that is not a number")


def _compressed(chunks: list[_Chunk], rows: int, columns: int) -> tuple[Ids, Ids, Floats]:
    """The entries by columns, window by window of columns, so that what is sorted at one time stays in the cache.

    Row order within a column falls out of taking the chunks by their rows.
    """
    count = sum(math.prod(chunk.shape) for chunk in chunks)
    if count > LONGEST:
        raise ValueError("more entries than the solver can count")
    indptr, indices, data = np.zeros(columns + 1, np.int32), np.empty(count, np.int32), np.empty(count)
    pieces = _windows(sorted(chunks, key=lambda chunk: chunk.first_row))
    widest = max((sum(math.prod(piece.shape) for piece in window) for _, _, window in pieces), default=0)
    i, j, value = np.empty(widest, np.int32), np.empty(widest, np.int32), np.empty(widest)
    at = done = 0
    for low, high, window in pieces:
        size = 0
        for piece in window:
            part = slice(size, size + math.prod(piece.shape))
            i[part].reshape(piece.shape)[...] = piece.rows
            np.subtract(piece.columns, low, out=j[part].reshape(piece.shape))
            value[part].reshape(piece.shape)[...] = piece.values
            size = part.stop
        ends = np.empty(high - low + 2, np.int32)
        into = slice(at, at + size)
        _sparsetools.coo_tocsr(
            high - low + 1, rows, size, j[:size], i[:size], value[:size], ends, indices[into], data[into]
        )
        indptr[done : low + 1] = at
        indptr[low + 1 : high + 2] = ends[1:] + at
        at, done = into.stop, high + 2
    indptr[done:] = at
    if not _sparsetools.csr_has_canonical_format(columns, indptr, indices):
        found = csc_array((data, indices, indptr), shape=(rows, columns))
        found.sum_duplicates()
        indptr, indices, data = found.indptr.astype(np.int32), found.indices.astype(np.int32), found.data
        if not np.isfinite(data).all():
            raise ValueError("entries of the matrix add up to no finite number")
    return indptr, indices, data


def _windows(chunks: list[_Chunk]) -> list[tuple[int, int, list[_Chunk]]]:
    """Ranges of columns (first, last) that share no chunk or slice of one, in order, each with its own."""
    slices = [
        (int(low), int(high), place, k)
        for place, chunk in enumerate(chunks)
        for k, (low, high) in enumerate(zip(chunk.low, chunk.high, strict=True))
    ]
    found: list[tuple[int, int, list[tuple[int, int]]]] = []
    for low, high, place, k in sorted(slices):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]), found[-1][2])
        else:
            found.append((low, high, []))
        found[-1][2].append((place, k))
    return [(low, high, [chunks[place].piece(k) for place, k in sorted(which)]) for low, high, which in found]
