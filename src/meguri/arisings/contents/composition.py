"""What is in it: the parts, streams and thirty elements of every product, by year of sale, and how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from meguri.arisings.contents import bills, parts
from meguri.arisings.contents.bills import Floats
from meguri.kit.problems import N_, Problem, gather, nearest
from meguri.kit.words import Words
from meguri.materials import ELEMENT_ORDER
from meguri.reference import Confidence, streams, unu_keys

if TYPE_CHECKING:
    import xarray as xr

# What the choice of the bill adds, common to all elements of a product: an assumption.
CHOICE_SPREAD = {"own": 0.1, "recalled": 0.2, "nearest": 0.4, "category": 0.4}
FIRST_COHORT, LAST_COHORT = 1900, 2200
PRESENT = 2022


@dataclass(frozen=True)
class Contents:
    """Element mass fractions of products by year of sale.

    `values` (V, P, 30) are kg of element per kg of product; `sd` (V, P, 30) is the standard deviation over the value;
    `known` (P, 30) is false where no figure stands behind an element, which is then zero in `values` and must be
    shown as unknown. `confidence` (P, 30) holds `Confidence` levels. `basis` says per product whether the bill is its
    own, recalled, borrowed from the nearest device or a mean of the category; `placeholder` (P,) is true for all but
    the first.
    """

    products: tuple[str, ...]
    cohorts: tuple[int, ...]
    values: Floats
    sd: Floats
    known: NDArray[np.bool_]
    confidence: NDArray[np.int8]
    source: tuple[str, ...]
    basis: tuple[str, ...]
    note: tuple[Words, ...]

    @property
    def placeholder(self) -> NDArray[np.bool_]:
        """Products whose bill is not a published one of their own kind; (P,)."""
        return np.array([basis != "own" for basis in self.basis])

    def labelled(self) -> xr.DataArray:
        """The values with named axes: cohort, product, element."""
        import xarray as xr

        return xr.DataArray(
            self.values,
            dims=("cohort", "product", "element"),
            coords={"cohort": list(self.cohorts), "product": list(self.products), "element": list(ELEMENT_ORDER)},
            name="content",
            attrs={"unit": "kg/kg", "convention": "none", "conserves": "sums over elements are at most 1"},
        )


@dataclass(frozen=True)
class Fractions:
    """Shares of the mass by stream: `values` is (V, P, F), or (P, F) where no years of sale were asked for.

    `sd` has the shape of `values` and is relative to it; `confidence` is (P, F), `source` and `basis` are by product.
    """

    products: tuple[str, ...]
    streams: tuple[str, ...]
    values: Floats
    sd: Floats
    confidence: NDArray[np.int8]
    source: tuple[str, ...]
    basis: tuple[str, ...]

    @property
    def names(self) -> tuple[Words, ...]:
        """What the streams are called, in order."""
        return tuple(streams()[slug].name for slug in self.streams)


def products() -> tuple[str, ...]:
    """Everything with a bill: the 54 UNU-KEYs, then the five kinds of vehicle."""
    return (*unu_keys(), *bills.VEHICLES)


def product_name(product: str) -> Words:
    """What a UNU-KEY or kind of vehicle is called. Raises Refused."""
    _check_products((product,))
    if product in unu_keys():
        return unu_keys()[product].name
    return next(row.name for row in bills.rows("vehicle-masses") if row.product == product)


def unit_mass(wanted: Sequence[str], cohorts: Sequence[int]) -> Floats:
    """Kilograms a piece or a vehicle, by year of sale; (V, P). Raises Refused."""
    _check(wanted, cohorts)
    return np.stack(
        [
            parts.vehicle_mass(product, cohorts)
            if product in bills.VEHICLES
            else np.full(len(cohorts), unu_keys()[product].unit_weight_kg)
            for product in wanted
        ],
        axis=1,
    )


def matrix(wanted: Sequence[str] | None = None, cohorts: Sequence[int] = (PRESENT,)) -> Contents:
    """Element contents of products by year of sale. Raises Refused for an unknown product or an impossible year.

    An element's content is the sum over parts of the part's share of the mass and the element's share of the part;
    the deviations of parts and elements are taken as independent, that of the choice of the bill as common.
    """
    chosen = tuple(wanted) if wanted is not None else products()
    _check(chosen, cohorts)
    found = parts.of(chosen, tuple(cohorts))
    shares, deviation, levels, sources = parts.elements()
    values = found.shares @ shares
    bill_sd = _bill_sd(found)
    variance = bill_sd**2 @ shares**2 + found.shares**2 @ (shares * deviation * (1 - shares)) ** 2
    sd = _relative(variance, values, found)
    carried = found.shares.mean(axis=0)[:, :, None] * shares[None, :, :]
    level = np.minimum(found.confidence[:, :, None], levels[None, :, :])
    known = (carried > 0).any(axis=1)
    confidence = _weakest(carried, level)
    used = [
        tuple(dict.fromkeys(s for n in np.nonzero(carried[p].any(axis=1))[0] for s in sources[n]))
        for p in range(len(chosen))
    ]
    source = tuple(
        "; ".join(dict.fromkeys((base, *own_sources))) for base, own_sources in zip(found.source, used, strict=True)
    )
    return Contents(chosen, tuple(cohorts), values, sd, known, confidence, source, found.basis, found.note)


def fractions(wanted: Sequence[str] | None = None, cohorts: Sequence[int] | None = None) -> Fractions:
    """Shares of the mass by stream, adding up to 1: (P, F) for what is sold now, (V, P, F) for years of sale.

    What no stream names (glass, concrete, rubber, the rest) counts as shredder residue. Raises Refused.
    """
    chosen = tuple(wanted) if wanted is not None else products()
    years = tuple(cohorts) if cohorts is not None else (PRESENT,)
    _check(chosen, years)
    found = parts.of(chosen, years)
    slugs = tuple(streams())
    place = np.zeros((len(bills.parts()), len(slugs)))
    for n, part in enumerate(bills.parts().values()):
        place[n, slugs.index(part.stream)] = 1.0
    values = found.shares @ place
    carried = found.shares.mean(axis=0)
    confidence = _weakest(carried[:, :, None] * place[None, :, :], found.confidence[:, :, None])
    sd = _relative(_bill_sd(found) ** 2 @ place, values, found)
    if cohorts is None:
        values, sd = values[0], sd[0]
    return Fractions(chosen, slugs, values, sd, confidence, found.source, found.basis)


def _weakest(carried: Floats, level: NDArray[np.int8]) -> NDArray[np.int8]:
    """`reference.weakest` over the middle axis of (P, N, M): the weakest level carrying more than a tenth."""
    total = carried.sum(axis=1)
    found = np.zeros(total.shape, dtype=np.int8)
    open_ = total > 0
    for sure in Confidence:
        hit = open_ & ((carried * (level == sure)).sum(axis=1) > total / 10)
        found[hit] = sure
        open_ &= ~hit
    return found


def _bill_sd(found: parts.Parts) -> Floats:
    """Deviations of the shares by part (V, P, N), as shares."""
    spread = np.array([parts.SPREAD[Confidence(level)] for level in range(4)])[found.confidence]
    return found.shares * spread * (1 - found.shares)


def _relative(variance: Floats, values: Floats, found: parts.Parts) -> Floats:
    """Deviations over values (V, P, ...), with what the choice of the bill adds."""
    own = np.divide(np.sqrt(variance), values, out=np.zeros_like(values), where=values > 0)
    choice = np.array([CHOICE_SPREAD[basis] for basis in found.basis])[None, :, None] * (1 - values)
    return np.where(values > 0, np.sqrt(own**2 + choice**2), 0.0)


def part_shares(wanted: Sequence[str], cohorts: Sequence[int]) -> parts.Parts:
    """Shares of the mass by part, in the order of `bills.parts()`; each product adds up to 1. Raises Refused."""
    _check(wanted, cohorts)
    return parts.of(tuple(wanted), tuple(cohorts))


def _check(wanted: Sequence[str], cohorts: Sequence[int]) -> None:
    _check_products(wanted)
    gather(
        Problem(
            N_("The year of sale {year} cannot be; write a whole year from {first} to {last}."),
            f"/cohorts/{i}",
            "year",
            {"year": year, "first": FIRST_COHORT, "last": LAST_COHORT},
        )
        for i, year in enumerate(cohorts)
        if isinstance(year, bool) or int(year) != year or not FIRST_COHORT <= year <= LAST_COHORT
    )


def _check_products(wanted: Sequence[str]) -> None:
    known = products()
    gather(
        Problem(
            N_("“{product}” is not a known product. Did you mean {hint}?"),
            f"/products/{i}",
            "product",
            {"product": product, "hint": nearest(str(product), known) or known[0]},
        )
        for i, product in enumerate(wanted)
        if product not in known
    )
