"""What the acts of a movement ask of lots, from being promised to being received or back."""

from __future__ import annotations

from collections.abc import Iterable

from meguri.custody.guards import masses, measuring, store
from meguri.custody.guards import weighing as weighing_guards
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.movement import acts
from meguri.movement.states import Bag, Consigned, LotMass, MovementState


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
        said = (part.origin, part.label, part.mix, part.contents, part.basis)
        if said != (state.origin, state.label, state.mix, state.contents, state.basis):
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


@guard("movement.receive")
def the_facility_weighs_what_was_sent(world: World, act: Act, body: acts.ReceiveMovement, at: Instants) -> None:
    """Every lot of the movement's document is weighed once, or did not come, and becomes what it says. The sender's own
    lot is looked at where it is on this node.
    """
    store.new_id(world, "event", body.event, "/body/event")
    weighing_guards.bags_of(body.bags)
    movement = world.need(acts.movement_subject(body.movement, body.home), MovementState, "/body/movement")
    said = {part.lot: part for part in movement.lots}
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
        agreed = own.agreed_g if own is not None else None
        if (bag.sent_basis, bag.agreed_g) != (part.basis, agreed):
            raise refuse(
                N_("The sender says otherwise how the mass of lot {lot} is known, or what it agreed to."),
                f"{pointer}/sent_basis",
                "sent",
                lot=bag.lot,
            )
        if bag.part and body.home:
            raise refuse(
                N_("A load from another node is taken or refused whole: its parts would be that node's lots."),
                f"{pointer}/part",
                "part",
            )
        _becomes(world, movement.stream, part, bag, pointer)
        weighing_guards.one_bag(world, act, bag, (part.grams, part.basis), body.facility, body.economy, at, pointer)
    if all(bag.missing for bag in body.bags):
        raise refuse(
            N_("Nothing arrived: that is no receipt. Who sent it, or carries it, reports the movement missing."),
            "/body/bags",
            "missing",
        )
    measuring.when(act, body.happened, [], at)


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


@guard("movement.take_in")
def an_event_of_its_own(world: World, act: Act, body: acts.TakeInArrival, at: Instants) -> None:
    """A weighing on another node gets a new event here."""
    if body.event:
        store.new_id(world, "event", body.event, "/body/event")


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
        if not bag.accepted or bag.refused_g:
            raise refuse(N_("What you take back is accepted; say so."), f"{pointer}/accepted", "accepted")
    weighing_guards.told(world, act, sent, body, at)
