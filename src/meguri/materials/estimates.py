"""Estimates of element contents: a mass fraction with its uncertainty, its source and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from meguri.kit.problems import N_, Problem, gather, nearest
from meguri.kit.words import Words
from meguri.reference import Confidence, element_order, elements

Basis = Literal["assay", "prior", "declared", "umpire", "exchanged", "one-sided", "on-file"]

BASES: dict[str, Words] = {
    "assay": Words("Assay"),
    "prior": Words("Figure on file"),
    "declared": Words("Declared"),
    "umpire": Words("Umpire's assay"),
    "exchanged": Words("Exchanged assays"),
    "one-sided": Words("One-sided assay"),
    "on-file": Words("Figure on file"),
}
EVIDENCE: dict[Basis, str] = {
    "umpire": "umpire",
    "exchanged": "exchanged",
    "one-sided": "one-sided",
    "assay": "declared",
    "declared": "declared",
    "prior": "on-file",
    "on-file": "on-file",
}
"""The class of evidence of what an estimate rests on, the best first. An assay of which no sample is on record is its
holder's word; ``prior`` is how a figure on file was called before.
"""
SETTLED: frozenset[Basis] = frozenset({"umpire", "exchanged", "one-sided"})
"""What only the settlement of a sample makes of a content, and what a claim of recycled metal may rest on."""


def weaker(one: Basis, other: Basis) -> Basis:
    """Of two the one that is the weaker evidence; the first where they are alike."""
    order = list(EVIDENCE)
    return max(one, other, key=order.index)


# The thirty elements in which contained metals are held, in order.
ELEMENT_ORDER: tuple[str, ...] = element_order()


@dataclass(frozen=True)
class Estimate:
    """A mass fraction (0 to 1) with its standard deviation in the same unit, and where it comes from."""

    value: float
    sd: float
    source: str
    confidence: Confidence
    basis: Basis


Contents = Mapping[str, Estimate]

# How far a stated content may be off when nobody says, relative to its value: an assumption.
_UNSTATED_SD: dict[Basis, float] = {
    "umpire": 0.05,
    "exchanged": 0.05,
    "one-sided": 0.05,
    "assay": 0.05,
    "declared": 0.25,
    "prior": 0.4,
    "on-file": 0.4,
}
_STATED_CONFIDENCE: dict[Basis, Confidence] = {
    "umpire": Confidence.SOURCED,
    "exchanged": Confidence.SOURCED,
    "one-sided": Confidence.DERIVED,
    "assay": Confidence.SOURCED,
    "declared": Confidence.MEMORY,
    "prior": Confidence.MEMORY,
    "on-file": Confidence.MEMORY,
}


def stated(
    shares: Mapping[str, float],
    basis: Basis = "declared",
    source: str = "",
    sd: Mapping[str, float] | None = None,
    pointer: str = "/contents",
) -> dict[str, Estimate]:
    """Estimates from mass fractions that somebody gives, by element.

    Where no standard deviation is given, 5 % of an assay and 25 % of a declared value are assumed. Raises Refused
    for an unknown element, a share outside 0 to 1, or shares that add up to more than the whole.
    """
    deviations = sd or {}
    gather(
        Problem(
            N_("The content of {element} is {value}; a mass fraction lies between 0 and 1 (200 g/t is 0.0002)."),
            f"{pointer}/{element}",
            "share",
            {"element": element, "value": given},
        )
        for element, given in [*shares.items(), *deviations.items()]
        if isinstance(given, bool) or not isinstance(given, (int, float))
    )
    made = {
        element: Estimate(
            float(share),
            float(deviations.get(element, abs(share) * _UNSTATED_SD[basis])),
            source or BASES[basis].en,
            _STATED_CONFIDENCE[basis],
            basis,
        )
        for element, share in shares.items()
    }
    check(made, pointer)
    return made


def check(contents: Contents, pointer: str = "/contents") -> None:
    """Raise one Refused for everything that is wrong with contents, each with its pointer; nothing when all is well."""
    gather(_problems(contents, pointer))


def _problems(contents: Contents, pointer: str) -> Iterator[Problem]:
    for element, estimate in contents.items():
        at = f"{pointer}/{element}"
        if element not in elements():
            hint = nearest(element, elements())
            yield Problem(
                N_("“{element}” is not an element. Write its symbol, such as {hint}."),
                at,
                "element",
                {"element": element, "hint": hint or "Au"},
            )
        elif not math.isfinite(estimate.value) or not 0 <= estimate.value <= 1:
            yield Problem(
                N_("The content of {element} is {value}; a mass fraction lies between 0 and 1 (200 g/t is 0.0002)."),
                at,
                "share",
                {"element": element, "value": estimate.value},
            )
        elif not math.isfinite(estimate.sd) or estimate.sd < 0:
            yield Problem(
                N_("The standard deviation of {element} is {value}; it is zero or more, as a mass fraction."),
                at,
                "share",
                {"element": element, "value": estimate.sd},
            )
    total = math.fsum(estimate.value for estimate in contents.values())
    if math.isfinite(total) and total > 1 + 1e-9:
        yield Problem(
            N_("The contents add up to {total} of the mass; together they can be at most 1."),
            pointer,
            "share",
            {"total": f"{total:.4f}"},
        )


def update(prior: Contents, assay: Contents) -> dict[str, Estimate]:
    """The prior with the assayed elements replaced.

    Where the two together would exceed the whole, what was not assayed shrinks in proportion, since the assay is
    the better knowledge. Raises Refused where the assay alone is wrong.
    """
    check(assay)
    kept = {element: estimate for element, estimate in prior.items() if element not in assay}
    room = 1 - math.fsum(estimate.value for estimate in assay.values())
    rest = math.fsum(estimate.value for estimate in kept.values())
    if rest > room:
        factor = max(room, 0.0) / rest
        kept = {
            element: Estimate(e.value * factor, e.sd * factor, e.source, e.confidence, e.basis)
            for element, e in kept.items()
        }
    return {**kept, **assay}
