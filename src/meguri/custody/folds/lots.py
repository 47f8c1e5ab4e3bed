"""What custody's own acts do to lots and events."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Any

from msgspec.structs import replace

from meguri.consent.acts import verdict_digest
from meguri.consent.states import VerdictState
from meguri.custody import acts
from meguri.custody.certificates import evidence, shares
from meguri.custody.claims import marks
from meguri.custody.states import ElementsOfEvent, EventState, Finding, LotState, ProcessState, Status
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World
from meguri.movement.states import Bag, LotMass


def share_of(seen_g: int, grams: int, of_g: int) -> int:
    """How many of these grams rest on a second weighing where `seen_g` of `of_g` do; rounded down, never above them."""
    return min(grams, seen_g * grams // of_g) if of_g else 0


def reweighed(state: LotState, grams: int) -> tuple[Finding, ...]:
    """What stands against a lot once it weighs otherwise: that it is more than its event is likely to have given."""
    others = tuple(one for one in state.findings if one.why != "more-metal")
    if state.limit is None or grams + state.used_g <= state.limit.likely_g:
        return others
    return (*others, Finding("more-metal", element=state.limit.element))


def put_event(world: World, entry: Entry, id: str, **fields: Any) -> None:
    """Put down what happened, by whom and when."""
    state = EventState(actor=entry.act.actor, at=entry.at, act=entry.id, number=entry.number, **fields)
    world.put(f"event:{id}", state)


def arise(
    world: World,
    entry: Entry,
    id: str,
    *,
    stream: str,
    grams: int,
    origin: str,
    economy: str,
    facility: str,
    event: str,
    **more: Any,
) -> None:
    """A lot is there from now on: made by an event, held by who says so."""
    state = LotState(
        stream=stream,
        mass_g=grams,
        made_g=grams,
        holder=entry.act.actor,
        origin=origin,
        economy=economy,
        made_by=event,
        made_at=entry.at,
        facility=facility,
        **more,
    )
    world.put(f"lot:{id}", state)


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
    )
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="collecting",
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
    put_event(
        world,
        entry,
        body.event,
        type="transformation",
        step=body.step,
        inputs=body.inputs,
        outputs=tuple(LotMass(output.lot, output.grams) for output in body.outputs),
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
        findings=tuple(one for one in elements.findings if not one.lot),
    )


@fold("custody.dispatch")
def dispatch(world: World, entry: Entry, body: acts.Dispatch) -> None:
    """Lots are under way to the receiver, who sees them from now on."""
    for part in body.lots:
        state = world.need(f"lot:{part.lot}", LotState)
        crosses = body.verdict.question.destination if body.verdict else ""
        leave(world, part.lot, state, bound_for=body.to, crosses=crosses)
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
        verdict=digest,
        paper=body.number,
    )


def leave(world: World, id: str, state: LotState, **fields: Any) -> None:
    """A lot leaves its facility; earlier agreements no longer count."""
    fields = {
        "status": "in_transit",
        "facility": "",
        "agreed_g": None,
        "movement": "",
        "case": "",
        "promised_to": "",
        "crosses": "",
        **fields,
    }
    world.put(f"lot:{id}", replace(state, **fields))


@fold("custody.receive")
def receive(world: World, entry: Entry, body: acts.Receive) -> None:
    """Lots are with the receiver as weighed, or stay the sender's as refused."""
    weighed = weighing(world, body.bags)
    for bag in body.bags:
        arrive(world, bag, entry.act.actor, body.facility, body.economy)
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="receiving",
        facility=body.facility,
        economy=body.economy,
        **weighed,
    )


def arrive(world: World, bag: Bag, receiver: str, facility: str, economy: str) -> None:
    """One lot arrives: its mass is what was weighed, its holder the receiver unless refused.

    A refused lot lies where the receiver is, but in no facility's stock.
    """
    state = world.need(f"lot:{bag.lot}", LotState)
    status: Status = "held" if bag.accepted else "refused"
    # Who weighs what it sent itself is no second organisation.
    other = receiver != state.holder
    if bag.received_g == 0:
        status = "consumed"
    world.put(
        f"lot:{bag.lot}",
        replace(
            state,
            mass_g=bag.received_g,
            adjusted_g=state.adjusted_g + bag.received_g - state.mass_g,
            agreed_g=None,
            # Whoever took it over settles anew with who sold it.
            settled_by="" if bag.accepted and other else state.settled_by,
            findings=reweighed(state, bag.received_g),
            seen_g=bag.received_g if other else share_of(state.seen_g, bag.received_g, state.mass_g),
            status=status,
            economy=economy,
            facility=facility if bag.accepted else "",
            holder=receiver if bag.accepted else state.holder,
            previous=state.holder if bag.accepted else state.previous,
            bound_for="",
            crosses="",
        ),
    )


def weighing(world: World, bags: Sequence[Bag]) -> dict[str, Any]:
    """The event's masses as sent and as weighed; read before the lots arrive."""
    sent = tuple(LotMass(bag.lot, world.need(f"lot:{bag.lot}", LotState).mass_g) for bag in bags)
    received = tuple(LotMass(bag.lot, bag.received_g) for bag in bags)
    return {
        "inputs": sent,
        "outputs": received,
        "difference_g": sum(part.grams for part in received) - sum(part.grams for part in sent),
        "refused": tuple(bag.lot for bag in bags if not bag.accepted),
        "reason": "; ".join(f"{bag.lot}: {bag.reason}" for bag in bags if not bag.accepted),
    }


@fold("custody.agree")
def agree(world: World, entry: Entry, body: acts.Agree) -> None:
    """The weighing of each lot is accepted beforehand."""
    for part in body.lots:
        state = world.need(f"lot:{part.lot}", LotState)
        world.put(f"lot:{part.lot}", replace(state, agreed_g=part.grams))


@fold("custody.correct")
def correct(world: World, entry: Entry, body: acts.Correct) -> None:
    """The lot weighs what it does; the difference has its own event."""
    state = world.need(f"lot:{body.lot}", LotState)
    difference = body.grams - state.mass_g
    world.put(
        f"lot:{body.lot}",
        replace(
            state,
            mass_g=body.grams,
            adjusted_g=state.adjusted_g + difference,
            seen_g=share_of(state.seen_g, body.grams, state.mass_g),
            findings=reweighed(state, body.grams),
            agreed_g=None,
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
    )
