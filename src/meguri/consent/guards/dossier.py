"""What may be said of a dossier: notified, rested on licences and guarantees, taken back, completed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from meguri import law
from meguri.consent import acts
from meguri.consent.case import notification, resting
from meguri.consent.guards.case import dossier_for, not_over, only
from meguri.consent.states import AccountState, VerdictState
from meguri.consent.tracks import authorities
from meguri.journal import peers
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, Problem, gather, refuse
from meguri.kit.words import Words
from meguri.procedure.clocks import local
from meguri.registry import rights
from meguri.registry.states import FacilityState, LicenceState, LicenceUseState, OrganisationState

# Whoever runs the facility may also import for it.
IMPORTING = ("importer", "smelter")


@guard("consent.notify")
def may_notify(world: World, act: Act, body: acts.Notify, at: Instants) -> None:
    """The exporter notifies what its verdict allows, and asks those whom the verdict calls for."""
    only(act, [body.exporter], Words("notify"))
    world.absent(f"case:{body.case}", "/body/case")
    day = local(at.recorded, law.economy_zone(body.verdict.question.origin))
    notification.check_verdict(body.verdict, day, body.period_to)
    gather(
        [
            *notification.problems(body, at.counts),
            *at.wrong(lambda instant: _parties_of(world, body, instant)),
            *at.wrong(lambda instant: _facts(world, body, instant, day)),
        ]
    )
    expected = authorities.asked(body.verdict.consents, at.counts.date())
    if expected != body.asked:
        raise refuse(
            N_("Those asked are not those whom the verdict calls for: {expected}."),
            "/body/asked",
            "asked",
            expected=", ".join(one.key for one in expected),
        )
    gather(at.wrong(lambda instant: _authorities(world, act, body, instant)))
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
    named: dict[str, Any] = {
        name: world.get(name, OrganisationState) for name in (body.exporter, body.importer, body.operator)
    }
    named |= {f"facility:{body.facility}": facility}
    return [*found, *resting.closed((body.importer, body.operator), body.facility, named, at)]


CLERKS = ("operator", "authority")
"""Who may enter what an authority says on paper: the operator, or an authority as its delegate."""


def _authorities(world: World, act: Act, body: acts.Notify, at: datetime) -> list[Problem]:
    """Whom the law asks and nobody has admitted; who is asked on paper without need, or by the wrong clerk."""
    found = []
    paper = {one.authority: one.clerk for one in body.on_paper}
    here = {one.authority for one in body.asked if not one.node or one.node == act.node}
    for authority in sorted(here):
        state = world.get(f"organisation:{authority}", OrganisationState)
        able = state is not None and rights.holds(state, "authority", at)
        if not able and authority not in paper:
            found.append(notification.not_admitted(authority, law.office_name(authority)))
        elif able and authority in paper:
            found.append(
                Problem(
                    N_("{authority} is on record and answers here itself; it is not asked on paper."),
                    f"/on_paper/{authority}",
                    "admitted",
                    {"authority": law.office_name(authority)},
                )
            )
    for authority, clerk in paper.items():
        state = world.get(clerk, OrganisationState)
        able = state is not None and any(rights.holds(state, role, at) for role in CLERKS)
        if authority not in here or not able or clerk in (body.exporter, body.importer, body.operator):
            found.append(
                Problem(
                    N_(
                        "What {authority} says on paper is entered by the operator or by another authority, not by "
                        "{clerk}. Choose one of them."
                    ),
                    f"/on_paper/{authority}",
                    "clerk",
                    {"authority": law.office_name(authority), "clerk": state.name if state else clerk},
                )
            )
    if len(paper) != len(body.on_paper):
        found.append(Problem(N_("Name each authority on paper once."), "/on_paper", "twice"))
    return found


def _of(world: World, holders: Iterable[str]) -> list[Any]:
    """The states of organisations and facilities."""
    return [world.get(name, FacilityState if name.startswith("facility:") else OrganisationState) for name in holders]


def _facts(world: World, body: acts.Notify, at: datetime, day: date) -> list[Problem]:
    """What is wrong with the facts on which the verdict rests, and with the licences by which they are proved."""
    states = {licence: world.get(f"licence:{licence}", LicenceState) for licence in body.licences}
    own = resting.holders(body.importer, body.operator, body.facility)
    missing = list(resting.left_out(body.verdict, _of(world, own), body.licences, day))
    missing += resting.unproved(body.verdict, own, at, states, day)
    if missing:
        return missing
    proved = resting.proved(body.verdict, own, at, states)
    strange = [
        Problem(
            N_("{licence} is no licence of importer or facility that can be relied on today."),
            f"/licences/{index}",
            "licence",
            {"licence": licence},
        )
        for index, (licence, state) in enumerate(states.items())
        if state is None or state.holder not in own
    ]
    lost = [] if strange else list(resting.lost(proved, own, states, at, {}))
    if not strange and body.proved != proved:
        strange.append(
            Problem(
                N_("The licences named prove these facts, no others: {facts}. All others are the exporter's word."),
                "/proved",
                "proved",
                {"facts": ", ".join(proved) or "-"},
            )
        )
    used = {licence: world.get(f"use:{licence}", LicenceUseState) for licence in body.licences}
    over = resting.over_tonnes(states, used, body.total_g, at, body.period_from, body.period_to)
    return [*strange, *lost, *over]


@guard("consent.rest")
def may_rest(world: World, act: Act, body: acts.Rest, at: Instants) -> None:
    """The exporter renews the list of licences; each is on record, held by one of the parties, and stands."""
    dossier = dossier_for(world, act, body.case)
    only(act, [dossier.exporter], Words("what the case rests on"))
    not_over(dossier)
    own = resting.holders(dossier.importer, dossier.operator, dossier.facility)
    states = {licence: world.get(f"licence:{licence}", LicenceState) for licence in body.licences}
    found = [
        Problem(
            N_("{licence} is no licence of importer or facility that can be relied on today."),
            f"/licences/{index}",
            "licence",
            {"licence": licence},
        )
        for index, (licence, state) in enumerate(states.items())
        if state is None or state.holder not in own or not all(map(state.holds, at.both))
    ]
    if len(body.licences) < len(dossier.licences):
        found.append(
            Problem(
                N_("The case rests on {count} licences; a renewed one takes the place of an old one."),
                "/licences",
                "licence",
                {"count": len(dossier.licences)},
            )
        )
    if body.holders != own or body.verdict != dossier.verdict_digest:
        raise Conflict(
            Problem(
                N_("The case rests on other holders or another verdict. Look at it again."),
                "/body/holders",
                "rests-on",
            )
        )
    given = world.need(f"verdict:{body.verdict}", VerdictState, "/body/verdict").decision
    day = local(at.recorded, law.economy_zone(given.question.origin))
    found += resting.left_out(given, _of(world, own), body.licences, day)
    scope = {"operation": dossier.operation, "stream": dossier.stream, "codes": dossier.codes}
    if not found:
        found += at.wrong(lambda instant: resting.lost(dossier.proved, own, states, instant, scope))
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
