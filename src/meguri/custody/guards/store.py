"""What any act asks of the lots and facilities that it names."""

from __future__ import annotations

import re

from meguri.custody.guards import masses
from meguri.custody.states import LotState
from meguri.journal.act import Act
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, MeguriError, NotAllowed, NotFound, Problem, refuse
from meguri.movement.states import Consigned, LotMass
from meguri.registry.states import FacilityState

NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


def new_id(world: World, prefix: str, id: str, pointer: str) -> None:
    """Refuse a name for a new thing that is malformed or taken."""
    if not NAME.fullmatch(id):
        raise refuse(
            N_("“{id}” is no name for a {prefix}: use letters, digits and hyphens."),
            pointer,
            "subject",
            id=id,
            prefix=prefix,
        )
    world.absent(f"{prefix}:{id}", pointer)


def lot(world: World, id: str, pointer: str) -> LotState:
    """The lot; NotFound where there is none, in the words used for somebody else's."""
    state = world.get(f"lot:{id}", LotState)
    if state is None:
        raise unseen(id, pointer)
    return state


def unseen(id: str, pointer: str) -> NotFound:
    """The one answer for a lot that is absent or not for this actor to know."""
    return NotFound(Problem(N_("You have no lot {lot}."), pointer, "unknown-lot", {"lot": id}))


def own_facility(world: World, act: Act, facility: str, economy: str) -> FacilityState:
    """The facility, which must be the actor's and lie in the economy that the act names."""
    state = world.get(f"facility:{facility}", FacilityState)
    if state is None or state.organisation != act.actor:
        raise NotFound(
            Problem(
                N_("You have no facility {facility}."), "/body/facility", "unknown-facility", {"facility": facility}
            )
        )
    if state.economy != economy:
        raise refuse(
            N_("{facility} lies in {right}, not in {wrong}."),
            "/body/economy",
            "economy",
            facility=state.name,
            right=state.economy,
            wrong=economy,
        )
    return state


def owned(state: LotState, act: Act, id: str, pointer: str) -> None:
    """Refuse where the actor does not hold the lot, or it is under way or was refused."""
    if state.holder != act.actor:
        if act.actor in (state.previous, state.bound_for):
            raise NotAllowed(Problem(N_("Lot {lot} is not held by you."), pointer, "holder", {"lot": id}))
        raise unseen(id, pointer)
    word = {
        "in_transit": N_("Lot {lot} is under way already; it is received or taken back first."),
        "refused": N_("Lot {lot} was refused on arrival; take it back first."),
        "consumed": N_("Nothing is left of lot {lot}."),
        "missing": N_("Lot {lot} did not arrive; it is received or taken back once it is found."),
        "wrong": N_("Lot {lot} came of an event that was declared wrong; there is no such lot."),
        "delivered": N_("Lot {lot} was delivered; its receiver has it under a name of its own."),
    }.get(state.status)
    if word:
        raise Conflict(Problem(word, pointer, state.status, {"lot": id}))
    unpromised(state, id, pointer)


def unpromised(state: LotState, id: str, pointer: str, movement: str = "") -> None:
    """Refuse a lot that is promised to a movement (another than `movement`)."""
    if state.promised_to and state.promised_to != movement:
        raise Conflict(
            Problem(
                N_("Lot {lot} is promised to movement {movement}; cancel or change that first."),
                pointer,
                "promised",
                {"lot": id, "movement": state.promised_to},
            )
        )


def available(state: LotState, part: LotMass | Consigned, pointer: str) -> None:
    """Refuse an overdraft: as a conflict where the lot once had as much, as a refusal where it never had."""
    masses.check(part.grams, f"{pointer}/grams")
    if part.grams <= state.mass_g:
        return
    problem = Problem(
        N_("Lot {lot} has {left} kg left; {asked} kg cannot be taken from it."),
        f"{pointer}/grams",
        "overdrawn",
        {"lot": part.lot, "left": to_kg(state.mass_g), "asked": to_kg(part.grams)},
    )
    error: MeguriError = Conflict(problem)
    if part.grams > state.made_g + state.adjusted_g:
        error = refuse(problem.text, problem.pointer, problem.code, **problem.params)
    raise error


def whole(state: LotState, part: LotMass | Consigned, pointer: str) -> None:
    """Refuse to move a part of a lot: it is split first, so that every lot is in one place."""
    if part.grams != state.mass_g:
        available(state, part, pointer)
        raise refuse(
            N_("Lot {lot} weighs {mass} kg and moves as a whole; {asked} kg was given. Divide it first."),
            f"{pointer}/grams",
            "whole",
            lot=part.lot,
            mass=to_kg(state.mass_g),
            asked=to_kg(part.grams),
        )
