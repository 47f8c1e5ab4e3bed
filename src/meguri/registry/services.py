"""The registry's door for pages, commands and other rooms: says its acts and answers who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from django.db.models import Q

from meguri.journal import services as journal
from meguri.journal.projections.relations import sources
from meguri.kit import clock, ids
from meguri.kit.problems import N_, NotFound, Problem
from meguri.kit.words import Words, plain
from meguri.registry import acts, models, rights, vocabulary
from meguri.registry.states import FacilityState, LicenceState, OrganisationState


def subject(organisation: str) -> str:
    """The subject of an organisation, whether written ``mys-doe`` or ``organisation:mys-doe``."""
    return organisation if organisation.startswith("organisation:") else f"organisation:{organisation}"


def admit(
    organisation: str,
    names: Mapping[str, str],
    economy: str,
    roles: Iterable[str] = (),
    *,
    authority: str = "",
    key: bool = True,
    actor: str = rights.NODE,
    claimed: datetime | None = None,
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
    )
    journal.say(actor, "registry.admit", body, claimed=claimed)
    if key:
        journal.enrol(who)
    return who


def assign(
    organisation: str,
    role: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: str = rights.NODE,
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Give a role, or (with `until` alone) end it."""
    body = acts.Assign(organisation=subject(organisation), role=role, since=since, until=until)
    return journal.say(actor, "registry.assign", body, claimed=claimed)


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
    actor: str = rights.NODE,
    claimed: datetime | None = None,
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
    )
    journal.say(actor, "registry.site", body, claimed=claimed)
    return facility


def grant(
    holder: str,
    kind: str,
    number: str,
    since: datetime,
    until: datetime | None = None,
    *,
    licence: str = "",
    issued_by: str = "",
    actor: str = rights.NODE,
    claimed: datetime | None = None,
) -> str:
    """Put a licence on record; `holder` is ``organisation:…`` or ``facility:…``. Returns its bare id."""
    licence = licence or ids.new()
    body = acts.Grant(
        licence=licence,
        holder=holder,
        kind=kind,
        number=number,
        since=since,
        until=until,
        issued_by=issued_by,
    )
    journal.say(actor, "registry.grant", body, claimed=claimed)
    return licence


def suspend(
    licence: str, reason: str, *, suspended: bool = True, actor: str = rights.NODE, claimed: datetime | None = None
) -> journal.Receipt:
    """Suspend a licence, or lift the suspension."""
    body = acts.Suspend(licence=licence, suspended=suspended, reason=reason)
    return journal.say(actor, "registry.suspend", body, claimed=claimed)


def close(organisation: str, reason: str = "", *, actor: str = "", claimed: datetime | None = None) -> journal.Receipt:
    """Close an organisation; said by itself unless `actor` is named."""
    who = subject(organisation)
    body = acts.Close(organisation=who, reason=reason)
    return journal.say(actor or who, "registry.close", body, claimed=claimed)


def admit_authorities(slugs: Iterable[str], *, claimed: datetime | None = None) -> list[str]:
    """Admit competent authorities from the law's own table, where they are not on record. Returns their subjects."""
    from meguri import law

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
                claimed=claimed,
            )
        admitted.append(who)
    return admitted


def organisation(organisation: str) -> OrganisationState:
    """The state of an organisation. Raises NotFound."""
    row = models.Organisation.objects.filter(id=organisation.removeprefix("organisation:")).first()
    if row is None:
        raise NotFound(
            Problem(N_("There is no organisation {id} here."), "/organisation", "unknown", {"id": organisation})
        )
    return cast(OrganisationState, row.value)


def organisations(role: str = "", *, open_only: bool = True) -> dict[str, OrganisationState]:
    """Organisations by subject, in order of name; with `role`, those that hold it now."""
    rows = models.Organisation.objects.order_by("name", "id")
    if role:
        rows = rows.filter(id__in=sources("role", f"role:{role}", "organisation"))
    if open_only:
        rows = rows.filter(closed_on=None)
    found = {f"organisation:{row.id}": cast(OrganisationState, row.value) for row in rows}
    now = clock.now()
    return {id: state for id, state in found.items() if not role or rights.holds(state, role, now)}


def page(role: str = "", after: str = "", most: int = 200) -> tuple[dict[str, OrganisationState], bool]:
    """Organisations by subject in order of name, also closed ones, after that id; and whether there are more.

    With `role`, those that were ever given it; whether they hold it now, the caller sees.
    """
    rows = models.Organisation.objects.order_by("name", "id")
    if role:
        rows = rows.filter(id__in=sources("role", f"role:{role}", "organisation"))
    last = models.Organisation.objects.filter(id=after).first() if after else None
    if last is not None:
        rows = rows.filter(Q(name__gt=last.name) | Q(name=last.name, id__gt=last.id))
    found = list(rows[: most + 1])
    states = {f"organisation:{row.id}": cast(OrganisationState, row.value) for row in found[:most]}
    return states, len(found) > most


def names(subjects: Iterable[str]) -> dict[str, Words]:
    """Names of organisations by subject, one query; unknown ones keep their subject as name."""
    wanted = set(subjects)
    rows = models.Organisation.objects.filter(id__in=[who.removeprefix("organisation:") for who in wanted])
    found = {f"organisation:{row.id}": cast(OrganisationState, row.value).name for row in rows}
    return {who: found.get(who, plain(who.removeprefix("organisation:"))) for who in wanted}


def facility(facility: str) -> FacilityState:
    """The state of a facility by bare id. Raises NotFound."""
    row = models.Facility.objects.filter(id=facility).first()
    if row is None:
        raise NotFound(Problem(N_("There is no facility {id} here."), "/facility", "unknown", {"id": facility}))
    return cast(FacilityState, row.value)


def facilities(organisation: str | None = None) -> dict[str, FacilityState]:
    """Facilities by bare id; with `organisation`, its own."""
    rows = models.Facility.objects.order_by("name", "id")
    if organisation is not None:
        rows = rows.filter(organisation=subject(organisation))
    return {row.id: cast(FacilityState, row.value) for row in rows}


def importers_in(economy: str) -> dict[str, Words]:
    """The names of the importers in an economy, by subject."""
    return {who: state.name for who, state in organisations("importer").items() if state.economy == economy}


def facilities_for(economy: str, operation: str | None) -> dict[str, FacilityState]:
    """Facilities in an economy, by bare id: those that do the operation, and those that do not say what they do."""
    return {
        id: site
        for id, site in facilities().items()
        if site.economy == economy and (not operation or not site.operations or operation in site.operations)
    }


def licences(*holders: str) -> dict[str, LicenceState]:
    """Licences by bare id of these holders (subjects of organisations or facilities)."""
    rows = models.Licence.objects.filter(holder__in=holders).order_by("kind", "id")
    return {row.id: cast(LicenceState, row.value) for row in rows}


def licences_by_id(ids: Iterable[str]) -> dict[str, LicenceState]:
    """Licences by bare id; those that are not on record are left out."""
    return {row.id: cast(LicenceState, row.value) for row in models.Licence.objects.filter(id__in=list(ids))}


def certified_facts(importer: str, facility: str, instant: datetime | None = None) -> dict[str, bool]:
    """Facts of law that licences on record make true or false, such as ``importer_certified``.

    Looks at the licences of the importer, the facility and the facility's organisation at the instant (default now).
    """
    at = instant or clock.now()
    holders = [subject(importer), f"facility:{facility}"]
    row = models.Facility.objects.filter(id=facility).first()
    if row is not None:
        holders.append(row.organisation)
    held = {licence.kind for licence in licences(*holders).values() if licence.holds(at)}
    return {kind.fact: kind.kind in held for kind in vocabulary.licence_kinds().values() if kind.fact}


def organisation_of(reader: Any) -> OrganisationState | None:
    """The organisation for which a reader (`request.reader`) acts, or None for the public."""
    if not getattr(reader, "organisation", None):
        return None
    row = models.Organisation.objects.filter(id=reader.organisation.removeprefix("organisation:")).first()
    return cast(OrganisationState, row.value) if row else None


def may(reader: Any, *roles: str) -> bool:
    """Whether a reader's organisation holds one of the roles now."""
    state = organisation_of(reader)
    return state is not None and any(rights.holds(state, role, clock.now()) for role in roles)
