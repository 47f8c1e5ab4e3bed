"""What an act may see of a case: its dossier for those who are in it, all that it rests on, and whether it is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meguri.consent import acts
from meguri.consent.case import resting
from meguri.consent.states import (
    DossierState,
    GuaranteeState,
    TrackState,
    rested_on,
    rests_on,
    track_name,
    tracks_of,
)
from meguri.journal import subject
from meguri.journal.act import Act, Instants
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, NotAllowed, NotFound, Problem
from meguri.kit.words import Words
from meguri.registry.states import FacilityState, LicenceState, OrganisationState


def no_case(case: str) -> NotFound:
    """The one answer for a case that is absent or not for this actor to know."""
    return NotFound(Problem(N_("There is no case {case} for you."), "/body/case", "no-case", {"case": case}))


def dossier_for(world: World, act: Act, case: str, others: Sequence[str] = (), home: str = "") -> DossierState:
    """The dossier, for a party of the case or one of `others`; NotFound for everybody else, as if there were none.

    `home` keeps it, where this node does not.
    """
    dossier = world.get(acts.dossier_subject(case, home), DossierState)
    if dossier is None or act.actor not in (*dossier.parties, *others):
        raise no_case(case)
    return dossier


def only(act: Act, allowed: Sequence[str], what: Words) -> None:
    """NotAllowed where the actor is none of those to whom this belongs."""
    if act.actor not in allowed:
        raise NotAllowed(
            Problem(N_("{what} belongs to {who}."), "/actor", "role", {"what": what, "who": " / ".join(allowed)})
        )


def not_over(dossier: DossierState) -> None:
    """Conflict where the case is completed or was taken back."""
    if dossier.completed_at is not None:
        raise Conflict(Problem(N_("The case is completed; nothing more can be said on its tracks."), "", "completed"))
    if dossier.retracted_at is not None:
        raise Conflict(Problem(N_("The notification was taken back; notify anew."), "", "retracted"))


def complete_list(
    dossier: DossierState, case: str, given: Sequence[str], also: Sequence[str] = (), *, home: str = "", here: str = ""
) -> None:
    """Conflict where an act does not list exactly what the dossier says that the case rests on, and `also` these."""
    right = tuple(sorted({*rests_on(case, dossier, home=home, here=here), *also}))
    if tuple(given) != right:
        missing, strange = sorted(set(right) - set(given)), sorted(set(given) - set(right))
        raise Conflict(
            Problem(
                N_(
                    "The case rests on other subjects than this act lists. Left out: {missing}. Too many: {strange}. "
                    "Look at the case again."
                ),
                "/body/rests_on",
                "rests-on",
                {"missing": ", ".join(missing) or "-", "strange": ", ".join(strange) or "-"},
            )
        )


def told(world: World, names: Sequence[str]) -> tuple[str, ...]:
    """The authorities, among the tracks that an act lists, that were told of the case."""
    tracks = [world.get(name, TrackState) for name in names if name.startswith("track:")]
    return tuple(track.organisation for track in tracks if track and track.visible)


def tracks_in(
    world: World, case: str, dossier: DossierState, *, home: str = "", here: str = ""
) -> tuple[TrackState, ...]:
    """The tracks of a case as the world has them, those not opened yet too. KeyError where the act did not list one."""
    names = [track_name(asked, case, home, here) for asked in dossier.asked if not asked.per_movement]
    return tracks_of(case, dossier, {name: world.get(name, TrackState) for name in names}, home=home, here=here)


def resting_states(world: World, dossier: DossierState) -> dict[str, Any]:
    """The states of all that a case rests on beside consents and guarantees, as an act lists it."""
    kinds = {"licence": LicenceState, "organisation": OrganisationState, "facility": FacilityState}
    return {name: world.get(name, kinds[name.partition(":")[0]]) for name in rested_on(dossier)}


def in_force(world: World, dossier: DossierState, at: Instants, home: str = "") -> dict[str, bool]:
    """Whether licences and guarantees that the dossier lists stand, at both instants."""
    known = resting_states(world, dossier)
    guarantees = [world.get(subject.at(f"guarantee:{one}", home), GuaranteeState) for one in dossier.guarantees]
    return {
        "licences": not at.wrong(lambda instant: resting.stopped(dossier, known, instant)),
        "guarantee": any(
            state is not None and all(state.covers(instant.date()) for instant in at.both) for state in guarantees
        ),
    }
