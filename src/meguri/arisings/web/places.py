"""Economies, products, categories and elements as pages list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from meguri import reference
from meguri.arisings.runs.results import ASEAN, ASEAN_MEMBERS, EQUIPMENT, VEHICLES, WORLD
from meguri.arisings.scenarios.scenario import known_products
from meguri.kit.problems import N_, NotFound, Problem, nearest
from meguri.kit.words import Words, plain

GROUPS: Mapping[str, Words] = {
    EQUIPMENT: Words("Electrical and electronic equipment"),
    VEHICLES: Words("Vehicles"),
}
REGIONS: Mapping[str, Words] = {
    WORLD: Words("All economies on file"),
    ASEAN: Words("ASEAN"),
}
# The six categories of Directive 2012/19/EU, Annex III, by the label under which their products are added up.
CATEGORIES: Mapping[str, Words] = {
    "eu6-1": Words("Temperature exchange equipment"),
    "eu6-2": Words("Screens and monitors"),
    "eu6-3": Words("Lamps"),
    "eu6-4": Words("Large equipment"),
    "eu6-5": Words("Small equipment"),
    "eu6-6": Words("Small IT and telecommunication equipment"),
}


def economy_name(code: str) -> Words:
    """The name of an economy or region; its code where nobody knows it."""
    if code in REGIONS:
        return REGIONS[code]
    found = reference.economies().get(code)
    return found.name if found else plain(code)


def product_name(code: str) -> Words:
    """The name of a product or group. Raises NotFound with the nearest."""
    known = dict(GROUPS) | dict(CATEGORIES) | dict(known_products())
    if code not in known:
        raise NotFound(
            Problem(
                N_("There is no product “{name}” here. Did you mean {hint}?"), "/product", "product",
                {"name": code, "hint": nearest(code, known) or EQUIPMENT},
            )
        )  # fmt: skip
    return known[code]


def element_name(symbol: str) -> Words:
    """The name of an element; its symbol where it is not on file."""
    found = reference.elements().get(symbol)
    return found.name if found else plain(symbol)


def economy_choices(codes: Sequence[str]) -> list[tuple[str, Words]]:
    """Regions first, then economies by their name in the page's language."""
    regions = [code for code in (WORLD, ASEAN) if code in codes]
    others = sorted((code for code in codes if code not in REGIONS), key=lambda code: economy_name(code).say())
    return [(code, economy_name(code)) for code in (*regions, *others)]


def product_choices(codes: Sequence[str]) -> list[tuple[str, Words]]:
    """Groups first, then products in the order of their keys."""
    first = (*GROUPS, *CATEGORIES)
    groups = [code for code in first if code in codes]
    return [(code, product_name(code)) for code in (*groups, *(code for code in codes if code not in first))]


@cache
def category_of(product: str) -> str:
    """The label of a product's category; empty for vehicles and groups."""
    found = reference.unu_keys().get(product)
    return f"eu6-{found.eu6}" if found else ""


def group_of(product: str) -> str:
    """The group that a product is added up in."""
    return VEHICLES if product.startswith("vehicle") else EQUIPMENT


def sums(code: str) -> bool:
    """Whether this is a sum of products and no single one."""
    return code in GROUPS or code in CATEGORIES


def single(code: str) -> bool:
    """Whether this is one economy and no sum of several."""
    return code not in REGIONS


def of_region(code: str) -> tuple[str, ...]:
    """The members of a region, empty for a single economy."""
    return ASEAN_MEMBERS if code == ASEAN else ()
