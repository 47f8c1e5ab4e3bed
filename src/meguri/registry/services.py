"""The registry's door for pages, commands and other rooms: says its acts and answers who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Q

from meguri import law
from meguri.journal import services as journal
from meguri.journal.projections.relations import listed, sources
from meguri.kit import clock, ids
from meguri.kit.problems import N_, NotFound, Problem, refuse
from meguri.kit.words import Words, given, plain
from meguri.registry import acts, course, models, proofs, rights, vocabulary
from meguri.registry.naming import identifiers as numbers
from meguri.registry.states import (
    Address,
    Capacity,
    CheckAnswer,
    CheckState,
    Contact,
    FacilityState,
    Identifier,
    LicenceState,
    LicenceUseState,
    OrganisationState,
    Scope,
)


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


def economy_of(holder: str) -> str:
    """The economy of a holder on record; empty for one that is not, which the guard then says."""
    found: models.Facility | models.Organisation | None
    if holder.startswith("facility:"):
        found = models.Facility.objects.filter(id=holder.partition(":")[2]).first()
    else:
        found = models.Organisation.objects.filter(id=holder.partition(":")[2]).first()
    return found.economy if found else ""


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


def owner(holder: str) -> str:
    """The organisation that holds, or that runs the facility that does."""
    return facility(holder.partition(":")[2]).organisation if holder.startswith("facility:") else holder


def licence(licence_id: str) -> LicenceState:
    """The state of a licence by bare id. Raises NotFound."""
    row = models.Licence.objects.filter(id=licence_id).first()
    if row is None:
        raise NotFound(Problem(N_("There is no licence {id} here."), "/licence", "unknown", {"id": licence_id}))
    return cast(LicenceState, row.value)


def use_of(licence_id: str) -> dict[str, int]:
    """How much was planned under a licence with a limited quantity, in grams by period (`states.period_of`)."""
    row = models.LicenceUse.objects.filter(id=licence_id).first()
    return dict(cast(LicenceUseState, row.value).grams) if row else {}


def licence_called(name: str) -> str:
    """The bare id of a licence by that id, or by its number where only one has it. Raises NotFound, Refused."""
    if models.Licence.objects.filter(id=name).exists():
        return name
    found = list(models.Licence.objects.filter(state__number=name).values_list("id", flat=True)[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise refuse(
            N_("Several licences have the number {number}; name one by its id."), "/licence", "several", number=name
        )
    raise NotFound(Problem(N_("There is no licence {id} here."), "/licence", "unknown", {"id": name}))


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


def economies_with(role: str) -> set[str]:
    """The economies in which somebody open was given a role, without reading who."""
    rows = models.Organisation.objects.filter(id__in=sources("role", f"role:{role}", "organisation"), closed_on=None)
    return set(rows.values_list("economy", flat=True).distinct())


def authorities_here() -> set[str]:
    """The authorities of the law's table that are on record and open, by slug."""
    rows = models.Organisation.objects.filter(closed_on=None).exclude(authority="")
    return set(rows.values_list("authority", flat=True))


def called(prefix: str, economy: str = "", owner: str = "", most: int = 200) -> dict[str, tuple[Words, str]] | None:
    """Open organisations or facilities to choose from, by subject with name and economy; None where there are more.

    With `owner` the facilities of that organisation alone.
    """
    rows: Any = models.Organisation.objects if prefix == "organisation" else models.Facility.objects
    rows = rows.filter(closed_on=None).order_by("name", "id")
    if economy:
        rows = rows.filter(economy=economy)
    if owner:
        rows = rows.filter(organisation=owner)
    found = list(rows.values_list("id", "state__names", "economy")[: most + 1])
    if len(found) > most:
        return None
    return {f"{prefix}:{id}": (given(names), where) for id, names, where in found}


def named(name: str, prefixes: Iterable[str] = ("facility", "organisation")) -> str:
    """The subject of what people call by its short name; with its prefix, as it is. Empty where there is none."""
    name = name.strip()
    for prefix in prefixes:
        table = models.Organisation if prefix == "organisation" else models.Facility
        if table.objects.filter(id=name.removeprefix(f"{prefix}:")).exists():
            return f"{prefix}:{name.removeprefix(f'{prefix}:')}"
    return ""


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


def facilities(organisation: str | None = None, *, open_only: bool = True) -> dict[str, FacilityState]:
    """Facilities by bare id; with `organisation`, its own. Those that have closed only where asked for."""
    rows = models.Facility.objects.order_by("name", "id")
    if organisation is not None:
        rows = rows.filter(organisation=subject(organisation))
    if open_only:
        rows = rows.filter(closed_on=None)
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


def check(
    actor: str, facility: str, scheme: str, answers: Iterable[CheckAnswer], until: date, *, person: str = ""
) -> journal.Receipt:
    """Answer questions of a scheme for a facility, until the end of a day."""
    body = acts.CheckFacility(facility=facility, scheme=scheme, answers=tuple(answers), until=until)
    return journal.say(actor, "registry.check", body, person=person)


def checks(*facilities: str) -> dict[str, list[dict[str, Any]]]:
    """By facility what counts today of each scheme: how many of its questions are met, who says so, until when."""
    found: dict[str, list[dict[str, Any]]] = {}
    today = clock.now().date()
    for row in models.FacilityCheck.objects.filter(facility__in=facilities).order_by("id"):
        state: CheckState = row.value
        scheme = vocabulary.esm_schemes()[state.scheme]
        asked = sum(one.scheme == state.scheme for one in vocabulary.esm_checks().values())
        for said in state.said:
            if said.until >= today:
                met = sum(one.answer == "yes" for one in said.answers)
                aside = sum(one.answer == "not_applicable" for one in said.answers)
                found.setdefault(state.facility, []).append(
                    {"scheme": scheme, "met": met, "of": asked - aside, "by": said.by, "until": said.until}
                )  # fmt: skip
    return found


def licences(*holders: str) -> dict[str, LicenceState]:
    """Licences by bare id of these holders (subjects of organisations or facilities)."""
    rows = models.Licence.objects.filter(holder__in=holders).order_by("kind", "id")
    return {row.id: cast(LicenceState, row.value) for row in rows}


def licences_by_id(ids: Iterable[str]) -> dict[str, LicenceState]:
    """Licences by bare id; those that are not on record are left out."""
    return {row.id: cast(LicenceState, row.value) for row in models.Licence.objects.filter(id__in=list(ids))}


def states(subjects: Iterable[str]) -> dict[str, Any]:
    """The states of organisations, facilities and licences by subject, in a query a kind; others are left out."""
    tables: dict[str, Any] = {
        "organisation": models.Organisation,
        "facility": models.Facility,
        "licence": models.Licence,
    }
    wanted: dict[str, list[str]] = {}
    for subject in subjects:
        prefix, _, id = subject.partition(":")
        if prefix in tables:
            wanted.setdefault(prefix, []).append(id)
    return {
        f"{prefix}:{row.id}": row.value
        for prefix, ids in wanted.items()
        for row in tables[prefix].objects.filter(id__in=listed(ids))
    }


def proof(
    fact: str,
    *subjects: str,
    instant: datetime | None = None,
    operation: str = "",
    stream: str = "",
    codes: Iterable[str] = (),
) -> proofs.Proof | None:
    """The licence on record that proves a fact of law for one of these holders at the instant (default now)."""
    held = licences(*subjects)
    at = instant or clock.now()
    return proofs.proved(fact, subjects, at, held, operation=operation, stream=stream, codes=tuple(codes))


def certified_facts(importer: str, facility: str, instant: datetime | None = None) -> dict[str, bool]:
    """Facts of law that licences on record make true or false, such as ``importer_certified``.

    Looks at the licences of the importer, the facility and the facility's organisation at the instant (default now).
    Facts that the law does not ask about are left out, and so are those that are not proved where no single State
    keeps the register: then another may.
    """
    at = instant or clock.now()
    holders = [subject(importer), f"facility:{facility}"]
    row = models.Facility.objects.filter(id=facility).first()
    if row is not None:
        holders.append(row.organisation)
    held, found = licences(*holders), {}
    for fact in dict.fromkeys(kind.fact for kind in vocabulary.licence_kinds().values()):
        if fact in law.fact_vocabulary():
            so = proofs.proved(fact, holders, at, held) is not None
            if so or all(kind.economy for kind in vocabulary.kinds_proving(fact).values()):
                found[fact] = so
    return found


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
