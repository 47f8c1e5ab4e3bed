"""What must hold before lots change in store: collected, made into others, sent."""

from __future__ import annotations

from collections.abc import Sequence

from meguri.custody import acts
from meguri.custody.guards import masses, measuring
from meguri.custody.guards.store import available, lot, new_id, own_facility, owned, whole
from meguri.custody.states import MG
from meguri.custody.vocabulary import check_stream, steps
from meguri.custody.weighing import limits
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, refuse
from meguri.movement.states import LotMass, MassBasis
from meguri.registry import rights
from meguri.registry.states import OrganisationState


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
    measuring.known(world, act, body.grams, body.basis, body.facility, body.economy, at, "/body")
    measuring.when(act, body.happened, [], at)


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
    went: list[tuple[LotMass, MassBasis]] = []
    states = []
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
        went.append((part, state.basis))
        states.append((part.lot, state))
    for index, output in enumerate(body.outputs):
        pointer = f"/body/outputs/{index}"
        new_id(world, "lot", output.lot, f"{pointer}/lot")
        masses.check(output.grams, f"{pointer}/grams")
        check_stream(output.stream, f"{pointer}/stream")
        masses.check_contents(output.contents, f"{pointer}/contents")
        measuring.known(world, act, output.grams, output.basis, body.facility, body.economy, at, pointer)
        if body.loss_by and output.basis.how in ("weighed", "counted"):
            raise refuse(
                N_("What was reckoned by figures was not weighed: it is calculated or estimated. Say so."),
                f"{pointer}/basis/how",
                "basis",
            )
        if step.same_stream and {output.stream} != streams:
            raise refuse(
                N_("{step} keeps the stream: lots of {streams} do not become {stream}."),
                f"{pointer}/stream",
                "stream",
                step=step.names,
                streams=", ".join(sorted(streams)),
                stream=output.stream,
            )
    measuring.when(act, body.happened, states, at)
    adds_up(body, went)


def adds_up(body: acts.Transform, went: Sequence[tuple[LotMass, MassBasis]]) -> None:
    """Refuse where inputs + difference is not outputs + loss, or the difference is beyond what instruments allow."""
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
    came = [(LotMass(output.lot, output.grams), output.basis) for output in body.outputs]
    limit = limits.event_limit_mg(went, came, body.step)
    if abs(body.difference_g) * MG > limit:
        pointer = "/body/outputs" if body.difference_g > 0 else "/body/loss_g"
        more = N_("Weigh again, or take what else went in.")
        less = N_("Weigh again, or declare what is missing as a loss with its reason.")
        raise masses.beyond(limit // MG, before, after, pointer, more if body.difference_g > 0 else less)


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
    states = []
    for index, part in enumerate(body.lots):
        pointer = f"/body/lots/{index}"
        state = lot(world, part.lot, f"{pointer}/lot")
        states.append((part.lot, state))
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
    measuring.when(act, body.happened, states, at)
