"""The registry's door for pages, commands and other rooms: says its acts, and gives what is on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import cast

from meguri import law
from meguri.journal import services as journal
from meguri.kit import clock, ids
from meguri.kit.problems import N_, NotFound, Problem
from meguri.registry import acts, course, models, rights, vocabulary
from meguri.registry.naming import identifiers as numbers
from meguri.registry.record import (
    authorities_here,
    called,
    certified_facts,
    checks,
    economies_with,
    economy_of,
    facilities,
    facilities_for,
    facility,
    importers_in,
    licence,
    licence_called,
    licences,
    licences_by_id,
    may,
    named,
    names,
    organisation,
    organisation_of,
    organisations,
    owner,
    page,
    proof,
    states,
    subject,
    use_of,
)
from meguri.registry.states import (
    Address,
    Capacity,
    CheckAnswer,
    Contact,
    Identifier,
    LicenceState,
    Scope,
)

__all__ = [
    "admit",
    "admit_authorities",
    "alter",
    "apply_for",
    "as_long_as",
    "assign",
    "authorities_here",
    "called",
    "certified_facts",
    "check",
    "checks",
    "close",
    "describe",
    "economies_with",
    "economy_of",
    "facilities",
    "facilities_for",
    "facility",
    "grant",
    "importers_in",
    "licence",
    "licence_called",
    "licences",
    "licences_by_id",
    "may",
    "named",
    "names",
    "organisation",
    "organisation_of",
    "organisations",
    "owner",
    "page",
    "proof",
    "site",
    "states",
    "step",
    "subject",
    "suspend",
    "tidy",
    "use_of",
]
"""What other rooms ask of the registry: its acts, and what is on record."""


def admit(
    organisation: str,
    names: Mapping[str, str],
    economy: str,
    roles: Iterable[str] = (),
    *,
    authority: str = "",
    identifiers: Iterable[Identifier] = (),
    addresses: Iterable[Address] = (),
    contacts: Iterable[Contact] = (),
    key: bool = True,
    actor: str = rights.NODE,
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Admit an organisation with its roles; `key` also enrols a key that the service keeps. Returns its subject.

    Raises Conflict where it exists, Refused for an unknown economy or role.
    """
    who = subject(organisation)
    body = acts.Admit(
        organisation=who,
        names=dict(names),
        economy=economy,
        authority=authority,
        roles=tuple(roles),
        identifiers=tidy(identifiers),
        addresses=tuple(addresses),
        contacts=tuple(contacts),
    )
    journal.say(actor, "registry.admit", body, claimed=claimed, person=person)
    if key:
        journal.enrol(who)
    return who


def tidy(written: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Identifiers as they stand on record: numbers without what people put between to read them."""
    return tuple(Identifier(one.scheme, numbers.written(one.scheme, one.number)) for one in written)


def describe(
    who: str,
    names: Mapping[str, str],
    *,
    identifiers: Iterable[Identifier] = (),
    addresses: Iterable[Address] = (),
    contacts: Iterable[Contact] = (),
    actor: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> journal.Receipt:
    """Put anew what an organisation is called, numbered by and reached at; said by itself unless `actor` is named."""
    who, own = subject(who), tidy(identifiers)
    before = organisation(who).identifiers
    body = acts.Describe(
        organisation=who,
        names=dict(names),
        identifiers=own,
        addresses=tuple(addresses),
        contacts=tuple(contacts),
        dropped=tuple(one for one in before if one not in own),
    )
    return journal.say(actor or who, "registry.describe", body, claimed=claimed, person=person)


def assign(
    organisation: str,
    role: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: str = rights.NODE,
    claimed: datetime | None = None,
    person: str = "",
) -> journal.Receipt:
    """Give a role, or (with `until` alone) end it."""
    body = acts.Assign(organisation=subject(organisation), role=role, since=since, until=until)
    return journal.say(actor, "registry.assign", body, claimed=claimed, person=person)


def site(
    organisation: str,
    names: Mapping[str, str],
    economy: str,
    lat: float,
    lon: float,
    *,
    facility: str = "",
    port: str = "",
    operations: Iterable[str] = (),
    capacity: Iterable[Capacity] = (),
    address: Address | None = None,
    actor: str = rights.NODE,
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Put a facility on record. Returns its bare id."""
    facility = facility or ids.new()
    body = acts.Site(
        facility=facility,
        organisation=subject(organisation),
        names=dict(names),
        economy=economy,
        lat=lat,
        lon=lon,
        port=port,
        operations=tuple(operations),
        capacity=tuple(capacity),
        address=address,
    )
    journal.say(actor, "registry.site", body, claimed=claimed, person=person)
    return facility


def alter(
    facility_id: str,
    *,
    names: Mapping[str, str] | None = None,
    operations: Iterable[str] | None = None,
    capacity: Iterable[Capacity] | None = None,
    address: Address | None = None,
    closed: bool = False,
    reason: str = "",
    actor: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> journal.Receipt:
    """Change a facility, or close it; what is not named stays. Said by its organisation unless `actor` is named."""
    state = facility(facility_id)
    body = acts.Alter(
        facility=facility_id,
        organisation=state.organisation,
        names=dict(names) if names is not None else state.names,
        operations=tuple(operations) if operations is not None else state.operations,
        capacity=tuple(capacity) if capacity is not None else state.capacity,
        address=address or state.address,
        closed=closed,
        reason=reason,
    )
    return journal.say(actor or state.organisation, "registry.alter", body, claimed=claimed, person=person)


def grant(
    holder: str,
    kind: str,
    number: str,
    since: datetime,
    until: datetime | None = None,
    *,
    licence: str = "",
    issued_by: str = "",
    scope: Scope | None = None,
    actor: str = rights.NODE,
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Grant a licence, or put one on record; `holder` is ``organisation:…`` or ``facility:…``. Returns its bare id.

    `licence` may be one that was applied for. Without `until` it holds as long as its kind lets it, without an end
    where that has no limit. Without `scope` it is for what was applied for, or for all that its kind allows.
    """
    licence, at = licence or ids.new(), claimed or clock.now()
    known = vocabulary.licence_kinds().get(kind)
    if until is None and known is not None and known.validity_months:
        until = as_long_as(since, known.validity_months, economy_of(holder))
    row = models.Licence.objects.filter(id=licence).first()
    kept = cast(LicenceState, row.value) if row else None
    if kept is not None and kept.course.state != "applied":
        kept = None
    economy = economy_of(holder)
    body = acts.Grant(
        licence=licence,
        holder=holder,
        kind=kind,
        number=number,
        since=since,
        until=until,
        issued_by=issued_by,
        scope=scope if scope is not None else (kept.wanted if kept else Scope()),
        stands=known.stands if known else False,
        begins=None if kept else course.begins("grant", economy, at),
        change=course.change(kept, "grant", economy, at) if kept else None,
    )
    journal.say(actor, "registry.grant", body, claimed=at if claimed else None, person=person)
    return licence


def as_long_as(since: datetime, months: int, economy: str) -> datetime:
    """The end, exclusive, of so many months from an instant on, as days are counted in an economy."""
    return course.start_of(course.last_of(since, months, economy) + timedelta(days=1), economy)


def apply_for(
    holder: str,
    kind: str,
    issued_by: str,
    *,
    licence: str = "",
    scope: Scope | None = None,
    until: datetime | None = None,
    text: str = "",
    actor: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Apply to an authority for a licence; said by the holder (who runs the facility) unless `actor` is named.

    Returns its bare id.
    """
    licence, at = licence or ids.new(), claimed or clock.now()
    body = acts.Apply(
        licence=licence,
        holder=holder,
        kind=kind,
        issued_by=issued_by,
        begins=course.begins("apply", economy_of(holder), at),
        scope=scope or Scope(),
        until=until,
        text=text,
    )
    journal.say(actor or owner(holder), "registry.apply", body, claimed=claimed, person=person)
    return licence


def step(
    licence_id: str,
    transition: str,
    text: str = "",
    *,
    scope: Scope | None = None,
    until: datetime | None = None,
    to: str = "",
    actor: str = rights.NODE,
    claimed: datetime | None = None,
    person: str = "",
) -> journal.Receipt:
    """Take a step of a licence's procedure (``suspend``, ``renew``, ``vary`` …); `to` is its next holder."""
    state, at = licence(licence_id), claimed or clock.now()
    body = acts.StepOfLicence(
        licence=licence_id,
        holder=state.holder,
        transition=transition,
        change=course.change(state, transition, economy_of(state.holder), at),
        text=text,
        scope=scope,
        until=until,
        to=to,
        closed=owner(state.holder) if transition == "transfer" else "",
    )
    return journal.say(actor, "registry.step", body, claimed=at if claimed else None, person=person)


def suspend(
    licence: str, reason: str, *, suspended: bool = True, actor: str = rights.NODE, claimed: datetime | None = None
) -> journal.Receipt:
    """Suspend a licence, or lift the suspension."""
    return step(licence, "suspend" if suspended else "resume", reason, actor=actor, claimed=claimed)


def close(
    organisation: str, reason: str = "", *, actor: str = "", claimed: datetime | None = None, person: str = ""
) -> journal.Receipt:
    """Close an organisation; said by itself unless `actor` is named."""
    who = subject(organisation)
    body = acts.Close(organisation=who, reason=reason)
    return journal.say(actor or who, "registry.close", body, claimed=claimed, person=person)


def admit_authorities(
    slugs: Iterable[str], *, actor: str = rights.NODE, claimed: datetime | None = None, person: str = ""
) -> list[str]:
    """Admit competent authorities from the law's own table, where they are not on record. Returns their subjects."""
    known = law.authorities()
    admitted = []
    for slug in slugs:
        authority = known.get(slug)
        if authority is None:
            raise NotFound(
                Problem(N_("The law's tables have no authority “{slug}”."), "/authority", "authority", {"slug": slug})
            )
        who = subject(slug)
        if not models.Organisation.objects.filter(id=slug).exists():
            admit(
                slug,
                authority.name.everywhere(),
                authority.economy,
                ("authority",),
                authority=slug,
                actor=actor,
                claimed=claimed,
                person=person,
            )
        admitted.append(who)
    return admitted


def check(
    actor: str, facility: str, scheme: str, answers: Iterable[CheckAnswer], until: date, *, person: str = ""
) -> journal.Receipt:
    """Answer questions of a scheme for a facility, until the end of a day."""
    body = acts.CheckFacility(facility=facility, scheme=scheme, answers=tuple(answers), until=until)
    return journal.say(actor, "registry.check", body, person=person)
