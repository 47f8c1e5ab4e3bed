"""What must hold before a number is given, a lot is bought, a demand is met or a step is lost."""

from __future__ import annotations

import re

from meguri.buying import acts, numbers, vocabulary
from meguri.buying.states import CollectorState
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import steps as custody_steps
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotAllowed, NotFound, Problem, gather, refuse
from meguri.registry import rights
from meguri.registry.states import OrganisationState
from meguri.registry.vocabulary import unknown

LONGEST_REASON = 1000
NAME = re.compile(r"[A-Za-z0-9._-]{1,110}")


def _number(collector: str) -> None:
    if not NAME.fullmatch(collector) or not numbers.right(collector.rpartition(".")[2]):
        raise refuse(
            N_("“{number}” is no collector's number: 4 to 6 digits, the last of which checks the others. Look again."),
            "/body/collector",
            "number",
            number=collector[-20:],
        )


def _unknown(collector: str) -> NotFound:
    return NotFound(
        Problem(
            N_("You have no collector with the number {number}."),
            "/body/collector",
            "unknown-collector",
            {"number": collector.rpartition(".")[2][:20]},
        )
    )


def _own(world: World, act: Act, at: Instants, collector: str) -> CollectorState:
    """The collector, whose number the actor gave."""
    rights.require(world, act, at, custody_steps()["collecting"].roles)
    _number(collector)
    state = world.get(f"collector:{collector}", CollectorState)
    if state is None or state.buyer != act.actor:
        raise _unknown(collector)
    return state


def _seen(world: World, act: Act, at: Instants, collector: str) -> CollectorState:
    """The collector, whose number the actor gave, or who collects where the actor is an authority."""
    if acts.owner(collector) == act.actor:
        return _own(world, act, at, collector)
    _number(collector)
    authority = rights.require(world, act, at, {"authority"})
    buyer = world.get(acts.owner(collector), OrganisationState)
    state = world.get(f"collector:{collector}", CollectorState)
    if state is None or buyer is None or buyer.economy != authority.economy:
        raise _unknown(collector)
    return state


@guard("buying.register")
def numbered_by_its_buyer(world: World, act: Act, body: acts.Register, at: Instants) -> None:
    """A collector or dismantler gives a number of its own that nobody has."""
    rights.require(world, act, at, custody_steps()["collecting"].roles)
    _number(body.collector)
    if acts.owner(body.collector) != act.actor:
        raise NotAllowed(
            Problem(
                N_("An organisation gives numbers of its own, written {own}.12345."),
                "/body/collector",
                "owner",
                {"own": act.actor.partition(":")[2]},
            )
        )
    world.absent(f"collector:{body.collector}", "/body/collector")


@guard("buying.buy")
def bought_as_it_was_taken_in(world: World, act: Act, body: acts.Buy, at: Instants) -> None:
    """What is bought is a lot as the buyer took it in, once, from a collector of its own, at a price kept outside."""
    _own(world, act, at, body.collector)
    world.absent(f"purchase:{body.lot}", "/body/lot")
    lot = world.get(f"lot:{body.lot}", LotState)
    event = world.get(f"event:{body.event}", EventState)
    if lot is None or lot.holder != act.actor:
        raise NotFound(Problem(N_("You have no lot {lot}."), "/body/lot", "unknown-lot", {"lot": body.lot[:40]}))
    if event is None or event.step != "collecting" or lot.made_by != body.event or event.actor != act.actor:
        raise refuse(
            N_("Lot {lot} did not come in by {event}; what is bought from a collector was taken in from one."),
            "/body/event",
            "event",
            lot=body.lot,
            event=body.event[:40],
        )
    if lot.stream != body.stream or event.facility != body.facility:
        pointer = "/body/facility" if lot.stream == body.stream else "/body/stream"
        raise refuse(N_("Lot {lot} was taken in otherwise. Say it as it was taken in."), pointer, "lot", lot=body.lot)
    if lot.made_g != body.grams:
        raise refuse(
            N_("Lot {lot} weighed {mass} kg when it was taken in, not {wrong} kg."),
            "/body/grams",
            "mass",
            lot=body.lot,
            mass=to_kg(lot.made_g),
            wrong=to_kg(body.grams),
        )
    if "price" not in act.private:
        raise refuse(N_("Keep the price beside the act, under the name “price”."), "/private", "price")


@guard("buying.meet")
def met_on_the_next_step(world: World, act: Act, body: acts.Meet, at: Instants) -> None:
    """A demand of the next step alone is asked, and once."""
    state = _seen(world, act, at, body.collector)
    demand = vocabulary.demands().get(body.demand)
    if demand is None:
        gather([unknown(body.demand[:60], "/body/demand", list(vocabulary.demands()))])
        return
    if body.demand in state.demands:
        raise Conflict(Problem(N_("This is met already."), "/body/demand", "met"))
    following = vocabulary.reached(state) + 1
    if demand.step != following:
        raise refuse(
            N_("Step {wrong} is not asked yet; the next one is step {right}."),
            "/body/demand",
            "step",
            wrong=demand.step,
            right=following,
        )


@guard("buying.lose")
def lost_for_a_forbidden_act(world: World, act: Act, body: acts.Lose, at: Instants) -> None:
    """A step is lost for one of the five forbidden acts alone; the number stays."""
    state = _seen(world, act, at, body.collector)
    if body.forbidden not in vocabulary.forbidden():
        gather([unknown(body.forbidden[:60], "/body/forbidden", list(vocabulary.forbidden()))])
    now = vocabulary.reached(state)
    if not 1 <= body.step <= now:
        raise refuse(
            N_("The collector is at step {now}; a step from 1 to that one can be lost, not {step}."),
            "/body/step",
            "step",
            now=now,
            step=body.step,
        )
    if body.demands != vocabulary.lost_with(state, body.step):
        raise refuse(
            N_("With a step goes all that it and those above ask: {right}."),
            "/body/demands",
            "demands",
            right=", ".join(vocabulary.lost_with(state, body.step)),
        )
    if len(body.text) > LONGEST_REASON:
        raise refuse(N_("Write at most {most} characters."), "/body/text", "length", most=LONGEST_REASON)
