"""Other published figures: Japan's take-back, the region, the world's metals; and what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from meguri import reference
from meguri.arisings.checks import held_out as heldout
from meguri.arisings.checks import metals as metal_checks
from meguri.arisings.checks.row import CheckRow, compared
from meguri.arisings.contents import composition as contents
from meguri.arisings.sales import market, recorded
from meguri.arisings.sales.outliers import Array
from meguri.kit.words import Words
from meguri.materials import ELEMENT_ORDER
from meguri.reference import Published

FIRST = recorded.FIRST_YEAR

#: The types of Japan's law on home appliances, by the UNU-KEYs that they are.
APPLIANCES = {
    "air conditioner": ("0111",),
    "CRT TV": ("0407",),
    "flat TV": ("0408",),
    "refrigerator/freezer": ("0108", "0109"),
    "washer/dryer": ("0104", "0105"),
}
_TYPE = Words(
    "Take-back is the part of arisings that comes to the designated places: ours, all arisings, should lie above it. "
    "Japan's sales by product are not on file: the split is the European one, which has few air conditioners and "
    "heavier washing machines, and pieces weigh what they weigh in Europe.",
)
_UNUSED = {
    "collection": Words(
        "What is collected is an assumption of the scenario, not an outcome.",
    ),
    "fates": Words(
        "Where waste goes worldwide is not modelled; collection and routes are assumptions of the scenario.",
    ),
    "policy target": Words("A target, not an observation: scenarios may take it up."),
    "industry": Words(
        "What plants take in or make is for the network of plants, not for arisings.",
    ),
    "trade": Words("Imports of scrap are not arisings."),
    "recovery": Words(
        "An input of the recovery routes, not an outcome to be checked.",
    ),
    "supply": Words("Needs the world's demand for rare earths, which is not on file."),
    "composition": Words(
        "Plastics and other materials are not followed to the end: contents are by element.",
    ),
    "value/carbon": Words(
        "Needs collection and recovery worldwide, which are assumptions of the scenario.",
    ),
    "algorithm": Words("See the rows of the British series."),
}
_INPUT = Words(
    "An input: the level of the series is taken from it, so it is no check.",
)


@cache
def _pieces(economy: str, year: int) -> Array:
    """Pieces that leave in a year by product, (54,)."""
    length = year - FIRST + 1
    pieces: Array = (heldout.leaving(market.of(economy), year) / recorded.piece_kg(FIRST, FIRST + length - 1)).sum(
        axis=0
    )
    return pieces


def _fiscal(economy: str, year: int, keys: tuple[str, ...]) -> float:
    """Thousand pieces in a fiscal year, April to March."""
    columns = [recorded.products().index(key) for key in keys]
    calendar = [float(_pieces(economy, each)[columns].sum()) for each in (year, year + 1)]
    return (0.75 * calendar[0] + 0.25 * calendar[1]) / 1e3


def take_back() -> Iterator[CheckRow]:
    """Japan's take-back of home appliances, thousand pieces, by type and fiscal year."""
    prefix = "home-appliance law units: "
    for row in _sorted("take-back Japan"):
        if not row.quantity.startswith(prefix):
            continue
        kind, year = row.quantity.removeprefix(prefix), int(row.year.removeprefix("FY"))
        keys = APPLIANCES.get(kind) or tuple(key for each in APPLIANCES.values() for key in each)
        yield compared(
            f"Take-back {row.scope} {row.year}: {kind}, thousand pieces",
            row.value,
            _fiscal(row.scope, year, keys),
            _TYPE,
        )
    keys = tuple(key for each in APPLIANCES.values() for key in each)
    columns = [recorded.products().index(key) for key in keys]
    content = contents.matrix(keys, tuple(range(FIRST, 2024)))
    for row in _sorted("take-back Japan"):
        if row.quantity.startswith(prefix):
            continue
        year = int(row.year.removeprefix("FY"))
        mass = heldout.leaving(market.of(row.scope), year)[:, columns]
        iron = float((mass[:, :, None] * content.values[: len(mass)])[..., ELEMENT_ORDER.index("Fe")].sum())
        ours = iron if row.quantity.startswith("iron") else float(mass.sum())
        yield compared(f"Take-back {row.scope} {row.year}: {row.quantity}, t", row.value, ours / 1e3, _WEIGHT)


_WEIGHT = Words(
    "Published is what was recovered from the appliances taken back; ours is all that arises of the four kinds in the "
    "calendar year, an upper bound.",
)


def _sorted(topic: str) -> list[Published]:
    return sorted(
        (row for row in reference.published() if row.topic == topic), key=lambda row: (row.year, row.quantity)
    )


def region() -> Iterator[CheckRow]:
    """Arisings of single economies that are not the inputs themselves, per head or in kt."""
    own = Words(
        "Another publication of the same scope; ours follows the newest edition, which lies above the older ones.",
    )
    scope = Words(
        "National statistics of another scope (households, or waste under the national rules), not the monitor's.",
    )
    for row in reference.published():
        if row.topic != "arisings" or row.scope == "World" or "CBS WOT" in row.quantity:
            continue
        label = f"{row.quantity}, {row.scope} {row.year}, {row.unit}"
        if row.scope.startswith("12 "):
            yield from _region(row, label)
            continue
        if row.scope not in market.economies():
            yield CheckRow(label, row.value, None, None, Words("No series is on file for it."))
            continue
        run = heldout.forward(market.of(row.scope).kg, market.DEFAULT.convention)
        if "-" in row.year:
            first, last = map(int, row.year.split("-"))
            yield compared(label, row.value, float(run[first - FIRST : last - FIRST + 1].sum()) / 1e6, scope)
            continue
        year = int(row.year)
        people = recorded.population(row.scope, year, year)[0]
        ours = float(run[year - FIRST]) / (people if row.unit == "kg/cap" else 1e6)
        taken = year in (2019, 2022) and not row.quantity.startswith("WEEE")
        yield compared(label, row.value, ours, _INPUT if taken else scope if row.quantity.startswith("WEEE") else own)


def _region(row: Published, label: str) -> Iterator[CheckRow]:
    members = ("CHN", "IDN", "JPN", "KHM", "KOR", "MYS", "PHL", "SGP", "THA", "VNM")
    why = Words(
        "Ours for ten of the twelve (no series for Hong Kong and Taiwan), at the level of later editions.",
    )
    single = [heldout.forward(market.of(each).kg, market.DEFAULT.convention) for each in members]
    runs: Array = np.sum(single, axis=0)
    if "-" in row.year:
        first, last = (runs[int(year) - FIRST] for year in row.year.split("-"))
        yield compared(label, row.value, float(last / first - 1) * 100, why)
    else:
        yield compared(label, row.value, float(runs[int(row.year) - FIRST]) / 1e6, why)


def split() -> Iterator[CheckRow]:
    """Arisings by category: what was an input, and solar panels, which are left out."""
    panels = Words(
        "Left out: no usable figures of sales of solar panels are on file.",
    )
    for row in _sorted("arisings by category"):
        yield CheckRow(
            f"Arisings by category, world {row.year}: {row.quantity}, {row.unit}",
            row.value,
            None,
            None,
            panels if row.quantity.startswith("PV") else _INPUT,
        )


def not_compared() -> Iterator[CheckRow]:
    """Published figures of which the model says nothing, each with the reason."""
    spoken = {"arisings", "arisings by category", "metal contained", "take-back Japan", "concentration", "ELV", "grade"}
    compared_elsewhere = {"e-waste forecast", "EEE placed on market"}
    for row in reference.published():
        if row.topic in spoken and row.scope != "World":
            continue
        if row.topic in spoken - {"arisings"} or row.quantity in compared_elsewhere:
            continue
        if (
            row.quantity in (*metal_checks.TOTAL_VALUES, "metals contained")
            or row.quantity.removesuffix(" value") in ELEMENT_ORDER
        ):
            continue
        why = _INPUT if row.topic == "arisings" else _UNUSED.get(row.topic, _UNUSED["fates"])
        yield CheckRow(f"{row.topic}: {row.quantity}, {row.scope} {row.year}, {row.unit}", row.value, None, None, why)
