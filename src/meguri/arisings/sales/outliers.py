"""Repairs raw apparent consumption: what cannot be true is removed by rule, what is missing is filled by rule.

The rules follow in principle those that Statistics Netherlands published with Waste over Time v1.2 (MIT; scripts
03 and 03a to 03i): per head of population, each figure is compared with its own series and with its group of
economies of like purchasing power; gaps are filled from neighbouring years, then from the group; sales before the
first record rise in a straight line from the year of introduction. Their hand corrections of single countries are
not repeated: no rule here knows a country by name.

Arrays are year x product x economy, kg per head, missing cells NaN.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from meguri.kit.words import Words

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]


class Origin(IntEnum):
    """Where the figure of a cell comes from; the value of `Repaired.origin`."""

    RECORDED = 0
    ENDED = 1
    FORMULA = 2
    OWN_OUTLIER = 3
    GROUP_OUTLIER = 4
    IMPLAUSIBLE = 5
    JUMP = 6
    GAP = 7
    LEFT_OUT = 8
    BACKCAST = 9


#: What each rule does, for the list of repairs.
WHY: Mapping[Origin, Words] = {
    Origin.ENDED: Words(
        "Sales of cathode-ray tubes had ended: zero from then on, half in the year before.",
    ),
    Origin.FORMULA: Words(
        "CRT monitors from desktop computers: 1.16 monitors per computer, less the flat ones.",
    ),
    Origin.OWN_OUTLIER: Words(
        "More than four median deviations from the economy's own median over the years: replaced.",
    ),
    Origin.GROUP_OUTLIER: Words(
        "Per head more than four median deviations from economies of like purchasing power: replaced.",
    ),
    Origin.IMPLAUSIBLE: Words(
        "Less than nothing, or more per head than can be sold: replaced.",
    ),
    Origin.JUMP: Words(
        "A jump against the years on both sides: replaced by the line between them.",
    ),
    Origin.GAP: Words(
        "No record: filled from neighbouring years, else from economies of like purchasing power.",
    ),
    Origin.LEFT_OUT: Words(
        "Customs data of solar panels mix them with other semiconductors: left out, zero.",
    ),
    Origin.BACKCAST: Words(
        "Before the first record: a straight line from the year of introduction to the first three records.",
    ),
}


@dataclass(frozen=True)
class Rules:
    """The numbers in the rules; the defaults are the published ones."""

    deviations: float = 4.0
    least_values: int = 6
    most_kg_per_head: tuple[tuple[str, float], ...] = (("0802", 20.0),)
    #: Product, and the first year without sales in each group of purchasing power.
    ended: tuple[tuple[str, tuple[int, int, int]], ...] = (("0407", (2007, 2008, 2009)), ("0308", (2008, 2009, 2010)))
    left_out: tuple[str, ...] = ("0002",)
    #: Monitors per desktop computer, and the keys of CRT monitor, desktop computer and flat monitor.
    monitors_per_computer: float = 1.16
    monitors: tuple[str, str, str] = ("0308", "0302", "0309")


PUBLISHED_RULES = Rules()


@dataclass(frozen=True, eq=False)
class Repaired:
    """Sales after repair, kg per head (year x product x economy), and the origin of every cell."""

    years: range
    kg_per_head: Array
    origin: Codes


def _median(values: Array, axis: int) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a row without any record has no median
        middle: Array = np.nanmedian(values, axis=axis, keepdims=True)
    return middle


def far_from_median(values: Array, axis: int, deviations: float, least: int) -> npt.NDArray[np.bool_]:
    """Cells farther from the median along an axis than so many median absolute deviations; NaN is never far.

    A row with fewer than ``least`` figures has no outliers.

    >>> far_from_median(np.array([1.0, 1.1, 0.9, 1.2, 1.0, 9.0]), 0, 4.0, 6).tolist()
    [False, False, False, False, False, True]
    """
    away = np.abs(values - _median(values, axis))
    enough = (~np.isnan(values)).sum(axis=axis, keepdims=True) >= least
    with np.errstate(invalid="ignore"):
        return np.asarray(enough & (away > deviations * _median(away, axis)))


def fill_between(values: Array) -> Array:
    """Fill gaps of one or two years on the line between their neighbours, and an end year on its neighbours' line.

    The first axis is time; longer gaps stay. Lines that fall below zero end at zero.
    """
    known, filled = ~np.isnan(values), values.copy()
    last = len(values) - 1
    for year in range(1, last):
        one = ~known[year] & known[year - 1] & known[year + 1]
        filled[year] = np.where(one, (values[year - 1] + values[year + 1]) / 2, filled[year])
        if year + 2 <= last:
            two = ~known[year] & ~known[year + 1] & known[year - 1] & known[year + 2]
            before, after = values[year - 1], values[year + 2]
            filled[year] = np.where(two, (2 * before + after) / 3, filled[year])
            filled[year + 1] = np.where(two, (before + 2 * after) / 3, filled[year + 1])
    if last >= 2:
        for end, near, far in ((0, 1, 2), (last, last - 1, last - 2)):
            open_end = ~known[end] & known[near] & known[far]
            filled[end] = np.where(open_end, np.maximum(2 * values[near] - values[far], 0.0), filled[end])
    return filled


def jumps(values: Array) -> npt.NDArray[np.bool_]:
    """Cells that stand apart from both neighbouring years, and a last year half as high again as the one before."""
    found = np.zeros(values.shape, dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for year in range(1, len(values) - 1):
            before, here, after = values[year - 1], values[year], values[year + 1]
            later = values[year + 2] if year + 2 < len(values) else after
            least, most = np.minimum(before, after), np.maximum(before, after)
            alone = (np.abs(after / before - 1) < 0.2) & (np.abs(here / before - 1) > 0.5)
            dip = (here < 0.8 * least) & (here < 0.6 * most) & (later > 0)
            peak = (here > 1.2 * most) & (here > least + 0.4 * least) & (later > 0)
            # The year after may be the odd one out: then this one is only at the start of a new level.
            new_level = (np.abs(later / here - 1) >= 0.2) & np.where(here < before, later < here, later > here)
            found[year] = (before > 0) & (after > 0) & (alone | ((dip | peak) & ~new_level))
        if len(values) > 1:
            found[-1] = values[-1] >= 1.5 * values[-2]
    return found


def repair(
    kg: Array,
    population: Array,
    groups: Sequence[int],
    years: range,
    products: Sequence[str],
    unit_kg: Array,
    rules: Rules = PUBLISHED_RULES,
) -> Repaired:
    """Repair raw sales.

    ``kg`` (T, P, E) with NaN where nothing is on file; ``population`` (T, E) in persons; ``groups`` (E,) of
    purchasing power 1 to 3; ``unit_kg`` (T, P) kg per piece. Source of the rules: see the module.
    """
    head = kg / population[:, None, :]
    origin = np.where(np.isnan(head), Origin.GAP, Origin.RECORDED).astype(np.int8)
    at = {key: index for index, key in enumerate(products)}
    group = np.asarray(groups)
    settled = np.zeros(head.shape, dtype=bool)

    def set_cells(where: npt.NDArray[np.bool_], values: Array | float, why: Origin) -> None:
        np.copyto(head, values, where=where)
        origin[where] = why

    for key in rules.left_out:
        if key in at:
            head[:, at[key]], origin[:, at[key]], settled[:, at[key]] = 0.0, Origin.LEFT_OUT, True
    monitor = rules.monitors[0]
    for key, firsts in rules.ended:
        if key in at and key != monitor:
            _end(head, origin, settled, at[key], np.array(firsts)[group - 1], years)
    set_cells(head < 0, np.nan, Origin.IMPLAUSIBLE)
    for key, most in rules.most_kg_per_head:
        if key in at:
            high = np.zeros(head.shape, dtype=bool)
            high[:, at[key]] = head[:, at[key]] > most
            set_cells(high, np.nan, Origin.IMPLAUSIBLE)
    set_cells(
        far_from_median(np.where(settled, np.nan, head), 0, rules.deviations, rules.least_values) & ~settled,
        np.nan,
        Origin.OWN_OUTLIER,
    )
    for number in np.unique(group):
        members = group == number
        inside = np.where(settled[:, :, members], np.nan, head[:, :, members])
        far = np.zeros(head.shape, dtype=bool)
        far[:, :, members] = far_from_median(inside, 2, rules.deviations, rules.least_values)
        set_cells(far & ~settled, np.nan, Origin.GROUP_OUTLIER)
    kept = (origin == Origin.RECORDED) & ~np.isnan(head)
    head = fill_between(head)
    head = np.where(np.isnan(head), _group_means(head, kept, population, group), head)
    odd = jumps(head) & ~settled
    smoothed = fill_between(np.where(odd, np.nan, head))
    replaced = odd & ~np.isnan(smoothed)
    head = np.where(replaced, smoothed, head)
    origin[replaced & (origin == Origin.RECORDED)] = Origin.JUMP
    if all(key in at for key in rules.monitors):
        _monitors(head, origin, at, unit_kg, rules)
        firsts = dict(rules.ended)[monitor]
        _end(head, origin, settled, at[monitor], np.array(firsts)[group - 1], years, halve=False)
    return Repaired(years, np.nan_to_num(head), origin)


def _end(
    head: Array,
    origin: Codes,
    settled: npt.NDArray[np.bool_],
    product: int,
    firsts: npt.NDArray[np.int_],
    years: range,
    halve: bool = True,
) -> None:
    for economy, first in enumerate(firsts):
        start = max(int(first) - years[0], 0)
        head[start:, product, economy] = 0.0
        origin[start:, product, economy] = Origin.ENDED
        settled[start:, product, economy] = True
        if halve and 2 <= start <= len(head):
            head[start - 1, product, economy] = head[start - 2, product, economy] / 2
            origin[start - 1, product, economy] = Origin.ENDED


def _group_means(head: Array, kept: npt.NDArray[np.bool_], population: Array, group: npt.NDArray[np.int_]) -> Array:
    """For every cell the mean per head of its group's recorded figures; of all economies where a year has none.

    Before the first record in the group there is no mean: those years are left to `backcast`.
    """
    means = np.full(head.shape, np.nan)
    people = np.where(kept, population[:, None, :], 0.0)
    mass = np.where(kept, np.nan_to_num(head), 0.0) * people
    with np.errstate(invalid="ignore", divide="ignore"):
        everywhere = fill_between(mass.sum(axis=2) / people.sum(axis=2))
        for number in np.unique(group):
            members = group == number
            inside = fill_between(mass[:, :, members].sum(axis=2) / people[:, :, members].sum(axis=2))
            begun = np.logical_or.accumulate(~np.isnan(inside), axis=0)
            means[:, :, members] = np.where(np.isnan(inside) & begun, everywhere, inside)[:, :, None]
    return means


def _monitors(head: Array, origin: Codes, at: Mapping[str, int], unit_kg: Array, rules: Rules) -> None:
    tube, desktop, flat = (at[key] for key in rules.monitors)
    computers = head[:, desktop] / unit_kg[:, desktop, None]
    flats = head[:, flat] / unit_kg[:, flat, None]
    head[:, tube] = np.maximum(rules.monitors_per_computer * computers - flats, 0.0) * unit_kg[:, tube, None]
    origin[:, tube] = Origin.FORMULA


def backcast(repaired: Repaired, first_year: int, introduced: Sequence[int]) -> Repaired:
    """Extend to earlier years: sales per head rise from zero before the year of introduction to the first records.

    ``introduced`` (P,) years. The level reached is the mean of the first three years with sales.
    """
    years = range(first_year, repaired.years[-1] + 1)
    shift = repaired.years[0] - first_year
    head = np.zeros((len(years), *repaired.kg_per_head.shape[1:]))
    origin = np.full(head.shape, Origin.BACKCAST, dtype=np.int8)
    head[shift:], origin[shift:] = repaired.kg_per_head, repaired.origin
    for product, economy in np.ndindex(head.shape[1:]):
        sold = np.flatnonzero(repaired.kg_per_head[:, product, economy] > 0)
        if sold.size == 0:
            continue
        first = repaired.years[0] + int(sold[0])
        level = head[sold[0] + shift : sold[0] + shift + 3, product, economy].mean()
        start = introduced[product]
        before = np.arange(first_year, first)
        ramp = level * np.clip((before + 1 - start) / max(first - start + 1, 1), 0.0, 1.0)
        head[: first - first_year, product, economy] = ramp
        origin[: first - first_year, product, economy] = Origin.BACKCAST
        too_early = max(start - first_year, 0)  # recorded under the key's code before the product existed
        head[:too_early, product, economy] = 0.0
        origin[:too_early, product, economy] = Origin.BACKCAST
    for product in range(head.shape[1]):
        left_out = origin[-1, product] == Origin.LEFT_OUT
        origin[:, product, left_out] = Origin.LEFT_OUT
    return Repaired(years, head, origin)
