"""The world's metals in arisings together, their worth, and how concentrated supply is, beside published figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from meguri import reference, worth
from meguri.arisings.checks import held_out as heldout
from meguri.arisings.checks import series as series_checks
from meguri.arisings.checks.row import CheckRow, compared
from meguri.arisings.contents import composition as contents
from meguri.arisings.sales import recorded
from meguri.arisings.sales.outliers import Array
from meguri.kit.words import Words
from meguri.materials import ELEMENT_ORDER

FIRST = recorded.FIRST_YEAR


_SUM = Words("Sum over the metals among our thirty elements.")

#: Elements whose mass counts as metal in the totals (graphite, phosphorus and silicon do not).
NO_METALS = ("C", "P", "Si")


def values() -> Iterator[CheckRow]:
    """Mass and value of all metals, and the value of single ones, in the world's arisings."""
    why = Words(
        "Published as recalled, at prices of another year; ours at the latest prices held, where there is one.",
    )
    prices = worth.prices().values
    for row in reference.published():
        label = f"World {row.year}: {row.quantity}, {row.unit}"
        metal = row.quantity.removesuffix(" value")
        if row.quantity == "metals contained":
            metals_only = [at for at, element in enumerate(ELEMENT_ORDER) if element not in NO_METALS]
            mass = float(_world_elements(int(row.year))[metals_only].sum()) / 1e6
            yield compared(
                label,
                row.value,
                mass,
                Words("Sum over the metals among our thirty elements."),
            )
        elif row.quantity in TOTAL_VALUES:
            yield compared(label, row.value, float(np.nansum(_world_elements(int(row.year)) * prices)) / 1e9, why)
        elif row.topic == "value/carbon" and row.quantity.endswith(" value") and metal in ELEMENT_ORDER:
            at = ELEMENT_ORDER.index(metal)
            yield compared(label, row.value, float(_world_elements(int(row.year))[at] * prices[at]) / 1e9, why)


#: Published values of all metals contained.
TOTAL_VALUES = ("value of metals", "raw-material value")
#: Published totals over all metals.
TOTALS = (*TOTAL_VALUES, "metals contained")


@cache
def _world_elements(year: int) -> Array:
    """Kilograms of the thirty elements in the world's arisings of a year."""
    leaving = heldout.leaving(series_checks.world(), year)
    content = contents.matrix(recorded.products(), tuple(range(FIRST, year + 1)))
    total: Array = np.einsum("vp,vpm->m", leaving, content.values)
    return total


def concentration() -> Iterator[CheckRow]:
    """Concentration of supply, from production shares."""
    for row in reference.published():
        if row.topic != "concentration":
            continue
        commodity, stage = row.scope.split(" ")
        found = worth.concentration("Nd" if commodity == "REE" else commodity, stage)
        label = f"Concentration, {row.scope} {row.year}: {row.quantity}"
        if found is None or not row.quantity.startswith("HHI"):
            yield CheckRow(label, row.value, None, None, Words("An input: a share of production."))
            continue
        why = Words(
            "From the shares of {commodity} in {year}; the rest counted as one producer gives {upper}, as many small "
            "ones {index}."
        ).format(commodity=found.commodity, year=found.year, upper=f"{found.upper:.3f}", index=f"{found.hhi:.3f}")
        yield compared(label, row.value, found.hhi, why)
