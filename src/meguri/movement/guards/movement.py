"""What an act may see of a movement, and what it must agree with. Guards read and refuse; they change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from meguri.consent.case import permission
from meguri.journal.act import Act, Instants
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, NotFound, Problem, refuse
from meguri.movement import acts
from meguri.movement.holding import resting
from meguri.movement.states import Begins, MovementState
from meguri.procedure.states import CourseChange
from meguri.registry import rights
from meguri.registry.states import FacilityState, LicenceState, OrganisationState


def movement_for(world: World, act: Act, id: str, others: Sequence[str] = (), home: str = "") -> MovementState:
    """The movement, for its parties, its carrier and `others`; NotFound for everybody else, as if there were none.

    `home` keeps it, where this node does not.
    """
    state = world.get(acts.movement_subject(id, home), MovementState)
    if state is None or act.actor not in (*state.parties, state.carrier, *others):
        raise NotFound(
            Problem(N_("There is no movement {movement} for you."), "/body/movement", "no-movement", {"movement": id})
        )
    return state


def of_its_case(state: MovementState, case: str) -> None:
    """Refuse an act that names another case than its movement."""
    if state.case != case:
        raise refuse(N_("The movement belongs to another case."), "/body/case", "case")


def stop(problems: Iterable[Problem]) -> None:
    """Raise one conflict for all problems together; nothing where there are none."""
    permission.stop(problems)


def same(given: CourseChange | Begins, right: CourseChange | Begins, transition: str) -> None:
    """Conflict where what follows was reckoned on another state."""
    if given != right:
        raise Conflict(
            Problem(
                N_("What follows from “{transition}” was reckoned on another state of the movement. Look at it again."),
                "/body/change",
                "changes",
                {"transition": transition},
            )
        )


def states_of(world: World, names: Iterable[str]) -> dict[str, Any]:
    """The states of organisations, facilities and licences that an act names."""
    kinds = {"licence": LicenceState, "organisation": OrganisationState, "facility": FacilityState}
    return {name: world.get(name, kinds[name.partition(":")[0]]) for name in names}


def carrier_able(
    world: World, name: str, at: Instants, licences: Sequence[str] | None = None, stream: str = ""
) -> None:
    """Refuse a carrier that is not on record, not admitted as one, or has closed; with `licences` (by bare id) also one
    whose licence to carry the stream does not hold.
    """
    state = world.get(name, OrganisationState)
    if state is None:
        raise refuse(N_("{name} is not on record. Choose an organisation."), "/carrier", "unknown", name=name)
    if rights.closed(state, at) and state.closed_on is not None:
        raise refuse(
            N_("{name} closed on {day} and carries nothing more. Choose another carrier."),
            "/carrier",
            "closed",
            name=state.name,
            day=state.closed_on.date().isoformat(),
        )
    if not (rights.holds(state, "carrier", at.counts) and rights.holds(state, "carrier", at.recorded)):
        raise refuse(
            N_("{name} is not admitted as a carrier. Choose one that is."), "/carrier", "role", name=state.name
        )
    if licences is not None:
        known = {id: world.get(f"licence:{id}", LicenceState) for id in licences}
        stop(at.wrong(lambda instant: resting.carrier_lacks(name, state, known, stream, instant)))
