"""The right to act: judged at the claimed and at the recorded instant."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from meguri.journal.act import Act, Instants
from meguri.journal.world import World
from meguri.kit.problems import N_, NotAllowed, Problem
from meguri.kit.words import Words, listed
from meguri.registry.states import OrganisationState
from meguri.registry.vocabulary import roles as all_roles

NODE = "organisation:node"
CLOCK = "organisation:clock"
PUBLIC = frozenset({"authority", "operator", "auditor"})
"""Roles that only the operator of the service gives, and whose holders nobody acts for."""
NO_ROLE = Words("no role")


def holds(state: OrganisationState, role: str, instant: datetime) -> bool:
    """Whether the organisation holds the role, and is open, at the instant."""
    if state.closed_on is not None and state.closed_on <= instant:
        return False
    return any(span.role == role and span.holds(instant) for span in state.roles)


def closed(state: OrganisationState, at: Instants) -> bool:
    """Whether the organisation has closed by one of the instants at which an act is judged."""
    return state.closed_on is not None and (state.closed_on <= at.claimed or state.closed_on <= at.recorded)


def roles_of(state: OrganisationState, instant: datetime) -> tuple[str, ...]:
    """The roles held at the instant, in the order of the table."""
    return tuple(role for role in all_roles() if holds(state, role, instant))


def require(world: World, act: Act, at: Instants, roles: Collection[str] | None = None) -> OrganisationState:
    """The actor's state, where it is admitted, open and holds one of the roles (None: any organisation).

    Judged at the claimed and at the recorded instant. Raises NotAllowed saying which role it needs.
    """
    state = world.get(act.actor, OrganisationState)
    if state is None:
        raise NotAllowed(
            Problem(
                N_("{actor} is not admitted to this service. Its operator can admit it."),
                "/actor",
                "not-admitted",
                {"actor": act.actor},
            )
        )
    for instant in (at.claimed, at.recorded):
        if state.closed_on is not None and state.closed_on <= instant:
            raise NotAllowed(
                Problem(
                    N_("{name} closed on {day} and can say nothing more; others can act for what it left."),
                    "/actor",
                    "closed",
                    {"name": state.name, "day": state.closed_on.date().isoformat()},
                )
            )
        if roles is not None and not any(holds(state, role, instant) for role in roles):
            raise NotAllowed(
                Problem(
                    N_("Only an organisation with the role {roles} may do this; {name} has {held} on {day}."),
                    "/actor",
                    "role",
                    {
                        "roles": listed(all_roles()[role].names for role in roles),
                        "name": state.name,
                        "held": listed(all_roles()[role].names for role in roles_of(state, instant)) or NO_ROLE,
                        "day": instant.date().isoformat(),
                    },
                )
            )
    return state


def stand(world: World, act: Act, at: Instants, roles: tuple[str, ...]) -> None:
    """What the journal asks of every act but those of the node and its clock: does the actor stand at both instants?

    Who decides or looks for the public does so itself, whatever it once let another do.
    """
    state = require(world, act, at, roles or None)
    if act.speaker != act.actor:
        themselves(state, at)


def themselves(state: OrganisationState, at: Instants) -> None:
    """Refuse where an organisation has a role in which nobody acts for it. No law on file lets one."""
    held = sorted({role for role in PUBLIC for instant in at.both if holds(state, role, instant)})
    if held:
        raise NotAllowed(
            Problem(
                N_("{name} has the role {roles}: what it decides, it decides itself, and nobody acts for it."),
                "/actor",
                "public-role",
                {"name": state.name, "roles": listed(all_roles()[role].names for role in held)},
            )
        )


def require_operator(world: World, act: Act, at: Instants) -> None:
    """Refuse where the actor is neither the node itself nor an organisation with the operator's role."""
    if act.actor != NODE:
        require(world, act, at, {"operator"})
