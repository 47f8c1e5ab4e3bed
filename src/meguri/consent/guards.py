"""Who may say what about a case, and when. Guards read the world and refuse; they change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from meguri.consent import acts, notification, procedure, tables
from meguri.consent.states import CaseState, Track
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.problems import N_, Conflict, NotAllowed, NotFound, Problem, gather, refuse
from meguri.kit.words import Words
from meguri.registry import rights, vocabulary
from meguri.registry.states import FacilityState, LicenceState, OrganisationState


def case_for(world: World, act: Act, case_id: str, at: Instants) -> CaseState:
    """The case, for an actor who is part of it; NotFound for everybody else, as if there were none."""
    case = world.get(f"case:{case_id}", CaseState)
    insiders = (procedure.CLOCK, *procedure.organisations(case)) if case else ()
    carriers = {line.carrier for line in case.movements} if case else set()
    if case is None or (act.actor not in insiders and act.actor not in carriers):
        raise NotFound(Problem(N_("There is no case {case} for you."), "/body/case", "no-case", {"case": case_id}))
    if at.counts < case.notified_at:
        raise Conflict(
            Problem(
                N_("The case was opened on {opened}; nothing can have been said on it before."),
                "/claimed",
                "before-case",
                {"opened": clock.stamp(case.notified_at)},
            )
        )
    return case


def only(act: Act, allowed: Sequence[str], what: Words) -> None:
    """NotAllowed where the actor is none of those to whom this belongs."""
    if act.actor not in allowed:
        raise NotAllowed(
            Problem(N_("{what} belongs to {who}."), "/actor", "role", {"what": what, "who": " / ".join(allowed)})
        )


# Whoever runs the facility may also import for it.
IMPORTING = ("importer", "smelter")


@guard("consent.notify")
def may_notify(world: World, act: Act, body: acts.Notify, at: Instants) -> None:
    """The exporter notifies what its verdict allows, with the tracks that the verdict calls for."""
    only(act, [body.exporter], Words("notify"))
    rights.require(world, act, at, {"exporter"}, pointer="/actor")
    world.absent(f"case:{body.case}", "/body/case")
    notification.check_verdict(body.verdict)
    gather([*notification.problems(body, at.counts), *_parties_of(world, body, at.counts)])
    expected = procedure.tracks(body.verdict.consents, at.counts)
    if expected != body.tracks:
        raise refuse(
            N_("The tracks are not those that the verdict calls for: {expected}."),
            "/body/tracks",
            "tracks",
            expected=", ".join(track.key for track in expected),
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
    licences = [world.get(f"licence:{licence}", LicenceState) for licence in body.licences]
    held = {licence.kind for licence in licences if licence and licence.holder in holders and licence.holds(at)}
    for kind in vocabulary.licence_kinds().values():
        if kind.fact and question.facts.get(kind.fact) is True and kind.kind not in held:
            found.append(
                Problem(
                    N_("{fact} was answered with yes, but no such licence is on record ({citation})."),
                    f"/facts/{kind.fact}",
                    "licence",
                    {"fact": kind.fact, "citation": kind.citation},
                )
            )
    return found


@guard("consent.step", "consent.lapse")
def may_step(world: World, act: Act, body: acts.Step, at: Instants) -> None:
    """The table allows this transition to this actor now, and its consequences are those of the table."""
    case = case_for(world, act, body.case, at)
    not_closed(case)
    track = case.track(body.track)
    parties = {case.exporter, case.importer, case.operator, procedure.CLOCK}
    if track is None or (track.visible_since is None and act.actor not in parties):
        raise NotFound(Problem(N_("The case has no track {track}."), "/body/track", "no-track", {"track": body.track}))
    _in_order(track, at.counts)
    row = procedure.choose(case, track, body, act.actor, at.counts)
    if row.role == "clock":
        _clock_is_right(track, act, at)
    else:
        rights.require(world, act, at, None, pointer="/actor")
    if body.outcome != tables.transitions()[row.transition].outcome:
        raise refuse(N_("“{transition}” decides otherwise."), "/body/outcome", "outcome", transition=row.transition)
    if body.changes != procedure.changes(case, track, row, at.counts):
        raise Conflict(
            Problem(
                N_("What follows from “{transition}” was reckoned on another state of the case. Look at it again."),
                "/body/changes",
                "changes",
                {"transition": row.transition},
            )
        )


def not_closed(case: CaseState) -> None:
    """Conflict where the case is completed."""
    if case.completed_at is not None:
        raise Conflict(Problem(N_("The case is completed; nothing more can be said on its tracks."), "", "completed"))


def _in_order(track: Track, at: datetime) -> None:
    last = max((point.at for point in track.points), default=track.visible_since)
    if last is not None and at < last:
        raise Conflict(
            Problem(
                N_("The last act on this track is of {last}; this one would be before it."),
                "/claimed",
                "order",
                {"last": clock.stamp(last)},
            )
        )


def _clock_is_right(track: Track, act: Act, at: Instants) -> None:
    ends = min(due.due_at for due in track.dues if due.then)
    if act.actor != procedure.CLOCK or at.legal != ends:
        raise Conflict(
            Problem(
                N_("Silence takes effect at {end}, and only the clock says so."),
                "/legal",
                "legal-instant",
                {"end": clock.stamp(ends)},
            )
        )
    if at.recorded < ends:
        raise Conflict(
            Problem(N_("The time to object ends only at {end}."), "/legal", "too-early", {"end": clock.stamp(ends)})
        )


@guard("consent.hold")
def may_hold(world: World, act: Act, body: acts.PutHold, at: Instants) -> None:
    """An authority that sees the case may hold it, and says why."""
    case = case_for(world, act, body.case, at)
    not_closed(case)
    only(act, [t.organisation for t in case.tracks if t.visible_since], Words("hold"))
    if not body.reason.strip():
        raise refuse(N_("Write why the case is held."), "/body/reason", "required")
    if any(hold.id == body.hold for hold in case.holds):
        raise Conflict(Problem(N_("This hold is on record already."), "/body/hold", "exists"))


@guard("consent.release")
def may_release(world: World, act: Act, body: acts.ReleaseHold, at: Instants) -> None:
    """The authority that put the hold releases it."""
    case = case_for(world, act, body.case, at)
    hold = next((hold for hold in case.held_up_by if hold.id == body.hold), None)
    if hold is None:
        raise Conflict(Problem(N_("There is no such hold to release."), "/body/hold", "no-hold"))
    only(act, [hold.by], Words("release"))
