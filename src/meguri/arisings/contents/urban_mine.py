"""The urban mine: which metals stand in use and which arise, what they are worth, and what they would spare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meguri import worth
from meguri.arisings.contents.bills import Floats
from meguri.arisings.contents.composition import Contents
from meguri.kit.problems import N_, refuse
from meguri.materials import ELEMENT_ORDER
from meguri.reference import Confidence, weakest


@dataclass(frozen=True)
class Holding:
    """The metals in goods, (..., 30) kilograms, and what they come to.

    `sd_kg` is the standard deviation from the contents alone (one product is off as a whole, products independently).
    `known` (30,) is false where no content is on file for any product that has mass; `unknown_goods_kg` (30,) is the
    mass of goods for which an element's content is not on file, so that a total can say what it leaves out.
    `value` is in USD at the price of the metal, `carbon` the primary production in kgCO2e. `demand_years` (..., 30)
    is the mass over Japan's use in a year, masked where no such figure is sourced.
    """

    masses_kg: Floats
    sd_kg: Floats
    known: NDArray[np.bool_]
    unknown_goods_kg: Floats
    confidence: tuple[Confidence, ...]
    value: worth.Amount
    carbon: worth.Amount
    demand_years: np.ma.MaskedArray[Any, np.dtype[np.float64]]

    def of(self, element: str) -> Floats:
        """Kilograms of one element (...). Raises ValueError for what is not among the thirty."""
        return self.masses_kg[..., ELEMENT_ORDER.index(element)]


@dataclass(frozen=True)
class UrbanMine:
    """Metals in use and in what arises; `demands` are the sourced figures of Japan's use by element.

    `placeholder_share` is the share of the goods in use whose bill is not a published one of their own kind.
    """

    stock: Holding
    arisings: Holding
    demands: dict[str, worth.Demand]
    placeholder_share: float


def of(stock: Floats, arisings: Floats, content: Contents, price_year: int | None = None) -> UrbanMine:
    """The urban mine of goods in use and of what arises.

    `stock` and `arisings` are kilograms of goods by year of sale and product, (V, P), or with further axes in front
    such as (T, V, P); the last two follow `content`. Vehicles are given in kilograms. A stock is no yearly flow: its
    `demand_years` are years of use, while those of arisings are the share of a year's use. Raises Refused for other
    shapes, and for masses that are negative or not finite.
    """
    demands = {element: found for element in ELEMENT_ORDER if (found := worth.demand(element)) is not None}
    in_use = _checked(stock, content, "/stock")
    by_product = in_use.reshape(-1, *in_use.shape[-2:]).sum(axis=(0, 1))
    total = float(by_product.sum())
    return UrbanMine(
        _holding(in_use, content, demands, price_year),
        _holding(_checked(arisings, content, "/arisings"), content, demands, price_year),
        demands,
        float(by_product[content.placeholder].sum()) / total if total else 0.0,
    )


def _checked(goods: Floats, content: Contents, pointer: str) -> Floats:
    masses = np.asarray(goods, dtype=np.float64)
    expected = (len(content.cohorts), len(content.products))
    if masses.shape[-2:] != expected:
        raise refuse(
            N_("The last two axes must be years of sale and products, {expected}; the shape given is {shape}."),
            pointer,
            "shape",
            expected=str(expected),
            shape=str(masses.shape),
        )
    if not np.isfinite(masses).all() or (masses < 0).any():
        raise refuse(N_("A mass of goods is negative or missing. Give kilograms of zero or more."), pointer, "mass")
    return masses


def _holding(goods: Floats, content: Contents, demands: dict[str, worth.Demand], price_year: int | None) -> Holding:
    masses = np.einsum("...vp,vpm->...m", goods, content.values)
    own_sd = np.einsum("...vp,vpm->...pm", goods, content.values * content.sd)
    carried = np.einsum("vp,vpm->pm", goods.reshape(-1, *goods.shape[-2:]).sum(axis=0), content.values)
    by_product = goods.reshape(-1, *goods.shape[-2:]).sum(axis=(0, 1))
    held = by_product > 0
    known = (content.known & held[:, None]).any(axis=0)
    confidence = tuple(
        weakest((float(w), Confidence(int(c))) for w, c in zip(carried[:, m], content.confidence[:, m], strict=True))
        for m in range(len(ELEMENT_ORDER))
    )
    needed = np.array([demands[e].kg_per_year if e in demands else np.nan for e in ELEMENT_ORDER])
    years: np.ma.MaskedArray[Any, np.dtype[np.float64]] = np.ma.masked_invalid(masses / needed)
    return Holding(
        masses,
        np.sqrt((own_sd**2).sum(axis=-2)),
        known,
        by_product @ ~content.known,
        confidence,
        worth.value(masses, price_year),
        worth.avoided(masses, secondary=False),
        years,
    )
