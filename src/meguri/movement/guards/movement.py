"""What an act may see of a movement, and what it must agree with. Guards read and refuse; they change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meguri.consent.case import permission
from meguri.journal.act import Act, Instants
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, NotFound, Problem, refuse
from meguri.movement import acts
from meguri.movement.states import Begins, MovementState
from meguri.procedure.states import CourseChange
from meguri.registry import rights
from meguri.registry.states import OrganisationState


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


def carrier_able(world: World, name: str, at: Instants) -> None:
    """Refuse a carrier that is not on record, not admitted as one, or has closed."""
    state = world.get(name, OrganisationState)
    if state is None:
        raise refuse(N_("{name} is not on record. Choose an organisation."), "/carrier", "unknown", name=name)
    if not (rights.holds(state, "carrier", at.counts) and rights.holds(state, "carrier", at.recorded)):
        raise refuse(
            N_("{name} is not admitted as a carrier. Choose one that is."), "/carrier", "role", name=state.name
        )
