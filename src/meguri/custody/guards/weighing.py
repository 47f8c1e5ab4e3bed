"""What must hold when lots are weighed again: receipts, agreements beyond tolerance, corrections."""

from __future__ import annotations

from collections.abc import Sequence

from meguri.custody import acts
from meguri.custody.guards import masses
from meguri.custody.guards.store import lot, new_id, own_facility, owned, unseen
from meguri.custody.states import LotState
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.movement.states import Bag
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
        takes_back = state.status == "refused" and state.holder == act.actor
        if not takes_back and state.bound_for != act.actor:
            if act.actor in (state.holder, state.previous):
                raise Conflict(
                    Problem(N_("Lot {lot} is not on its way to you."), f"{pointer}/lot", "not-sent", {"lot": bag.lot})
                )
            raise unseen(bag.lot, f"{pointer}/lot")
        if takes_back and not bag.accepted:
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
    weighed(sent, body.bags, "/body/bags")


def bags_of(bags: Sequence[Bag]) -> None:
    """Refuse an empty receipt, a lot twice, a mass that cannot be, and a refusal without a reason."""
    if not bags:
        raise refuse(N_("Name at least one lot."), "/body/bags", "empty")
    masses.once([bag.lot for bag in bags], "/body/bags")
    for index, bag in enumerate(bags):
        pointer = f"/body/bags/{index}"
        masses.check(bag.received_g, f"{pointer}/received_g", least=1 if bag.accepted else 0)
        if not bag.accepted and not bag.reason.strip():
            raise refuse(N_("Say why lot {lot} is refused."), f"{pointer}/reason", "reason", lot=bag.lot)


def arrivals(world: World, bags: Sequence[Bag]) -> list[LotState]:
    """The lots of a receipt, in its order; refuses what `bags_of` does."""
    bags_of(bags)
    return [lot(world, bag.lot, f"/body/bags/{index}/lot") for index, bag in enumerate(bags)]


def weighed(sent: Sequence[LotState], bags: Sequence[Bag], pointer: str) -> None:
    """Refuse a total beyond tolerance unless the counterparty has agreed to the weighing of each lot that differs."""
    within([(state.mass_g, state.agreed_g) for state in sent], bags, pointer)


def within(sent: Sequence[tuple[int, int | None]], bags: Sequence[Bag], pointer: str) -> None:
    """The same by what each lot weighed when it was sent, and which weighing of it is agreed, in grams."""
    before = sum(grams for grams, _ in sent)
    after = sum(bag.received_g for bag in bags)
    agreed = all(bag.received_g in pair for pair, bag in zip(sent, bags, strict=True))
    if after > 2 * before:
        raise masses.beyond("receiving", before, after, pointer, N_("Check the unit: grams are recorded."))
    if not masses.within("receiving", before, after - before) and not agreed:
        raise masses.beyond(
            "receiving", before, after, pointer, N_("Weigh again, or have the sender agree to these weighings first.")
        )


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
        counterparty = state.holder if state.status == "in_transit" else state.previous
        if who != counterparty:
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


@guard("custody.correct")
def corrected_while_nobody_relied_on_it(world: World, act: Act, body: acts.Correct, at: Instants) -> None:
    """The holder corrects a weighing of a lot of which nothing was used; beyond tolerance its sender agrees first."""
    new_id(world, "event", body.event, "/body/event")
    state = lot(world, body.lot, "/body/lot")
    owned(state, act, body.lot, "/body/lot")
    masses.check(body.grams, "/body/grams")
    if not body.reason.strip():
        raise refuse(N_("Give the reason."), "/body/reason", "reason")
    if state.used_g or body.was_g != state.mass_g:
        raise Conflict(
            Problem(
                N_("Lot {lot} has {mass} kg, {used} kg was used: only a whole lot as last weighed is corrected."),
                "/body/was_g",
                "relied-on",
                {"lot": body.lot, "mass": to_kg(state.mass_g), "used": to_kg(state.used_g)},
            )
        )
    difference = body.grams - state.mass_g
    if state.previous and not masses.within("correcting", state.mass_g, difference) and state.agreed_g != body.grams:
        raise masses.beyond(
            "correcting", state.mass_g, body.grams, "/body/grams", N_("The organisation that sent it must agree first.")
        )
