"""What the acts of a movement do to lots, from being promised to being received or back."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from meguri.custody.folds.lots import arise, arrive, leave, put_event, weighing
from meguri.custody.states import Belonging, LotState
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.subject import at as at_node
from meguri.journal.world import World
from meguri.movement import acts
from meguri.movement.states import LotMass, MovementState


def _promise(world: World, lots: Iterable[str], movement: str) -> None:
    for lot in lots:
        state = world.need(f"lot:{lot}", LotState)
        world.put(f"lot:{lot}", replace(state, promised_to=movement))


@fold("movement.plan")
def planned(world: World, entry: Entry, body: acts.Plan) -> None:
    """The lots are promised to this movement."""
    _promise(world, (part.lot for part in body.lots), body.movement)


@fold("movement.change")
def changed(world: World, entry: Entry, body: acts.Change) -> None:
    """Lots that stay behind are free again."""
    _promise(world, body.dropped, "")
    _promise(world, (part.lot for part in body.lots), body.movement)


@fold("movement.cancel")
def cancelled(world: World, entry: Entry, body: acts.Cancel) -> None:
    """All lots are free again."""
    _promise(world, body.lots, "")


def _sent(
    world: World, entry: Entry, body: acts.Depart | acts.Return, *, economy: str, to: str, reason: str = ""
) -> None:
    """The lots of a movement leave an economy for an organisation."""
    for part in body.lots:
        state = world.need(f"lot:{part.lot}", LotState)
        leave(world, part.lot, state, bound_for=to, case=body.case, movement=body.movement)
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="departing",
        inputs=body.lots,
        outputs=body.lots,
        economy=economy,
        to=to,
        case=body.case,
        movement=body.movement,
        reason=reason,
    )


@fold("movement.depart")
def depart(world: World, entry: Entry, body: acts.Depart) -> None:
    """Lots are under way."""
    movement = world.need(f"movement:{body.movement}", MovementState)
    _sent(world, entry, body, economy=movement.origin, to=movement.operator)


@fold("movement.receive")
def receive(world: World, entry: Entry, body: acts.ReceiveMovement) -> None:
    """What was taken becomes the facility's own lots; the weighing difference is this event's."""
    for bag in body.bags:
        if not bag.becomes:
            continue
        arise(
            world,
            entry,
            bag.becomes,
            stream=bag.stream,
            grams=bag.received_g,
            origin=bag.origin,
            economy=body.economy,
            facility=body.facility,
            event=body.event,
            previous=body.sender,
            came_from=at_node(bag.lot, body.home),
            case=body.case,
            movement=body.movement,
            label=bag.label,
            mix=bag.mix,
            contents=bag.contents,
            seen_g=bag.received_g,
            of=(Belonging(body.movement, bag.received_g),),
        )
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="receiving",
        inputs=tuple(LotMass(at_node(bag.lot, body.home), bag.sent_g) for bag in body.bags),
        outputs=tuple(LotMass(bag.becomes or at_node(bag.lot, body.home), bag.received_g) for bag in body.bags),
        # What is refused stays another node's lot, and so does its weighing difference.
        difference_g=sum(bag.received_g - bag.sent_g for bag in body.bags if bag.becomes or not body.home),
        refused=tuple(at_node(bag.lot, body.home) for bag in body.bags if not bag.accepted),
        reason="; ".join(f"{bag.lot}: {bag.reason}" for bag in body.bags if not bag.accepted),
        facility=body.facility,
        economy=body.economy,
        to=body.sender,
        case=body.case,
        movement=body.movement,
    )


@fold("movement.take_in")
def taken_in(world: World, entry: Entry, body: acts.TakeInArrival) -> None:
    """The sender's lots are delivered, or lie refused at the other side, as they were weighed there.

    Where the other side is another node, an event says so: what was taken has left this node's account with what was
    sent, and its weighing difference is the receiver's.
    """
    movement = world.need(f"movement:{body.movement}", MovementState)
    for bag in body.bags:
        state = world.need(f"lot:{bag.lot}", LotState)
        if bag.becomes:
            delivered = replace(
                state,
                mass_g=0,
                used_g=state.used_g + state.mass_g,
                seen_g=0,
                status="delivered",
                bound_for="",
                agreed_g=None,
            )
            world.put(f"lot:{bag.lot}", delivered)
        else:
            arrive(world, bag, movement.operator, "", movement.destination)
    if body.event:
        put_event(
            world,
            entry,
            body.event,
            type="object",
            step="receiving",
            inputs=tuple(LotMass(bag.lot, bag.sent_g) for bag in body.bags),
            outputs=tuple(
                LotMass(at_node(bag.becomes, body.there) if bag.becomes else bag.lot, bag.received_g)
                for bag in body.bags
            ),
            difference_g=sum(bag.received_g - bag.sent_g for bag in body.bags if not bag.becomes),
            refused=tuple(bag.lot for bag in body.bags if not bag.becomes),
            reason="; ".join(f"{bag.lot}: {bag.reason}" for bag in body.bags if not bag.becomes),
            economy=movement.destination,
            to=movement.operator,
            case=body.case,
            movement=body.movement,
        )


@fold("movement.return")
def returning(world: World, entry: Entry, body: acts.Return) -> None:
    """Lots are on their way back to the exporter."""
    movement = world.need(f"movement:{body.movement}", MovementState)
    _sent(world, entry, body, economy=movement.destination, to=movement.exporter, reason=body.reason)


@fold("movement.take_back")
def taken_back(world: World, entry: Entry, body: acts.TakeBack) -> None:
    """The lots are in the exporter's store again."""
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
        case=body.case,
        movement=body.movement,
        **weighed,
    )
