"""Contents against published totals: the world's e-waste of 2019 by metal, and the grade of a smelter's feed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from meguri.arisings.checks.check import PublishedCheck
from meguri.arisings.checks.row import followed_by
from meguri.arisings.contents import bills, parts
from meguri.arisings.contents import composition as contents
from meguri.arisings.contents.bills import Floats
from meguri.arisings.sales import market
from meguri.kit.words import Words
from meguri.materials import ELEMENT_ORDER
from meguri.reference import published, unu_keys

# The split of a category of the world's e-waste over its kinds of equipment is that of what these sold in 2005-2012,
# about a lifetime before; contents are those of 2010. No split by kind is published for the world.
SPLIT_ECONOMIES = ("DEU", "ESP", "FRA", "GBR", "ITA", "POL")
SPLIT_YEARS = range(2005, 2013)
COHORT = 2010
WORLD_YEAR = "2019"
_CATEGORIES = {
    "1": "temperature exchange",
    "2": "screens",
    "3": "lamps",
    "4": "large",
    "5": "small",
    "6": "small IT",
}
_PV, _PV_KEY = "PV panels", "0002"
BOARDS = ("circuit-boards", "circuit-boards-high-grade", "circuit-boards-low-grade")

_SPLIT = Words(
    "World arisings by category (recalled for 2022) split over kinds of equipment as sold in six economies of Europe.",
)
_REASONS = {
    "Cu": Words(
        "Copper of motors, cables and compressors in bills that are assumed comes out higher than the published total.",
    ),
    "Co": Words(
        "Portable cells are taken as lithium cobalt oxide at 18 %, and laptops weigh much in Europe's sales.",
    ),
    "In": Words(
        "Indium per panel is a measured coating on the panel; the published total is not broken down.",
    ),
    "Sb": Words(
        "Antimony in plastics and glass is an assumed order; no measurement by kind of equipment is at hand.",
    ),
    "Ge": Words(
        "No content of germanium is on file for any part: unknown, not zero.",
    ),
    "Hg": Words("Mercury is not among the thirty elements."),
}
_GRADE = Words(
    "The smelter's feed also holds copper-rich scrap without gold, and metal out is compared with metal in; ours is "
    "the mean of all boards, appliances included.",
)


@cache
def world_goods() -> Floats:
    """The world's e-waste of 2019 by UNU-KEY (54,), in kilograms, by the split said above."""
    keys = tuple(unu_keys())
    sold = np.zeros(len(keys))
    for economy in SPLIT_ECONOMIES:
        made = market.of(economy, SPLIT_YEARS)
        for product, kilograms in zip(made.products, made.kg.mean(axis=0), strict=True):
            sold[keys.index(product)] += kilograms
    groups = {row.quantity: float(row.value) for row in published() if row.topic == "arisings by category"}
    total = next(
        float(row.value)
        for row in published()
        if row.topic == "arisings" and row.scope == "World" and row.year == WORLD_YEAR
    )
    goods = np.zeros(len(keys))
    for group, name in _CATEGORIES.items():
        own = np.array([unu_keys()[key].eu6 == group and key != _PV_KEY for key in keys])
        goods[own] = groups[name] * sold[own] / sold[own].sum()
    goods[keys.index(_PV_KEY)] = groups[_PV]
    return goods / goods.sum() * total * 1e6


@cache
def checks() -> tuple[PublishedCheck, ...]:
    """Metals in the world's e-waste of 2019, and the grade of boards against that of a smelter's feed."""
    return (*metals(), *grade())


def metals() -> Iterator[PublishedCheck]:
    """Metals in the world's e-waste of 2019, with the contents of one year of sale."""
    held = contents.matrix(tuple(unu_keys()), [COHORT])
    masses = world_goods() @ held.values[0] / 1e6
    for row in published():
        if row.topic != "metal contained":
            continue
        at = ELEMENT_ORDER.index(row.quantity) if row.quantity in ELEMENT_ORDER else None
        known = at is not None and held.known[:, at].any()
        why = _REASONS.get(row.quantity)
        yield PublishedCheck(
            f"metal contained World {row.year} {row.quantity}",
            Words("Metal in the world's e-waste, {metal}").format(metal=row.quantity),
            float(row.value),
            float(masses[at]) if known else None,
            row.unit,
            followed_by(_SPLIT, why) if why else _SPLIT,
            row.confidence,
            row.source,
        )


def grade() -> Iterator[PublishedCheck]:
    """The mean grade of all our boards against metal out over feed of a smelter."""
    goods = world_goods()
    shares = goods @ parts.of(tuple(unu_keys()), (COHORT,)).shares[0]
    boards = shares * np.array([part.stream in BOARDS for part in bills.parts().values()])
    mean = boards @ parts.elements()[0] / boards.sum()
    for row in published():
        element = row.quantity.rsplit(" ", 1)[-1]
        if row.topic != "grade" or element not in ELEMENT_ORDER:
            continue
        scale = 100 if row.unit == "wt%" else 1e6
        yield PublishedCheck(
            f"grade of e-scrap feed {row.scope} {row.year} {element}",
            Words("Grade of e-scrap feed, {element}").format(element=element),
            float(row.value),
            float(mean[ELEMENT_ORDER.index(element)]) * scale,
            row.unit,
            _GRADE,
            row.confidence,
            row.source,
        )
