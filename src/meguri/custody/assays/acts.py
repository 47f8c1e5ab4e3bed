"""The kinds of act by which it is settled what lots contain."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from meguri.custody.assays.states import (
    AssayedElement,
    Party,
    PayableTerm,
    ReductionStep,
    SamplingWitness,
    SealedPart,
    SettledElement,
    SplitLimit,
)
from meguri.journal.act import Act
from meguri.journal.kinds import Kind, define
from meguri.kit.words import Text
from meguri.movement.states import Content, LotMass

RESULT = "result"
"""The name under which a result is kept outside the act that commits to it."""


class DrawSample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The holder draws a sample of lots, as they lie there, and seals its parts.

    Moisture and ignition loss are parts per billion of the wet mass, uncertainties of sampling and preparation relative
    to a value. `days` from sealing on, who has delivered nothing is bound by the other.
    """

    sample: str
    lots: tuple[LotMass, ...]
    facility: str
    material: str
    seller: str = ""
    buyer: str = ""
    umpire: str = ""
    method: Text = ""
    increments: int
    top_size_um: int
    reduction: tuple[ReductionStep, ...] = ()
    witnesses: tuple[SamplingWitness, ...] = ()
    moisture_ppb: int
    moisture_sd_ppb: int
    ignition_ppb: int | None = None
    sampling_rsd_ppb: int
    preparation_rsd_ppb: int
    parts: tuple[SealedPart, ...]
    terms: tuple[PayableTerm, ...] = ()
    days: int


class LayAssay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A side lays what its laboratory found in its sealed part.

    Where both sides take part, `found` is empty and the act commits to the result, which is kept outside it under the
    name ``result`` until both are opened. Where one side alone does, it is said at once. `engaged` are all who are
    named on the sample so far. XRF is laid for provisional figures only.
    """

    sample: str
    lots: tuple[LotMass, ...]
    laboratory: str
    seal: str
    engaged: tuple[str, ...]
    found: tuple[AssayedElement, ...] = ()
    dry: bool = True


class OpenedAssay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A result as it is opened: with the salt of its commitment. `void` where it cannot be a result."""

    side: Party
    salt: str
    found: tuple[AssayedElement, ...]
    dry: bool = True
    void: bool = False


class OpenAssays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Both results are opened in one act; after the date, that of one side where the other delivered nothing."""

    sample: str
    lots: tuple[LotMass, ...]
    opened: tuple[OpenedAssay, ...]
    limits: tuple[SplitLimit, ...]


class UmpireAssay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The umpire says what it found in its sealed part of all elements on which the two lie too far apart."""

    sample: str
    lots: tuple[LotMass, ...]
    seal: str
    engaged: tuple[str, ...]
    found: tuple[AssayedElement, ...]
    dry: bool = True


class LotContents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a lot contains from now on, by its wet mass."""

    lot: str
    contents: tuple[Content, ...]


class SettleLots(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The figures at which lots are settled. Final ones say what the lots contain; provisional ones bind nobody."""

    sample: str
    lots: tuple[LotMass, ...]
    provisional: bool = False
    found: tuple[AssayedElement, ...] = ()
    wet_g: int
    dry_g: int
    elements: tuple[SettledElement, ...]
    contents: tuple[LotContents, ...] = ()


def _sample(body: DrawSample | LayAssay | OpenAssays | UmpireAssay) -> list[str]:
    return [f"sample:{body.sample}"]


def _settled(body: SettleLots) -> list[str]:
    lots = [] if body.provisional else [f"lot:{part.lot}" for part in body.lots]
    return [f"sample:{body.sample}", *lots]


def _of_lots(body: DrawSample | LayAssay | OpenAssays | UmpireAssay | SettleLots) -> list[str]:
    return [f"lot:{part.lot}" for part in body.lots]


def _organisations(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name.startswith("organisation:")})


def _drawn(act: Act, body: DrawSample) -> list[str]:
    named = (body.seller, body.buyer, body.umpire, *(one.organisation for one in body.witnesses))
    return [*_of_lots(body), f"facility:{body.facility}", *_organisations(named)]


def _laid(act: Act, body: LayAssay) -> list[str]:
    return [*_of_lots(body), *_organisations((body.laboratory, *body.engaged))]


def _judged(act: Act, body: UmpireAssay) -> list[str]:
    return [*_of_lots(body), *_organisations(body.engaged)]


def _looked(act: Act, body: OpenAssays | SettleLots) -> list[str]:
    return _of_lots(body)


define(Kind(name="custody.sample", version=1, body=DrawSample, subjects=_sample, reads=_drawn))
define(Kind(name="custody.assay", version=1, body=LayAssay, subjects=_sample, reads=_laid))
define(Kind(name="custody.exchange", version=1, body=OpenAssays, subjects=_sample, reads=_looked))
define(Kind(name="custody.umpire", version=1, body=UmpireAssay, subjects=_sample, reads=_judged))
define(Kind(name="custody.settle", version=1, body=SettleLots, subjects=_settled, reads=_looked))
