"""What may be said of a dossier: notified, rested on licences and guarantees, taken back, completed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from meguri import law
from meguri.consent import acts
from meguri.consent.case import notification
from meguri.consent.guards.case import dossier_for, not_over, only
from meguri.consent.states import AccountState
from meguri.consent.tracks import authorities
from meguri.journal import peers
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, Problem, gather, refuse
from meguri.kit.words import Words
from meguri.procedure.clocks import local
from meguri.registry import proofs, rights, vocabulary
from meguri.registry.states import FacilityState, LicenceState, OrganisationState

# Whoever runs the facility may also import for it.
IMPORTING = ("importer", "smelter")


@guard("consent.notify")
def may_notify(world: World, act: Act, body: acts.Notify, at: Instants) -> None:
    """The exporter notifies what its verdict allows, and asks those whom the verdict calls for."""
    only(act, [body.exporter], Words("notify"))
    world.absent(f"case:{body.case}", "/body/case")
    day = local(at.recorded, law.economy_zone(body.verdict.question.origin))
    notification.check_verdict(body.verdict, day, body.period_to)
    gather([*notification.problems(body, at.counts), *at.wrong(lambda instant: _parties_of(world, body, instant))])
    expected = authorities.asked(body.verdict.consents, at.counts.date())
    if expected != body.asked:
        raise refuse(
            N_("Those asked are not those whom the verdict calls for: {expected}."),
            "/body/asked",
            "asked",
            expected=", ".join(one.key for one in expected),
        )
    if body.there != peers.keeper(body.verdict.question.destination):
        raise refuse(
            N_("The facility belongs to the node {expected}."),
            "/body/there",
            "there",
            expected=peers.keeper(body.verdict.question.destination) or peers.here(),
        )


def _parties_of(world: World, body: acts.Notify, at: datetime) -> list[Problem]:
    """What is wrong with importer, operator, facility and the licences on which facts of the question rest."""
    found = []
    for pointer, name in (("/importer", body.importer), ("/operator", body.operator)):
        state = world.get(name, OrganisationState)
        if state is None:
            found.append(
                Problem(N_("{name} is not on record. Choose an organisation."), pointer, "unknown", {"name": name})
            )
        elif pointer == "/importer" and not any(rights.holds(state, role, at) for role in IMPORTING):
            found.append(
                Problem(
                    N_("{name} is no importer. Choose an organisation that has the role."),
                    pointer,
                    "role",
                    {"name": state.name},
                )
            )
    facility = world.get(f"facility:{body.facility}", FacilityState)
    question = body.verdict.question
    if facility is None or facility.organisation != body.operator:
        found.append(
            Problem(N_("{name} does not run that facility."), "/facility", "operator", {"name": body.operator})
        )
    elif facility.economy != question.destination:
        found.append(
            Problem(
                N_("The facility lies in {economy}, the notification goes to {destination}."),
                "/facility",
                "economy",
                {"economy": facility.economy, "destination": question.destination},
            )
        )
    holders = {body.importer, body.operator, f"facility:{body.facility}"}
    facts_said = {fact for fact, value in question.facts.items() if value is True}
    return [*found, *_licences(world, body.licences, holders, facts_said, at)]


def _licences(world: World, licences: Sequence[str], holders: set[str], said: set[str], at: datetime) -> list[Problem]:
    """Facts that were answered with yes and that no listed licence proves."""
    states = {licence: world.get(f"licence:{licence}", LicenceState) for licence in licences}
    kinds = {kind.fact: kind for kind in vocabulary.licence_kinds().values() if kind.fact in said}
    return [
        Problem(
            N_("{fact} was answered with yes, but no such licence is on record ({citation})."),
            f"/facts/{kind.fact}",
            "licence",
            {"fact": kind.fact, "citation": kind.citation},
        )
        for kind in kinds.values()
        if not proofs.proved(kind.fact, holders, at, states)
    ]


@guard("consent.rest")
def may_rest(world: World, act: Act, body: acts.Rest, at: Instants) -> None:
    """The exporter renews the list of licences; each is on record, held by one of the parties, and stands."""
    dossier = dossier_for(world, act, body.case)
    only(act, [dossier.exporter], Words("what the case rests on"))
    not_over(dossier)
    holders = {dossier.importer, dossier.operator, f"facility:{dossier.facility}"}
    found = []
    for index, licence in enumerate(body.licences):
        state = world.get(f"licence:{licence}", LicenceState)
        if state is None or state.holder not in holders or not all(map(state.holds, at.both)):
            found.append(
                Problem(
                    N_("{licence} is no licence of importer or facility that can be relied on today."),
                    f"/licences/{index}",
                    "licence",
                    {"licence": licence},
                )
            )
    if len(body.licences) < len(dossier.licences):
        found.append(
            Problem(
                N_("The case rests on {count} licences; a renewed one takes the place of an old one."),
                "/licences",
                "licence",
                {"count": len(dossier.licences)},
            )
        )
    gather(found)


@guard("consent.guarantee")
def may_guarantee(world: World, act: Act, body: acts.FileGuarantee, at: Instants) -> None:
    """The exporter files a guarantee, with issuer, amount and the days that it covers."""
    dossier = dossier_for(world, act, body.case)
    only(act, [dossier.exporter], Words("guarantee"))
    not_over(dossier)
    world.absent(f"guarantee:{body.guarantee}", "/body/guarantee")
    found = [
        Problem(N_("Write who stands for the guarantee and for how much."), f"/{name}", "required")
        for name in ("issuer", "amount")
        if not getattr(body, name).strip()
    ]
    if body.valid_until < body.valid_from:
        found.append(
            Problem(
                N_("The guarantee would end on {until}, before it begins on {since}."),
                "/valid_until",
                "validity",
                {"since": body.valid_from.isoformat(), "until": body.valid_until.isoformat()},
            )
        )
    gather(found)


@guard("consent.retract")
def may_retract(world: World, act: Act, body: acts.Retract, at: Instants) -> None:
    """The exporter takes the notification back while nothing has left."""
    dossier = dossier_for(world, act, body.case)
    only(act, [dossier.exporter], Words("taking the notification back"))
    not_over(dossier)
    if not body.text.strip():
        raise refuse(N_("Write what is asked, answered or the reason."), "/text", "required")
    account = world.need(f"account:{body.case}", AccountState)
    if account.left:
        raise Conflict(
            Problem(
                N_("A movement has left under this case; the notification can no longer be taken back."),
                "/transition",
                "under-way",
            )
        )
    if account.open:
        raise Conflict(
            Problem(
                N_("{count} planned movements stand under this case; cancel them first."),
                "/transition",
                "planned",
                {"count": account.open},
            )
        )


@guard("consent.complete")
def may_complete(world: World, act: Act, body: acts.Complete, at: Instants) -> None:
    """Exporter or facility closes a case all of whose movements are recovered, cancelled or came back."""
    dossier = dossier_for(world, act, body.case)
    only(act, [dossier.exporter, dossier.operator], Words("completion"))
    not_over(dossier)
    account = world.need(f"account:{body.case}", AccountState)
    if not account.left:
        raise Conflict(Problem(N_("Nothing has moved under this case yet."), "", "no-movement"))
    if account.open:
        raise Conflict(
            Problem(
                N_("{count} movements are not over; the case is completed after its last recovery."),
                "",
                "under-way",
                {"count": account.open},
            )
        )
