"""Lots in store: takes them in, makes others of them, sends, weighs and corrects them.

Actors are subjects (``organisation:penang``); lots, events and facilities bare ids; masses grams.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias, cast

from msgspec.structs import replace

from meguri import materials
from meguri.custody import acts, contents
from meguri.custody.guards import masses
from meguri.custody.guards.store import unseen
from meguri.custody.models import Lot, SiteProcess
from meguri.custody.states import AGREED, Loss, LossBy, LotState, ProcessState
from meguri.custody.substance import crossing, licensing, saying, vocabulary
from meguri.custody.vocabulary import ELEMENT, element_of, stream_words
from meguri.custody.weighing import expectation, limits
from meguri.journal import services as journal
from meguri.journal.projections.relations import readable
from meguri.kit import ids
from meguri.kit.problems import N_, refuse
from meguri.movement.states import DECLARED, Bag, Content, LotMass, MassBasis
from meguri.registry import services as registry

CALCULATED, ESTIMATED = MassBasis(how="calculated"), MassBasis(how="estimated")
Part: TypeAlias = str | LotMass | tuple[str, int]


@dataclass(frozen=True)
class MadeLots:
    """What a transformation made: its event, its lots in the order of the outputs, and those by stream."""

    event: str
    lots: tuple[str, ...]
    by_stream: Mapping[str, str]
    loss_g: int
    difference_g: int


@dataclass(frozen=True)
class Smelted(MadeLots):
    """What smelting made, and how the figures came about; `result` is None where the smelter weighed everything."""

    result: materials.SmeltResult | None

    @property
    def metals(self) -> dict[str, str]:
        """Lots by element symbol."""
        return {
            stream.removeprefix(ELEMENT): lot for stream, lot in self.by_stream.items() if stream.startswith(ELEMENT)
        }


@dataclass(frozen=True)
class Weighed:
    """A lot that comes out, as somebody weighed it."""

    stream: str
    grams: int
    lot: str = ""
    label: str = ""
    contents: tuple[Content, ...] = ()
    basis: MassBasis = DECLARED


def lot(id: str, reader: object | None = None) -> LotState:
    """The state of a lot; with a reader, only where it may see it. Raises NotFound."""
    row = Lot.objects.filter(id=id).first()
    seen = reader is None or readable(getattr(reader, "organisation", None), [f"lot:{id}"])
    if row is None or not seen:
        raise unseen(id, "/lot")
    return cast(LotState, row.value)


def lots(names: Sequence[str]) -> dict[str, LotState]:
    """States of lots by id, in the order given. Raises NotFound for the first that is missing."""
    found = {row.id: cast(LotState, row.value) for row in Lot.objects.filter(id__in=names)}
    for name in names:
        if name not in found:
            raise unseen(name, "/lot")
    return {name: found[name] for name in names}


def parts(wanted: Sequence[Part]) -> tuple[LotMass, ...]:
    """Lots with their masses: a bare id stands for all that is left of the lot."""
    whole = [part for part in wanted if isinstance(part, str)]
    states = lots(whole) if whole else {}
    made = []
    for part in wanted:
        if isinstance(part, str):
            made.append(LotMass(part, states[part].mass_g))
        else:
            made.append(part if isinstance(part, LotMass) else LotMass(*part))
    return tuple(made)


def collect(
    actor: str,
    facility: str,
    stream: str,
    grams: int,
    *,
    mix: str = "",
    place: str = "",
    label: str = "",
    contents: Sequence[Content] = (),
    lot: str = "",
    event: str = "",
    basis: MassBasis = DECLARED,
    happened: str = "",
    claimed: datetime | None = None,
    nonce: str | None = None,
    person: str = "",
) -> str:
    """Take a new lot in at one's own facility; returns its id."""
    lot = lot or ids.new()
    site = registry.facility(facility)
    body = acts.Collect(
        event=event or ids.new(),
        lot=lot,
        stream=stream,
        grams=grams,
        facility=facility,
        economy=site.economy,
        mix=mix,
        place=place,
        label=label,
        basis=limits.filled(grams, basis),
        happened=happened,
        contents=tuple(contents),
    )
    journal.say(actor, "custody.collect", body, claimed=claimed, nonce=nonce, person=person)
    return lot


def transform(
    actor: str,
    step: str,
    inputs: Sequence[Part],
    outputs: Sequence[Weighed],
    *,
    facility: str = "",
    loss_g: int = 0,
    loss_reason: str = "",
    loss_by: LossBy = "",
    losses: Sequence[Loss] | None = None,
    assayed: tuple[Content, ...] = (),
    event: str = "",
    happened: str = "",
    claimed: datetime | None = None,
    nonce: str | None = None,
    person: str = "",
) -> MadeLots:
    """Turn lots (or parts) into others; the signed weighing difference is what is left to explain.

    Of a loss that no figures reckon `losses` are the parts by kind; where none is given and a reason is, it is of the
    kind that the step usually has. `assayed` are contents of all that goes in, as whoever does it found them. The
    licences of the site that prove that
    it may do this are named by themselves.

    Raises Refused where it exceeds the step's tolerance, Conflict where a lot has less left than asked.
    """
    taken = parts(inputs)
    if not facility:
        if not taken:
            raise refuse(N_("Name at least one lot that goes in."), "/inputs", "empty")
        facility = lots([taken[0].lot])[taken[0].lot].facility
        if not facility:
            raise refuse(N_("Lot {lot} is in no facility now."), "/inputs/0/lot", "facility", lot=taken[0].lot)
    site = registry.facility(facility)
    made = tuple(
        acts.Output(
            lot=o.lot or ids.new(),
            stream=o.stream,
            grams=o.grams,
            label=o.label,
            contents=o.contents,
            basis=limits.filled(o.grams, o.basis),
        )
        for o in outputs
    )
    if losses is None:
        usual = vocabulary.usual_loss(step) if loss_reason.strip() else "unknown"
        losses = (Loss(usual, loss_g),) if loss_g and not loss_by else ()
    losses = tuple(losses)
    difference = sum(o.grams for o in made) + loss_g - sum(part.grams for part in taken)
    body = acts.Transform(
        event=event or ids.new(),
        step=step,
        facility=facility,
        economy=site.economy,
        inputs=taken,
        outputs=made,
        difference_g=difference,
        loss_g=loss_g,
        loss_reason=loss_reason,
        loss_by=loss_by,
        happened=happened,
        assayed=assayed,
        losses=losses,
        licences=licensing.named(step, facility, actor, [o.stream for o in made], claimed),
    )
    body = saying.said(body, lots([part.lot for part in taken]), _site(facility, losses))
    journal.say(actor, "custody.transform", body, claimed=claimed, nonce=nonce, person=person)
    return MadeLots(body.event, tuple(o.lot for o in made), {o.stream: o.lot for o in made}, loss_g, difference)


def _site(facility: str, losses: Sequence[Loss]) -> ProcessState | None:
    """What adds up at a site, where this adds to it."""
    if not any(part.kind == "unknown" for part in losses):
        return None
    row = SiteProcess.objects.filter(id=facility).first()
    return cast(ProcessState, row.value) if row else None


def stock_take(
    actor: str,
    facility: str,
    found: Sequence[acts.FoundStock],
    since: date,
    until: date,
    *,
    settles: Sequence[str] = (),
    reason: str = "",
    event: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Take stock at somebody else's site for a period that is over; returns the event's id."""
    site = registry.facility(facility)
    body = acts.StockTake(
        event=event or ids.new(),
        facility=facility,
        economy=site.economy,
        keeper=site.organisation,
        since=since,
        until=until,
        found=tuple(found),
        settles=tuple(settles),
        reason=reason,
    )
    journal.say(actor, "custody.stock_take", body, claimed=claimed, person=person)
    return body.event


def dismantle(
    actor: str,
    lot: str,
    outputs: Mapping[str, int] | None = None,
    *,
    grams: int | None = None,
    mix: str | Mapping[str, float] = "",
    composition: Mapping[str, float] | None = None,
    loss_g: int | None = None,
    loss_reason: str = "",
    basis: MassBasis = DECLARED,
    losses: Sequence[Loss] | None = None,
    event: str = "",
    happened: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> MadeLots:
    """Take a lot (or `grams` of it) apart: into `outputs` (grams by stream) as weighed, or by the expected bill.

    The bill is of the lot's stream and mix of devices, of `mix`, or of a given `composition` (shares by stream), and
    there is none for most streams. What it says was not weighed, it is calculated. `basis` says how given outputs are
    known.
    """
    state = lots([lot])[lot]
    taken = state.mass_g if grams is None else grams
    loss_by: LossBy = ""
    if outputs is None:
        bill = (
            materials.dismantle(taken, mix or materials.DEFAULT_MIX, composition)
            if mix or composition
            else expectation.bill(state.stream, taken, state.mix)
        )
        if bill is None:
            raise refuse(
                N_("No bill is on file for {stream}. Weigh what came out, and write that."),
                "/outputs",
                "no-bill",
                stream=stream_words(state.stream),
            )
        outputs = bill.fractions
        loss_g = bill.loss_g if loss_g is None else loss_g
        loss_by, basis = "bill", CALCULATED
    weighed = [Weighed(stream, mass, basis=basis) for stream, mass in outputs.items() if mass]
    return transform(
        actor,
        "dismantling",
        [LotMass(lot, taken)],
        weighed,
        loss_g=loss_g or 0,
        loss_reason=loss_reason,
        loss_by=loss_by,
        losses=losses,
        event=event,
        happened=happened,
        claimed=claimed,
        person=person,
    )


def blend(
    actor: str,
    inputs: Sequence[Part],
    *,
    grams: int | None = None,
    basis: MassBasis = DECLARED,
    label: str = "",
    lot: str = "",
    event: str = "",
    happened: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Blend lots of one stream into one; returns its id. `grams` where it was weighed again, as `basis` says; otherwise
    it is the sum.
    """
    taken = parts(inputs)
    states = lots([part.lot for part in taken])
    mass = sum(part.grams for part in taken) if grams is None else grams
    stream = next((state.stream for state in states.values()), "")
    mixed = contents.blended([(states[part.lot], part.grams) for part in taken])
    out = Weighed(stream, mass, lot or ids.new(), label, mixed, CALCULATED if grams is None else basis)
    made = transform(
        actor, "blending", list(taken), [out], event=event, happened=happened, claimed=claimed, person=person
    )
    return made.lots[0]


def pack(
    actor: str,
    lot: str,
    bags: Sequence[int],
    *,
    names: Sequence[str] = (),
    labels: Sequence[str] = (),
    basis: MassBasis = DECLARED,
    event: str = "",
    happened: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> tuple[str, ...]:
    """Pack a lot into bags of these grams; returns their ids. What the bags do not take stays in the lot."""
    state = lots([lot])[lot]
    out = [
        Weighed(
            state.stream,
            grams,
            names[index] if index < len(names) else "",
            labels[index] if index < len(labels) else "",
            state.contents,
            basis,
        )
        for index, grams in enumerate(bags)
    ]
    total = sum(bags)
    # A few grams over or under all that is left are a weighing difference, not a rest or an overdraft.
    taken = state.mass_g if masses.within("packing", state.mass_g, total - state.mass_g) else total
    made = transform(
        actor, "packing", [LotMass(lot, taken)], out, event=event, happened=happened, claimed=claimed, person=person
    )
    return made.lots


def dispatch(
    actor: str,
    names: Sequence[str],
    to: str,
    *,
    number: str = "",
    event: str = "",
    happened: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Send whole lots to another organisation; returns the event's id.

    Over a border the law is asked for the lots as they are; `number` is that of the document or declaration where the
    verdict asks for one.
    """
    states = lots(names)
    body = acts.Dispatch(
        event=event or ids.new(),
        lots=tuple(LotMass(name, state.mass_g) for name, state in states.items()),
        to=registry.subject(to),
        economy=next((state.economy for state in states.values()), ""),
        happened=happened,
        verdict=crossing.asked(states, registry.organisation(registry.subject(to)).economy),
        number=number.strip(),
    )
    journal.say(actor, "custody.dispatch", body, claimed=claimed, person=person)
    return body.event


def receive(
    actor: str,
    facility: str,
    bags: Sequence[Bag],
    *,
    event: str = "",
    happened: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Weigh lots that were sent to oneself, take or refuse each, whole or in part; returns the event's id."""
    site = registry.facility(facility)
    body = acts.Receive(
        event=event or ids.new(),
        facility=facility,
        economy=site.economy,
        bags=tuple(_as_told(bag) for bag in bags),
        happened=happened,
    )
    journal.say(actor, "custody.receive", body, claimed=claimed, person=person)
    return body.event


def _as_told(bag: Bag) -> Bag:
    """A bag with the errors of its weighing, and a name for the part of it that is refused."""
    bag = replace(bag, basis=limits.filled(bag.received_g, bag.basis))
    return replace(bag, part=bag.part or ids.new()) if bag.refused_g else bag


def still_open(names: Sequence[str]) -> dict[str, int]:
    """Of these lots those whose weighing a counterparty has not agreed to, with what they weigh."""
    return {
        name: state.mass_g
        for name, state in lots(names).items()
        if any(finding.why in AGREED for finding in state.findings)
    }


def agree(
    actor: str,
    weighings: Mapping[str, int],
    reason: str = "",
    *,
    instead_of: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> journal.Receipt:
    """Accept the weighing (grams by lot) of lots that one sent: as the receiver recorded it, or will."""
    body = acts.Agree(
        lots=tuple(LotMass(name, grams) for name, grams in weighings.items()), reason=reason, instead_of=instead_of
    )
    return journal.say(actor, "custody.agree", body, claimed=claimed, person=person)


def correct(
    actor: str,
    lot: str,
    grams: int,
    reason: str,
    *,
    basis: MassBasis = DECLARED,
    event: str = "",
    happened: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Put the last weighing of a lot right; returns the event's id."""
    state = lots([lot])[lot]
    body = acts.Correct(
        event=event or ids.new(),
        lot=lot,
        was_g=state.mass_g,
        grams=grams,
        reason=reason,
        corrects=state.made_by,
        basis=limits.filled(grams, basis),
        happened=happened,
    )
    journal.say(actor, "custody.correct", body, claimed=claimed, person=person)
    return body.event


def smelt(
    actor: str,
    inputs: Sequence[Part],
    *,
    assay: Mapping[str, float] | None = None,
    fineness: Mapping[str, float] | None = None,
    yields: Mapping[str, float] | None = None,
    loss_share: float | None = None,
    outputs: Mapping[str, int] | None = None,
    loss_g: int = 0,
    loss_reason: str = "",
    basis: MassBasis = DECLARED,
    losses: Sequence[Loss] | None = None,
    event: str = "",
    happened: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> Smelted:
    """Melt lots into metals, slag and loss.

    With `outputs` (grams by stream, such as ``element:Au`` or ``slag``) as weighed; otherwise reckoned from an assay
    (mass fractions by element), from contents on the lots or on file, and from yields given or on file: what is
    reckoned is calculated from an assay, else estimated. `basis` says how given outputs are known. `fineness` is the
    assay of the metals that come out, as mass fractions of each in itself (0.9999).
    """
    taken = parts(inputs)
    states = lots([part.lot for part in taken])
    total = sum(part.grams for part in taken)
    result = None
    loss_by: LossBy = ""
    found = contents.recorded(materials.stated(assay or {}, "assay", pointer="/assay"))
    products = {
        element: contents.recorded(materials.stated({element: share}, "assay", sd={element: 0.0}, pointer="/fineness"))
        for element, share in (fineness or {}).items()
    }
    if outputs is None:
        stream = next((state.stream for state in states.values()), "circuit-boards")
        given = contents.estimates(contents.blended([(states[part.lot], part.grams) for part in taken]))
        given |= materials.stated(assay or {}, "assay", pointer="/assay")
        result = materials.smelt(total, given, yields, stream=stream, loss_share=loss_share)
        metals = {f"{ELEMENT}{line.element}": _contained(total, line) for line in result.lines}
        outputs = metals | {"slag": result.slag_g + sum(result.recovered.values()) - sum(metals.values())}
        loss_g, loss_by, basis = result.loss_g, "yields", CALCULATED if assay else ESTIMATED
    made = transform(
        actor,
        "smelting",
        list(taken),
        [
            Weighed(stream, grams, basis=basis, contents=products.get(element_of(stream), ()))
            for stream, grams in outputs.items()
            if grams
        ],
        loss_g=loss_g,
        loss_reason=loss_reason,
        loss_by=loss_by,
        losses=losses,
        assayed=found,
        event=event,
        happened=happened,
        claimed=claimed,
        person=person,
    )
    return Smelted(made.event, made.lots, made.by_stream, made.loss_g, made.difference_g, result)


def _contained(grams: int, line: materials.MetalLine) -> int:
    """Grams of a metal as reckoned, but never a gram more than its content: what is shared out is rounded up too."""
    return min(line.recovered_g, int(grams * line.content.value))
