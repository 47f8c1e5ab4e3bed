"""What must hold before lots change in store: collected, made into others, sent; and what any act asks of them."""

from __future__ import annotations

import re

from meguri.custody import acts
from meguri.custody.guards import masses
from meguri.custody.states import LotState
from meguri.custody.vocabulary import check_stream, steps
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, MeguriError, NotAllowed, NotFound, Problem, refuse
from meguri.movement.states import Consigned, LotMass
from meguri.registry import rights
from meguri.registry.states import FacilityState, OrganisationState

NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


def new_id(world: World, prefix: str, id: str, pointer: str) -> None:
    """Refuse a name for a new thing that is malformed or taken."""
    if not NAME.fullmatch(id):
        raise refuse(
            N_("“{id}” is no name for a {prefix}: use letters, digits and hyphens."),
            pointer,
            "subject",
            id=id,
            prefix=prefix,
        )
    world.absent(f"{prefix}:{id}", pointer)


def lot(world: World, id: str, pointer: str) -> LotState:
    """The lot; NotFound where there is none, in the words used for somebody else's."""
    state = world.get(f"lot:{id}", LotState)
    if state is None:
        raise unseen(id, pointer)
    return state


def unseen(id: str, pointer: str) -> NotFound:
    """The one answer for a lot that is absent or not for this actor to know."""
    return NotFound(Problem(N_("You have no lot {lot}."), pointer, "unknown-lot", {"lot": id}))


def own_facility(world: World, act: Act, facility: str, economy: str) -> FacilityState:
    """The facility, which must be the actor's and lie in the economy that the act names."""
    state = world.get(f"facility:{facility}", FacilityState)
    if state is None or state.organisation != act.actor:
        raise NotFound(
            Problem(
                N_("You have no facility {facility}."), "/body/facility", "unknown-facility", {"facility": facility}
            )
        )
    if state.economy != economy:
        raise refuse(
            N_("{facility} lies in {right}, not in {wrong}."),
            "/body/economy",
            "economy",
            facility=state.name,
            right=state.economy,
            wrong=economy,
        )
    return state


def owned(state: LotState, act: Act, id: str, pointer: str) -> None:
    """Refuse where the actor does not hold the lot, or it is under way or was refused."""
    if state.holder != act.actor:
        if act.actor in (state.previous, state.bound_for):
            raise NotAllowed(Problem(N_("Lot {lot} is not held by you."), pointer, "holder", {"lot": id}))
        raise unseen(id, pointer)
    word = {
        "in_transit": N_("Lot {lot} is under way already; it is received or taken back first."),
        "refused": N_("Lot {lot} was refused on arrival; take it back first."),
        "consumed": N_("Nothing is left of lot {lot}."),
        "delivered": N_("Lot {lot} was delivered; its receiver has it under a name of its own."),
    }.get(state.status)
    if word:
        raise Conflict(Problem(word, pointer, state.status, {"lot": id}))
    unpromised(state, id, pointer)


def unpromised(state: LotState, id: str, pointer: str, movement: str = "") -> None:
    """Refuse a lot that is promised to a movement (another than `movement`)."""
    if state.promised_to and state.promised_to != movement:
        raise Conflict(
            Problem(
                N_("Lot {lot} is promised to movement {movement}; cancel or change that first."),
                pointer,
                "promised",
                {"lot": id, "movement": state.promised_to},
            )
        )


def available(state: LotState, part: LotMass | Consigned, pointer: str) -> None:
    """Refuse an overdraft: as a conflict where the lot once had as much, as a refusal where it never had."""
    masses.check(part.grams, f"{pointer}/grams")
    if part.grams <= state.mass_g:
        return
    problem = Problem(
        N_("Lot {lot} has {left} kg left; {asked} kg cannot be taken from it."),
        f"{pointer}/grams",
        "overdrawn",
        {"lot": part.lot, "left": to_kg(state.mass_g), "asked": to_kg(part.grams)},
    )
    error: MeguriError = Conflict(problem)
    if part.grams > state.made_g + state.adjusted_g:
        error = refuse(problem.text, problem.pointer, problem.code, **problem.params)
    raise error


def whole(state: LotState, part: LotMass | Consigned, pointer: str) -> None:
    """Refuse to move a part of a lot: it is split first, so that every lot is in one place."""
    if part.grams != state.mass_g:
        available(state, part, pointer)
        raise refuse(
            N_("Lot {lot} weighs {mass} kg and moves as a whole; {asked} kg was given. Divide it first."),
            f"{pointer}/grams",
            "whole",
            lot=part.lot,
            mass=to_kg(state.mass_g),
            asked=to_kg(part.grams),
        )


@guard("custody.collect")
def collected_at_a_facility(world: World, act: Act, body: acts.Collect, at: Instants) -> None:
    """A collector or dismantler takes a known stream in at its own facility."""
    rights.require(world, act, at, steps()["collecting"].roles)
    own_facility(world, act, body.facility, body.economy)
    new_id(world, "lot", body.lot, "/body/lot")
    new_id(world, "event", body.event, "/body/event")
    masses.check(body.grams, "/body/grams")
    check_stream(body.stream, "/body/stream")
    masses.check_contents(body.contents, "/body/contents")


@guard("custody.transform")
def transformed_by_its_holder(world: World, act: Act, body: acts.Transform, at: Instants) -> None:
    """The holder turns what it has into other lots, in a step that its role allows, and it adds up."""
    step = steps().get(body.step)
    if step is None or step.type != "transformation":
        known = [name for name, row in steps().items() if row.type == "transformation"]
        raise refuse(
            N_("“{step}” is no step that changes lots. One of: {known}."),
            "/body/step",
            "step",
            step=body.step,
            known=", ".join(known),
        )
    rights.require(world, act, at, step.roles)
    own_facility(world, act, body.facility, body.economy)
    new_id(world, "event", body.event, "/body/event")
    if not body.inputs or not body.outputs:
        raise refuse(
            N_("Name at least one lot that goes in and one that comes out."),
            "/body/outputs" if body.inputs else "/body/inputs",
            "empty",
        )
    masses.once([*(p.lot for p in body.inputs), *(o.lot for o in body.outputs)], "/body/lots")
    streams = set()
    for index, part in enumerate(body.inputs):
        pointer = f"/body/inputs/{index}"
        state = lot(world, part.lot, f"{pointer}/lot")
        owned(state, act, part.lot, f"{pointer}/lot")
        if state.facility != body.facility:
            raise refuse(
                N_("Lot {lot} is at {there}, not at {here}."),
                f"{pointer}/lot",
                "facility",
                lot=part.lot,
                there=state.facility or "—",
                here=body.facility,
            )
        available(state, part, pointer)
        streams.add(state.stream)
    for index, output in enumerate(body.outputs):
        pointer = f"/body/outputs/{index}"
        new_id(world, "lot", output.lot, f"{pointer}/lot")
        masses.check(output.grams, f"{pointer}/grams")
        check_stream(output.stream, f"{pointer}/stream")
        masses.check_contents(output.contents, f"{pointer}/contents")
        if step.same_stream and {output.stream} != streams:
            raise refuse(
                N_("{step} keeps the stream: lots of {streams} do not become {stream}."),
                f"{pointer}/stream",
                "stream",
                step=step.names,
                streams=", ".join(sorted(streams)),
                stream=output.stream,
            )
    adds_up(body)


def adds_up(body: acts.Transform) -> None:
    """Refuse where inputs + difference is not outputs + loss, or the difference exceeds the step's tolerance."""
    before = sum(part.grams for part in body.inputs)
    after = sum(output.grams for output in body.outputs) + body.loss_g
    if body.loss_g < 0:
        raise refuse(N_("A loss is zero or more; a gain is a weighing difference."), "/body/loss_g", "mass")
    if body.loss_g and not (body.loss_by or body.loss_reason.strip()):
        raise refuse(
            N_("Say what became of the loss of {mass} kg."), "/body/loss_reason", "reason", mass=to_kg(body.loss_g)
        )
    if before + body.difference_g != after:
        raise refuse(
            N_(
                "{before} kg went in and {after} kg came out or was lost: the difference is {right} kg, not {wrong} kg."
            ),
            "/body/difference_g",
            "closure",
            before=to_kg(before),
            after=to_kg(after),
            right=to_kg(after - before),
            wrong=to_kg(body.difference_g),
        )
    if not masses.within(body.step, before, body.difference_g):
        pointer = "/body/outputs" if body.difference_g > 0 else "/body/loss_g"
        more = N_("Weigh again, or take what else went in.")
        less = N_("Weigh again, or declare what is missing as a loss with its reason.")
        raise masses.beyond(body.step, before, after, pointer, more if body.difference_g > 0 else less)


@guard("custody.dispatch")
def dispatched_by_its_holder(world: World, act: Act, body: acts.Dispatch, at: Instants) -> None:
    """The holder sends whole lots to an open organisation; what crosses a border is looked at in `crossing`."""
    new_id(world, "event", body.event, "/body/event")
    if not body.lots:
        raise refuse(N_("Name at least one lot."), "/body/lots", "empty")
    masses.once([part.lot for part in body.lots], "/body/lots")
    receiver = world.get(body.to, OrganisationState) if body.to.startswith("organisation:") else None
    if receiver is None or body.to == act.actor:
        raise refuse(
            N_("Name another organisation on record as the receiver, not “{to}”."), "/body/to", "receiver", to=body.to
        )
    if receiver.closed_on is not None:
        raise refuse(N_("{name} has closed and can receive nothing."), "/body/to", "closed", name=receiver.name)
    for index, part in enumerate(body.lots):
        pointer = f"/body/lots/{index}"
        state = lot(world, part.lot, f"{pointer}/lot")
        owned(state, act, part.lot, f"{pointer}/lot")
        whole(state, part, pointer)
        if state.economy != body.economy:
            raise refuse(
                N_("Lot {lot} is in {there}, not in {here}."),
                f"{pointer}/lot",
                "economy",
                lot=part.lot,
                there=state.economy,
                here=body.economy,
            )
