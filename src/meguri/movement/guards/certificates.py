"""Who may certify recovery of what a movement brought, how much of it is left to certify, and who revokes."""

from __future__ import annotations

from meguri.consent.acts import dossier_subject
from meguri.consent.guards.case import only
from meguri.consent.states import DossierState
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, Problem, gather, refuse
from meguri.kit.words import Words
from meguri.movement import acts, course
from meguri.movement.guards.movement import movement_for, of_its_case, same
from meguri.movement.guards.reasons import revocation_reasons
from meguri.movement.holding import resting
from meguri.movement.states import RECOVERY, REVOCATION, ArrivalState, MovementState
from meguri.procedure import tables

OTHER = "other"
"""The reason of a revocation that has to be written out."""


def _arrived(world: World, body: acts.Recover | acts.Revoke, movement: MovementState) -> ArrivalState:
    state = world.get(f"arrival:{body.movement}", ArrivalState)
    if state is None:
        raise Conflict(
            Problem(
                N_("The movement is {status}; recovery is certified after receipt."),
                "/body/movement",
                "status",
                {"status": tables.states("movement")[movement.status].words},
            )
        )
    return state


@guard("movement.recover")
def may_recover(world: World, act: Act, body: acts.Recover, at: Instants) -> None:
    """The facility certifies recovery of what it took, every gram of it once; never more metal than it took."""
    movement = movement_for(world, act, body.movement, home=body.home)
    of_its_case(movement, body.case)
    only(act, [movement.operator], Words("certificate of recovery", context="to be said"))
    state = _arrived(world, body, movement)
    transition = RECOVERY[body.treated_g == state.open_g]
    chosen = course.arrival_row(state, transition, act.actor, at.counts)
    dossier = world.need(dossier_subject(body.case, body.home), DossierState) if body.case else None
    if body.rests_on != (right := resting.on_arrival(movement, dossier)):
        raise refuse(N_("This movement rests on: {expected}."), "/rests_on", "rests-on", expected=", ".join(right))
    gather([*_lots(state, body), *_days(movement, state, body, at), *_grams(state, body), *_replaced(state, body)])
    same(body.change, course.arrival_follows(state, chosen, at.counts), transition)


def _lots(state: ArrivalState, body: acts.Recover) -> list[Problem]:
    taken = state.taken_lots
    if set(body.lots) <= set(taken) and len(set(body.lots)) == len(body.lots):
        return []
    return [Problem(N_("Certify lots that were taken: {lots}."), "/lots", "lots", {"lots": ", ".join(sorted(taken))})]


def _days(movement: MovementState, state: ArrivalState, body: acts.Recover, at: Instants) -> list[Problem]:
    found = []
    received = course.local_day(movement.destination, state.received_at)
    if body.recovered_on < received:
        found.append(
            Problem(
                N_("Received on {received}; it cannot have been recovered on {given}."),
                "/recovered_on",
                "order",
                {"received": received.isoformat(), "given": body.recovered_on.isoformat()},
            )
        )
    latest = course.local_day(movement.destination, at.counts)
    if body.recovered_on > latest:
        found.append(
            Problem(
                N_("{given} is still to come; on {today} nothing can have been recovered then."),
                "/recovered_on",
                "future",
                {"given": body.recovered_on.isoformat(), "today": latest.isoformat()},
            )
        )
    return found


def _grams(state: ArrivalState, body: acts.Recover) -> list[Problem]:
    found = []
    total = sum(made.grams for made in body.made)
    if not (body.made or body.residues) or any(made.grams <= 0 for made in body.made):
        found.append(Problem(N_("Name at least one recovered lot, with its mass."), "/made", "required"))
    if total + state.certified_g > state.accepted_g:
        found.append(
            Problem(
                N_("{made} kg recovered is more than the {accepted} kg accepted."),
                "/made",
                "quantity",
                {"made": to_kg(total + state.certified_g), "accepted": to_kg(state.accepted_g)},
            )
        )
    again = any(one.event == body.event for one in state.in_force)
    if not (0 if again else 1) <= body.treated_g <= state.open_g:
        found.append(
            Problem(
                N_("Of {accepted} kg accepted, {open} kg is open; {treated} kg cannot be certified as treated."),
                "/treated_g",
                "treated",
                {
                    "accepted": to_kg(state.accepted_g),
                    "open": to_kg(state.open_g),
                    "treated": to_kg(body.treated_g),
                },
            )
        )
    if not 0 <= body.contamination_g <= body.treated_g:
        found.append(
            Problem(
                N_("Of {treated} kg treated, {wrong} kg cannot have been something else."),
                "/contamination_g",
                "contamination",
                {"treated": to_kg(body.treated_g), "wrong": to_kg(body.contamination_g)},
            )
        )
    return found


def _replaced(state: ArrivalState, body: acts.Recover) -> list[Problem]:
    found = []
    if any(one.number == body.certificate for one in state.certificates):
        found.append(
            Problem(
                N_("The number {number} is used already; a number stays used."),
                "/certificate",
                "number",
                {"number": body.certificate},
            )
        )
    if not body.replaces:
        return found
    old = state.paper(body.replaces)
    if old is None or old.revoked_at is None or old.successor:
        text = N_("A certificate replaces one of this movement that was revoked and that no other replaces.")
        found.append(Problem(text, "/replaces", "replaces"))
    return found


@guard("movement.revoke")
def may_revoke(world: World, act: Act, body: acts.Revoke, at: Instants) -> None:
    """The facility revokes a certificate of its own that is in force, and says why by the list of reasons."""
    movement = movement_for(world, act, body.movement, home=body.home)
    of_its_case(movement, body.case)
    only(act, [movement.operator], Words("revocation of a certificate", context="to be said"))
    state = _arrived(world, body, movement)
    old = state.paper(body.paper)
    if old is None or old.revoked_at is not None:
        raise Conflict(
            Problem(N_("There is no certificate in force of that name for this movement."), "/body/paper", "in-force")
        )
    known = revocation_reasons()
    if not body.reasons or not set(body.reasons) <= set(known) or len(set(body.reasons)) < len(body.reasons):
        raise refuse(N_("Say why, by one or more of: {known}."), "/reasons", "reasons", known=", ".join(sorted(known)))
    if OTHER in body.reasons and not body.text.strip():
        raise refuse(N_("Write the reason."), "/text", "required")
    left = [one for one in state.in_force if one.paper != body.paper]
    transition = REVOCATION[not left]
    chosen = course.arrival_row(state, transition, act.actor, at.counts)
    same(body.change, course.arrival_follows(state, chosen, at.counts), transition)
