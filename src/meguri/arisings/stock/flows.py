"""What a stock model gives back: labelled flows and stocks, the balance, and the repairs made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from meguri.arisings.stock.conventions import Convention
from meguri.arisings.stock.repairs import Repair

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class MassBalance:
    """Whether what enters equals what leaves and what stays.

    ``error``: largest difference over all series and years, relative to all that has entered the series by then.
    ``created``: None where the convention conserves; for `WOT`, by year, the amount that has left use so far beyond
    (or, negative, short of) what the lifetime law says; exact, in the unit of the series.
    """

    error: float
    conserves: str
    created: xr.DataArray | None


@dataclass(frozen=True)
class Flows:
    """The result of a stock model: arrays ``year, product, economy`` (the axes given), in the unit of the input.

    ``inflow``: goods entering use for the first time. ``leaving``: goods leaving their first use. ``exported`` and
    ``reused``: the parts of these that leave the economy or start a second life. ``outflow``: what becomes waste
    (arisings). ``stock``: goods in use at the end of the year, second lives included. By cohort (year of sale) only
    when asked with ``cohorts=True``: ``stock_by_cohort`` and ``outflow_by_cohort``, axes ``year, cohort, ...``.
    Every year: inflow = change of stock + outflow + exported.
    """

    inflow: xr.DataArray
    outflow: xr.DataArray
    stock: xr.DataArray
    leaving: xr.DataArray
    exported: xr.DataArray
    reused: xr.DataArray
    convention: Convention
    balance: MassBalance
    repairs: tuple[Repair, ...]
    stock_by_cohort: xr.DataArray | None = None
    outflow_by_cohort: xr.DataArray | None = None

    def to_dataset(self) -> xr.Dataset:
        """All arrays in one ``xarray.Dataset``."""
        import xarray as xr

        names = ("inflow", "outflow", "stock", "leaving", "exported", "reused", "stock_by_cohort", "outflow_by_cohort")
        found = {name: getattr(self, name) for name in names}
        return xr.Dataset({name: each for name, each in found.items() if each is not None})
