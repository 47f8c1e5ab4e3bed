"""What custody's own acts do to lots and events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isqrt
from typing import Any, TypeAlias

from msgspec.structs import replace

from meguri.consent.acts import verdict_digest
from meguri.consent.states import VerdictState
from meguri.custody import acts
from meguri.custody.certificates import evidence, shares
from meguri.custody.claims import marks
from meguri.custody.folds import receipts
from meguri.custody.folds.lot_states import arise, happened, leave, put_event, reweighed, share_of
from meguri.custody.states import (
    AGREED,
    ElementsOfEvent,
    EventState,
    Finding,
    Gap,
    InstrumentState,
    LotState,
    ProcessState,
)
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World
from meguri.movement.acts import TakeBack
from meguri.movement.states import DECLARED, LotMass, MassBasis

Side: TypeAlias = tuple[LotMass, MassBasis]


def bases_of(bases: Iterable[MassBasis]) -> tuple[MassBasis, ...]:
    """How masses are known, for an event; nothing where all were declared."""
    told = tuple(bases)
    return told if any(basis != DECLARED for basis in told) else ()


@fold("custody.collect")
def collect(world: World, entry: Entry, body: acts.Collect) -> None:
    """A lot arises."""
    arise(
        world,
        entry,
        body.lot,
        stream=body.stream,
        grams=body.grams,
        origin=body.economy,
        economy=body.economy,
        facility=body.facility,
        event=body.event,
        label=body.label,
        place=body.place,
        mix=body.mix,
        contents=body.contents,
        basis=body.basis,
    )
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="collecting",
        bases=bases_of([body.basis]),
        happened=body.happened,
        outputs=(LotMass(body.lot, body.grams),),
        facility=body.facility,
        economy=body.economy,
    )


@fold("custody.transform")
def transform(world: World, entry: Entry, body: acts.Transform) -> None:
    """Inputs shrink or end, outputs arise."""
    case = movement = ""
    taken_g = seen_g = 0
    elements = body.elements or ElementsOfEvent(limits=(None,) * len(body.outputs))
    parts = [(world.need(f"lot:{part.lot}", LotState), part.grams) for part in body.inputs]
    went = [(part, state.basis) for part, (state, _) in zip(body.inputs, parts, strict=True)]
    shared = shares.through(parts, [(output.stream, output.grams) for output in body.outputs])
    marked = marks.through(
        [part.lot for part in body.inputs], parts, [(output.stream, output.grams) for output in body.outputs]
    )
    for part, (state, _), kept, booked in zip(body.inputs, parts, shared.left, marked.left, strict=True):
        case, movement = case or state.case, movement or state.movement
        left = state.mass_g - part.grams
        seen = share_of(state.seen_g, part.grams, state.mass_g)
        taken_g, seen_g = taken_g + part.grams, seen_g + seen
        world.put(
            f"lot:{part.lot}",
            replace(
                state,
                mass_g=left,
                used_g=state.used_g + part.grams,
                last_at=happened(entry),
                seen_g=state.seen_g - seen,
                status="held" if left else "consumed",
                of=kept,
                booked=booked,
            ),
        )
    recovered = shares.recovers([state.stream for state, _ in parts], [output.stream for output in body.outputs])
    for output, own, booked, limit in zip(body.outputs, shared.outputs, marked.outputs, elements.limits, strict=True):
        rests, sd_ppb = (
            evidence.when_made(parts, output.stream, output.contents, body.loss_by) if recovered else ("", 0)
        )
        arise(
            world,
            entry,
            output.lot,
            stream=output.stream,
            grams=output.grams,
            origin=body.economy,
            economy=body.economy,
            facility=body.facility,
            event=body.event,
            label=output.label,
            contents=output.contents,
            basis=output.basis,
            seen_g=share_of(seen_g, output.grams, taken_g),
            of=own,
            evidence=rests,
            evidence_sd_ppb=sd_ppb,
            booked=booked,
            chain=marked.chain,
            limit=limit,
            findings=tuple(Finding(one.why, "", one.element) for one in elements.findings if one.lot == output.lot),
        )
    unknown_g = sum(part.grams for part in body.losses if part.kind == "unknown")
    if unknown_g:
        site = world.get(f"process:{body.facility}", ProcessState) or ProcessState()
        spread_g = isqrt(site.spread_g**2 + elements.spread_g**2)
        world.put(f"process:{body.facility}", replace(site, unknown_g=site.unknown_g + unknown_g, spread_g=spread_g))
    came = [(LotMass(output.lot, output.grams), output.basis) for output in body.outputs]
    put_event(
        world,
        entry,
        body.event,
        type="transformation",
        step=body.step,
        inputs=body.inputs,
        outputs=tuple(part for part, _ in came),
        bases=bases_of([basis for _, basis in came]),
        input_bases=bases_of([basis for _, basis in went]),
        happened=body.happened,
        difference_g=body.difference_g,
        loss_g=body.loss_g,
        loss_reason=body.loss_reason,
        loss_by=body.loss_by,
        losses=body.losses,
        facility=body.facility,
        economy=body.economy,
        case=case,
        movement=movement,
        of=shared.event,
        booked=marked.event,
        findings=(*(one for one in elements.findings if not one.lot), *_drift(world, body, went, came)),
    )


def _drift(world: World, body: acts.Transform, went: Sequence[Side], came: Sequence[Side]) -> tuple[Finding, ...]:
    """Where all was weighed, and what came out on one instrument, the difference runs on in its total."""
    bases = [basis for _, basis in (*went, *came)]
    if any(basis.how != "weighed" for basis in bases) or len({basis.instrument for _, basis in came}) != 1:
        return ()
    before = sum(part.grams for part, _ in went)
    gap = Gap(before, before + body.difference_g, tuple(error for basis in bases for error in basis.errors_mg))
    return receipts.run_on(world, body.event, [(came[0][1], gap)])


@fold("custody.dispatch")
def dispatch(world: World, entry: Entry, body: acts.Dispatch) -> None:
    """Lots are under way to the receiver, who sees them from now on."""
    for part in body.lots:
        state = world.need(f"lot:{part.lot}", LotState)
        crosses = body.verdict.question.destination if body.verdict else ""
        leave(world, entry, part.lot, state, bound_for=body.to, crosses=crosses)
    digest = verdict_digest(body.verdict) if body.verdict else ""
    if body.verdict:
        world.put(f"verdict:{digest}", VerdictState(body.verdict))
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="dispatching",
        inputs=body.lots,
        outputs=body.lots,
        economy=body.economy,
        to=body.to,
        happened=body.happened,
        verdict=digest,
        paper=body.number,
    )


@fold("custody.receive")
def receive(world: World, entry: Entry, body: acts.Receive) -> None:
    """Lots are with the receiver as weighed, or stay the sender's as refused or missing."""
    states = [world.need(f"lot:{bag.lot}", LotState) for bag in body.bags]
    weigh(world, entry, body, states)


def weigh(world: World, entry: Entry, body: acts.Receive | TakeBack, states: Sequence[LotState], **more: Any) -> None:
    """The lots of a receipt arrive, each by itself; what differs too much stays open."""
    sent = [receipts.Sent(state.mass_g, state.basis, state.agreed_g) for state in states]
    found = receipts.open_of(sent, body.bags)
    weighed = receipts.weighing(
        (LotMass(bag.lot, state.mass_g) for bag, state in zip(body.bags, states, strict=True)), body.bags
    )
    for bag, state in zip(body.bags, states, strict=True):
        receipts.arrive(world, entry, bag, entry.act.actor, body.facility, body.economy, found[bag.lot])
        if bag.part:
            receipts.turn_away(world, entry, bag, state, body.event, body.economy)
    gaps = [(b.basis, receipts.gap(s, b)) for s, b in zip(sent, body.bags, strict=True) if not b.missing]
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="receiving",
        facility=body.facility,
        economy=body.economy,
        happened=body.happened,
        findings=receipts.run_on(world, body.event, gaps),
        **weighed,
        **more,
    )


@fold("custody.instrument")
def enter_instrument(world: World, entry: Entry, body: acts.EnterInstrument) -> None:
    """The instrument is on record, and its running total begins anew."""
    state = InstrumentState(
        facility=body.facility,
        organisation=entry.act.actor,
        economy=body.economy,
        name=body.name,
        kind=body.kind,
        grade=body.grade,
        interval_mg=body.interval_mg,
        most_g=body.most_g,
        verified_until=body.verified_until,
        number=body.number,
        entered_at=entry.at,
    )
    world.put(f"instrument:{body.instrument}", state)
    if body.settles:
        event = world.need(f"event:{body.settles}", EventState)
        left = tuple(one for one in event.findings if one.why != "drift")
        world.put(f"event:{body.settles}", replace(event, findings=left))


@fold("custody.agree")
def agree(world: World, entry: Entry, body: acts.Agree) -> None:
    """The weighing of each lot is accepted: one that is recorded stands open no longer, one to come will not."""
    for part in body.lots:
        state = world.need(f"lot:{part.lot}", LotState)
        left = state.findings
        if part.grams == state.mass_g:
            left = tuple(one for one in left if one.why not in AGREED)
        world.put(f"lot:{part.lot}", replace(state, agreed_g=part.grams, findings=left))


@fold("custody.correct")
def correct(world: World, entry: Entry, body: acts.Correct) -> None:
    """The lot weighs what it does; the difference has its own event, and the event that made the lot is open again."""
    state = world.need(f"lot:{body.lot}", LotState)
    difference = body.grams - state.mass_g
    made = world.need(f"event:{body.corrects}", EventState)
    world.put(f"event:{body.corrects}", replace(made, corrected_g=made.corrected_g + difference))
    world.put(
        f"lot:{body.lot}",
        replace(
            state,
            mass_g=body.grams,
            adjusted_g=state.adjusted_g + difference,
            seen_g=share_of(state.seen_g, body.grams, state.mass_g),
            findings=reweighed(state, body.grams),
            agreed_g=None,
            basis=body.basis,
            first_g=state.made_g if state.first_g is None else state.first_g,
            first_basis=state.basis if state.first_g is None else state.first_basis,
            corrected=state.corrected + 1,
            moves=(*state.moves, entry.number),
            last_at=happened(entry),
        ),
    )
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="correcting",
        inputs=(LotMass(body.lot, state.mass_g),),
        outputs=(LotMass(body.lot, body.grams),),
        difference_g=difference,
        facility=state.facility,
        economy=state.economy,
        reason=body.reason,
        corrects=body.corrects,
        bases=bases_of([body.basis]),
        happened=body.happened,
    )
