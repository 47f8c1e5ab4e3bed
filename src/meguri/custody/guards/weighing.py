"""What must hold when lots are weighed by a second side: receipts, and agreements to what differs."""

from __future__ import annotations

from collections.abc import Sequence

from meguri.custody import acts
from meguri.custody.guards import masses, measuring
from meguri.custody.guards.store import lot, new_id, own_facility, unseen
from meguri.custody.states import LotState
from meguri.custody.weighing import limits
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.subject import home
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.movement.acts import TakeBack
from meguri.movement.states import DECLARED, Bag, MassBasis
from meguri.registry import rights
from meguri.registry.states import OrganisationState


@guard("custody.receive")
def received_by_its_addressee(world: World, act: Act, body: acts.Receive, at: Instants) -> None:
    """Whom the lots were sent to weighs them; who sent them may take back what was refused."""
    own_facility(world, act, body.facility, body.economy)
    new_id(world, "event", body.event, "/body/event")
    sent = arrivals(world, body.bags)
    for index, (state, bag) in enumerate(zip(sent, body.bags, strict=True)):
        pointer = f"/body/bags/{index}"
        takes_back = state.status in ("refused", "missing") and state.holder == act.actor
        if not takes_back and state.bound_for != act.actor:
            if act.actor in (state.holder, state.previous):
                raise Conflict(
                    Problem(N_("Lot {lot} is not on its way to you."), f"{pointer}/lot", "not-sent", {"lot": bag.lot})
                )
            raise unseen(bag.lot, f"{pointer}/lot")
        if takes_back and (not bag.accepted or bag.refused_g):
            raise refuse(N_("What you take back is accepted; say so."), f"{pointer}/accepted", "accepted")
        if state.movement and not takes_back:
            raise refuse(
                N_("Lot {lot} travels in movement {movement}: record its receipt there."),
                f"{pointer}/lot",
                "movement",
                lot=bag.lot,
                movement=state.movement,
            )
        if body.economy not in (state.economy, state.crosses) and not takes_back:
            raise refuse(
                N_("Lot {lot} was sent within {there}; {here} is another economy."),
                f"{pointer}/lot",
                "border",
                lot=bag.lot,
                there=state.economy,
                here=body.economy,
            )
    told(world, act, sent, body, at)


def told(world: World, act: Act, states: Sequence[LotState], body: acts.Receive | TakeBack, at: Instants) -> None:
    """Refuse weighings that cannot have come about as they say, of lots of which the record knows what was sent."""
    for index, (state, bag) in enumerate(zip(states, body.bags, strict=True)):
        pointer = f"/body/bags/{index}"
        one_bag(world, act, bag, (state.mass_g, state.basis), body.facility, body.economy, at, pointer)
    measuring.when(act, body.happened, [(b.lot, s) for b, s in zip(body.bags, states, strict=True)], at)


def one_bag(
    world: World,
    act: Act,
    bag: Bag,
    sent: tuple[int, MassBasis],
    facility: str,
    economy: str,
    at: Instants,
    pointer: str,
) -> None:
    """Refuse a weighing of one bag that cannot be: twice what was sent, uncounted pieces, an instrument that is not."""
    grams, basis = sent
    assumed = limits.tolerance_ppm("receiving")
    if bag.tolerance_ppm != assumed:
        raise refuse(
            N_("Of masses that nobody weighed {assumed} millionths are assumed."),
            f"{pointer}/tolerance_ppm",
            "tolerance",
            assumed=str(assumed),
        )
    if bag.missing:
        return
    if bag.received_g > 2 * grams:
        raise refuse(
            N_("{after} kg is more than twice the {before} kg that were sent. Check the unit: grams are recorded."),
            f"{pointer}/received_g",
            "unit",
            after=to_kg(bag.received_g),
            before=to_kg(grams),
        )
    if basis.pieces and not bag.basis.pieces and bag.received_g:
        raise refuse(
            N_("Lot {lot} was sent as {count} pieces: count them."),
            f"{pointer}/basis/pieces",
            "pieces",
            lot=bag.lot,
            count=str(basis.pieces),
        )
    measuring.known(world, act, bag.received_g, bag.basis, facility, economy, at, pointer)
    if bag.part:
        new_id(world, "lot", bag.part, f"{pointer}/part")


def bags_of(bags: Sequence[Bag]) -> None:
    """Refuse an empty receipt, a lot twice, a mass that cannot be, and a refusal without a reason."""
    if not bags:
        raise refuse(N_("Name at least one lot."), "/body/bags", "empty")
    masses.once([bag.lot for bag in bags], "/body/bags")
    for index, bag in enumerate(bags):
        pointer = f"/body/bags/{index}"
        masses.check(bag.received_g, f"{pointer}/received_g", least=1 if bag.accepted else 0)
        if bag.missing and (bag.accepted or bag.received_g or bag.refused_g or bag.basis != DECLARED):
            raise refuse(
                N_("Lot {lot} is missing: it is neither accepted nor weighed."),
                f"{pointer}/missing",
                "missing",
                lot=bag.lot,
            )
        if not 0 <= bag.refused_g < max(bag.received_g, 1) or (bag.refused_g and not bag.accepted):
            raise refuse(
                N_("Of a lot that is taken, less than was weighed is refused; a lot that is refused is refused whole."),
                f"{pointer}/refused_g",
                "part",
            )
        if bool(bag.part) != bool(bag.refused_g):
            raise refuse(N_("The part that is refused is a lot of its own: name it."), f"{pointer}/part", "part")
        if (bag.refused_g or not (bag.accepted or bag.missing)) and not bag.reason.strip():
            raise refuse(N_("Say why lot {lot} is refused."), f"{pointer}/reason", "reason", lot=bag.lot)


def arrivals(world: World, bags: Sequence[Bag]) -> list[LotState]:
    """The lots of a receipt, in its order; refuses what `bags_of` does."""
    bags_of(bags)
    return [lot(world, bag.lot, f"/body/bags/{index}/lot") for index, bag in enumerate(bags)]


@guard("custody.agree")
def agreed_by_the_counterparty(world: World, act: Act, body: acts.Agree, at: Instants) -> None:
    """Who sent the lots (or held them before) agrees; for one that has closed, an authority there or the operator."""
    if not body.lots:
        raise refuse(N_("Name at least one lot."), "/body/lots", "empty")
    masses.once([part.lot for part in body.lots], "/body/lots")
    who = act.actor
    if body.instead_of:
        stood_in_for(world, act, body, at)
        who = body.instead_of
    for index, part in enumerate(body.lots):
        pointer = f"/body/lots/{index}"
        state = lot(world, part.lot, f"{pointer}/lot")
        masses.check(part.grams, f"{pointer}/grams", least=0)
        if state.status in ("missing", "wrong", "consumed", "delivered"):
            raise Conflict(
                Problem(
                    N_("Nothing of lot {lot} was weighed that could be agreed to."),
                    f"{pointer}/lot",
                    state.status,
                    {"lot": part.lot},
                )
            )
        counterparty = state.holder if state.status == "in_transit" else state.counterparty
        # Who sent it from another node cannot say it here.
        if not counterparty or home(state.came_from):
            _seen_by_an_authority(world, act, state, at, f"{pointer}/lot")
        elif who != counterparty:
            if who in (state.holder, state.previous, state.bound_for):
                raise NotAllowed(
                    Problem(
                        N_("The counterparty for lot {lot} is another organisation."),
                        f"{pointer}/lot",
                        "counterparty",
                        {"lot": part.lot},
                    )
                )
            raise unseen(part.lot, f"{pointer}/lot")


def _seen_by_an_authority(world: World, act: Act, state: LotState, at: Instants, pointer: str) -> None:
    """What only its holder has weighed, an authority of the economy or the operator agrees to."""
    if act.actor == rights.NODE:
        return
    if act.actor == state.holder:
        raise NotAllowed(
            Problem(
                N_("Nobody else has weighed this lot: an authority or the operator agrees."), pointer, "counterparty"
            )
        )
    actor = rights.require(world, act, at, {"authority", "operator"})
    if rights.holds(actor, "authority", at.claimed) and actor.economy != state.economy:
        raise refuse(
            N_("An authority of {economy} agrees to this weighing."), pointer, "economy", economy=state.economy
        )


def stood_in_for(world: World, act: Act, body: acts.Agree, at: Instants) -> None:
    """Refuse to stand in for an organisation that is open, or from another economy."""
    if not body.instead_of.startswith("organisation:"):
        raise refuse(N_("Write organisation:NAME, not “{name}”."), "/body/instead_of", "subject", name=body.instead_of)
    absent = world.need(body.instead_of, OrganisationState, "/body/instead_of")
    if absent.closed_on is None:
        raise refuse(N_("{name} is open and agrees itself."), "/body/instead_of", "open", name=absent.name)
    if act.actor == rights.NODE:
        return
    actor = rights.require(world, act, at, {"authority", "operator"})
    if rights.holds(actor, "authority", at.claimed) and actor.economy != absent.economy:
        raise refuse(
            N_("An authority of {economy} stands in for {name}."),
            "/body/instead_of",
            "economy",
            economy=absent.economy,
            name=absent.name,
        )
