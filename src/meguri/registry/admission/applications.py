"""What somebody applies for: to be admitted, or for further roles. It waits as it was written, until it is decided.

What waits is nobody's act: it may be a stranger's who wrote anything. The act of the decision says what was applied
for, by whom it was decided, and why; then the row that waited goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from meguri.journal import services as journal
from meguri.journal.services import Utterance
from meguri.kit import clock, ids
from meguri.kit.problems import N_, Conflict, NotFound, Problem, gather, refuse
from meguri.registry import acts, models, rights, services
from meguri.registry.guards import common
from meguri.registry.naming import identifiers
from meguri.registry.naming.likeness import Names
from meguri.registry.rights import PUBLIC
from meguri.registry.states import ApplicationState, Wanted
from meguri.registry.vocabulary import roles, unknown

MOST_WAITING = 2000
KEPT = timedelta(days=180)
"""After so long an application that nobody decided is forgotten."""


def apply(wanted: Wanted) -> str:
    """Keep what somebody applies for until it is decided. Returns its id. Raises Refused, Conflict where many wait."""
    wanted = msgspec.structs.replace(wanted, identifiers=services.tidy(wanted.identifiers))
    common.economy(wanted.economy, "/economy")
    common.named(wanted.names, "/names")
    gather(_wrong(wanted))
    now = clock.now()
    models.WaitingApplication.objects.filter(applied_on__lt=now - KEPT).delete()
    if models.WaitingApplication.objects.count() >= MOST_WAITING:
        raise Conflict(Problem(N_("Too many applications wait to be decided. Try again in some days."), "", "many"))
    id = ids.new()
    models.WaitingApplication.objects.create(
        id=id,
        wanted=msgspec.to_builtins(wanted),
        economy=wanted.economy,
        organisation=wanted.organisation,
        applied_on=now,
    )
    return id


def _wrong(wanted: Wanted) -> Iterable[Problem]:
    for index, role in enumerate(wanted.roles):
        if role not in roles() or role in PUBLIC:
            yield unknown(role[:40], f"/roles/{index}", [one for one in roles() if one not in PUBLIC])
    if not wanted.roles:
        yield Problem(N_("Choose at least one role."), "/roles", "required")
    yield from identifiers.problems(wanted.identifiers, "/identifiers")
    yield from common.reached(wanted.addresses, wanted.contacts, "")
    yield from common.short(wanted.message, "/message")


def waiting(economy: str = "", most: int = 200) -> list[tuple[str, Wanted, datetime]]:
    """What waits to be decided, the oldest first; of one economy where it is named."""
    rows = models.WaitingApplication.objects.order_by("applied_on", "id")
    if economy:
        rows = rows.filter(economy=economy)
    return [(row.id, _wanted(row), row.applied_on) for row in rows[:most]]


def _wanted(row: models.WaitingApplication) -> Wanted:
    return msgspec.convert(row.wanted, Wanted)


def wait(id: str) -> tuple[Wanted, datetime]:
    """One that waits. Raises NotFound."""
    row = models.WaitingApplication.objects.filter(id=id).first()
    if row is None:
        raise NotFound(
            Problem(N_("No such application waits to be decided."), "/application", "unknown", {"application": id})
        )
    return _wanted(row), row.applied_on


def decided(most: int = 100) -> list[tuple[str, ApplicationState]]:
    """Those that were decided, the newest first."""
    return [(row.id, row.value) for row in models.Application.objects.order_by("-decided_on", "id")[:most]]


def alike(names: Iterable[str]) -> list[str]:
    """Organisations on record that are called nearly the same, by subject."""
    rows = models.Organisation.objects.values_list("id", "state__names")
    return Names({f"organisation:{id}": named.values() for id, named in rows.iterator(2000)}).like(names)


def decide(
    id: str,
    granted: bool,
    *,
    organisation: str = "",
    reason: str = "",
    actor: str = rights.NODE,
    person: str = "",
) -> str:
    """Decide an application: admit (under the short name given) or give the roles; or refuse, with a reason.

    Returns the organisation's subject, empty where a stranger was refused.
    """
    wanted, applied_on = wait(id)
    who = wanted.organisation or (services.subject(organisation) if granted and organisation else "")
    if granted and not who:
        raise refuse(N_("Give the organisation a short name."), "/organisation", "required")
    said: list[Utterance] = []
    if granted and wanted.organisation:
        state, now = services.organisation(who), clock.now()
        said += [
            Utterance("registry.assign", acts.Assign(organisation=who, role=role))
            for role in wanted.roles
            if not rights.holds(state, role, now)
        ]
    elif granted:
        body = acts.Admit(
            organisation=who,
            names=wanted.names,
            economy=wanted.economy,
            roles=wanted.roles,
            identifiers=wanted.identifiers,
            addresses=wanted.addresses,
            contacts=wanted.contacts,
        )
        said.append(Utterance("registry.admit", body))
    decision: Any = acts.Decide(
        application=id, wanted=wanted, applied_on=applied_on, granted=granted, organisation=who, reason=reason
    )
    journal.attest(actor, [*said, Utterance("registry.decide", decision)], person=person)
    with transaction.atomic():
        models.WaitingApplication.objects.filter(id=id).delete()
    return who


def waiting_one(id: str) -> dict[str, Any]:
    """What an applicant may see of an application by its id: that it waits since when, or how it was decided."""
    row = models.WaitingApplication.objects.filter(id=id).first()
    if row is not None:
        return {"applied_on": row.applied_on, "state": None}
    kept = models.Application.objects.filter(id=id).first()
    return {"applied_on": kept.value.applied_on, "state": kept.value} if kept is not None else {}


def unknown_application(id: str) -> Problem:
    """The problem of an application that is not there for somebody."""
    return Problem(N_("No such application waits to be decided."), "/application", "unknown", {"application": id})


def undecided() -> Problem:
    """The problem of a decision that says neither yes nor no."""
    return Problem(N_("Choose: admit, or refuse."), "/decision", "required")
