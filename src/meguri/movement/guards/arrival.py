"""Who may say what of an arrival, of a return, and who takes it in."""

from __future__ import annotations

from meguri.consent.acts import dossier_subject, taking
from meguri.consent.case.resting import States, over_period
from meguri.consent.guards.case import only
from meguri.consent.states import DossierState
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.subject import at as at_node
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.grams import MOST_G, to_kg
from meguri.kit.problems import N_, Conflict, NotFound, Problem, gather, refuse
from meguri.kit.words import Words
from meguri.movement import acts, course
from meguri.movement.guards import legal_basis
from meguri.movement.guards.movement import carrier_able, movement_for, of_its_case, same, states_of, stop
from meguri.movement.holding import resting
from meguri.movement.states import RECEIPT, ArrivalState, MovementState
from meguri.procedure import tables
from meguri.registry.rights import NODE
from meguri.registry.states import FacilityState, LicenceUseState

REFUSE_IT = Problem(
    N_("Nothing of it can be taken now. Refuse every lot and say why, or receive it when this holds again."),
    "/bags",
    "refuse-it",
)


@guard("movement.receive")
def may_receive(world: World, act: Act, body: acts.ReceiveMovement, at: Instants) -> None:
    """The facility weighs every lot that left, once, and says why it refuses one."""
    state = movement_for(world, act, body.movement, home=body.home)
    of_its_case(state, body.case)
    if not _arrives_here(state, body.home, act.node):
        raise refuse(N_("The facility of this movement belongs to another node."), "/body/movement", "there")
    only(act, [state.operator], Words("receipt", context="to be said"))
    if world.get(f"arrival:{body.movement}", ArrivalState) is not None:
        raise Conflict(Problem(N_("This movement was received already."), "/body/movement", "received"))
    if state.course.standing != "under_way" or state.status == "returning":
        raise Conflict(
            Problem(
                N_("The movement is {status}; only one that has left can be received."),
                "/body/movement",
                "status",
                {"status": tables.states("movement")[state.status].words},
            )
        )
    if state.departed_at is not None and at.counts < state.departed_at:
        raise Conflict(
            Problem(
                N_("It left on {left}; it cannot have arrived before."),
                "/claimed",
                "order",
                {"left": clock.stamp(state.departed_at)},
            )
        )
    if body.sender != state.exporter:
        raise refuse(N_("Another organisation sent this movement."), "/body/sender", "sender")
    site = world.get(f"facility:{body.facility}", FacilityState)
    if body.facility != state.facility or site is None or site.economy != body.economy:
        raise refuse(N_("The movement goes to another facility."), "/body/facility", "facility")
    dossier = world.need(dossier_subject(body.case, body.home), DossierState) if body.case else None
    if body.rests_on != (right := resting.on_arrival(state, dossier)):
        raise refuse(N_("This movement rests on: {expected}."), "/rests_on", "rests-on", expected=", ".join(right))
    gather(_bags(state, body))
    if any(bag.accepted for bag in body.bags):
        known = states_of(world, right)
        lost = at.wrong(lambda instant: resting.stopped_on_arrival(state, dossier, known, instant))
        lost += _over(world, state, body, known, at)
        stop([*lost, *([REFUSE_IT] if lost else [])])
    transition = RECEIPT[any(bag.accepted for bag in body.bags)]
    same(body.begins, course.begins("arrival", transition, state.destination, at.counts), transition)


def _over(world: World, state: MovementState, body: acts.ReceiveMovement, known: States, at: Instants) -> list[Problem]:
    """Which quantities on which it counts were varied since to less than what was planned under them."""
    used = {
        one.licence: world.get(acts.use_subject(one.licence, body.home), LicenceUseState)
        for one in state.uses
        if f"licence:{one.licence}" in known
    }
    licences = {id: known[f"licence:{id}"] for id in used}
    periods = {one.licence: one.period for one in state.uses if one.licence in used}
    grams = state.grams
    own = dict.fromkeys(used, grams)
    return at.wrong(lambda instant: over_period(licences, used, grams, periods, instant, counted=own))


def _arrives_here(state: MovementState, home: str, here: str) -> bool:
    """Whether the movement goes to a facility of this node; `home` keeps the movement."""
    return (state.there or home or here) == here


def _bags(state: MovementState, body: acts.ReceiveMovement) -> list[Problem]:
    sent = [lot.lot for lot in state.lots]
    got = [bag.lot for bag in body.bags]
    found: list[Problem] = []
    if sorted(sent) != sorted(got):
        found.append(
            Problem(
                N_("Every lot that left is weighed once. Missing: {missing}. Not of this movement: {strange}."),
                "/bags",
                "bags",
                {
                    "missing": ", ".join(sorted(set(sent) - set(got))) or "-",
                    "strange": ", ".join(sorted(set(got) - set(sent))) or "-",
                },
            )
        )
    for index, bag in enumerate(body.bags):
        if not 0 <= bag.received_g <= MOST_G or (bag.accepted and bag.received_g == 0):
            found.append(
                Problem(
                    N_("{mass} kg cannot be the weight of lot {lot} as received."),
                    f"/bags/{index}/received_g",
                    "mass",
                    {"mass": to_kg(bag.received_g), "lot": bag.lot},
                )
            )
        if not (bag.accepted or bag.missing) and not bag.reason.strip():
            found.append(
                Problem(N_("Write why lot {lot} is refused."), f"/bags/{index}/reason", "required", {"lot": bag.lot})
            )
    return found


@guard("movement.take_in")
def may_take_in(world: World, act: Act, body: acts.TakeInArrival, at: Instants) -> None:
    """The node takes in once what the arrival shows, and what follows is what the table says."""
    only(act, [NODE], Words("taking in"))
    subject = f"movement:{body.movement}"
    if act.nonce != taking(body.of, subject):
        raise refuse(N_("The nonce of a taking in follows from the act and the track."), "/nonce", "nonce-form")
    state = world.need(subject, MovementState, "/body/movement")
    of_its_case(state, body.case)
    if body.there != state.there:
        raise refuse(N_("The arrival of this movement is kept by another node."), "/body/there", "there")
    where = at_node(f"arrival:{body.movement}", body.there)
    arrival = world.need(where, ArrivalState, "/body/movement")
    said = {point.act: f"arrival.{point.transition}" for point in arrival.course.points}
    if said.get(body.of) != body.on:
        raise Conflict(
            Problem(
                N_("{source} does not show that “{on}” was said by the act {of}."),
                "/body/of",
                "unproven",
                {"source": where, "on": body.on, "of": body.of[:16]},
            )
        )
    if body.of in {point.of for point in state.course.points}:
        raise Conflict(Problem(N_("This act was taken in already."), "/body/of", "taken"))
    taken = {point.of for point in state.course.points}
    said_before = [point.act for point in arrival.course.points]
    if not set(said_before[: said_before.index(body.of)]) <= taken:
        raise Conflict(Problem(N_("What was said before it is taken in first."), "/body/of", "order"))
    expected = arrival.bags if body.on in ("arrival.receive", "arrival.refuse") else ()
    if body.bags != expected:
        raise refuse(N_("The bags are those of the arrival."), "/body/bags", "bags")
    if bool(body.event) != bool(body.there and body.bags):
        raise refuse(
            N_("A weighing on another node is an event of custody here; no other taking in is."), "/body/event", "event"
        )
    legal_basis.no_longer(state.uses if body.on == "arrival.refuse" else (), (), body.freed)
    same(body.change, course.taken(state, body.on, at.counts), body.on)


@guard("movement.return")
def may_return(world: World, act: Act, body: acts.Return, at: Instants) -> None:
    """The exporter has it carried back, all of it, and says why."""
    state = movement_for(world, act, body.movement)
    of_its_case(state, body.case)
    chosen = course.row(state, "return", act.actor, at.counts, body.reason)
    if not body.reason.strip():
        raise refuse(N_("Write the reason."), "/reason", "required")
    carrier_able(world, body.carrier, at)
    if {part.lot for part in body.lots} != state.going_back:
        raise refuse(N_("All lots of the movement go back; name each."), "/lots", "lots")
    legal_basis.no_longer(state.uses if state.received_at is None else (), (), body.freed)
    same(body.change, course.follows(state, chosen, at.counts), "return")


@guard("movement.take_back")
def may_take_back(world: World, act: Act, body: acts.TakeBack, at: Instants) -> None:
    """The exporter weighs what came back, at a facility of its own."""
    state = movement_for(world, act, body.movement)
    of_its_case(state, body.case)
    chosen = course.row(state, "take_back", act.actor, at.counts)
    site = world.get(f"facility:{body.facility}", FacilityState)
    if site is None or site.organisation != act.actor or site.economy != body.economy:
        raise NotFound(
            Problem(
                N_("You have no facility {facility}."),
                "/body/facility",
                "unknown-facility",
                {"facility": body.facility},
            )
        )
    if {bag.lot for bag in body.bags} != state.going_back:
        raise refuse(N_("Weigh every lot that came back."), "/bags", "bags")
    same(body.change, course.follows(state, chosen, at.counts), "take_back")
