"""How the registry's acts change its states."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World
from meguri.kit.words import Text
from meguri.procedure.states import CourseChange, CoursePoint, begun, followed
from meguri.registry import acts
from meguri.registry.states import (
    ApplicationState,
    CheckSaid,
    CheckState,
    FacilityState,
    GrantedLicence,
    Identifier,
    LicenceState,
    NumberState,
    OrganisationState,
    Pause,
    RoleSpan,
    ScopeSpan,
)


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
            identifiers=body.identifiers,
            addresses=body.addresses,
            contacts=body.contacts,
        ),
    )
    _numbered(world, body.organisation, body.identifiers)


def _numbered(world: World, organisation: str, identifiers: Iterable[Identifier]) -> None:
    for name in filter(None, map(acts.identifier_subject, identifiers)):
        world.put(name, NumberState(organisation))


@fold("registry.describe")
def describe(world: World, entry: Entry, body: acts.Describe) -> None:
    """What an organisation is called and where it is reached takes the place of before."""
    state = world.need(body.organisation, OrganisationState)
    world.put(
        body.organisation,
        replace(
            state,
            names=body.names,
            identifiers=body.identifiers,
            addresses=body.addresses,
            contacts=body.contacts,
        ),
    )
    _numbered(world, "", body.dropped)
    _numbered(world, body.organisation, body.identifiers)


@fold("registry.assign")
def assign(world: World, entry: Entry, body: acts.Assign) -> None:
    """A role begins, or the open span of it ends at `until`."""
    state = world.need(body.organisation, OrganisationState)
    if body.since is None and body.until is not None:
        roles = tuple(
            replace(span, until=body.until) if span.role == body.role and span.until is None else span
            for span in state.roles
        )
    else:
        roles = (*state.roles, RoleSpan(body.role, body.since or entry.at, body.until))
    world.put(body.organisation, replace(state, roles=roles))


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
            capacity=body.capacity,
            address=body.address,
        ),
    )


@fold("registry.alter")
def alter(world: World, entry: Entry, body: acts.Alter) -> None:
    """What a facility is called, does and can take changes, or it closes."""
    state = world.need(f"facility:{body.facility}", FacilityState)
    world.put(
        f"facility:{body.facility}",
        replace(
            state,
            names=body.names,
            operations=body.operations,
            capacity=body.capacity,
            address=body.address,
            closed_on=entry.at if body.closed else None,
        ),
    )


def _point(entry: Entry, transition: str, change: CourseChange, text: Text = "") -> CoursePoint:
    return CoursePoint(at=entry.at, transition=transition, to=change.to, actor=entry.act.actor, act=entry.id, text=text)


@fold("registry.apply")
def apply(world: World, entry: Entry, body: acts.Apply) -> None:
    """A licence is applied for; nothing rests on it yet."""
    begins = body.begins
    world.put(
        f"licence:{body.licence}",
        LicenceState(
            holder=body.holder,
            kind=body.kind,
            issued_by=body.issued_by,
            course=begun(begins.table, begins.digest, begins.change, _point(entry, "apply", begins.change, body.text)),
            wanted=body.scope,
            wanted_until=body.until,
        ),
    )


@fold("registry.grant")
def grant(world: World, entry: Entry, body: acts.Grant) -> None:
    """A licence stands, for what it says and as long as it says."""
    if body.begins is not None:
        begins = body.begins
        course = begun(begins.table, begins.digest, begins.change, _point(entry, "grant", begins.change))
        state = LicenceState(holder=body.holder, kind=body.kind, course=course, issued_by=body.issued_by)
    elif body.change is not None:
        before = world.need(f"licence:{body.licence}", LicenceState)
        state = replace(before, course=followed(before.course, body.change, _point(entry, "grant", body.change)))
    else:
        raise AssertionError("a grant begins a licence or goes on from an application")
    world.put(
        f"licence:{body.licence}",
        replace(
            state,
            number=body.number,
            since=body.since,
            until=body.until,
            scopes=(ScopeSpan(body.since, body.scope),),
            stands_while_asked=body.stands,
        ),
    )
    _held(world, body.holder, GrantedLicence(body.licence, body.kind))


def _held(world: World, holder: str, one: GrantedLicence) -> None:
    """Its holder is known by it, for good."""
    if holder.startswith("facility:"):
        site = world.need(holder, FacilityState)
        world.put(holder, replace(site, granted=(*site.granted, one)))
    else:
        company = world.need(holder, OrganisationState)
        world.put(holder, replace(company, granted=(*company.granted, one)))


@fold("registry.step")
def step(world: World, entry: Entry, body: acts.StepOfLicence) -> None:
    """The licence goes on in its procedure: asked of, varied, suspended, resumed, renewed, transferred, over."""
    name = f"licence:{body.licence}"
    state = world.need(name, LicenceState)
    course = followed(state.course, body.change, _point(entry, body.transition, body.change, body.text))
    state = replace(state, course=course, reason=body.text, suspended=body.change.to == "suspended")
    if body.transition == "ask_renewal":
        state = replace(state, renewal_asked=entry.at, wanted=body.scope or state.scope, wanted_until=body.until)
    elif body.transition == "refuse_renewal":
        state = replace(state, renewal_asked=None)
    elif body.transition in ("vary", "renew"):
        if body.scope is not None:
            state = replace(state, scopes=(*state.scopes, ScopeSpan(entry.at, body.scope)))
        if body.transition == "renew":
            state = replace(state, until=body.until, renewal_asked=None)
    elif body.transition == "suspend":
        state = replace(state, pauses=(*state.pauses, Pause(entry.at)))
    elif body.transition == "resume":
        state = replace(state, pauses=(*state.pauses[:-1], replace(state.pauses[-1], until=entry.at)))
    elif body.transition in ("revoke", "give_up", "lapse"):
        state = replace(state, over_on=entry.at)
    elif body.transition == "transfer":
        state = replace(state, holder=body.to, held_before=(*state.held_before, state.holder))
        _held(world, body.to, GrantedLicence(body.licence, state.kind))
    world.put(name, state)


@fold("registry.check")
def check(world: World, entry: Entry, body: acts.CheckFacility) -> None:
    """What the same organisation answered before no longer counts."""
    name = f"check:{body.facility}.{body.scheme}"
    state = world.get(name, CheckState)
    others = tuple(one for one in state.said if one.by != entry.act.actor) if state else ()
    own = CheckSaid(by=entry.act.actor, at=entry.at, until=body.until, answers=body.answers)
    world.put(name, CheckState(facility=body.facility, scheme=body.scheme, said=(*others, own)))


@fold("registry.close")
def close(world: World, entry: Entry, body: acts.Close) -> None:
    """The organisation is closed from this instant."""
    state = world.need(body.organisation, OrganisationState)
    world.put(body.organisation, replace(state, closed_on=entry.at))


@fold("registry.decide")
def decide(world: World, entry: Entry, body: acts.Decide) -> None:
    """What was applied for is decided."""
    world.put(
        f"application:{body.application}",
        ApplicationState(
            wanted=body.wanted,
            applied_on=body.applied_on,
            decided_on=entry.at,
            decided_by=entry.act.actor,
            granted=body.granted,
            organisation=body.organisation,
            reason=body.reason,
        ),
    )
