"""The arithmetic of cohorts on plain arrays ``(year, cell)``: how entries age, and which entries keep a stock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from meguri.arisings.stock.conventions import Convention, fractions_by_age
from meguri.arisings.stock.lifetimes import Array, LifetimeLaw


@dataclass(frozen=True)
class Shares:
    """Of one unit of a cohort, by year from its first: what leaves, what is left, and what the law says is left."""

    leaving: Array
    left: Array
    by_law: Array


class Kernels:
    """The shares of every cohort for a block of cells.

    ``lifetime`` has parameters ``(cells,)`` or ``(cohort, cells)``; the cohorts are the ``years`` of the series, or the
    ``before`` years of the initial stock and then those. With one row for each year of the series, the cohorts before
    it have the lifetime of the first row.
    """

    def __init__(self, lifetime: LifetimeLaw, years: int, convention: Convention, before: int = 0) -> None:
        if lifetime.ndim == 2 and lifetime.shape_of_parameters[0] == 1:
            lifetime = lifetime.of_cohort(0)
        self.lifetime, self.years, self.convention, self.before = lifetime, years, convention, before
        self.by_cohort = lifetime.ndim == 2
        self._offset = before if self.by_cohort and lifetime.shape_of_parameters[0] == before + years else 0
        self._all = None if self.by_cohort else self._fractions(lifetime, before + years)

    def block(self, cells: slice) -> Kernels:
        """The same for some of the cells."""
        parts = {name: np.asarray(each)[..., cells] for name, each in self.lifetime.parameters().items()}
        return Kernels(replace(self.lifetime, **parts), self.years, self.convention, self.before)

    def _fractions(self, law: LifetimeLaw, years: int) -> Shares:
        leaving, left = fractions_by_age(law, years, self.convention)
        by_law = left if self.convention.conserves else law.survival(np.arange(years) + 1.0)
        return Shares(leaving, left, by_law)

    def sold(self, year: int) -> Shares:
        """Shares of the goods that enter in a year of the series, from that year on."""
        span = self.years - year
        if self._all is not None:
            return Shares(self._all.leaving[:span], self._all.left[:span], self._all.by_law[:span])
        return self._fractions(self.lifetime.of_cohort(self._offset + year), span)

    def initial(self, cohort: int) -> tuple[Shares, Array]:
        """Shares of what is left of an earlier cohort at the start of the series, and where its law leaves none.

        Conditional on having lived so long: the density or survival over the survival reached. Where the law leaves
        nothing at that age the goods leave in the first year; the caller refuses or reports that.
        """
        ages = self.before - cohort
        every = self._all
        if every is None:
            law = self.lifetime.of_cohort(cohort if self._offset else 0)
            every = self._fractions(law, ages + self.years)
        reached, after = every.by_law[ages - 1], slice(ages, ages + self.years)
        dead = reached <= 0
        over = np.where(dead, 1.0, reached)
        at_once = np.zeros((self.years, 1))
        at_once[0] = 1.0
        leaving = np.where(dead, at_once, every.leaving[after] / over)
        by_law = np.where(dead, 0.0, every.by_law[after] / over)
        left = by_law if self.convention.conserves else 1.0 - np.cumsum(leaving, axis=0)
        return Shares(leaving, left, by_law), dead


@dataclass
class Aged:
    """What became of the entries: arrays ``(T, ..., cells)``; the tables ``(T, cohort, cells)`` only when asked."""

    leaving: Array
    stock: Array
    early: Array
    by_law: Array
    leaving_by_cohort: Array | None = None
    stock_by_cohort: Array | None = None
    early_by_cohort: Array | None = None


def age(
    entries: Array, kernels: Kernels, initial: Array | None = None, kept: Array | None = None, *, tables: bool = False
) -> Aged:
    """Let entries ``(T, ..., cells)`` and an initial stock ``(C, cells)`` grow old.

    ``kept`` ``(T, cells)`` is the share of all that would be left at each year's end that is indeed kept; the rest
    leaves early, from every cohort in proportion.
    """
    years, plain = len(entries), entries.ndim == 2
    stock = np.zeros_like(entries)
    by_law = stock if kernels.convention.conserves else np.zeros_like(entries)
    aged = Aged(np.zeros_like(entries), stock, np.zeros_like(entries), by_law)
    earlier = 0 if initial is None else len(initial)
    if tables:
        shape = (years, earlier + years, entries.shape[-1])
        aged.leaving_by_cohort, aged.stock_by_cohort = np.zeros(shape), np.zeros(shape)
        aged.early_by_cohort = np.zeros(shape)
    for column, first, amount, shares in _cohorts(entries, kernels, initial):
        leaving, left, lawful = shares.leaving, shares.left, shares.by_law
        early = None
        if kept is not None:
            after = np.cumprod(kept[first:], axis=0)
            before = np.concatenate([np.ones_like(after[:1]), after[:-1]])
            early = left * (before - after)
            leaving, left, lawful = leaving * before, left * after, lawful * after
        for share, total, table in (
            (leaving, aged.leaving, aged.leaving_by_cohort),
            (left, aged.stock, aged.stock_by_cohort),
            (early, aged.early, aged.early_by_cohort),
            (None if by_law is stock else lawful, by_law, None),
        ):
            if share is None:
                continue
            part = amount * (share if plain else share[:, np.newaxis])
            total[first:] += part
            if table is not None:
                table[first:, column] = part
    return aged


def _cohorts(entries: Array, kernels: Kernels, initial: Array | None) -> Iterator[tuple[int, int, Array, Shares]]:
    earlier = 0 if initial is None else len(initial)
    if initial is not None:
        for cohort in range(earlier):
            if initial[cohort].any():
                yield cohort, 0, initial[cohort], kernels.initial(cohort)[0]
    for year in range(len(entries)):
        yield earlier + year, year, entries[year], kernels.sold(year)


def dead_on_arrival(kernels: Kernels, initial: Array) -> Array:
    """Amounts ``(C, cells)`` of the initial stock that are older than their law allows."""
    return np.stack([np.where(kernels.initial(c)[1], initial[c], 0.0) for c in range(len(initial))])


@dataclass(frozen=True)
class Solved:
    """Entries that keep the stock, the share kept, what would be in use without entries, where no entry can help."""

    inflow: Array
    kept: Array
    without_entry: Array
    no_entry: Array


#: A needed inflow this little below zero, relative to the largest stock of its series, is rounding.
ROUNDING = 1e-12


def solve(
    stock: Array, kernels: Kernels, initial: Array | None, second: Kernels | None, reused: Array | None
) -> Solved:
    """Which entries ``(T, cells)`` make the goods in use at each year's end equal ``stock`` (second lives included).

    Where a year would need less than nothing, nothing enters and the surplus leaves from every cohort in proportion.
    """
    years, cells = stock.shape
    first_tables = _tables(kernels, years)
    second_tables = _tables(second, years) if second is not None else None
    living = np.zeros((years, cells))
    again = np.zeros((years, cells))
    old = initial.copy() if initial is not None else np.zeros((0, cells))
    grown = [kernels.initial(c)[0] for c in range(len(old))]
    inflow, kept, without = np.zeros_like(stock), np.ones_like(stock), np.zeros_like(stock)
    no_entry = np.zeros(stock.shape, dtype=bool)
    rounding = ROUNDING * stock.max(axis=0, initial=0.0)
    for t in range(years):
        leaving, left = first_tables.at(t)
        carried = (living[:t] * left[:t]).sum(axis=0)
        gone = (living[:t] * leaving[:t]).sum(axis=0)
        for c, shares in enumerate(grown):
            carried += old[c] * shares.left[t]
            gone += old[c] * shares.leaving[t]
        gain = left[t].copy()
        if second_tables is not None and reused is not None:
            left_again = second_tables.at(t)[1]
            stays = reused[t] * left_again[t]
            carried += (again[:t] * left_again[:t]).sum(axis=0) + gone * stays
            gain += leaving[t] * stays
        needed = stock[t] - carried
        too_many = needed < -rounding
        no_entry[t] = (needed > rounding) & (gain <= 0)
        inflow[t] = np.where((needed > 0) & (gain > 0), needed / np.where(gain > 0, gain, 1.0), 0.0)
        without[t] = carried
        kept[t] = np.where(too_many, stock[t] / np.where(too_many, carried, 1.0), 1.0)
        living[t] = inflow[t]
        if reused is not None:
            again[t] = reused[t] * (gone + inflow[t] * leaving[t])
        living[: t + 1] *= kept[t]
        again[: t + 1] *= kept[t]
        old *= kept[t]
    return Solved(inflow, kept, without, no_entry)


@dataclass(frozen=True)
class _Tables:
    leaving: Array
    left: Array
    by_cohort: bool

    def at(self, t: int) -> tuple[Array, Array]:
        """Shares in year ``t`` of the cohorts ``0 .. t``; ``(t + 1, cells)`` each."""
        if not self.by_cohort:
            return self.leaving[t::-1], self.left[t::-1]
        cohorts = np.arange(t + 1)
        return self.leaving[cohorts, t - cohorts], self.left[cohorts, t - cohorts]


def _tables(kernels: Kernels, years: int) -> _Tables:
    if not kernels.by_cohort:
        shares = kernels.sold(0)
        return _Tables(shares.leaving, shares.left, False)
    cells = kernels.lifetime.shape_of_parameters[-1]
    leaving, left = np.zeros((years, years, cells)), np.zeros((years, years, cells))
    for year in range(years):
        shares = kernels.sold(year)
        leaving[year, : years - year], left[year, : years - year] = shares.leaving, shares.left
    return _Tables(leaving, left, True)
