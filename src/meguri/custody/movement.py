"""Lots in a movement under a case: what a departure, a receipt and a certificate ask of them and do to them."""

from __future__ import annotations

from meguri.consent import acts as consent
from meguri.consent.states import CaseState, MovementState
from meguri.custody import guards, masses
from meguri.custody import weighing as weighing_guards
from meguri.custody.folds import arrive, leave, merged, put_event, weighing
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of
from meguri.journal.act import Act, Entry, Instants
from meguri.journal.kinds import fold, guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse


@guard("consent.depart")
def the_exporter_holds_what_leaves(world: World, act: Act, body: consent.Depart, at: Instants) -> None:
    """Each lot is the exporter's, whole, in no other movement, and in the economy from which the case exports."""
    case = world.need(f"case:{body.case}", CaseState, "/body/case")
    guards.new_id(world, "event", body.event, "/body/event")
    if not body.lots:
        raise refuse(N_("Name at least one lot."), "/body/lots", "empty")
    masses.once([part.lot for part in body.lots], "/body/lots")
    for index, part in enumerate(body.lots):
        pointer = f"/body/lots/{index}"
        state = guards.lot(world, part.lot, f"{pointer}/lot")
        if state.holder != case.exporter:
            raise NotAllowed(
                Problem(
                    N_("Lot {lot} is not held by the exporter of this case."),
                    f"{pointer}/lot",
                    "holder",
                    {"lot": part.lot},
                )
            )
        if state.status != "held":
            raise Conflict(
                Problem(
                    N_("Lot {lot} is not in the exporter's store: it is under way, refused or used up."),
                    f"{pointer}/lot",
                    state.status,
                    {"lot": part.lot},
                )
            )
        guards.whole(state, part, pointer)
        if state.economy != case.origin:
            raise refuse(
                N_("Lot {lot} is in {there}, not in {here}."),
                f"{pointer}/lot",
                "economy",
                lot=part.lot,
                there=state.economy,
                here=case.origin,
            )


@fold("consent.depart")
def depart(world: World, entry: Entry, body: consent.Depart) -> None:
    """Lots are under way; the parties of the case and the authorities who see it follow them from now on."""
    case = world.need(f"case:{body.case}", CaseState)
    authorities = [track.organisation for track in case.tracks if track.visible_since is not None]
    followers = merged((case.exporter, case.importer, case.operator), authorities)
    for part in body.lots:
        state = world.need(f"lot:{part.lot}", LotState)
        leave(
            world,
            part.lot,
            state,
            body.event,
            bound_for=case.operator,
            case=body.case,
            movement=body.movement,
            followers=merged(state.followers, followers),
            parties=merged(state.parties, followers, (body.carrier,)),
        )
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="departing",
        inputs=body.lots,
        outputs=body.lots,
        economy=case.origin,
        to=case.operator,
        case=body.case,
        movement=body.movement,
    )


@guard("consent.receive")
def the_facility_weighs_what_was_sent(world: World, act: Act, body: consent.Receive, at: Instants) -> None:
    """Every lot of the movement is weighed once; beyond tolerance the exporter agreed before."""
    world.need(f"case:{body.case}", CaseState, "/body/case")
    movement = world.need(f"movement:{body.movement}", MovementState, "/body/movement")
    guards.new_id(world, "event", body.event, "/body/event")
    sent = weighing_guards.arrivals(world, body.bags)
    for index, (state, bag) in enumerate(zip(sent, body.bags, strict=True)):
        if state.movement != body.movement or state.status != "in_transit":
            raise Conflict(
                Problem(
                    N_("Lot {lot} is not under way in this movement."),
                    f"/body/bags/{index}/lot",
                    "not-sent",
                    {"lot": bag.lot},
                )
            )
    missing = {part.lot for part in movement.lots} - {bag.lot for bag in body.bags}
    if missing:
        raise refuse(
            N_("The movement also carries {lots}. Weigh each, or refuse it with a reason (0 g where it never came)."),
            "/body/bags",
            "missing",
            lots=", ".join(sorted(missing)),
        )
    weighing_guards.weighed(sent, body.bags, "/body/bags")


@fold("consent.receive")
def receive(world: World, entry: Entry, body: consent.Receive) -> None:
    """Accepted lots are the facility's, refused ones stay the exporter's; the weighing difference is this event's."""
    case = world.need(f"case:{body.case}", CaseState)
    weighed = weighing(world, body.bags)
    for bag in body.bags:
        arrive(world, bag, body.event, case.operator, case.facility, case.destination)
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="receiving",
        facility=case.facility,
        economy=case.destination,
        case=body.case,
        movement=body.movement,
        **weighed,
    )


@guard("consent.certify")
def what_is_certified_was_made_from_the_movement(world: World, act: Act, body: consent.Certify, at: Instants) -> None:
    """The certificate's lots came out of its event, in its masses, and lots of the movement went into that event."""
    movement = world.need(f"movement:{body.movement}", MovementState, "/body/movement")
    event = world.get(f"event:{body.event}", EventState)
    taken = {bag.lot for bag in movement.bags if bag.accepted}
    if event is None or event.actor != act.actor or event.type != "transformation":
        raise refuse(
            N_("There is no transformation {event} of yours on record."), "/body/event", "event", event=body.event
        )
    if not taken & {part.lot for part in event.inputs}:
        raise refuse(N_("Nothing of this movement went into {event}."), "/body/event", "event", event=body.event)
    outputs = {part.lot: part.grams for part in event.outputs}
    for index, made in enumerate(body.made):
        pointer = f"/body/made/{index}"
        state = guards.lot(world, made.lot, f"{pointer}/lot")
        if made.lot not in outputs or element_of(state.stream) != made.element:
            raise refuse(
                N_("Lot {lot} is no {element} that came out of {event}."),
                f"{pointer}/lot",
                "made",
                lot=made.lot,
                element=made.element,
                event=body.event,
            )
        if made.grams != outputs[made.lot]:
            raise refuse(
                N_("Lot {lot} came out with {right} kg, not {wrong} kg."),
                f"{pointer}/grams",
                "mass",
                lot=made.lot,
                right=to_kg(outputs[made.lot]),
                wrong=to_kg(made.grams),
            )
