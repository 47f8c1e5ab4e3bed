"""What a row of each table of facts is, once read. Units are in the field's name or in the table's columns."""

from __future__ import annotations

import msgspec

from meguri.kit.words import Words
from meguri.reference.confidence import Confidence


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every row carries: where the figure was read, and how far to trust it."""

    source: str
    confidence: Confidence


class Economy(Fact, frozen=True, kw_only=True):
    """A State or other economy with rules of its own; the label point is in degrees (WGS 84)."""

    iso3: str
    alpha2: str
    name: Words
    zone: str
    lat: float
    lon: float


class Port(Fact, frozen=True, kw_only=True):
    """A sea port by UN/LOCODE, in degrees (WGS 84)."""

    unlocode: str
    name: Words
    iso3: str
    lat: float
    lon: float
    note: Words


class KnownFacility(Fact, frozen=True, kw_only=True):
    """A real plant. `confidence` is about the plant and its capacity, `place_confidence` about its position."""

    id: str
    name: Words
    operator: str
    iso3: str
    lat: float
    lon: float
    kind: str
    capacity_t_y: float | None
    capacity_basis: Words
    metals: tuple[str, ...]
    port: str
    licence: str
    place_source: Words
    place_confidence: Confidence
    note: Words

    @property
    def licence_label(self) -> Words:
        """What a page must say beside the plant's name."""
        return LICENCES[self.licence]


LICENCES = {
    "to-verify": Words("Licence to be verified"),
    "not-checked": Words("Licence not checked"),
}


class FacilityTotal(Fact, frozen=True, kw_only=True):
    """A figure for several plants at once; never add it to the plants' own capacities."""

    id: str
    name: Words
    iso3: str
    value: float
    unit: str
    note: Words


class Population(Fact, frozen=True, kw_only=True):
    """The people of an economy on 1 July of a year, in millions."""

    iso3: str
    year: int
    population_million: float


class UnuKey(Fact, frozen=True, kw_only=True):
    """One of the 54 kinds of equipment of the E-waste Statistics Guidelines; `unit_weight_kg` per piece."""

    unu_key: str
    name: Words
    eu6: str
    eu6_name: Words
    eu10: str
    introduced: int
    unit_weight_kg: float
    hs6: tuple[str, ...]


class Element(Fact, frozen=True, kw_only=True):
    """A chemical element; `vector` is its place (1 to 30) in the order that contained metals are held in."""

    symbol: str
    name: Words
    atomic_number: int
    atomic_weight: float
    vector: int | None


class Composition(Fact, frozen=True, kw_only=True):
    """How much of a component an item holds: of a fraction in a device, or of an element in a fraction."""

    level: str
    item: str
    unu_key: str
    component: str
    value: float
    unit: str
    note: Words

    @property
    def share(self) -> float:
        """The mass fraction, 0 to 1, whatever the unit of the row."""
        return self.value * SHARE_OF[self.unit]


# What one of each unit is as a mass fraction.
SHARE_OF = {"share": 1.0, "wt%": 0.01, "mg/kg": 1e-6}


class Recovery(Fact, frozen=True, kw_only=True):
    """The share of an element that a route recovers, with its range."""

    route: str
    stage: str
    element: str
    yield_share: float
    low: float
    high: float
    note: Words


class SmelterConstraint(Fact, frozen=True, kw_only=True):
    """From where a smelter charges a penalty, and from where it refuses the lot."""

    parameter: str
    unit: str
    penalty_above: float
    reject_above: float
    note: Words


class Stream(Fact, frozen=True, kw_only=True):
    """A kind of material, by the slug in which questions are asked."""

    stream: str
    name: Words
    kind: str


class MixShare(Fact, frozen=True, kw_only=True):
    """The share of one device in the mass of a declared mix."""

    mix: str
    item: str
    unu_key: str
    share: float


class Separation(Fact, frozen=True, kw_only=True):
    """The share of a device's component that dismantling puts into a stream; `*` stands for any device."""

    item: str
    component: str
    stream: str
    share: float


class StreamBasis(Fact, frozen=True, kw_only=True):
    """A row of the composition table that stands for a stream, with its weight among them."""

    stream: str
    item: str
    weight: float
    note: Words
