"""What a stock model may be given beside the sales: goods already in use, second lives, exports of used goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from meguri.arisings.stock.ageing import Kernels
from meguri.arisings.stock.arrays import Frame, placed, placed_lifetime, same_unit
from meguri.arisings.stock.conventions import Convention, fractions_by_age
from meguri.arisings.stock.lifetimes import MOST_YEARS, Array, LifetimeLaw
from meguri.arisings.stock.repairs import AGES_ASSUMED, NAMED, Repairs
from meguri.kit.problems import N_, Problem, gather, refuse

#: A cohort of which less than this is left is no longer counted in the assumed ages of an initial stock.
NEGLIGIBLE = 1e-9


@dataclass(frozen=True, eq=False)
class InitialStock:
    """Goods in use at the end of the year before the first. Use `by_cohort` where ages are known, else `steady`."""

    amounts: Any
    cohorts: tuple[int, ...] | None
    unit: str | None = None

    @classmethod
    def by_cohort(cls, amounts: Any, cohorts: Sequence[int] | None = None, unit: str | None = None) -> InitialStock:
        """What is left of each earlier year of sale: ``amounts`` is ``(cohort, *rest)``, ``cohorts`` the years of sale.

        Each cohort ages on: what has survived so far dies by the law's survival conditional on its age. ``cohorts`` may
        be left out where ``amounts`` is labelled with them.
        """
        if "cohort" in getattr(amounts, "coords", ()):
            stated = [int(each) for each in amounts["cohort"].values]
            if cohorts is not None and list(cohorts) != stated:
                raise refuse(
                    N_("The cohorts given differ from those on the initial stock itself."),
                    "/initial_stock/cohorts",
                    "wrong-cohorts",
                )
            cohorts = stated
        return cls(amounts, tuple(int(each) for each in cohorts or ()), unit)

    @classmethod
    def steady(cls, total: Any, unit: str | None = None) -> InitialStock:
        """Only the total is known (``rest``): its ages are taken as those of constant past sales.

        The share of age ``a`` is then proportional to the survival to ``a``. The assumption is listed in the repairs.
        """
        return cls(total, None, unit)

    def resolve(
        self, frame: Frame, lifetime: LifetimeLaw, convention: Convention, repairs: Repairs
    ) -> tuple[Array, tuple[int, ...]]:
        """``(cohort, cells)`` amounts without gaps up to the year before the first, and the years of sale."""
        amounts = same_unit(self.amounts, self.unit, frame, "initial_stock", repairs)
        first = frame.years[0]
        if self.cohorts is None:
            total = placed(amounts, frame, "initial_stock")
            _nothing_strange(total, "initial_stock")
            return _steady_ages(total, first, frame, lifetime, convention, repairs)
        years = self.cohorts
        if len(set(years)) != len(years) or not years or max(years) >= first:
            raise refuse(
                N_("The cohorts of the initial stock must be different years before {first}; got {years}."),
                "/initial_stock/cohorts",
                "wrong-cohorts",
                first=first,
                years=", ".join(map(str, years)) or "-",
            )
        if first - min(years) > MOST_YEARS:
            raise refuse(
                N_("A cohort of the initial stock is more than {most} years old: {year}."),
                "/initial_stock/cohorts",
                "wrong-cohorts",
                most=int(MOST_YEARS),
                year=min(years),
            )
        if np.ndim(amounts) != len(frame.rest) + 1:
            raise refuse(
                N_("An initial stock by cohort needs one axis in front for its {count} cohorts."),
                "/initial_stock",
                "wrong-dimensions",
                count=len(years),
            )
        given = placed(amounts, frame, "initial_stock", rows=(len(years),), axis="cohort")
        _nothing_strange(given, "initial_stock")
        dense = np.zeros((first - min(years), frame.cells))
        dense[np.array(years) - min(years)] = given
        return dense, tuple(range(min(years), first))


def _steady_ages(
    total: Array, first: int, frame: Frame, lifetime: LifetimeLaw, convention: Convention, repairs: Repairs
) -> tuple[Array, tuple[int, ...]]:
    law = lifetime.of_cohort(0) if lifetime.ndim == 2 else lifetime
    most = 40
    while True:
        left = fractions_by_age(law, most, convention if convention.conserves else Convention.START)[1]
        if most >= MOST_YEARS or (left[-1] < NEGLIGIBLE).all():
            break
        most = min(2 * most, int(MOST_YEARS))
    if ((left.sum(axis=0) <= 0) & (total > 0)).any():
        raise refuse(
            N_("Nothing lives to the end of its first year, so there can be no initial stock."),
            "/initial_stock",
            "lifetime-too-short",
        )
    youngest_last = np.flatnonzero((left >= NEGLIGIBLE).any(axis=1))
    left = left[: int(youngest_last[-1]) + 1 if len(youngest_last) else 1]
    amounts = total * left / np.maximum(left.sum(axis=0), np.finfo(np.float64).tiny)
    repairs.note("ages-assumed", "/initial_stock", None, None, AGES_ASSUMED)
    return amounts[::-1].copy(), tuple(range(first - len(left), first))


@dataclass(frozen=True, eq=False)
class Reuse:
    """A share (0 to 1) of what leaves its first use each year starts a second life of its own; after that, waste.

    ``share`` broadcasts as other inputs; one axis more in front, or an axis ``year``, makes it differ by year.
    """

    share: Any
    lifetime: LifetimeLaw


@dataclass(frozen=True, eq=False)
class Exports:
    """Used goods that leave the economy when they leave their first use, before they become waste there.

    Either a ``share`` (0 to 1) of what leaves first use, or an ``amount`` per year in the unit of the series.
    """

    share: Any = None
    amount: Any = None
    unit: str | None = None

    def __post_init__(self) -> None:
        if (self.share is None) == (self.amount is None):
            raise refuse(N_("Exports are a share or an amount: give one of the two."), "/exports", "share-or-amount")


def resolve_shares(
    reuse: Reuse | None, exports: Exports | Any, frame: Frame, repairs: Repairs
) -> tuple[Array | None, Array | None, Array | None]:
    """Shares reused and exported and amounts exported, each ``(T, cells)`` or None; shares together at most one."""
    years = len(frame.years)
    if exports is not None and not isinstance(exports, Exports):
        exports = Exports(share=exports)

    def by_year(value: Any, what: str) -> Array | None:
        if value is None:
            return None
        laid = np.broadcast_to(placed(value, frame, what, rows=(years,)), (years, frame.cells))
        _nothing_strange(laid, what)
        return laid

    reused = by_year(reuse.share if reuse else None, "reuse/share")
    exported = by_year(exports.share if exports else None, "exports/share")
    gather(
        Problem(
            N_("A share lies between 0 and 1; {what} holds {got}. For amounts write Exports(amount=...)."),
            f"/{what}",
            "share-out-of-range",
            {"what": what, "got": float(shares.max())},
        )
        for what, shares in (("reuse/share", reused), ("exports/share", exported))
        if shares is not None and shares.max() > 1
    )
    if reused is not None and exported is not None:
        together = reused + exported
        if (together > 1 + 1e-12).any():
            if not repairs.allows("shares-scaled"):
                worst = np.unravel_index(int(together.argmax()), (years, *frame.rest))
                raise refuse(
                    N_("The shares reused and exported together are {sum} at {place}; at most 1 can be."),
                    "/exports/share",
                    "shares-above-one",
                    sum=round(float(together.max()), 6),
                    place=" ".join(frame.where("", *map(int, worst)).split("/")[2:]),
                )
            repairs.note("shares-scaled", "/exports/share", float(together.max()), 1.0)
        factor = np.maximum(together, 1.0)
        reused, exported = reused / factor, exported / factor
    amounts = None
    if exports is not None and exports.amount is not None:
        amounts = by_year(same_unit(exports.amount, exports.unit, frame, "exports/amount", repairs), "exports/amount")
    return reused, exported, amounts


def second_life(reuse: Reuse | None, frame: Frame, convention: Convention) -> Kernels | None:
    """The kernels of the second life, by year of re-entry."""
    if reuse is None:
        return None
    years = len(frame.years)
    return Kernels(placed_lifetime(reuse.lifetime, frame, "reuse/lifetime", (frame.years,)), years, convention)


def _nothing_strange(values: Array, what: str) -> None:
    strange = ~np.isfinite(values) | (values < 0)
    if strange.any():
        raise refuse(
            N_("{what} must hold numbers of zero or more; {count} are not, such as {got}."),
            f"/{what}",
            "no-figure",
            what=what,
            count=int(strange.sum()),
            got=", ".join(str(each) for each in values[strange].ravel()[: min(3, NAMED)]),
        )
