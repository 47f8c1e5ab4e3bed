"""Lots in a movement: what its acts ask of them and do to them, from being promised to being received or back."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from meguri.custody.folds.lots import arrive, leave, put_event, weighing
from meguri.custody.guards import masses, store
from meguri.custody.guards import weighing as weighing_guards
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of
from meguri.journal.act import Act, Entry, Instants
from meguri.journal.kinds import fold, guard
from meguri.journal.subject import at as at_node
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.movement import acts
from meguri.movement.states import ArrivalState, Bag, Consigned, LotMass, MovementState


def shippable(
    world: World,
    lots: Iterable[LotMass | Consigned],
    exporter: str,
    origin: str,
    stream: str,
    movement: str,
    pointer: str,
) -> None:
    """Each lot is the exporter's, whole, of the material, where it is shipped from, and promised to nothing else."""
    parts = list(lots)
    if not parts:
        raise refuse(N_("Name at least one lot."), pointer, "empty")
    masses.once([part.lot for part in parts], pointer)
    for index, part in enumerate(parts):
        here = f"{pointer}/{index}"
        state = store.lot(world, part.lot, f"{here}/lot")
        if state.holder != exporter:
            raise NotAllowed(
                Problem(N_("Lot {lot} is not held by the exporter."), f"{here}/lot", "holder", {"lot": part.lot})
            )
        if state.status != "held":
            raise Conflict(
                Problem(
                    N_("Lot {lot} is not in the exporter's store: it is under way, refused or used up."),
                    f"{here}/lot",
                    state.status,
                    {"lot": part.lot},
                )
            )
        store.whole(state, part, here)
        store.unpromised(state, part.lot, f"{here}/lot", movement)
        if state.economy != origin:
            raise refuse(
                N_("Lot {lot} is in {there}, not in {here}."),
                f"{here}/lot",
                "economy",
                lot=part.lot,
                there=state.economy,
                here=origin,
            )
        if state.stream != stream:
            raise refuse(
                N_("Lot {lot} is {found}; the movement is for {stream}."),
                f"{here}/lot",
                "stream",
                lot=part.lot,
                found=state.stream,
                stream=stream,
            )


@guard("movement.plan")
def planned_from_store(world: World, act: Act, body: acts.Plan, at: Instants) -> None:
    """The lots of a plan can be shipped, and are what the document says of them."""
    shippable(world, body.lots, act.actor, body.origin, body.stream, body.movement, "/body/lots")
    _as_described(world, body.lots)


@guard("movement.change")
def changed_from_store(world: World, act: Act, body: acts.Change, at: Instants) -> None:
    """The lots of a changed plan can be shipped, and are what the document says of them."""
    state = world.need(f"movement:{body.movement}", MovementState, "/body/movement")
    shippable(world, body.lots, state.exporter, state.origin, state.stream, body.movement, "/body/lots")
    _as_described(world, body.lots)


def _as_described(world: World, lots: Iterable[Consigned]) -> None:
    """Refuse a document that says something else of a lot than the record does."""
    for index, part in enumerate(lots):
        state = store.lot(world, part.lot, f"/body/lots/{index}/lot")
        if (part.origin, part.label, part.mix, part.contents) != (state.origin, state.label, state.mix, state.contents):
            raise refuse(
                N_("The document says something else of lot {lot} than the record does: of its origin or contents."),
                f"/body/lots/{index}",
                "described",
                lot=part.lot,
            )


@guard("movement.depart")
def the_exporter_holds_what_leaves(world: World, act: Act, body: acts.Depart, at: Instants) -> None:
    """The lots can still be shipped as they leave."""
    state = world.need(f"movement:{body.movement}", MovementState, "/body/movement")
    store.new_id(world, "event", body.event, "/body/event")
    shippable(world, body.lots, state.exporter, state.origin, state.stream, body.movement, "/body/lots")


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


@fold("movement.depart")
def depart(world: World, entry: Entry, body: acts.Depart) -> None:
    """Lots are under way."""
    movement = world.need(f"movement:{body.movement}", MovementState)
    for part in body.lots:
        state = world.need(f"lot:{part.lot}", LotState)
        leave(world, part.lot, state, bound_for=movement.operator, case=body.case, movement=body.movement)
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="departing",
        inputs=body.lots,
        outputs=body.lots,
        economy=movement.origin,
        to=movement.operator,
        case=body.case,
        movement=body.movement,
    )


@guard("movement.receive")
def the_facility_weighs_what_was_sent(world: World, act: Act, body: acts.Receive, at: Instants) -> None:
    """Every lot of the movement's document is weighed once and becomes what it says; beyond tolerance the sender
    agreed before. The sender's own lot is looked at where it is on this node.
    """
    store.new_id(world, "event", body.event, "/body/event")
    weighing_guards.bags_of(body.bags)
    movement = world.need(acts.movement_subject(body.movement, body.home), MovementState, "/body/movement")
    said = {part.lot: part for part in movement.lots}
    sent: list[tuple[int, int | None]] = []
    for index, bag in enumerate(body.bags):
        pointer = f"/body/bags/{index}"
        part = said.get(bag.lot)
        own = None if body.home else store.lot(world, bag.lot, f"{pointer}/lot")
        if part is None or (own is not None and (own.movement != body.movement or own.status != "in_transit")):
            raise Conflict(
                Problem(
                    N_("Lot {lot} is not under way in this movement."), f"{pointer}/lot", "not-sent", {"lot": bag.lot}
                )
            )
        if bag.sent_g != part.grams:
            raise refuse(
                N_("Lot {lot} was sent with {mass} kg."),
                f"{pointer}/sent_g",
                "mass",
                lot=bag.lot,
                mass=to_kg(part.grams),
            )
        _becomes(world, movement.stream, part, bag, pointer)
        sent.append((part.grams, own.agreed_g if own is not None else None))
    weighing_guards.within(sent, body.bags, "/body/bags")


def _becomes(world: World, stream: str, part: Consigned, bag: Bag, pointer: str) -> None:
    """Refuse a receiver's lot that is not what its sender's was, and one for what was refused."""
    if not bag.accepted:
        if bag.becomes:
            raise refuse(N_("What is refused stays the sender's lot."), f"{pointer}/becomes", "becomes")
        return
    store.new_id(world, "lot", bag.becomes, f"{pointer}/becomes")
    said = (bag.stream, bag.origin, bag.label, bag.mix, bag.contents)
    if said != (stream, part.origin, part.label, part.mix, part.contents):
        raise refuse(
            N_("Lot {lot} is of {stream}, as its sender recorded it; a receipt changes its weight alone."),
            f"{pointer}/becomes",
            "becomes",
            lot=bag.lot,
            stream=stream,
        )


@fold("movement.receive")
def receive(world: World, entry: Entry, body: acts.Receive) -> None:
    """What was taken becomes the facility's own lots; the weighing difference is this event's."""
    for bag in body.bags:
        if not bag.becomes:
            continue
        world.put(
            f"lot:{bag.becomes}",
            LotState(
                stream=bag.stream,
                mass_g=bag.received_g,
                made_g=bag.received_g,
                holder=entry.act.actor,
                origin=bag.origin,
                economy=body.economy,
                made_by=body.event,
                made_at=entry.at,
                facility=body.facility,
                previous=body.sender,
                came_from=at_node(bag.lot, body.home),
                case=body.case,
                movement=body.movement,
                label=bag.label,
                mix=bag.mix,
                contents=bag.contents,
            ),
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


@guard("movement.take_in")
def an_event_of_its_own(world: World, act: Act, body: acts.TakeIn, at: Instants) -> None:
    """A weighing on another node gets a new event here."""
    if body.event:
        store.new_id(world, "event", body.event, "/body/event")


@fold("movement.take_in")
def taken_in(world: World, entry: Entry, body: acts.TakeIn) -> None:
    """The sender's lots are delivered, or lie refused at the other side, as they were weighed there.

    Where the other side is another node, an event says so: what was taken has left this node's account with what was
    sent, and its weighing difference is the receiver's.
    """
    movement = world.need(f"movement:{body.movement}", MovementState)
    for bag in body.bags:
        state = world.need(f"lot:{bag.lot}", LotState)
        if bag.becomes:
            delivered = replace(
                state, mass_g=0, used_g=state.used_g + state.mass_g, status="delivered", bound_for="", agreed_g=None
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


@guard("movement.return")
def what_goes_back_is_there(world: World, act: Act, body: acts.Return, at: Instants) -> None:
    """The lots are the exporter's: refused at the other side, or still under way."""
    store.new_id(world, "event", body.event, "/body/event")
    for index, part in enumerate(body.lots):
        pointer = f"/body/lots/{index}"
        state = store.lot(world, part.lot, f"{pointer}/lot")
        if state.holder != act.actor or state.status not in ("refused", "in_transit"):
            raise Conflict(
                Problem(N_("Lot {lot} is not refused or under way."), f"{pointer}/lot", state.status, {"lot": part.lot})
            )
        store.whole(state, part, pointer)


@fold("movement.return")
def returning(world: World, entry: Entry, body: acts.Return) -> None:
    """Lots are on their way back to the exporter."""
    movement = world.need(f"movement:{body.movement}", MovementState)
    for part in body.lots:
        state = world.need(f"lot:{part.lot}", LotState)
        leave(world, part.lot, state, bound_for=movement.exporter, case=body.case, movement=body.movement)
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="departing",
        inputs=body.lots,
        outputs=body.lots,
        economy=movement.destination,
        to=movement.exporter,
        case=body.case,
        movement=body.movement,
        reason=body.reason,
    )


@guard("movement.take_back")
def what_came_back_is_weighed(world: World, act: Act, body: acts.TakeBack, at: Instants) -> None:
    """Every lot is on its way back in this movement and is taken; the tolerance is that of any receipt."""
    store.new_id(world, "event", body.event, "/body/event")
    sent = weighing_guards.arrivals(world, body.bags)
    for index, (state, bag) in enumerate(zip(sent, body.bags, strict=True)):
        pointer = f"/body/bags/{index}"
        if state.movement != body.movement or state.status != "in_transit" or state.bound_for != act.actor:
            raise Conflict(
                Problem(
                    N_("Lot {lot} is not under way in this movement."), f"{pointer}/lot", "not-sent", {"lot": bag.lot}
                )
            )
        if not bag.accepted:
            raise refuse(N_("What you take back is accepted; say so."), f"{pointer}/accepted", "accepted")
    weighing_guards.weighed(sent, body.bags, "/body/bags")


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


@guard("movement.recover")
def what_is_certified_was_made_from_the_movement(world: World, act: Act, body: acts.Recover, at: Instants) -> None:
    """The certificate's metals came out of its event, in its masses, and each certified lot went into that event."""
    arrival = world.get(f"arrival:{body.movement}", ArrivalState)
    event = world.get(f"event:{body.event}", EventState)
    if event is None or event.actor != act.actor or event.type != "transformation":
        raise refuse(
            N_("There is no transformation {event} of yours on record."), "/body/event", "event", event=body.event
        )
    went = {part.lot for part in event.inputs}
    if arrival is None or not body.lots or not set(body.lots) <= went:
        raise refuse(
            N_("Not all of these lots went into {event}: {lots}."),
            "/body/lots",
            "event",
            event=body.event,
            lots=", ".join(sorted(set(body.lots) - went)) or "-",
        )
    outputs = {part.lot: part.grams for part in event.outputs}
    for index, made in enumerate(body.made):
        pointer = f"/body/made/{index}"
        state = store.lot(world, made.lot, f"{pointer}/lot")
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
