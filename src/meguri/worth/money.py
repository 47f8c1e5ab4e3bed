"""What metals are worth, and what moving and working them costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from numpy.typing import ArrayLike

from meguri import reference
from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words
from meguri.reference import Confidence, Price
from meguri.worth.vectors import Amount, Figure, Vector, sources_of, vector


@dataclass(frozen=True)
class Cost:
    """A cost or scrap price with its range, as published or assumed; `unit` says per what."""

    kind: str
    item: str
    value: float
    low: float | None
    high: float | None
    unit: str
    year: int
    basis: Words
    source: str
    confidence: Confidence


def price_years() -> tuple[int, int]:
    """The first and last year for which metal prices are held."""
    years = [row.year for row in reference.prices() if row.kind == "metal_price"]
    return min(years), max(years)


@cache
def prices(year: int | None = None) -> Vector:
    """USD per kilogram of each element, yearly averages; without a year the latest of each element.

    With a year, an element without a price in it takes the nearest year that has one (see `years`). Without a
    published range, the range is that of the yearly averages held. Raises Refused for a year outside the table.
    """
    first, last = price_years()
    if year is not None and not first <= year <= last:
        raise refuse(
            N_("There are metal prices for {first} to {last}, none for {year}. Leave the year out for the latest."),
            "/year",
            "year",
            first=first,
            last=last,
            year=year,
        )
    rows: dict[tuple[str, str], list[Price]] = {}
    for row in reference.prices():
        rows.setdefault((row.kind, row.item), []).append(row)
    bases = {basis.element: basis for basis in reference.price_basis()}

    def figure(element: str) -> Figure | None:
        basis = bases.get(element)
        series = rows.get((basis.kind, basis.item), []) if basis else []
        if basis is None or not series:
            return None
        wanted = max(row.year for row in series) if year is None else year
        row = min(series, key=lambda r: (abs(r.year - wanted), -r.year))
        low = row.low if row.low is not None else min(r.value for r in series)
        high = row.high if row.high is not None else max(r.value for r in series)
        return Figure(
            row.value / basis.share,
            low / basis.share,
            high / basis.share,
            row.year,
            sources_of((row,)),
            min(row.confidence, basis.confidence),
        )

    return vector("USD/kg", figure)


def value(masses_kg: ArrayLike, year: int | None = None) -> Amount:
    """USD that contained metals are worth at the price of the metal: no payable, charge or yield is taken off."""
    return prices(year).times(masses_kg, "USD")


@cache
def costs(kind: str | None = None) -> tuple[Cost, ...]:
    """Costs other than metal prices: payables, smelter terms, scrap prices, freight, trade costs, wages.

    With a kind, those of that kind. Raises Refused for a kind that is not held.
    """
    held = [row for row in reference.prices() if row.kind != "metal_price"]
    kinds = tuple(dict.fromkeys(row.kind for row in held))
    if kind is not None and kind not in kinds:
        raise refuse(
            N_("There are no costs of the kind “{kind}”. Nearest: {hint}."),
            "/kind",
            "kind",
            kind=kind,
            hint=nearest(kind, kinds) or ", ".join(kinds),
        )
    return tuple(
        Cost(r.kind, r.item, r.value, r.low, r.high, r.unit, r.year, r.basis, r.source, r.confidence)
        for r in held
        if kind in (None, r.kind)
    )


def cost(kind: str, item: str) -> Cost:
    """One cost. Raises Refused for a kind or item that is not held, with the nearest."""
    held = {found.item: found for found in costs(kind)}
    if item not in held:
        raise refuse(
            N_("There is no cost “{item}” of the kind “{kind}”. Nearest: {hint}."),
            "/item",
            "item",
            item=item,
            kind=kind,
            hint=nearest(item, held) or ", ".join(held),
        )
    return held[item]
