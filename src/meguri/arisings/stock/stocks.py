"""Stock models over year x product x economy: from sales to arisings, or from stock to the sales it needs.

>>> from meguri.arisings import Weibull, inflow_driven
>>> flows = inflow_driven([100.0, 100.0, 100.0], Weibull(2.0, 5.0), range(2020, 2023), "middle")
>>> flows.outflow.values.round(2).tolist()
[1.0, 8.61, 22.12]
>>> flows.balance.error < 1e-14
True
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from meguri.arisings.stock.ageing import Solved, solve
from meguri.arisings.stock.arrays import Frame
from meguri.arisings.stock.beside_sales import Exports, InitialStock, Reuse
from meguri.arisings.stock.conventions import Convention
from meguri.arisings.stock.flows import Flows
from meguri.arisings.stock.lifetimes import Array, LifetimeLaw
from meguri.arisings.stock.model import StockModel
from meguri.arisings.stock.repairs import NAMED, Repairs, cells_refused
from meguri.arisings.stock.series import framed
from meguri.kit.problems import N_, Problem


def inflow_driven(
    inflow: Any,
    lifetime: LifetimeLaw,
    years: Sequence[int] | None = None,
    convention: Convention | str | None = None,
    *,
    initial_stock: InitialStock | None = None,
    exports: Exports | Any = None,
    reuse: Reuse | None = None,
    products: Sequence[str] | None = None,
    economies: Sequence[str] | None = None,
    unit: str | None = None,
    cohorts: bool = False,
    repair: str | Collection[str] = (),
) -> Flows:
    """From sales to goods in use and arisings.

    ``inflow``: ``(year,)``, ``(year, product)`` or ``(year, product, economy)``, or a DataArray with an axis ``year``.
    ``years``: one for each row, without gaps (may be left out for a DataArray). ``lifetime`` and shares broadcast
    against ``(product, economy)``; one axis more in front makes them differ by cohort (lifetimes) or year (shares).
    ``repair``: names of the repairs allowed, or ``"all"``; all that were made are in ``Flows.repairs``.
    Raises `Refused` on bad input.
    """
    repairs = Repairs(repair)
    values, frame = framed(
        inflow, years, what="inflow", products=products, economies=economies, unit=unit, repairs=repairs
    )
    model = StockModel.of(frame, lifetime, convention, initial_stock, exports, reuse, repairs)

    def work(cells: slice) -> tuple[Array, Array | None]:
        return np.ascontiguousarray(values[:, cells]), None

    return model.run(work, cohorts)


def stock_driven(
    stock: Any,
    lifetime: LifetimeLaw,
    years: Sequence[int] | None = None,
    convention: Convention | str | None = None,
    *,
    initial_stock: InitialStock | None = None,
    exports: Exports | Any = None,
    reuse: Reuse | None = None,
    products: Sequence[str] | None = None,
    economies: Sequence[str] | None = None,
    unit: str | None = None,
    cohorts: bool = False,
    repair: str | Collection[str] = (),
) -> Flows:
    """From goods in use at each year's end (second lives included) to the sales needed and the arisings.

    Arguments as `inflow_driven`. A stock that falls faster than its cohorts die would need negative sales: refused with
    the places and the least stock there can be, or, with ``repair="surplus-outflow"``, the surplus leaves early as
    waste, taken from every cohort in proportion.
    """
    repairs = Repairs(repair)
    values, frame = framed(
        stock, years, what="stock", products=products, economies=economies, unit=unit, repairs=repairs
    )
    model = StockModel.of(frame, lifetime, convention, initial_stock, exports, reuse, repairs)
    whole = [np.zeros(values.shape) for _ in range(3)]
    solved = Solved(whole[0], whole[1], whole[2], np.zeros(values.shape, dtype=bool))
    for cells in model.blocks():
        part = solve(values[:, cells], *model.block(cells))
        for name in ("inflow", "kept", "without_entry", "no_entry"):
            getattr(solved, name)[:, cells] = getattr(part, name)
    _possible(solved, values, frame, repairs)
    kept_all = bool((solved.kept == 1.0).all())

    def work(cells: slice) -> tuple[Array, Array | None]:
        return np.ascontiguousarray(solved.inflow[:, cells]), None if kept_all else solved.kept[:, cells]

    return model.run(work, cohorts)


def _possible(solved: Solved, stock: Array, frame: Frame, repairs: Repairs) -> None:
    """Refuse stocks that no sales can keep, or record the surplus that leaves early."""
    full = (len(frame.years), *frame.rest)
    if solved.no_entry.any():
        problems = [
            Problem(
                N_(
                    "The lifetime at {place} is so short that nothing sold is in use at the year's end; no sales can "
                    "keep this stock. Use a longer lifetime, or the convention end."
                ),
                where := frame.where("stock", *map(int, index)),
                "lifetime-too-short",
                {"place": " ".join(where.split("/")[2:])},
            )
            for index in np.argwhere(solved.no_entry.reshape(full))[:NAMED]
        ]
        raise cells_refused(problems, int(solved.no_entry.sum()))
    faster = (solved.kept < 1.0).reshape(full)
    if not faster.any():
        return
    places = np.argwhere(faster)
    given, least = stock.reshape(full), solved.without_entry.reshape(full)
    if repairs.allows("surplus-outflow"):
        for index in places:
            cell = tuple(index)
            repairs.note("surplus-outflow", frame.where("stock", *index), float(least[cell]), float(given[cell]))
        return
    problems = [
        Problem(
            N_(
                "The stock at {place} falls to {given} {unit}, faster than its cohorts die: {least} {unit} are still "
                "in use without any sales. Give at least {least}, a shorter lifetime, or ask for the repair "
                "surplus-outflow."
            ),
            where := frame.where("stock", *map(int, index)),
            "stock-falls-too-fast",
            {
                "place": " ".join(where.split("/")[2:]),
                "given": float(f"{given[tuple(index)]:.6g}"),
                "least": float(f"{least[tuple(index)]:.6g}"),
                "unit": frame.unit,
            },
        )
        for index in places[:NAMED]
    ]
    raise cells_refused(problems, len(places))
