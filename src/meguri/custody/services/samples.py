"""The door for samples: pages, stories and commands draw, lay, open, judge and settle through it.

Actors are subjects, lots and samples bare ids, masses grams, contents parts per billion of the dry mass.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

import msgspec

from meguri.custody.assays import acts, results, settling, vocabulary
from meguri.custody.assays.guards import common, laying
from meguri.custody.assays.states import (
    SIDES,
    AssayedElement,
    Party,
    PayableTerm,
    ReductionStep,
    SampleState,
    SamplingWitness,
    SealedPart,
    Whose,
)
from meguri.custody.models import SAMPLED, LotSample
from meguri.custody.services import store
from meguri.journal import services as journal
from meguri.journal.models import Private
from meguri.journal.projections import relations
from meguri.kit import clock, ids
from meguri.kit.problems import N_, Conflict, Problem, gather, refuse
from meguri.movement.states import LotMass
from meguri.registry import rights

UNITS: Mapping[str, int] = {
    "%": 10_000_000,
    "g/t": 1000,
    "ppm": 1000,
    "mg/kg": 1000,
    "ppb": 1,
}
"""How many parts per billion one of each unit is."""


class KeptResult(msgspec.Struct, frozen=True):
    """A result as it is kept beside the act that commits to it."""

    found: tuple[AssayedElement, ...]
    dry: bool = True


def ppb_of(value: str, unit: str, pointer: str) -> int:
    """A content in parts per billion from what somebody wrote in a unit. Refused where it is no number of one."""
    if unit not in UNITS:
        raise refuse(
            N_("“{unit}” is no unit of contents. One of: {known}."),
            pointer,
            "unit",
            unit=unit[:20],
            known=", ".join(UNITS),
        )
    try:
        number = Decimal(value.strip())
        if not number.is_finite():
            raise ValueError
    except (ArithmeticError, ValueError):
        raise refuse(
            N_("“{text}” is no number. Write it with a point, like 220 or 18.5."), pointer, "number", text=value[:40]
        ) from None
    return int((number * UNITS[unit]).to_integral_value())


def sample(id: str, reader: object | None = None) -> SampleState:
    """The state of a sample; with a reader, only where it takes part. Raises NotFound."""
    row = LotSample.objects.filter(id=id[:120]).first()
    seen = reader is None or relations.readable(getattr(reader, "organisation", None), [f"sample:{id}"])
    if row is None or not seen:
        raise common.unseen(id[:120])
    return cast(SampleState, row.value)


def of_lot(lot: str) -> dict[str, SampleState]:
    """The samples that were drawn of a lot, by id, the newest last."""
    names = [edge.target.partition(":")[2] for edge in relations.edges(SAMPLED, source=f"lot:{lot}")]
    rows = LotSample.objects.filter(id__in=names).order_by("sealed_at", "id")
    return {row.id: cast(SampleState, row.value) for row in rows}


def draw(
    actor: str,
    lots: Sequence[str],
    *,
    seller: str = "",
    buyer: str = "",
    umpire: str = "",
    parts: Sequence[SealedPart] = (),
    material: str = "",
    method: str = "",
    increments: int,
    top_size_um: int,
    moisture_ppb: int,
    moisture_sd_ppb: int = 0,
    ignition_ppb: int | None = None,
    sampling_rsd_ppb: int | None = None,
    preparation_rsd_ppb: int | None = None,
    reduction: Sequence[ReductionStep] = (),
    witnesses: Sequence[SamplingWitness] = (),
    terms: Mapping[str, int] | None = None,
    sample: str = "",
    claimed: datetime | None = None,
    nonce: str | None = None,
    person: str = "",
) -> str:
    """Draw a sample of whole lots and seal its parts; returns its id.

    The material follows from the stream, and uncertainties that are not stated are those on file. `terms` are what is
    paid of each element, in parts per billion of it.
    """
    states = store.lots(lots)
    first = next(iter(states.values()), None)
    body = acts.DrawSample(
        sample=sample or ids.new(),
        lots=tuple(LotMass(name, state.mass_g) for name, state in states.items()),
        facility=first.facility if first else "",
        material=material or vocabulary.material_of(first.stream if first else ""),
        seller=seller,
        buyer=buyer,
        umpire=umpire,
        method=method,
        increments=increments,
        top_size_um=top_size_um,
        reduction=tuple(reduction),
        witnesses=tuple(witnesses),
        moisture_ppb=moisture_ppb,
        moisture_sd_ppb=moisture_sd_ppb,
        ignition_ppb=ignition_ppb,
        sampling_rsd_ppb=vocabulary.assumed_rsd_ppb("sampling") if sampling_rsd_ppb is None else sampling_rsd_ppb,
        preparation_rsd_ppb=(
            vocabulary.assumed_rsd_ppb("preparation") if preparation_rsd_ppb is None else preparation_rsd_ppb
        ),
        parts=tuple(parts),
        terms=tuple(PayableTerm(element, share) for element, share in (terms or {}).items()),
        days=vocabulary.days(),
    )
    journal.say(actor, "custody.sample", body, claimed=claimed, nonce=nonce, person=person)
    return body.sample


def sealed_parts(grams: int, *, both: bool, own: Party = "buyer", prefix: str = "") -> tuple[SealedPart, ...]:
    """Equal parts under new seals: for both sides, umpire and reserve, or for one side and the reserve."""
    name = prefix or secrets.token_hex(3).upper()
    whose: tuple[Whose, ...] = ("seller", "buyer", "umpire", "reserve") if both else (own, "reserve")
    return tuple(SealedPart(f"{name}-{one[0].upper()}", one, grams) for one in whose)


def lay(
    actor: str,
    id: str,
    found: Sequence[AssayedElement],
    *,
    laboratory: str = "",
    seal: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> None:
    """Lay what one's laboratory found: closed until both are opened, or at once where one side alone takes part."""
    state = sample(id)
    side = state.side(actor)
    if side is None:
        raise common.unseen(id)
    found = tuple(found)
    gather(results.faults(found, state.material, "/body/found"))
    both = len(state.parties) == 2
    body = acts.LayAssay(
        sample=id,
        lots=state.lots,
        laboratory=laboratory or actor,
        seal=seal or _part(state, side),
        engaged=state.engaged,
        found=() if both else found,
    )
    private = {acts.RESULT: results.text_of(found)} if both else {}
    journal.attest(actor, [journal.Utterance("custody.assay", body, claimed, private=private)], person=person)


def _part(state: SampleState, whose: str) -> str:
    return next((part.seal for part in state.parts if part.whose == whose), "")


def kept(state: SampleState, side: Party) -> tuple[str, KeptResult] | None:
    """Salt and result of a side as they are kept beside its act; None where it laid none, or they were erased."""
    laid = state.laid(side)
    if laid is None:
        return None
    row = Private.objects.filter(act_id=laid.act, name=acts.RESULT).first()
    if row is None:
        return None
    try:
        return row.salt, msgspec.json.decode(row.value, type=KeptResult)
    except msgspec.DecodeError:
        return row.salt, KeptResult(())


def exchange(actor: str, id: str, *, claimed: datetime | None = None, person: str = "") -> None:
    """Open all that was laid at one instant; once the date has passed, without what was laid and is not kept."""
    state = sample(id)
    if state.side(actor) is None:
        raise common.unseen(id)
    opened, missing = [], []
    for side in SIDES:
        if state.laid(side) is None:
            continue
        held = kept(state, side)
        if held is None:
            missing.append(side)
            continue
        salt, result = held
        void = any(results.faults(result.found, state.material, "", dry=result.dry))
        opened.append(acts.OpenedAssay(side=side, salt=salt, found=result.found, dry=result.dry, void=void))
    if missing and clock.now() < state.due:
        raise Conflict(
            Problem(
                N_("The result of the {side} was never given to this service, or erased: it lays it again."),
                "/body/opened",
                "not-kept",
                {"side": missing[0]},
            )
        )
    limits = laying.expected_limits(state, opened)
    body = acts.OpenAssays(sample=id, lots=state.lots, opened=tuple(opened), limits=limits)
    # That something was laid and is not kept, no side can say of the other.
    journal.say(
        rights.NODE if missing else actor, "custody.exchange", body, claimed=claimed, person="" if missing else person
    )


def judge(
    actor: str,
    id: str,
    found: Sequence[AssayedElement],
    *,
    seal: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> None:
    """Say as the umpire what was found of all that is in dispute."""
    state = sample(id)
    if actor not in (*state.parties, state.umpire):
        raise common.unseen(id)
    body = acts.UmpireAssay(
        sample=id,
        lots=state.lots,
        seal=seal or _part(state, "umpire"),
        engaged=state.engaged,
        found=tuple(found),
    )
    journal.say(actor, "custody.umpire", body, claimed=claimed, person=person)


def settle(
    actor: str,
    id: str,
    *,
    provisional: Sequence[AssayedElement] = (),
    claimed: datetime | None = None,
    person: str = "",
) -> None:
    """Settle at what follows from exchange and terms; with `provisional` figures of one's own, for the time being."""
    state = sample(id)
    if state.side(actor) is None:
        raise common.unseen(id)
    wet, dry = settling.totals(state)
    own = tuple(provisional)
    lots = {} if own else store.lots([part.lot for part in state.lots])
    body = acts.SettleLots(
        sample=id,
        lots=state.lots,
        provisional=bool(own),
        found=own,
        wet_g=wet,
        dry_g=dry,
        elements=settling.provisional(state, own) if own else settling.final(state),
        contents=tuple(
            acts.LotContents(lot=name, contents=settling.contents_of(id, state, lot)) for name, lot in lots.items()
        ),
    )
    journal.say(actor, "custody.settle", body, claimed=claimed, person=person)
