"""The arithmetic of assays: what two results come to, what the umpire makes of it, and what a lot is settled at.

Pure, in integers: contents in parts per billion, halves rounded up, square roots rounded down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isqrt

from meguri.custody.assays.states import (
    AgreedElement,
    AssayedElement,
    Party,
    PayableTerm,
    SettledElement,
    SplitLimit,
)

WHOLE = 1_000_000_000


def rounded(above: int, below: int) -> int:
    """A quotient to the nearest whole number, halves up."""
    return (2 * above + below) // (2 * below)


def dry_g(wet_g: int, moisture_ppb: int) -> int:
    """Dry grams of a wet mass."""
    return rounded(wet_g * (WHOLE - moisture_ppb), WHOLE)


def lot_sd(ppb: int, laboratory_sd_ppb: int, sampling_rsd_ppb: int, preparation_rsd_ppb: int) -> int:
    """The uncertainty of a lot's content: of sampling, of preparation and of the laboratory, by squares."""
    sampling, preparation = (rounded(ppb * rsd, WHOLE) for rsd in (sampling_rsd_ppb, preparation_rsd_ppb))
    return isqrt(sampling**2 + preparation**2 + laboratory_sd_ppb**2)


def allowed(limit: SplitLimit, one: int, other: int) -> int:
    """How far two values may lie apart, in parts per billion of the mass."""
    return rounded((one + other) * limit.limit_ppb, 2 * WHOLE) if limit.relative else limit.limit_ppb


def exchanged(
    found: Mapping[Party, Sequence[AssayedElement]], limits: Iterable[SplitLimit]
) -> tuple[AgreedElement, ...]:
    """What the results of both sides, or of one, come to: the mean inside the limit, else the umpire is awaited.

    An element that one side alone names is that side's. A side that has not delivered is left out of `found`.
    """
    by_element = {limit.element: limit for limit in limits}
    seller, buyer = ({one.element: one for one in found.get(side, ())} for side in ("seller", "buyer"))
    made = []
    for element in sorted({*seller, *buyer}):
        pair = [one for one in (seller.get(element), buyer.get(element)) if one is not None]
        limit = by_element.get(element)
        if len(pair) == 1 or (limit is not None and limit.decides):
            sole = pair[0] if len(pair) == 1 else (seller if limit and limit.decides == "seller" else buyer)[element]
            made.append(AgreedElement(element=element, ppb=sole.ppb, sd_ppb=sole.sd_ppb, basis="one-sided"))
            continue
        one, other = pair
        apart = abs(one.ppb - other.ppb)
        most = allowed(limit, one.ppb, other.ppb) if limit is not None else 0
        inside = apart <= most
        made.append(
            AgreedElement(
                element=element,
                ppb=rounded(one.ppb + other.ppb, 2) if inside else 0,
                sd_ppb=isqrt(one.sd_ppb**2 + other.sd_ppb**2) // 2 if inside else 0,
                basis="exchanged" if inside else "",
                apart_ppb=apart,
                limit_ppb=most,
            )
        )
    return tuple(made)


def judged(
    agreed: Iterable[AgreedElement],
    found: Mapping[Party, Sequence[AssayedElement]],
    umpire: Sequence[AssayedElement],
) -> tuple[AgreedElement, ...]:
    """The same once the umpire has spoken: of what was awaited, the middle of the three settles."""
    said = {one.element: one for one in umpire}
    seller, buyer = ({one.element: one for one in found.get(side, ())} for side in ("seller", "buyer"))
    made = []
    for one in agreed:
        third = said.get(one.element)
        if one.basis or third is None:
            made.append(one)
            continue
        first, second = seller[one.element], buyer[one.element]
        middle = sorted((first, second, third), key=lambda each: (each.ppb, each.sd_ppb))[1]
        away, other = abs(first.ppb - third.ppb), abs(second.ppb - third.ppb)
        made.append(
            AgreedElement(
                element=one.element,
                ppb=middle.ppb,
                sd_ppb=middle.sd_ppb,
                basis="umpire",
                apart_ppb=one.apart_ppb,
                limit_ppb=one.limit_ppb,
                further="both" if away == other else "seller" if away > other else "buyer",
            )
        )
    return tuple(made)


def settled(
    agreed: Iterable[AgreedElement],
    dry: int,
    terms: Iterable[PayableTerm],
    sampling_rsd_ppb: int,
    preparation_rsd_ppb: int,
) -> tuple[SettledElement, ...]:
    """Each element of so many dry grams: content with the lot's uncertainty, contained and payable milligrams.

    What no term names is not paid.
    """
    paid = {term.element: term.share_ppb for term in terms}
    made = []
    for one in agreed:
        if not one.basis:
            continue
        contained = rounded(dry * one.ppb, 1_000_000)
        made.append(
            SettledElement(
                element=one.element,
                ppb=one.ppb,
                sd_ppb=lot_sd(one.ppb, one.sd_ppb, sampling_rsd_ppb, preparation_rsd_ppb),
                basis=one.basis,
                contained_mg=contained,
                payable_mg=rounded(contained * paid.get(one.element, 0), WHOLE),
            )
        )
    return tuple(made)


def wet(ppb: int, sd_ppb: int, moisture_ppb: int, moisture_sd_ppb: int) -> tuple[int, int]:
    """Content and uncertainty of the wet lot, by those of the dry one and of its moisture."""
    dry = WHOLE - moisture_ppb
    value = rounded(ppb * dry, WHOLE)
    own, of_moisture = rounded(sd_ppb * dry, WHOLE), rounded(ppb * moisture_sd_ppb, WHOLE)
    return value, isqrt(own**2 + of_moisture**2)
