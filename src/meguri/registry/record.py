"""What is on record of organisations, facilities and licences: looked up for pages, commands and other rooms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from django.db.models import Q

from meguri import law, reference
from meguri.journal.projections.relations import listed, sources
from meguri.kit import clock
from meguri.kit.people.identity import Described
from meguri.kit.problems import N_, NotFound, Problem, refuse
from meguri.kit.words import Words, given, plain
from meguri.registry import models, proofs, rights, vocabulary
from meguri.registry.states import (
    CheckState,
    FacilityState,
    LicenceState,
    LicenceUseState,
    OrganisationState,
)


def subject(organisation: str) -> str:
    """The subject of an organisation, whether written ``mys-doe`` or ``organisation:mys-doe``."""
    return organisation if organisation.startswith("organisation:") else f"organisation:{organisation}"


def economy_of(holder: str) -> str:
    """The economy of a holder on record; empty for one that is not, which the guard then says."""
    found: models.Facility | models.Organisation | None
    if holder.startswith("facility:"):
        found = models.Facility.objects.filter(id=holder.partition(":")[2]).first()
    else:
        found = models.Organisation.objects.filter(id=holder.partition(":")[2]).first()
    return found.economy if found else ""


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


def profile(organisation: str) -> Described | None:
    """What pages of any room need to know of an organisation: name, roles now, time zone. None for an unknown one."""
    row = models.Organisation.objects.filter(id=organisation.removeprefix("organisation:")).first()
    if row is None:
        return None
    state = cast(OrganisationState, row.value)
    economy = reference.economies().get(state.economy)
    now = clock.now()
    closed = state.closed_on is not None and state.closed_on <= now
    roles = rights.roles_of(state, now)
    itself = not rights.PUBLIC.isdisjoint(roles)
    return Described(state.name, roles, economy.zone if economy else "", closed, itself)
