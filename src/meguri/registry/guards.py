"""What must hold before the registry changes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.catalogues import SOURCE
from meguri.kit.problems import N_, Conflict, Problem, gather, refuse
from meguri.reference import economies, ports
from meguri.registry import acts, rights
from meguri.registry.states import FacilityState, LicenceState, OrganisationState
from meguri.registry.vocabulary import licence_kinds, roles, unknown

# BCP 47: a language, perhaps with its script or region.
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
LONGEST_NAME = 200


def _prefix(subject: str, prefix: str, pointer: str) -> None:
    head, _, tail = subject.partition(":")
    if head != prefix or not tail or len(tail) > 100 or not all(c.isalnum() or c in "-_." for c in tail):
        raise refuse(
            N_("“{subject}” should be written {prefix}:NAME, with letters, digits and hyphens."),
            pointer,
            "subject",
            subject=subject,
            prefix=prefix,
        )


def _economy(code: str, pointer: str) -> None:
    if code not in economies():
        raise refuse(
            N_("“{economy}” is no economy. Write its ISO 3166 three-letter code, such as MYS or JPN."),
            pointer,
            "economy",
            economy=code,
        )


def _named(names: Mapping[str, str]) -> None:
    for language, name in names.items():
        if not LANGUAGE.fullmatch(language):
            raise refuse(
                N_("“{language}” is no language. Write its code, such as en, ja or vi."),
                "/body/names",
                "language",
                language=language[:40],
            )
        if not name.strip() or len(name) > LONGEST_NAME:
            raise refuse(
                N_("A name has 1 to {most} characters, not {length}."),
                f"/body/names/{language}",
                "length",
                most=LONGEST_NAME,
                length=len(name.strip()),
            )
    if SOURCE not in names:
        raise refuse(N_("Give the name in English."), f"/body/names/{SOURCE}", "name")


@guard("registry.admit")
def admitted_by_the_operator(world: World, act: Act, body: acts.Admit, at: Instants) -> None:
    """Only the operator admits; the organisation is new, and its economy and roles exist."""
    rights.require_operator(world, act, at)
    _prefix(body.organisation, "organisation", "/body/organisation")
    world.absent(body.organisation, "/body/organisation")
    _economy(body.economy, "/body/economy")
    gather(
        unknown(role, f"/body/roles/{index}", list(roles()))
        for index, role in enumerate(body.roles)
        if role not in roles()
    )
    _named(body.names)


@guard("registry.assign")
def assigned_by_the_operator(world: World, act: Act, body: acts.Assign, at: Instants) -> None:
    """Only the operator gives and ends roles."""
    rights.require_operator(world, act, at)
    _prefix(body.organisation, "organisation", "/body/organisation")
    world.need(body.organisation, OrganisationState, "/body/organisation")
    if body.role not in roles():
        gather([unknown(body.role, "/body/role", list(roles()))])
    if body.since and body.until and body.until <= body.since:
        raise refuse(
            N_("A role that ends on {until} must begin before that."),
            "/body/until",
            "span",
            until=body.until.date().isoformat(),
        )


@guard("registry.site")
def sited_by_its_organisation(world: World, act: Act, body: acts.Site, at: Instants) -> None:
    """A facility is put on record by its own organisation or the operator, at a place that exists."""
    _prefix(f"facility:{body.facility}", "facility", "/body/facility")
    world.absent(f"facility:{body.facility}", "/body/facility")
    _prefix(body.organisation, "organisation", "/body/organisation")
    world.need(body.organisation, OrganisationState, "/body/organisation")
    if act.actor != body.organisation:
        rights.require_operator(world, act, at)
    _economy(body.economy, "/body/economy")
    _named(body.names)
    if body.port and body.port not in ports():
        gather([unknown(body.port, "/body/port", list(ports()))])
    for name, value, most in (("lat", body.lat, 90), ("lon", body.lon, 180)):
        if not math.isfinite(value) or abs(value) > most:
            raise refuse(
                N_("{value} is no {name}; it lies between -{most} and {most} degrees."),
                f"/body/{name}",
                "place",
                value=value,
                name=name,
                most=most,
            )


@guard("registry.grant")
def granted_by_its_issuer(world: World, act: Act, body: acts.Grant, at: Instants) -> None:
    """A licence is said by an authority that issues its kind, or taken down by the operator."""
    _prefix(f"licence:{body.licence}", "licence", "/body/licence")
    world.absent(f"licence:{body.licence}", "/body/licence")
    kind = licence_kinds().get(body.kind)
    if kind is None:
        gather([unknown(body.kind, "/body/kind", list(licence_kinds()))])
        return
    if body.until and body.until <= body.since:
        raise refuse(
            N_("A licence that ends on {until} must begin before that."),
            "/body/until",
            "span",
            until=body.until.date().isoformat(),
        )
    if not body.holder.startswith("facility:"):
        _prefix(body.holder, "organisation", "/body/holder")
    holder: OrganisationState | FacilityState = (
        world.need(body.holder, FacilityState, "/body/holder")
        if body.holder.startswith("facility:")
        else world.need(body.holder, OrganisationState, "/body/holder")
    )
    if kind.economy and holder.economy != kind.economy:
        raise refuse(
            N_("A {kind} is given in {economy}; the holder is in {other}."),
            "/body/holder",
            "economy",
            kind=kind.names,
            economy=kind.economy,
            other=holder.economy,
        )
    if kind.issuers and body.issued_by not in kind.issuers:
        raise refuse(
            N_("A {kind} is issued by {issuers}."),
            "/body/issued_by",
            "issuer",
            kind=kind.names,
            issuers=" / ".join(kind.issuers),
        )
    if act.actor != rights.NODE:
        actor = rights.require(world, act, at, {"authority", "operator"})
        if rights.holds(actor, "authority", at.claimed) and actor.authority != body.issued_by:
            raise refuse(
                N_("An authority records its own licences; this one names {issuer}."),
                "/body/issued_by",
                "issuer",
                issuer=body.issued_by or "nobody",
            )


@guard("registry.suspend")
def suspended_by_its_issuer(world: World, act: Act, body: acts.Suspend, at: Instants) -> None:
    """A licence is suspended, or freed again, by the authority that issued it or by the operator, with a reason."""
    licence = world.need(f"licence:{body.licence}", LicenceState, "/body/licence")
    if act.actor != rights.NODE:
        actor = rights.require(world, act, at, {"authority", "operator"})
        if rights.holds(actor, "authority", at.claimed) and actor.authority != licence.issued_by:
            raise refuse(
                N_("This licence was issued by {issuer}, who alone may suspend it."),
                "/body/licence",
                "issuer",
                issuer=licence.issued_by or "nobody on record",
            )
    if not body.reason.strip():
        raise refuse(N_("Give the reason."), "/body/reason", "reason")
    if licence.suspended == body.suspended:
        raise Conflict(Problem(N_("The licence is in that state already."), "/body/suspended", "state"))


@guard("registry.close")
def closed_by_itself(world: World, act: Act, body: acts.Close, at: Instants) -> None:
    """An organisation closes itself, or the operator does; once."""
    _prefix(body.organisation, "organisation", "/body/organisation")
    state = world.need(body.organisation, OrganisationState, "/body/organisation")
    if act.actor != body.organisation:
        rights.require_operator(world, act, at)
    if state.closed_on is not None:
        raise Conflict(Problem(N_("{name} has closed already."), "/body/organisation", "closed", {"name": state.name}))
