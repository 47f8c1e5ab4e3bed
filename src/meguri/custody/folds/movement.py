"""What the acts of a movement do to lots, from being promised to being received or back."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from meguri.custody.folds import receipts
from meguri.custody.folds.lot_states import arise, leave, put_event
from meguri.custody.folds.lots import weigh
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
        leave(world, entry, part.lot, state, bound_for=to, case=body.case, movement=body.movement)
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
    """What was taken becomes the facility's own lots; the weighing difference is this event's, and what is beyond both
    instruments stands open on them.
    """
    sent = [receipts.Sent(bag.sent_g, bag.sent_basis, bag.agreed_g) for bag in body.bags]
    found = receipts.open_of(sent, body.bags)
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
            seen_g=bag.accepted_g,
            basis=bag.basis,
            weighed_by=entry.act.actor,
            counterparty=body.sender,
            findings=found[bag.lot],
            of=(Belonging(body.movement, bag.accepted_g),),
        )
        if bag.part:
            state = world.need(f"lot:{bag.becomes}", LotState)
            world.put(
                f"lot:{bag.becomes}",
                replace(
                    state,
                    mass_g=bag.accepted_g,
                    used_g=bag.refused_g,
                    first_g=bag.accepted_g,
                    first_basis=bag.basis,
                ),
            )
            receipts.turn_away(
                world, entry, bag, replace(state, holder=body.sender, previous=""), body.event, body.economy
            )
    names = [at_node(bag.lot, body.home) for bag in body.bags]
    weighed = receipts.weighing(
        (LotMass(name, bag.sent_g) for name, bag in zip(names, body.bags, strict=True)),
        body.bags,
        [bag.becomes or name for name, bag in zip(names, body.bags, strict=True)],
    )
    # What is refused stays another node's lot, and so does its weighing difference.
    own = [bag for bag in body.bags if (bag.becomes or not body.home) and not bag.missing]
    weighed["difference_g"] = sum(bag.received_g - bag.sent_g for bag in own)
    gaps = [(bag.basis, receipts.gap(s, bag)) for s, bag in zip(sent, body.bags, strict=True) if not bag.missing]
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="receiving",
        facility=body.facility,
        economy=body.economy,
        to=body.sender,
        case=body.case,
        movement=body.movement,
        findings=receipts.run_on(world, body.event, gaps),
        **weighed,
    )


@fold("movement.take_in")
def taken_in(world: World, entry: Entry, body: acts.TakeInArrival) -> None:
    """The sender's lots are delivered, or lie refused at the other side, as they were weighed there.

    Where the other side is another node, an event says so: what was taken has left this node's account with what was
    sent, and its weighing difference is the receiver's.
    """
    movement = world.need(f"movement:{body.movement}", MovementState)
    states = [world.need(f"lot:{bag.lot}", LotState) for bag in body.bags]
    found = receipts.open_of([receipts.Sent(s.mass_g, s.basis, s.agreed_g) for s in states], body.bags)
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
            receipts.arrive(world, entry, bag, movement.operator, "", movement.destination, found[bag.lot])
    if body.event:
        names = [at_node(bag.becomes, body.there) if bag.becomes else bag.lot for bag in body.bags]
        weighed = receipts.weighing((LotMass(bag.lot, bag.sent_g) for bag in body.bags), body.bags, names)
        kept = [bag for bag in body.bags if not (bag.becomes or bag.missing)]
        weighed |= {"difference_g": sum(bag.received_g - bag.sent_g for bag in kept), "bases": (), "parted": ()}
        put_event(
            world,
            entry,
            body.event,
            type="object",
            step="receiving",
            economy=movement.destination,
            to=movement.operator,
            case=body.case,
            movement=body.movement,
            **weighed,
        )


@fold("movement.return")
def returning(world: World, entry: Entry, body: acts.Return) -> None:
    """Lots are on their way back to the exporter."""
    movement = world.need(f"movement:{body.movement}", MovementState)
    _sent(world, entry, body, economy=movement.destination, to=movement.exporter, reason=body.reason)


@fold("movement.take_back")
def taken_back(world: World, entry: Entry, body: acts.TakeBack) -> None:
    """The lots are in the exporter's store again."""
    states = [world.need(f"lot:{bag.lot}", LotState) for bag in body.bags]
    weigh(world, entry, body, states, case=body.case, movement=body.movement)
