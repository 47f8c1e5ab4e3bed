"""Who may be admitted, described, given a role or closed, and by whom."""

from __future__ import annotations

from collections.abc import Sequence

from meguri import law
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, Problem, gather, refuse
from meguri.registry import acts, rights
from meguri.registry.guards import common
from meguri.registry.naming import identifiers
from meguri.registry.states import Identifier, NumberState, OrganisationState
from meguri.registry.vocabulary import roles, unknown


def admits(world: World, act: Act, at: Instants, economy: str, asked: Sequence[str]) -> None:
    """Refuse where the actor is neither the operator nor an authority of that economy that gives roles of companies."""
    if act.actor == rights.NODE:
        return
    actor = rights.require(world, act, at, {"operator", "authority"})
    if rights.holds(actor, "operator", at.claimed):
        return
    if actor.economy != economy:
        raise refuse(
            N_("{name} decides on organisations of {own}; this one is of {economy}."),
            "/body/economy",
            "economy",
            name=actor.name,
            own=actor.economy,
            economy=economy,
        )
    for index, role in enumerate(asked):
        if role in rights.PUBLIC:
            raise refuse(N_("Only the operator of the service gives this role."), f"/body/roles/{index}", "role")


def own_numbers(world: World, organisation: str, numbers: Sequence[Identifier]) -> None:
    """Refuse numbers that are not written as they must be; Conflict where one is somebody else's."""
    gather(identifiers.problems(numbers, "/body/identifiers"))
    for index, one in enumerate(numbers):
        name = acts.identifier_subject(one)
        kept = world.get(name, NumberState) if name else None
        if kept is not None and kept.organisation not in ("", organisation):
            raise Conflict(
                Problem(
                    N_("{number} is on record already: it is {organisation}'s."),
                    f"/body/identifiers/{index}/number",
                    "number-taken",
                    {"number": one.number, "organisation": kept.organisation},
                )
            )


@guard("registry.admit")
def admitted_by_the_operator(world: World, act: Act, body: acts.Admit, at: Instants) -> None:
    """The operator admits, or an authority those of its economy; economy and roles exist, numbers are nobody else's."""
    admits(world, act, at, body.economy, body.roles)
    common.prefixed(body.organisation, "organisation", "/body/organisation")
    world.absent(body.organisation, "/body/organisation")
    common.economy(body.economy, "/body/economy")
    gather(
        unknown(role, f"/body/roles/{index}", list(roles()))
        for index, role in enumerate(body.roles)
        if role not in roles()
    )
    common.named(body.names)
    gather(common.reached(body.addresses, body.contacts))
    own_numbers(world, body.organisation, body.identifiers)
    known = law.authorities().get(body.authority)
    if known is not None and known.economy != body.economy:
        raise refuse(
            N_("The authority {authority} is of {economy}."),
            "/body/economy",
            "economy",
            authority=body.authority,
            economy=known.economy,
        )
    if body.authority and "authority" not in body.roles:
        raise refuse(N_("An authority is admitted with the role of one."), "/body/roles", "role")


@guard("registry.describe")
def described_by_itself(world: World, act: Act, body: acts.Describe, at: Instants) -> None:
    """An organisation says itself what it is called and numbered by, or the operator does."""
    common.prefixed(body.organisation, "organisation", "/body/organisation")
    state = world.need(body.organisation, OrganisationState, "/body/organisation")
    if act.actor != body.organisation:
        rights.require_operator(world, act, at)
    elif rights.closed(state, at):
        raise Conflict(Problem(N_("{name} has closed already."), "/body/organisation", "closed", {"name": state.name}))
    common.named(body.names)
    gather(common.reached(body.addresses, body.contacts))
    own_numbers(world, body.organisation, body.identifiers)
    if set(body.dropped) != set(state.identifiers) - set(body.identifiers):
        raise Conflict(
            Problem(
                N_("The numbers on record have changed meanwhile. Look at them again."),
                "/body/dropped",
                "changes",
            )
        )


@guard("registry.assign")
def assigned_by_the_operator(world: World, act: Act, body: acts.Assign, at: Instants) -> None:
    """The operator gives and ends roles; an authority those of companies of its economy."""
    if act.actor != rights.NODE:
        rights.require(world, act, at, {"operator", "authority"})
    common.prefixed(body.organisation, "organisation", "/body/organisation")
    state = world.need(body.organisation, OrganisationState, "/body/organisation")
    if body.role not in roles():
        gather([unknown(body.role, "/body/role", list(roles()))])
    admits(world, act, at, state.economy, (body.role,))
    common.in_order(body.since, body.until, N_("A role that ends on {until} must begin before that."))
    ends = body.since is None and body.until is not None
    if ends and not any(span.role == body.role and span.until is None for span in state.roles):
        raise Conflict(
            Problem(
                N_("{name} does not hold this role without an end; there is nothing to end."),
                "/body/role",
                "role",
                {"name": state.name},
            )
        )
    since = body.since or at.counts
    if not ends and any(
        span.role == body.role
        and (span.until is None or since < span.until)
        and (body.until is None or span.since < body.until)
        for span in state.roles
    ):
        raise Conflict(
            Problem(N_("{name} holds this role then already."), "/body/role", "role-held", {"name": state.name})
        )


@guard("registry.close")
def closed_by_itself(world: World, act: Act, body: acts.Close, at: Instants) -> None:
    """An organisation closes itself, or the operator does; once."""
    common.prefixed(body.organisation, "organisation", "/body/organisation")
    state = world.need(body.organisation, OrganisationState, "/body/organisation")
    if act.actor != body.organisation:
        rights.require_operator(world, act, at)
    if state.closed_on is not None:
        raise Conflict(Problem(N_("{name} has closed already."), "/body/organisation", "closed", {"name": state.name}))
