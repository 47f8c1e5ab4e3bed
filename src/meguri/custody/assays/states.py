"""What the record knows of a sample: how it was drawn, what was found in it, and what it settled.

Masses of lots are integer grams, contained and payable metal integer milligrams, contents parts per billion by mass on
the dry lot. Organisations are named by their subject.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from meguri.kit.words import Text
from meguri.movement.states import Basis, LotMass

Whose = Literal["seller", "buyer", "umpire", "reserve"]
Party = Literal["seller", "buyer"]
SIDES: tuple[Party, ...] = ("seller", "buyer")


class SealedPart(msgspec.Struct, frozen=True):
    """A part of a sample under a seal of its own, in grams, and for whom it is."""

    seal: str
    whose: Whose
    grams: int


class ReductionStep(msgspec.Struct, frozen=True):
    """One step of making the sample smaller: crushed below so many micrometres, then divided from grams to grams."""

    below_um: int
    from_g: int
    to_g: int


class SamplingWitness(msgspec.Struct, frozen=True):
    """An organisation that watched, and as what; no name of a person."""

    organisation: str
    office: Text = ""


class PayableTerm(msgspec.Struct, frozen=True):
    """How much of an element's content is paid, in parts per billion of it."""

    element: str
    share_ppb: int


class AssayedElement(msgspec.Struct, frozen=True):
    """What a laboratory found of an element: value and standard uncertainty, and by which method."""

    element: str
    ppb: int
    sd_ppb: int
    method: str


class LaidAssay(msgspec.Struct, frozen=True, kw_only=True):
    """An assay as it was laid: of which part, by which laboratory; its commitment until it is opened, then what it is.

    `void` is one that was opened and cannot be: it counts as not delivered.
    """

    whose: Whose
    laboratory: str
    seal: str
    act: str
    at: datetime
    commitment: str = ""
    found: tuple[AssayedElement, ...] = ()
    void: bool = False


class SplitLimit(msgspec.Struct, frozen=True):
    """How far two results of an element may lie apart to be averaged.

    Parts per billion of the mean where `relative`, else of the mass. `decides` names the side whose result binds
    whatever the other found.
    """

    element: str
    limit_ppb: int
    relative: bool
    decides: Literal["", "seller", "buyer"] = ""


class AgreedElement(msgspec.Struct, frozen=True, kw_only=True):
    """An element after the exchange: its value and the laboratories' uncertainty of it, and on what it rests.

    `basis` is empty while the umpire is awaited. `apart_ppb` is how far the two lay apart, `limit_ppb` (of the mass)
    how far they might. `further` is who lay further from the umpire, and pays; both where they lay alike.
    """

    element: str
    ppb: int
    sd_ppb: int
    basis: Literal["", "umpire", "exchanged", "one-sided"]
    apart_ppb: int = 0
    limit_ppb: int = 0
    further: Literal["", "seller", "buyer", "both"] = ""


class SettledElement(msgspec.Struct, frozen=True, kw_only=True):
    """An element as settled: content of the dry lot with the uncertainty of the lot, contained and payable metal."""

    element: str
    ppb: int
    sd_ppb: int
    basis: Basis
    contained_mg: int
    payable_mg: int


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What the lots are settled at: wet and dry grams, and each element. Provisional figures bind nobody."""

    provisional: bool
    wet_g: int
    dry_g: int
    elements: tuple[SettledElement, ...]
    by: str
    at: datetime
    act: str


class SampleState(msgspec.Struct, frozen=True, kw_only=True):
    """A sample of one or several lots that are settled together.

    `seller` or `buyer` is empty where only one side takes part: what it finds is one-sided. `due` is when what was not
    delivered is done without. Uncertainties of sampling and of preparation are relative (parts per billion of a value).
    """

    lots: tuple[LotMass, ...]
    holder: str
    seller: str
    buyer: str
    umpire: str
    material: str
    facility: str
    sealed_at: datetime
    due: datetime
    act: str
    increments: int
    top_size_um: int
    method: Text
    moisture_ppb: int
    moisture_sd_ppb: int
    sampling_rsd_ppb: int
    preparation_rsd_ppb: int
    ignition_ppb: int | None = None
    reduction: tuple[ReductionStep, ...] = ()
    witnesses: tuple[SamplingWitness, ...] = ()
    parts: tuple[SealedPart, ...] = ()
    terms: tuple[PayableTerm, ...] = ()
    assays: tuple[LaidAssay, ...] = ()
    opened_at: datetime | None = None
    agreed: tuple[AgreedElement, ...] = ()
    provisional: Settlement | None = None
    settled: Settlement | None = None

    @property
    def parties(self) -> tuple[str, ...]:
        """Who takes part."""
        return tuple(filter(None, (self.seller, self.buyer)))

    def side(self, organisation: str) -> Party | None:
        """On which side an organisation is."""
        return next((side for side in SIDES if organisation and getattr(self, side) == organisation), None)

    def laid(self, whose: str) -> LaidAssay | None:
        """The assay that one side laid, or the umpire."""
        return next((one for one in self.assays if one.whose == whose), None)

    @property
    def engaged(self) -> tuple[str, ...]:
        """Everybody who is named on it so far: parties, umpire, laboratories. Sorted."""
        return tuple(sorted({*self.parties, *filter(None, [self.umpire]), *(one.laboratory for one in self.assays)}))

    @property
    def disputed(self) -> tuple[str, ...]:
        """Elements that wait for the umpire."""
        return tuple(one.element for one in self.agreed if not one.basis)
