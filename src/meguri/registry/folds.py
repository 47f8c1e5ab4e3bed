"""How the registry's acts change its states."""

from __future__ import annotations

import msgspec

from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World
from meguri.registry import acts
from meguri.registry.states import FacilityState, LicenceState, OrganisationState, RoleSpan


@fold("registry.admit")
def admit(world: World, entry: Entry, body: acts.Admit) -> None:
    """A new organisation, with the roles it is admitted with."""
    world.put(
        body.organisation,
        OrganisationState(
            names=body.names,
            economy=body.economy,
            admitted_on=entry.at,
            roles=tuple(RoleSpan(role, entry.at) for role in body.roles),
            authority=body.authority,
        ),
    )


@fold("registry.assign")
def assign(world: World, entry: Entry, body: acts.Assign) -> None:
    """A role begins, or the open span of it ends at `until`."""
    state = world.need(body.organisation, OrganisationState)
    if body.since is None and body.until is not None:
        roles = tuple(
            msgspec.structs.replace(span, until=body.until) if span.role == body.role and span.until is None else span
            for span in state.roles
        )
    else:
        roles = (*state.roles, RoleSpan(body.role, body.since or entry.at, body.until))
    world.put(body.organisation, msgspec.structs.replace(state, roles=roles))


@fold("registry.site")
def site(world: World, entry: Entry, body: acts.Site) -> None:
    """A new facility."""
    world.put(
        f"facility:{body.facility}",
        FacilityState(
            organisation=body.organisation,
            names=body.names,
            economy=body.economy,
            lat=body.lat,
            lon=body.lon,
            port=body.port,
            operations=body.operations,
        ),
    )


@fold("registry.grant")
def grant(world: World, entry: Entry, body: acts.Grant) -> None:
    """A new licence."""
    world.put(
        f"licence:{body.licence}",
        LicenceState(
            holder=body.holder,
            kind=body.kind,
            number=body.number,
            since=body.since,
            until=body.until,
            issued_by=body.issued_by,
        ),
    )


@fold("registry.suspend")
def suspend(world: World, entry: Entry, body: acts.Suspend) -> None:
    """The licence is suspended, or free again."""
    state = world.need(f"licence:{body.licence}", LicenceState)
    world.put(f"licence:{body.licence}", msgspec.structs.replace(state, suspended=body.suspended, reason=body.reason))


@fold("registry.close")
def close(world: World, entry: Entry, body: acts.Close) -> None:
    """The organisation is closed from this instant."""
    state = world.need(body.organisation, OrganisationState)
    world.put(body.organisation, msgspec.structs.replace(state, closed_on=entry.at))
